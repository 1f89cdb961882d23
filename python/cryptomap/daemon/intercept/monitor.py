"""Tells when routes, addresses or links change, so that the mirror can follow."""

import socket

_RTMGRP_LINK = 0x1
_RTMGRP_IPV4_IFADDR = 0x10
_RTMGRP_IPV4_ROUTE = 0x40
_READ = 65536


class RouteMonitor:
    """A netlink subscription. What changed is not read from it: the caller looks at the tables again."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK,
            socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC,
            socket.NETLINK_ROUTE,
        )
        self._socket.bind((0, _RTMGRP_LINK | _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV4_ROUTE))

    def fileno(self) -> int:
        """Polls readable when something changed."""
        return self._socket.fileno()

    def drain(self) -> None:
        """Forget the notices so far. That some were lost does not matter: one is enough."""
        while True:
            try:
                self._socket.recv(_READ)
            except BlockingIOError:
                return
            except OSError:  # ENOBUFS: notices were dropped; the caller looks at everything anyway
                continue

    def close(self) -> None:
        self._socket.close()
