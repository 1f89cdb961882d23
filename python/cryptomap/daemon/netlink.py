"""Links, addresses, routes and policy rules of this network namespace, as typed values.

pyroute2 runs an event loop of its own inside every call, which cannot be nested in ours, so its
socket lives on one helper thread; a call here waits for it (well under a millisecond each).
"""

import errno
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, TypeVar

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from cryptomap.model.error import CryptomapError

OUR_PROTOCOL = 193
"""Marks the routes and rules that are ours (`RTA_PROTOCOL`, `FRA_PROTOCOL`), also to a later run."""
MAIN_TABLE = 254

_T = TypeVar("_T")
_UP = 1
_GONE = (errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL)
_UNICAST, _BLACKHOLE = 1, 6


class HostError(CryptomapError):
    """The kernel did not let us change a link, address, route or rule; says which and why."""


@dataclass(frozen=True, slots=True)
class Link:
    """A network device."""

    index: int
    name: str
    up: bool
    mtu: int


@dataclass(frozen=True, slots=True)
class Route:
    """An IPv4 route of the main table. A route over several links has one `hop` for each, one that drops
    packets has none."""

    destination: IPv4Network
    hops: tuple["Hop", ...]
    source: IPv4Address | None = None
    metric: int = 0
    tos: int = 0
    protocol: int = 0

    @property
    def links(self) -> frozenset[int]:
        """Indexes of the links the route leaves by."""
        return frozenset(hop.link for hop in self.hops)


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a route sends packets; no gateway means the destination is on the link."""

    link: int
    gateway: IPv4Address | None = None


@dataclass(frozen=True, slots=True)
class TableRoute:
    """A route of a table of our own: out by link `link`, or, when that is None, `throw`."""

    destination: IPv4Network
    metric: int = 0
    tos: int = 0
    link: int | None = None
    source: IPv4Address | None = None


class Netlink:
    """The kernel's routing data. Methods raise `HostError`; removing what is not there is no error."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="netlink")
        self._route: Any = self._thread.submit(IPRoute).result()

    @property
    def port(self) -> int:
        """The number that notices of changes made through this object bear."""
        messages = self._call("list devices", lambda: list(self._route.get_links()))
        return int(messages[0]["header"]["pid"])

    def close(self) -> None:
        self._thread.submit(self._route.close).result()
        self._thread.shutdown()

    def links(self) -> list[Link]:
        """Every device of the namespace."""
        return self._call("list devices", lambda: [_link(m) for m in self._route.get_links()])

    def link(self, name: str) -> Link | None:
        """The device called `name`."""
        return next((link for link in self.links() if link.name == name), None)

    def set_link(self, index: int, *, up: bool | None = None, mtu: int | None = None) -> None:
        """Set a device up or down, or its MTU in octets."""
        wanted: dict[str, Any] = {} if mtu is None else {"mtu": mtu}
        if up is not None:
            wanted["state"] = "up" if up else "down"
        self._call(f"set device {index}", lambda: self._route.link("set", index=index, **wanted))

    def delete_link(self, index: int) -> None:
        self._remove("delete a device", lambda: self._route.link("del", index=index))

    def addresses(self) -> list[tuple[int, IPv4Interface]]:
        """The IPv4 addresses, each with its device's index, primary ones first."""
        return self._call("list addresses", self._addresses)

    def add_address(self, index: int, address: IPv4Interface) -> bool:
        """Give a device an address; false when it has it already."""
        fields: dict[str, Any] = {"address": str(address.ip), "prefixlen": address.network.prefixlen}
        if address.network.prefixlen < 31:
            fields["broadcast"] = str(address.network.broadcast_address)
        return self._add(f"add address {address}", lambda: self._route.addr("add", index=index, **fields))

    def delete_address(self, index: int, address: IPv4Interface) -> None:
        prefix = address.network.prefixlen
        self._remove(
            f"delete address {address}",
            lambda: self._route.addr("del", index=index, address=str(address.ip), prefixlen=prefix),
        )

    def routes(self, table: int = MAIN_TABLE) -> list[Route]:
        """The IPv4 routes of a table that forward packets or drop them silently."""
        return self._call("list routes", lambda: self._routes(table))

    def add_route(self, **fields: Any) -> bool:
        """Add a route given in pyroute2's words; false when it is there already."""
        what = f"add a route to {fields.get('dst')}"
        return self._add(what, lambda: self._route.route("add", family=socket.AF_INET, **fields))

    def replace_route(self, **fields: Any) -> None:
        """Add a route, or put it in place of the one with its destination, metric and table."""
        what = f"replace the route to {fields.get('dst')}"
        self._call(what, lambda: self._route.route("replace", family=socket.AF_INET, **fields))

    def delete_route(self, **fields: Any) -> None:
        what = f"delete the route to {fields.get('dst')}"
        self._remove(what, lambda: self._route.route("del", family=socket.AF_INET, **fields))

    def flush_table(self, table: int) -> None:
        """Delete every IPv4 route of a table."""
        self._remove("empty a table", lambda: self._route.flush_routes(family=socket.AF_INET, table=table))

    def table(self, table: int) -> set[TableRoute]:
        """The routes of one of our own tables."""
        return self._call("list a table", lambda: self._table(table))

    def tables(self) -> set[int]:
        """Numbers of the tables in which routes of ours are."""
        return self._call("list tables", self._tables)

    def next_hop(self, destination: IPv4Address, mark: int = 0) -> Hop | None:
        """Where the kernel sends a packet with firewall mark `mark` to; None when it has no route."""
        fields = {"dst": str(destination), **({"mark": mark} if mark else {})}
        try:
            found = self._thread.submit(lambda: list(self._route.route("get", **fields))).result()
        except NetlinkError:
            return None
        attributes = dict(found[0]["attrs"])
        gateway = attributes.get("RTA_GATEWAY")
        return Hop(attributes["RTA_OIF"], IPv4Address(gateway) if gateway else None)

    def path_mtu(self, destination: IPv4Address) -> int | None:
        """What routers on the way to `destination` said that it takes; None when none said anything."""
        try:
            found = self._thread.submit(lambda: list(self._route.route("get", dst=str(destination)))).result()
        except NetlinkError:  # There is no way there now.
            return None
        metrics = dict(found[0]["attrs"]).get("RTA_METRICS")
        return dict(metrics["attrs"]).get("RTAX_MTU") if metrics else None

    def rules(self) -> list[int]:
        """Priorities of the IPv4 policy rules that carry our protocol number."""
        return self._call("list rules", self._rules)

    def add_rule(self, **fields: Any) -> None:
        """Add an IPv4 policy rule given in pyroute2's words; our protocol number is put in."""
        self._add("add a policy rule", lambda: self._route.rule("add", protocol=OUR_PROTOCOL, **fields))

    def delete_rule(self, priority: int) -> None:
        """Delete our rule of this priority."""
        self._remove(
            "delete a policy rule",
            lambda: self._route.rule("del", family=socket.AF_INET, priority=priority, protocol=OUR_PROTOCOL),
        )

    def _addresses(self) -> list[tuple[int, IPv4Interface]]:
        found = []
        for message in self._route.get_addr(family=socket.AF_INET):
            attributes = dict(message["attrs"])
            local = attributes.get("IFA_LOCAL", attributes.get("IFA_ADDRESS"))
            found.append((message["index"], IPv4Interface(f"{local}/{message['prefixlen']}")))
        return found

    def _routes(self, table: int) -> list[Route]:
        messages = self._route.get_routes(family=socket.AF_INET, table=table)
        return [route for message in messages if (route := _route(message)) is not None]

    def _table(self, table: int) -> set[TableRoute]:
        found = set()
        for message in self._route.get_routes(family=socket.AF_INET, table=table):
            attributes = dict(message["attrs"])
            found.add(
                TableRoute(
                    IPv4Network(f"{attributes.get('RTA_DST', '0.0.0.0')}/{message['dst_len']}"),
                    attributes.get("RTA_PRIORITY", 0),
                    message["tos"],
                    attributes.get("RTA_OIF"),
                    _address(attributes.get("RTA_PREFSRC")),
                )
            )
        return found

    def _tables(self) -> set[int]:
        messages = self._route.get_routes(family=socket.AF_INET)
        ours = [dict(message["attrs"]) for message in messages if message["proto"] == OUR_PROTOCOL]
        return {attributes["RTA_TABLE"] for attributes in ours if "RTA_TABLE" in attributes}

    def _rules(self) -> list[int]:
        found = []
        for message in self._route.get_rules(family=socket.AF_INET):
            attributes = dict(message["attrs"])
            if attributes.get("FRA_PROTOCOL") == OUR_PROTOCOL:
                found.append(attributes.get("FRA_PRIORITY", 0))
        return found

    def _call(self, what: str, function: Callable[[], _T]) -> _T:
        try:
            return self._thread.submit(function).result()
        except (NetlinkError, OSError) as error:
            raise HostError(f"cannot {what}: {_reason(error)}") from error

    def _add(self, what: str, function: Callable[[], object]) -> bool:
        try:
            self._thread.submit(function).result()
        except (NetlinkError, OSError) as error:
            if _number(error) == errno.EEXIST:
                return False
            raise HostError(f"cannot {what}: {_reason(error)}") from error
        return True

    def _remove(self, what: str, function: Callable[[], object]) -> None:
        try:
            self._thread.submit(function).result()
        except (NetlinkError, OSError) as error:
            if _number(error) not in _GONE:
                raise HostError(f"cannot {what}: {_reason(error)}") from error


