"""Paths that take less than the interface they begin at, as routers on the way tell the kernel (RFC 1191).

What they say is not proven. The kernel bounds it, forgets it after ten minutes, and it changes no SA: it
only makes packets smaller.
"""

from ipaddress import IPv4Address

from cryptomap.daemon.netlink import Netlink


class PathMtus:
    """What the kernel knows of the paths to those peers for whom packets were too big. Raises `HostError`."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink
        self._known: dict[IPv4Address, int] = {}

    def ask(self, peer: IPv4Address) -> bool:
        """Look up the path to `peer`; whether there is something new."""
        before, found = self._known.get(peer), self._netlink.path_mtu(peer)
        if found is None:
            self._known.pop(peer, None)
        else:
            self._known[peer] = found
        return found != before

    def ask_again(self) -> bool:
        """Look up every known path again; whether there is something new."""
        return any([self.ask(peer) for peer in tuple(self._known)])

    def limit(self, peer: IPv4Address, mtu: int) -> int:
        """The MTU of the path to `peer` by way of an interface that takes `mtu` octets."""
        return min(mtu, self._known.get(peer, mtu))
