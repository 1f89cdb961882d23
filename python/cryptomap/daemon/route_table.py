"""The kernel's routing table as `show ip route` tells it.

What we put there ourselves is shown as it was configured: a static route with its own next hop, a
reverse-route with the peer. What others put there (an administrator, a DHCP client, a routing daemon) is
shown by who it is from.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from cryptomap.cli.router import RouteStatus
from cryptomap.daemon.netlink import OUR_PROTOCOL, Netlink, Route
from cryptomap.daemon.reverse_route import Target
from cryptomap.model.config import InterfaceName, RouterConfig, StaticRoute

_KERNEL = 2
_ROUTING_DAEMONS = {
    186: ("B", 20),
    187: ("i", 115),
    188: ("O", 110),
    189: ("R", 120),
    192: ("D", 90),
}
"""By `RTA_PROTOCOL` (linux/rtnetlink.h): IOS's letter and its usual distance."""
_NULL = "Null0"
_HOST = 32


def route_table(
    netlink: Netlink,
    config: RouterConfig,
    names: Mapping[int, InterfaceName],
    reverse: Mapping[tuple[IPv4Network, int], Target],
) -> list[RouteStatus]:
    """Every route in force. `names` are the interfaces by device index, `reverse` what reverse-route
    puts behind peers, by network and distance."""
    devices = {link.index: names.get(link.index, link.name) for link in netlink.links() if link.up}
    statics = {(route.destination, route.distance): route for route in config.routes}
    found = [
        status
        for route in netlink.routes()
        for status in _statuses(route, devices, statics.get((route.destination, route.metric)), reverse)
    ]
    return [*found, *_local(netlink, config, devices)]


def _statuses(
    route: Route,
    devices: Mapping[int, str],
    configured: StaticRoute | None,
    reverse: Mapping[tuple[IPv4Network, int], Target],
) -> Iterator[RouteStatus]:
    ours = route.protocol == OUR_PROTOCOL
    if ours and configured is not None:
        yield RouteStatus(
            "S", route.destination, configured.interface, configured.next_hop, configured.distance
        )
    elif ours:
        target = reverse.get((route.destination, route.metric))
        peer, tag = (target.peer, target.tag) if target else (None, None)
        yield RouteStatus("S", route.destination, None, peer, route.metric, tag=tag)
    elif not route.hops:
        yield RouteStatus("S", route.destination, _NULL)
    for hop in () if ours else route.hops:
        device = devices.get(hop.link)
        if hop.gateway is None and route.protocol == _KERNEL:
            yield RouteStatus("C", route.destination, device)
        else:
            code, distance = _ROUTING_DAEMONS.get(route.protocol, ("S", 1))
            yield RouteStatus(code, route.destination, device, hop.gateway, distance, route.metric)


def _local(netlink: Netlink, config: RouterConfig, devices: Mapping[int, str]) -> Iterator[RouteStatus]:
    """Our own addresses. One of a single-address network is that network, and connected."""
    owners = {
        address.ip: interface.name
        for interface in config.interfaces.values()
        for address in (interface.address, *interface.secondary)
        if address is not None
    }
    for index, address in netlink.addresses():
        if index in devices and not address.is_loopback:
            code = "C" if address.network.prefixlen == _HOST else "L"
            yield RouteStatus(code, IPv4Network(address.ip), owners.get(address.ip, devices[index]))
