"""The gateway's own sockets. All carry our firewall mark, so that they are never intercepted."""

import errno
import socket
import struct
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address

from cryptomap.daemon.intercept.plan import OWN_MARK
from cryptomap.daemon.netlink import HostError
from cryptomap.model.address import NAT_T_PORT, Datagram, Endpoint

NON_ESP_MARKER = bytes(4)
"""Before an IKE message on port 4500 (RFC 3948 section 2.2)."""

_IP_PKTINFO = 8
_SO_RCVBUFFORCE = 33
_PKTINFO = struct.Struct("=i4s4s")
_ANCILLARY = socket.CMSG_SPACE(_PKTINFO.size)
_BATCH = 64
_WAITING_OCTETS = 4 << 20
"""What the kernel keeps for us while we are busy: a tenth of a second of a flood of small messages."""
_buffer = bytearray(65535)
_view = memoryview(_buffer)


def open_udp(port: int, *, shared: bool = False) -> socket.socket:
    """A UDP socket on `port` of every IPv4 address that tells which address a datagram came to.

    `shared` is with those sockets of this user that allow it.
    """
    opened = _open(socket.SOCK_DGRAM, 0, f"UDP port {port}")
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        _make_room(opened)
        opened.bind(("0.0.0.0", port))
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise HostError(
                f"UDP port {port} is in use: another IKE daemon runs here (strongSwan, libreswan, racoon, or "
                "another cryptomap); stop it first"
            ) from error
        raise HostError(f"cannot use UDP port {port}: {error.strerror}; {_ADVICE}") from error
    return opened


def open_esp() -> socket.socket:
    """A raw socket for IP protocol 50."""
    return _open(socket.SOCK_RAW, socket.IPPROTO_ESP, "a raw socket for ESP")


def receive(opened: socket.socket) -> Iterator[Datagram]:
    """The datagrams that wait, at most some tens of them. ESP on port 4500 is left out."""
    port = opened.getsockname()[1]
    marker = NON_ESP_MARKER if port == NAT_T_PORT else b""
    for _ in range(_BATCH):
        try:
            size, ancillary, _flags, remote = opened.recvmsg_into([_buffer], _ANCILLARY)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:  # an ICMP error for something sent earlier: retransmission deals with it
            continue
        local = _destination(ancillary, port)
        data = bytes(_view[:size])
        if local is not None and data.startswith(marker):
            sender = Endpoint(IPv4Address(socket.inet_aton(remote[0])), remote[1])
            yield Datagram(local, sender, data.removeprefix(marker))


def send(opened: socket.socket, datagram: Datagram, raw: bool) -> None:
    """Send from the datagram's local address. Raises `OSError`; `raw` is sent without non-ESP marker."""
    data = datagram.data
    if datagram.local.port == NAT_T_PORT and not raw:
        data = NON_ESP_MARKER + data
    source = _PKTINFO.pack(0, datagram.local.address.packed, bytes(4))
    remote = (str(datagram.remote.address), datagram.remote.port)
    opened.sendmsg([data], [(socket.IPPROTO_IP, _IP_PKTINFO, source)], 0, remote)


def _destination(ancillary: list[tuple[int, int, bytes]], port: int) -> Endpoint | None:
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            return _own_end(_PKTINFO.unpack(data)[2], port)
    return None


@lru_cache
def _own_end(packed: bytes, port: int) -> Endpoint:
    return Endpoint(IPv4Address(packed), port)


def _make_room(opened: socket.socket) -> None:
    """A large receive buffer. In a user namespace the system's limit (net.core.rmem_max) holds."""
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _WAITING_OCTETS)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WAITING_OCTETS)


def _open(kind: int, protocol: int, what: str) -> socket.socket:
    try:
        opened = socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, OWN_MARK)
    except PermissionError as error:
        raise HostError(f"cannot open {what}: {_ADVICE}") from error
    return opened


_ADVICE = "run as root, or with CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE"
