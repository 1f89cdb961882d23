"""ICMP echo (RFC 792) from a chosen source, one after the other, as the exec command does it."""

import asyncio
import errno
import os
import socket
import struct
import time
from collections.abc import AsyncIterator
from ipaddress import IPv4Address

from cryptomap.cli.router import PingReply, PingRequest, PingResult
from cryptomap.model.error import ConfigurationError

_HEADER = struct.Struct("!BBHHH")
_ECHO, _REPLY, _UNREACHABLE = 8, 0, 3
_NEEDS_FRAGMENTING = 4
_IP_AND_ICMP = 28
_MTU_DISCOVER, _PMTU_DONT, _PMTU_PROBE = 10, 0, 3
_RECEIVE = 65535


async def ping(request: PingRequest) -> AsyncIterator[PingReply]:
    """Send `request.count` echoes; yields each one's fate. Raises `ConfigurationError` for a bad source.

    A raw socket needs CAP_NET_RAW. The payload is padded so that the whole IP datagram has
    `request.size` octets; sizes below 36 are sent as 36.
    """
    identifier = int.from_bytes(os.urandom(2), "big")
    with _open(request) as opened:
        for sequence in range(request.count):
            await asyncio.sleep(0)  # an answer that is there at once would let nobody else in
            yield await _echo(opened, request, identifier, sequence & 0xFFFF)


async def _echo(opened: socket.socket, request: PingRequest, identifier: int, sequence: int) -> PingReply:
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    try:
        opened.sendto(echo_request(identifier, sequence, request.size), (str(request.target), 0))
    except OSError as error:
        await asyncio.sleep(0 if error.errno == errno.EMSGSIZE else request.timeout)
        too_big = error.errno == errno.EMSGSIZE
        return PingReply(PingResult.MUST_FRAGMENT if too_big else PingResult.TIMEOUT)
    try:
        async with asyncio.timeout(request.timeout):
            while True:
                packet = await loop.sock_recv(opened, _RECEIVE)
                result = _judge(packet, identifier, sequence)
                if result is PingResult.REPLY:
                    return PingReply(result, (time.monotonic() - started) * 1000)
                if result is not None:
                    return PingReply(result)
    except TimeoutError:
        return PingReply(PingResult.TIMEOUT)


def echo_request(identifier: int, sequence: int, size: int) -> bytes:
    """An ICMP echo request that makes an IP datagram of `size` octets."""
    payload = bytes(index & 0xFF for index in range(max(size - _IP_AND_ICMP, 8)))
    checksum = _checksum(_HEADER.pack(_ECHO, 0, 0, identifier, sequence) + payload)
    return _HEADER.pack(_ECHO, 0, checksum, identifier, sequence) + payload


def _judge(packet: bytes, identifier: int, sequence: int) -> PingResult | None:
    """What an ICMP packet says about our echo; None when it is about something else."""
    start = (packet[0] & 0x0F) * 4 if packet else 0
    if len(packet) < start + _HEADER.size:
        return None
    kind, code, _, ours, number = _HEADER.unpack_from(packet, start)
    if kind == _REPLY and (ours, number) == (identifier, sequence):
        return PingResult.REPLY
    if kind == _UNREACHABLE and _quotes(packet, start + _HEADER.size, identifier, sequence):
        return PingResult.MUST_FRAGMENT if code == _NEEDS_FRAGMENTING else PingResult.UNREACHABLE
    return None


def _quotes(packet: bytes, offset: int, identifier: int, sequence: int) -> bool:
    """Whether an ICMP error quotes our echo request at `offset`."""
    if len(packet) <= offset:
        return False
    start = offset + (packet[offset] & 0x0F) * 4
    if len(packet) < start + _HEADER.size:
        return False
    kind, _, _, ours, number = _HEADER.unpack_from(packet, start)
    return (kind, ours, number) == (_ECHO, identifier, sequence)


def _open(request: PingRequest) -> socket.socket:
    try:
        opened = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
    except PermissionError as error:
        raise ConfigurationError("ping needs a raw socket: run as root, or with CAP_NET_RAW") from error
    try:
        opened.setsockopt(
            socket.IPPROTO_IP, _MTU_DISCOVER, _PMTU_PROBE if request.dont_fragment else _PMTU_DONT
        )
        opened.bind((str(request.source or source_towards(request.target)), 0))
    except OSError as error:
        opened.close()
        raise ConfigurationError(f"{request.source} is no address of this router") from error
    return opened


def source_towards(target: IPv4Address) -> IPv4Address:
    """The address the kernel would send from; the unspecified one when there is no route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(target), 9))
        except OSError:
            return IPv4Address(0)
        return IPv4Address(probe.getsockname()[0])


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
