"""`reverse-route`: routes to the networks behind a peer, by way of the peer.

As in 15.x they come and go with the SAs; with the word `static`, and in the 12.3 personality, they
stand as long as the map is applied. Linux wants a next hop on the link, so the route is by way of
whatever router leads to the peer.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from cryptomap.daemon.netlink import MAIN_TABLE, OUR_PROTOCOL, HostError, Netlink
from cryptomap.model.config import Personality, RouterConfig
from cryptomap.model.sa import Direction, SaKey, SaSpec
from cryptomap.policy.spd import Spd

logger = logging.getLogger(__name__)

_Target = tuple[IPv4Network, IPv4Address]
_Towards = Callable[[IPv4Address], dict[str, Any] | None]


class ReverseRoutes:
    """The routes that `reverse-route` asks for. `towards` gives device and gateway for a peer."""

    def __init__(self, netlink: Netlink, towards: _Towards) -> None:
        self._netlink = netlink
        self._towards = towards
        self._spd = Spd({})
        self._static: set[_Target] = set()
        self._by_sa: dict[SaKey, _Target] = {}
        self._installed: dict[_Target, dict[str, Any]] = {}
        self._waiting: set[_Target] = set()

    def configure(self, config: RouterConfig, spd: Spd) -> None:
        """Follow a new configuration."""
        always = config.personality is Personality.IOS_12_3
        self._spd = spd
        self._static = set(_static_targets(spd, always))
        self._update()

    def installed(self, spec: SaSpec) -> None:
        """An SA was given to the engine."""
        line = self._spd.line(spec.policy_id)
        destination = spec.selector.destination
        if spec.direction is not Direction.OUTBOUND or line is None or not line.entry.reverse_route:
            return
        if isinstance(destination, IPv4Network) and isinstance(spec.remote, IPv4Address):
            self._by_sa[spec.key] = (destination, spec.remote)
            self._update()

    def removed(self, key: SaKey) -> None:
        """An SA was taken from the engine."""
        if self._by_sa.pop(key, None) is not None:
            self._update()

    def follow_routes(self) -> None:
        """Act on a change of the routes to peers: ours may lead elsewhere now, or have gone with a link."""
        self._update()

    def targets(self) -> Mapping[IPv4Network, IPv4Address]:
        """The networks that are routed now, each with the peer it is behind."""
        return dict(self._installed)

    def remove(self) -> None:
        """Take every route away."""
        self._static.clear()
        self._by_sa.clear()
        self._update()

    def _update(self) -> None:
        wanted = self._static | set(self._by_sa.values())
        for target in [target for target in self._installed if target not in wanted]:
            self._netlink.delete_route(**self._installed.pop(target))
        self._waiting &= wanted
        for target in wanted:
            self._install(target)

    def _install(self, target: _Target) -> None:
        network, peer = target
        hop = self._towards(peer)
        if hop is None:
            if target not in self._waiting:
                logger.warning("reverse-route to %s waits: there is no route to peer %s", network, peer)
            self._waiting.add(target)
            return
        self._waiting.discard(target)
        fields = {"dst": str(network), "table": MAIN_TABLE, "proto": OUR_PROTOCOL, "priority": 1, **hop}
        try:
            if self._installed.get(target, fields) != fields:
                self._netlink.delete_route(**self._installed.pop(target))
            if self._netlink.add_route(**fields):
                self._installed[target] = fields
        except HostError as error:
            logger.warning("reverse-route: %s", error)


def _static_targets(spd: Spd, always: bool) -> Iterator[_Target]:
    for interface in spd.interfaces:
        for line in spd.lines(interface):
            entry, network = line.entry, line.spec.selector.destination
            wanted = entry.reverse_route_static or (always and entry.reverse_route)
            if line.protects and wanted and isinstance(network, IPv4Network):
                yield network, entry.peers[0]
