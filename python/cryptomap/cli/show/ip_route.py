"""`show ip route [A.B.C.D]`: the routes in force, whoever put them there, or the one for an address."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router, RouteStatus
from cryptomap.cli.text import block
from cryptomap.model.config import Personality

CODES = (
    "Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP",
    "       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area",
    "       i - IS-IS, * - candidate default, U - per-user static route",
    "",
)

SOURCES = {
    "C": "connected",
    "L": "connected",
    "S": "static",
    "B": "bgp",
    "i": "isis",
    "O": "ospf",
    "R": "rip",
    "D": "eigrp",
}
"""By a route's letter."""


def collect(router: Router) -> Sequence[RouteStatus]:
    """In address order."""
    return sorted(router.routes(), key=lambda route: (route.destination, route.code, str(route.next_hop)))


def render(routes: Sequence[RouteStatus], personality: Personality) -> str:
    old = personality is Personality.IOS_12_3
    shown = [route for route in routes if not (old and route.code == "L")]
    default = next((route for route in shown if route.destination.prefixlen == 0), None)
    if default is None:
        resort = "Gateway of last resort is not set"
    else:
        resort = f"Gateway of last resort is {default.next_hop or '0.0.0.0'} to network 0.0.0.0"
    lines = [*CODES, resort, ""]
    return block([*lines, *_table(shown)])


def _table(routes: Sequence[RouteStatus]) -> Iterator[str]:
    previous = None
    for route in routes:
        major = _major(route.destination)
        if major != previous and major.prefixlen and route.destination != major:
            yield from _heading(
                major, [each.destination for each in routes if _major(each.destination) == major]
            )
        previous = major
        star = "*" if route.destination.prefixlen == 0 else ""
        indent = "" if route.destination == major else "   "
        yield f"{route.code + star:5} {indent}{route.destination} {_where(route)}"


def _heading(major: IPv4Network, members: Sequence[IPv4Network]) -> Iterator[str]:
    subnets, masks = len(set(members)), len({network.prefixlen for network in members})
    if masks > 1:
        yield f"      {major} is variably subnetted, {subnets} subnets, {masks} masks"
    else:
        yield f"      {major.network_address}/{members[0].prefixlen} is subnetted, {subnets} subnets"


def _major(network: IPv4Network) -> IPv4Network:
    """The classful network that IOS groups `network` under; itself when it is wider."""
    first = int(network.network_address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network.supernet(new_prefix=length) if network.prefixlen >= length else network


def _where(route: RouteStatus) -> str:
    if route.next_hop is None:
        return f"is directly connected, {route.interface}"
    via = f"[{route.distance}/{route.metric}] via {route.next_hop}"
    return f"{via}, {route.interface}" if route.interface else via


def render_entry(routes: Sequence[RouteStatus], address: IPv4Address) -> str:
    """The longest match; of several for the same network, the nearest."""
    found = [route for route in routes if address in route.destination]
    if not found:
        return "% Network not in table\n"
    best = min(found, key=lambda route: (-route.destination.prefixlen, route.distance, route.metric))
    default = best.destination.prefixlen == 0
    connected = " (connected)" if best.next_hop is None else ""
    path = ", candidate default path" if default else ""
    lines = [
        f"Routing entry for {best.destination}{', supernet' if default else ''}",
        f'  Known via "{SOURCES[best.code]}", distance {best.distance}, metric {best.metric}'
        f"{connected}{path}",
        *([f"  Tag {best.tag}"] if best.tag is not None else []),
        "  Routing Descriptor Blocks:",
    ]
    alike = [each for each in found if _rank(each) == _rank(best)]
    for number, route in enumerate(alike):
        lines += _descriptor(route, first=number == 0)
    return block(lines)


def _rank(route: RouteStatus) -> tuple[IPv4Network, str, int, int]:
    return route.destination, route.code, route.distance, route.metric


def _descriptor(route: RouteStatus, *, first: bool) -> Iterator[str]:
    where = str(route.next_hop) if route.next_hop else "directly connected"
    via = f", via {route.interface}" if route.interface else ""
    yield f"  {'*' if first else ' '} {where}{via}"
    yield f"      Route metric is {route.metric}, traffic share count is 1"
    if route.tag is not None:
        yield f"      Route tag {route.tag}"


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    routes = collect(router)
    return render_entry(routes, args["address"]) if "address" in args else render(routes, personality)


COMMANDS = [
    show(
        "show ip route [A.B.C.D$address]",
        {
            "ip": "IP information",
            "route": "IP routing table",
            "$address": "An address: the route that it takes",
        },
        _text,
    )
]
