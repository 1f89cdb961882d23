"""Listening to a link: what crossed a device, sorted by what it is.

A capture runs in a thread of its own from `start` to `stop` and keeps every packet, both directions.
"""

import select
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from struct import Struct
from types import TracebackType
from typing import Self

from cryptomap.lab.namespace import Namespace

ETH_P_ALL = 0x0003
ETH_P_IPV4 = 0x0800
ETH_P_ARP = 0x0806
ETH_P_IPV6 = 0x86DD

ARP = "ARP"
NEIGHBOUR_DISCOVERY = "IPv6 neighbour discovery"

_IPV4 = Struct("!BxHHHxB2x4s4s")
_IPV6 = Struct("!4xHB")
_PORTS = Struct("!HH")
_PROTOCOL_NAMES = {1: "ICMP", 50: "IP protocol 50", 51: "IP protocol 51"}
_PORT_PROTOCOLS = {6: "TCP", 17: "UDP"}
_IKE_PORTS = (500, 4500)
"""A translator may give the other end a lower one."""
_ICMPV6 = 58


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: its EtherType and its octets from the network header on."""

    ethertype: int
    data: bytes

    @property
    def kind(self) -> str:
        """`ARP`, `UDP 500`, `TCP 22` (IKE's port, else the lower one), `ICMP`, `IP protocol 50`, ..."""
        if self.ethertype == ETH_P_ARP:
            return ARP
        if self.ethertype == ETH_P_IPV4 and len(self.data) >= _IPV4.size:
            return _ipv4_kind(self.data)
        if self.ethertype == ETH_P_IPV6 and len(self.data) >= 40:
            return _ipv6_kind(self.data)
        return f"EtherType 0x{self.ethertype:04x}"

    @property
    def addresses(self) -> tuple[str, str]:
        """Source and destination of an IPv4 packet, else two empty strings."""
        if self.ethertype != ETH_P_IPV4 or len(self.data) < _IPV4.size:
            return "", ""
        *_, source, destination = _IPV4.unpack_from(self.data)
        return socket.inet_ntoa(source), socket.inet_ntoa(destination)


class Capture:
    """Everything that crosses `device` of `namespace` (each device of it when None)."""

    def __init__(self, namespace: Namespace, device: str | None = None) -> None:
        self._packets: list[Packet] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            self._socket.bind((device or "", ETH_P_ALL))
        self._socket.setblocking(False)
        self._thread = threading.Thread(target=self._listen, name="capture", daemon=True)
        self._thread.start()

    @property
    def packets(self) -> list[Packet]:
        """What was seen so far."""
        with self._lock:
            return list(self._packets)

    def kinds(self) -> Counter[str]:
        """How many packets of each kind were seen so far."""
        return Counter(packet.kind for packet in self.packets)

    def stop(self) -> list[Packet]:
        """Take what the socket still holds, stop listening, and return every packet."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._thread.join()
            self._drain()
            self._socket.close()
        return self.packets

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            select.select([self._socket], [], [], 0.05)
            self._drain()

    def _drain(self) -> None:
        while True:
            try:
                data, sender = self._socket.recvfrom(65536)
            except BlockingIOError:
                return
            except OSError:
                continue  # the device went down; it may come back
            with self._lock:
                self._packets.append(Packet(sender[1], data))


def _ipv4_kind(data: bytes) -> str:
    version_length, _, _, fragment, protocol, _, _ = _IPV4.unpack_from(data)
    first = fragment & 0x1FFF == 0
    return _transport_kind(data, protocol, (version_length & 0x0F) * 4, first)


def _ipv6_kind(data: bytes) -> str:
    _, protocol = _IPV6.unpack_from(data)
    link_local = data[8:10] == b"\xfe\x80" or data[8:24] == bytes(16)
    # A hop-by-hop header from a link-local address is a multicast listener report.
    if link_local and protocol in (0, _ICMPV6):
        return NEIGHBOUR_DISCOVERY
    return "IPv6 " + _transport_kind(data, protocol, 40, True)


def _transport_kind(data: bytes, protocol: int, offset: int, first: bool) -> str:
    if protocol not in _PORT_PROTOCOLS:
        return _PROTOCOL_NAMES.get(protocol, f"IP protocol {protocol}")
    name = _PORT_PROTOCOLS[protocol]
    if not first or len(data) < offset + _PORTS.size:
        return f"{name} fragment"
    ports = _PORTS.unpack_from(data, offset)
    return f"{name} {next((port for port in ports if port in _IKE_PORTS), min(ports))}"