def _link(message: Any) -> Link:
    attributes = dict(message["attrs"])
    up = bool(message["flags"] & _UP)
    return Link(message["index"], attributes["IFLA_IFNAME"], up, attributes.get("IFLA_MTU", 1500))


def _route(message: Any) -> Route | None:
    attributes = dict(message["attrs"])
    if message["type"] not in (_UNICAST, _BLACKHOLE):
        return None
    destination = IPv4Network(f"{attributes.get('RTA_DST', '0.0.0.0')}/{message['dst_len']}")
    hops: tuple[Hop, ...] = ()
    if "RTA_OIF" in attributes:
        hops = (Hop(attributes["RTA_OIF"], _address(attributes.get("RTA_GATEWAY"))),)
    for leg in attributes.get("RTA_MULTIPATH", ()):
        hops += (Hop(leg["oif"], _address(dict(leg["attrs"]).get("RTA_GATEWAY"))),)
    return Route(
        destination,
        hops,
        _address(attributes.get("RTA_PREFSRC")),
        attributes.get("RTA_PRIORITY", 0),
        message["tos"],
        message["proto"],
    )


def _address(text: str | None) -> IPv4Address | None:
    return IPv4Address(text) if text else None


def _number(error: Exception) -> int:
    return int(getattr(error, "code", None) or getattr(error, "errno", None) or 0)


def _reason(error: Exception) -> str:
    if _number(error) == errno.EPERM:
        return "not permitted; run as root, or with CAP_NET_ADMIN"
    return str(error)
