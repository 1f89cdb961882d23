"""`ip route PREFIX MASK {NEXTHOP | INTERFACE [NEXTHOP]} [DISTANCE]`."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from cryptomap.config.command import Command, RefusedError, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import InterfaceName, RouterConfig, StaticRoute


class IpRoute(Command):
    mode, order = GLOBAL, 600
    grammar = (
        "ip route A.B.C.D$prefix MASK$mask"
        " ![<A.B.C.D$next_hop|INTERFACE$interface [A.B.C.D$next_hop]> [(1-255)$distance]]"
    )
    help = texts(
        {
            "route": "Establish static routes",
            "$prefix": "Destination prefix",
            "$mask": "Destination prefix mask",
            "$next_hop": "Forwarding router's address",
            "$distance": "Distance metric for this route",
        }
    )

    def apply(
        self,
        config: RouterConfig,
        prefix: IPv4Address,
        mask: IPv4Address,
        next_hop: IPv4Address | None = None,
        interface: InterfaceName | None = None,
        distance: int = 1,
    ) -> RouterConfig:
        route = StaticRoute(_destination(prefix, mask), next_hop, interface, distance)
        others = tuple(each for each in config.routes if not _same_way(each, route))
        return config if route in config.routes else replace(config, routes=(*others, route))

    def negate(
        self,
        config: RouterConfig,
        prefix: IPv4Address,
        mask: IPv4Address,
        next_hop: IPv4Address | None = None,
        interface: InterfaceName | None = None,
        distance: int | None = None,
    ) -> RouterConfig:
        gone = StaticRoute(_destination(prefix, mask), next_hop, interface)
        whole = next_hop is None and interface is None
        left = tuple(
            each
            for each in config.routes
            if not (each.destination == gone.destination if whole else _same_way(each, gone))
        )
        return replace(config, routes=left)

    def render(self, config: RouterConfig) -> Iterable[str]:
        for route in config.routes:
            words = [str(route.destination.network_address), str(route.destination.netmask)]
            words += [str(way) for way in (route.interface, route.next_hop) if way is not None]
            words += [str(route.distance)] if route.distance != 1 else []
            yield f"ip route {' '.join(words)}"


def _destination(prefix: IPv4Address, mask: IPv4Address) -> IPv4Network:
    try:
        return IPv4Network((prefix, str(mask)))
    except ValueError:
        raise RefusedError("%Inconsistent address and mask") from None


def _same_way(one: StaticRoute, other: StaticRoute) -> bool:
    """The same route but for its distance, which the later line sets."""
    return replace(one, distance=other.distance) == other
