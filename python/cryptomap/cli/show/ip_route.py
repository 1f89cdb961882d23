"""`show ip route`: connected, static and reverse-injected routes that can be used now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import InterfaceName, Personality

CODES = (
    "Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP",
    "       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area",
    "       i - IS-IS, * - candidate default, U - per-user static route",
    "",
)


@dataclass(frozen=True, slots=True)
class Route:
    """`code` is the letter of the table; `interface` or `next_hop` or both say where to."""

    code: str
    destination: IPv4Network
    interface: InterfaceName | None = None
    next_hop: IPv4Address | None = None
    distance: int = 0


def collect(router: Router) -> Sequence[Route]:
    """In address order; a static route is left out while its next hop cannot be reached."""
    config = router.config
    up = {status.name for status in router.interfaces() if status.up}
    connected = []
    for item in config.interfaces.values():
        if item.name in up and not item.shutdown:
            for address in filter(None, (item.address, *item.secondary)):
                connected.append(Route("C", address.network, item.name))
                connected.append(Route("L", IPv4Network(address.ip), item.name))
    networks = [route.destination for route in connected if route.code == "C"]
    statics = [
        Route("S", route.destination, route.interface, route.next_hop, route.distance)
        for route in config.routes
        if route.interface in up or _reachable(route.next_hop, networks)
    ]
    routes = {*connected, *statics, *_injected(router)}
    return sorted(routes, key=lambda route: (route.destination, route.code, str(route.next_hop)))


def _reachable(next_hop: IPv4Address | None, networks: Iterable[IPv4Network]) -> bool:
    return next_hop is not None and any(next_hop in network for network in networks)


def _injected(router: Router) -> Iterator[Route]:
    """What `reverse-route` put there: with the SAs, or always when it is static."""
    for flow in router.ipsec_flows():
        crypto_map = router.config.crypto_maps.get(flow.map_name)
        entry = crypto_map.entries.get(flow.sequence) if crypto_map else None
        if not (entry and entry.reverse_route and (flow.outbound or entry.reverse_route_static)):
            continue
        target, peer = flow.selector.destination, flow.peer
        if isinstance(target, IPv4Network) and isinstance(peer, IPv4Address):
            yield Route("S", target, None, peer, 1)


def render(routes: Sequence[Route], personality: Personality) -> str:
    old = personality is Personality.IOS_12_3
    shown = [route for route in routes if not (old and route.code == "L")]
    default = next((route for route in shown if route.destination.prefixlen == 0), None)
    if default is None:
        resort = "Gateway of last resort is not set"
    else:
        resort = f"Gateway of last resort is {default.next_hop or '0.0.0.0'} to network 0.0.0.0"
    lines = [*CODES, resort, ""]
    return block([*lines, *_table(shown)])


def _table(routes: Sequence[Route]) -> Iterator[str]:
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
    word = "subnet" if subnets == 1 else "subnets"
    if masks > 1:
        yield f"      {major} is variably subnetted, {subnets} {word}, {masks} masks"
    else:
        yield f"      {major.network_address}/{members[0].prefixlen} is subnetted, {subnets} {word}"


def _major(network: IPv4Network) -> IPv4Network:
    """The classful network that IOS groups `network` under; itself when it is wider."""
    first = int(network.network_address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network.supernet(new_prefix=length) if network.prefixlen >= length else network


def _where(route: Route) -> str:
    if route.next_hop is None:
        return f"is directly connected, {route.interface}"
    via = f"[{route.distance}/0] via {route.next_hop}"
    return f"{via}, {route.interface}" if route.interface else via


COMMANDS = [
    show(
        "show ip route",
        {"ip": "IP information", "route": "IP routing table"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
