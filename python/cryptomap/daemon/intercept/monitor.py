"""Tells when routes, addresses or links change, so that the mirror can follow."""

import socket
from collections.abc import Iterator
from struct import Struct

_RTMGRP_LINK = 0x1
_RTMGRP_IPV4_IFADDR = 0x10
_RTMGRP_IPV4_ROUTE = 0x40
_READ = 65536
_HEADER = Struct("=IHHII")
"""Length, type, flags, sequence and port of whoever made the change (linux/netlink.h)."""
_ALIGNMENT = 4


class RouteMonitor:
    """A netlink subscription. What changed is not read from it: the caller looks at the tables again.

    What is changed through the port `quiet` is not told: its user does what follows from it.
    """

    def __init__(self, quiet: int) -> None:
        self._quiet = quiet
        self._socket = socket.socket(
            socket.AF_NETLINK,
            socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC,
            socket.NETLINK_ROUTE,
        )
        self._socket.bind((0, _RTMGRP_LINK | _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV4_ROUTE))

    def fileno(self) -> int:
        """Polls readable when something changed."""
        return self._socket.fileno()

    def changed(self) -> bool:
        """Whether there was a change since the last call. That notices were lost does not matter: one is
        enough."""
        changed = False
        while True:
            try:
                notices = self._socket.recv(_READ)
            except BlockingIOError:
                return changed
            except OSError:  # ENOBUFS: notices were dropped
                changed = True
                continue
            changed = changed or any(port != self._quiet for port in _ports(notices))

    def close(self) -> None:
        self._socket.close()


def _ports(notices: bytes) -> Iterator[int]:
    """Who made each of the changes."""
    at = 0
    while at + _HEADER.size <= len(notices):
        length, _, _, _, port = _HEADER.unpack_from(notices, at)
        yield port
        at += max(length + -length % _ALIGNMENT, _HEADER.size)
