"""`reverse-route`: routes to the networks behind a peer, by way of the peer.

As in 15.x they come and go with the SAs; with the word `static`, and in the 12.3 personality, they
stand as long as the map is applied. Linux wants a next hop on the link, so the route is by way of
whatever router leads to the peer.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, NamedTuple, Protocol

from cryptomap.daemon.netlink import MAIN_TABLE, OUR_PROTOCOL, Hop, HostError, Netlink, Route
from cryptomap.model.address import Address
from cryptomap.model.config import CryptoMapEntry, Personality, RouterConfig
from cryptomap.model.sa import Direction, SaKey, SaSpec
from cryptomap.policy.spd import PolicyLine, Spd

logger = logging.getLogger(__name__)

DISTANCE = 1
"""Of a route for which the configuration says none."""

_Towards = Callable[[IPv4Address], dict[str, Any] | None]


class Target(NamedTuple):
    """A network behind a peer, and how the route to it is to be told."""

    network: IPv4Network
    peer: IPv4Address
    distance: int = DISTANCE
    tag: int | None = None


class RouteFollower(Protocol):
    """Whoever goes by the main table."""

    def route_added(self, route: Route) -> None: ...

    def route_removed(self, route: Route) -> None: ...


class ReverseRoutes:
    """The routes that `reverse-route` asks for. `towards` gives device and gateway for a peer."""

    def __init__(self, netlink: Netlink, towards: _Towards, follower: RouteFollower) -> None:
        self._netlink = netlink
        self._follower = follower
        self._towards = towards
        self._spd = Spd({})
        self._added: dict[int, PolicyLine] = {}
        """Lines of temporary entries."""
        self._static: set[Target] = set()
        self._by_sa: dict[SaKey, Target] = {}
        self._uses: Counter[Target] = Counter()
        """How many SAs want a route."""
        self._installed: dict[Target, dict[str, Any]] = {}
        self._waiting: set[Target] = set()
        """Wanted, but there was no way to the peer, or another route to the network."""

    def configure(self, config: RouterConfig, spd: Spd) -> None:
        """Follow a new configuration."""
        always = config.personality is Personality.IOS_12_3
        self._spd = spd
        before, self._static = self._static, set(_static_targets(spd, always))
        self._settle(before | self._static | self._waiting)

    def line_added(self, line: PolicyLine) -> None:
        """A temporary entry's line is there; its SAs come."""
        self._added[line.policy_id] = line

    def line_removed(self, line: PolicyLine) -> None:
        """A temporary entry's line and its SAs are gone."""
        self._added.pop(line.policy_id, None)

    def installed(self, spec: SaSpec) -> None:
        """An SA was given to the engine."""
        line = self._spd.line(spec.policy_id) or self._added.get(spec.policy_id)
        destination = spec.selector.destination
        if spec.direction is not Direction.OUTBOUND or line is None or not line.entry.reverse_route:
            return
        if isinstance(destination, IPv4Network) and isinstance(spec.remote, IPv4Address):
            target = self._by_sa[spec.key] = _target(line.entry, destination, spec.remote)
            self._uses[target] += 1
            self._settle({target} | self._waiting)

    def removed(self, key: SaKey) -> None:
        """An SA was taken from the engine."""
        target = self._by_sa.pop(key, None)
        if target is not None:
            self._uses[target] -= 1
            self._settle({target} | self._waiting)

    def redirected(self, key: SaKey, remote: Address) -> None:
        """The peer of an outbound SA is to be found elsewhere."""
        target = self._by_sa.get(key)
        if target is not None and isinstance(remote, IPv4Address):
            self._by_sa[key] = moved = target._replace(peer=remote)
            self._uses[target] -= 1
            self._uses[moved] += 1
            self._settle([target, moved])

    def follow_routes(self) -> None:
        """Act on a change of the routes to peers: ours may lead elsewhere now, or have gone with a link."""
        wanted = {*self._static, *self._by_sa.values()}
        for target in wanted:
            self._install(target)

    def targets(self) -> Mapping[tuple[IPv4Network, int], Target]:
        """What is routed now, by network and distance."""
        return {(target.network, target.distance): target for target in self._installed}

    def remove(self) -> None:
        """Take every route away."""
        self._static.clear()
        self._by_sa.clear()
        self._uses.clear()
        self._settle(list(self._installed))

    def _settle(self, targets: Iterable[Target]) -> None:
        """Bring these routes in step with what wants them: what goes may be in the way of what comes."""
        targets = set(targets)
        wanted = {target for target in targets if target in self._static or self._uses[target] > 0}
        for target in targets - wanted:
            self._waiting.discard(target)
            del self._uses[target]
            self._take(target)
        for target in wanted:
            if target not in self._installed:
                self._install(target)

    def _install(self, target: Target) -> None:
        network, peer = target.network, target.peer
        hop = self._towards(peer)
        if hop is None:
            if target not in self._waiting:
                logger.warning("reverse-route to %s waits: there is no route to peer %s", network, peer)
            self._waiting.add(target)
            return
        self._waiting.discard(target)
        fields = {
            "dst": str(network),
            "table": MAIN_TABLE,
            "proto": OUR_PROTOCOL,
            "priority": target.distance,
            **hop,
        }
        try:
            if self._installed.get(target, fields) != fields:
                self._take(target)
            if self._netlink.add_route(**fields):
                self._installed[target] = fields
                self._follower.route_added(_route(target, fields))
            elif target not in self._installed:
                self._waiting.add(target)
        except HostError as error:
            logger.warning("reverse-route: %s", error)

    def _take(self, target: Target) -> None:
        fields = self._installed.pop(target, None)
        if fields is not None:
            self._netlink.delete_route(**fields)
            self._follower.route_removed(_route(target, fields))


def _route(target: Target, fields: Mapping[str, Any]) -> Route:
    return Route(target.network, (Hop(fields["oif"], None),), metric=fields["priority"])


def _static_targets(spd: Spd, always: bool) -> Iterator[Target]:
    for interface in spd.interfaces:
        for line in spd.lines(interface):
            entry, network = line.entry, line.spec.selector.destination
            wanted = entry.reverse_route_static or (always and entry.reverse_route)
            if line.protects and line.template is None and wanted and isinstance(network, IPv4Network):
                yield _target(entry, network, entry.peers[0])


def _target(entry: CryptoMapEntry, network: IPv4Network, peer: IPv4Address) -> Target:
    return Target(network, peer, entry.reverse_route_distance or DISTANCE, entry.reverse_route_tag)
