"""The routing tables that give a crypto map its place after the route lookup.

IOS looks up the route first; a map protects only what leaves by its own interface. So each protected
interface has a table that mirrors the main one: what main sends out by the interface goes to the TUN
device, and everything else is `throw`, which lets the rules after it, and in the end main, decide.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any

from cryptomap.daemon.intercept.plan import Protected, is_our_table
from cryptomap.daemon.netlink import OUR_PROTOCOL, Netlink, Route, TableRoute

_SCOPE_LINK = 253


def mirrored(routes: Iterable[Route], device: int, tun: int, source: IPv4Address | None) -> set[TableRoute]:
    """The mirror of `routes` for the interface with index `device`.

    `source` is the interface's own address: what main would choose for packets that have none yet.
    A route over several links goes to the TUN device when the interface is one of them.
    """
    found: dict[tuple[object, int, int], TableRoute] = {}
    for route in routes:
        leaves = device in route.links
        entry = TableRoute(
            route.destination,
            route.metric,
            route.tos,
            tun if leaves else None,
            (route.source or source) if leaves else None,
        )
        key = (route.destination, route.metric, route.tos)
        # Of two routes to one destination the kernel uses the first; ours sides with protecting.
        if key not in found or leaves:
            found[key] = entry
    return set(found.values())


class RouteMirror:
    """Our tables in the kernel."""

    def __init__(self, netlink: Netlink, quiet: Netlink) -> None:
        """Single routes come and go through `quiet`."""
        self._netlink = netlink
        self._quiet = quiet
        self._own: dict[int, tuple[int, IPv4Address | None]] = {}
        """Index of the TUN device and own address of an interface, by its table."""

    def sync(self, protected: Iterable[Protected]) -> None:
        """Bring the tables in step with the main one. What goes to a TUN device is added first."""
        items = list(protected)
        if not items:
            return
        routes = self._netlink.routes()
        links = {link.name: link.index for link in self._netlink.links()}
        addresses = self._netlink.addresses()
        for item in items:
            own = next((address.ip for index, address in addresses if index == item.index), None)
            self._own[item.table] = links.get(item.tun, 0), own
            wanted = mirrored(routes, item.index, *self._own[item.table])
            self._apply(item.table, wanted)

    def add(self, protected: Iterable[Protected], route: Route) -> None:
        """One more route is in the main table."""
        for item in protected:
            if item.table in self._own:
                (entry,) = mirrored([route], item.index, *self._own[item.table])
                self._quiet.replace_route(**_fields(item.table, entry))

    def drop(self, protected: Iterable[Protected], route: Route) -> None:
        """A route is no longer in the main table."""
        for item in protected:
            if item.table in self._own:
                (entry,) = mirrored([route], item.index, *self._own[item.table])
                self._quiet.delete_route(**_fields(item.table, entry))

    def remove(self, keep: Iterable[Protected] = ()) -> None:
        """Empty our tables, except those of the interfaces in `keep`."""
        kept = {item.table for item in keep}
        for table in self._netlink.tables():
            if is_our_table(table) and table not in kept:
                self._netlink.flush_table(table)

    def _apply(self, table: int, wanted: set[TableRoute]) -> None:
        present = self._netlink.table(table)
        for route in sorted(wanted - present, key=lambda route: route.link is None):
            self._netlink.replace_route(**_fields(table, route))
        keys = {(route.destination, route.metric, route.tos) for route in wanted}
        for route in present - wanted:
            if (route.destination, route.metric, route.tos) not in keys:
                self._netlink.delete_route(**_fields(table, route))


def _fields(table: int, route: TableRoute) -> dict[str, Any]:
    fields: dict[str, Any] = {"dst": str(route.destination), "table": table, "proto": OUR_PROTOCOL}
    if route.metric:
        fields["priority"] = route.metric
    if route.tos:
        fields["tos"] = route.tos
    if route.link is None:
        return {**fields, "type": "throw"}
    fields |= {"oif": route.link, "scope": _SCOPE_LINK}
    return {**fields, "prefsrc": str(route.source)} if route.source else fields
