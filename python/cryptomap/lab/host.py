"""What a lab's hosts do by themselves: echo requests, without any program installed."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from cryptomap.lab.namespace import Namespace

ECHO_REQUEST = 8
ECHO_REPLY = 0

_HEADER = Struct("!BBHHH")
_PAYLOAD = bytes(range(56))


@dataclass(frozen=True, slots=True)
class Echo:
    """One echo's fate. `milliseconds` is None when no answer came in time; `error` is the kernel's word."""

    sequence: int
    milliseconds: float | None
    error: str | None = None


def ping(host: Namespace, target: str, count: int, timeout: float = 2.0) -> Iterator[Echo]:
    """Send `count` echoes of 84 octets, each after the last one's fate, at least 0.1 s apart."""
    # The kernel's ping socket checks and numbers for us (identifier, checksum, RFC 792).
    host.sysctl("net.ipv4.ping_group_range", "0 0")
    with host.open_socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        for sequence in range(1, count + 1):
            echo = _echo(sock, target, sequence, timeout)
            yield echo
            if sequence < count:
                time.sleep(0.1)


def _echo(sock: socket.socket, target: str, sequence: int, timeout: float) -> Echo:
    begin = time.monotonic()
    try:
        sock.sendto(_HEADER.pack(ECHO_REQUEST, 0, 0, 0, sequence) + _PAYLOAD, (target, 0))
        while (left := begin + timeout - time.monotonic()) > 0:
            sock.settimeout(left)
            if _answers(sock.recv(2048), sequence):
                return Echo(sequence, (time.monotonic() - begin) * 1000)
    except TimeoutError:
        pass
    except OSError as error:
        return Echo(sequence, None, os.strerror(error.errno or 0))
    return Echo(sequence, None)


def _answers(data: bytes, sequence: int) -> bool:
    if len(data) < _HEADER.size:
        return False
    kind, _, _, _, answered = _HEADER.unpack_from(data)
    return (kind, answered) == (ECHO_REPLY, sequence)
