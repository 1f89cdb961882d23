"""IOS interfaces on Linux devices: addresses, state, MTU and static routes as the configuration says.

What is there already is left alone and stays ours to keep hands off; what we add is written down in a
file, so that a clean stop, even of a later run, removes just that. `Loopback` interfaces become /32
addresses of `lo`: a wider prefix there would make Linux answer for the whole subnet.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

from cryptomap.cli.router import InterfaceStatus
from cryptomap.daemon.intercept.plan import OWN_MARK
from cryptomap.daemon.netlink import MAIN_TABLE, OUR_PROTOCOL, HostError, Link, Netlink
from cryptomap.model.config import Interface, InterfaceName, RouterConfig, StaticRoute

logger = logging.getLogger(__name__)

_LOOPBACK = "Loopback"
_NULL = "Null"
_ONLINK = 4  # RTNH_F_ONLINK


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A static route as the kernel takes it, and the words for a log line."""

    fields: tuple[tuple[str, Any], ...]
    text: str


class HostInterfaces:
    """The devices behind a router's interfaces. Methods raise `HostError` with a sentence for a person."""

    def __init__(self, netlink: Netlink, devices: Mapping[InterfaceName, str], record: Path) -> None:
        self._netlink = netlink
        self._devices = dict(devices)
        self._record = record
        self._added: set[tuple[str, str]] = _read_record(record)
        self._before: dict[int, tuple[bool, int]] = {}
        self._routes: set[_Wanted] = set()
        self._inactive: set[str] = set()

    def device(self, name: InterfaceName) -> str | None:
        """The Linux device meant by an IOS name, whether or not it exists; None when there is none."""
        if name in self._devices:
            return self._devices[name]
        if name.startswith(_LOOPBACK):
            return "lo"
        return None if "/" in name or len(name) > 15 else name

    def link(self, name: InterfaceName) -> Link | None:
        """The existing device behind an IOS name."""
        device = self.device(name)
        return self._netlink.link(device) if device else None

    def apply(self, config: RouterConfig) -> None:
        """Make addresses, states, MTUs and routes what `config` says; again and again, if need be."""
        wanted: set[tuple[str, str]] = set()
        for interface in config.interfaces.values():
            link = self.link(interface.name)
            if link is not None:
                wanted |= {(link.name, str(address)) for address in _addresses(interface)}
                self._apply_interface(interface, link)
        for device, text in sorted(self._added - wanted):
            self._delete_address(device, IPv4Interface(text))
        self.apply_routes(config)

    def apply_routes(self, config: RouterConfig) -> None:
        """Install the static routes whose next hop can be reached; the others wait, as in IOS."""
        wanted: set[_Wanted] = set()
        inactive: set[str] = set()
        for route in config.routes:
            fields = self._route_fields(route)
            text = f"{route.destination} via {route.next_hop or route.interface}"
            if fields is not None:
                wanted.add(_Wanted(tuple(sorted(fields.items())), text))
            else:
                inactive.add(text)
        for gone in self._routes - wanted:
            self._netlink.delete_route(**dict(gone.fields))
        # One that we installed may be gone: a link that goes down takes its routes along.
        for usable in wanted:
            self._netlink.add_route(**dict(usable.fields))
        for text in inactive - self._inactive:
            logger.warning("route %s is not usable now: its next hop or interface cannot be reached", text)
        self._routes, self._inactive = wanted, inactive

    def remove(self) -> None:
        """Take away what we added, and put link states and MTUs back."""
        for wanted in self._routes:
            self._netlink.delete_route(**dict(wanted.fields))
        self._routes.clear()
        for device, text in sorted(self._added):
            self._delete_address(device, IPv4Interface(text))
        for index, (up, mtu) in self._before.items():
            self._netlink.set_link(index, up=up, mtu=mtu)
        self._before.clear()
        self._record.unlink(missing_ok=True)

    def local_addresses(self, config: RouterConfig) -> dict[InterfaceName, IPv4Address]:
        """The address each interface has: the configured one, else its device's own first one."""
        present = {link.index: link.name for link in self._netlink.links()}
        first: dict[str, IPv4Address] = {}
        for index, address in self._netlink.addresses():
            first.setdefault(present.get(index, ""), address.ip)
        found = {}
        for interface in config.interfaces.values():
            device = self.device(interface.name)
            own = interface.address.ip if interface.address else first.get(device or "")
            if own is not None and device in present.values():
                found[interface.name] = own
        return found

    def names(self, config: RouterConfig) -> dict[int, InterfaceName]:
        """The configured interfaces by the index of their device; Loopbacks share one and are left out."""
        links = {link.name: link.index for link in self._netlink.links() if link.name != "lo"}
        devices = {name: self.device(name) or "" for name in config.interfaces}
        return {links[device]: name for name, device in devices.items() if device in links}

    def status(self, config: RouterConfig) -> list[InterfaceStatus]:
        """What `show ip interface brief` asks."""
        links = {link.name: link for link in self._netlink.links()}
        found = []
        for interface in config.interfaces.values():
            link = links.get(self.device(interface.name) or "")
            up = link is not None and link.up and not interface.shutdown
            mtu = link.mtu if link else interface.mtu or 1500
            found.append(InterfaceStatus(interface.name, link.name if link else None, up, mtu))
        return found

    def _apply_interface(self, interface: Interface, link: Link) -> None:
        present = {address for index, address in self._netlink.addresses() if index == link.index}
        for address in _addresses(interface):
            if address not in present and self._netlink.add_address(link.index, address):
                self._added.add((link.name, str(address)))
                self._write_record()
        if link.name == "lo":
            self._netlink.set_link(link.index, up=True)
            return
        up, mtu = not interface.shutdown, interface.mtu or link.mtu
        if (link.up, link.mtu) != (up, mtu):
            self._before.setdefault(link.index, (link.up, link.mtu))
            self._netlink.set_link(link.index, up=up, mtu=mtu)

    def _route_fields(self, route: StaticRoute) -> dict[str, Any] | None:
        fields: dict[str, Any] = {
            "dst": str(route.destination),
            "table": MAIN_TABLE,
            "proto": OUR_PROTOCOL,
            "priority": route.distance,
        }
        if route.interface and route.interface.startswith(_NULL):
            return {**fields, "type": "blackhole"}
        if route.interface:
            link = self.link(route.interface)
            if link is None or not link.up:
                return None
            fields["oif"] = link.index
            if route.next_hop:
                fields |= {"gateway": str(route.next_hop), "flags": _ONLINK}
            else:
                fields["scope"] = 253
            return fields
        return {**fields, **hop} if route.next_hop and (hop := self.towards(route.next_hop)) else None

    def towards(self, next_hop: IPv4Address) -> dict[str, Any] | None:
        """Gateway and device for packets to `next_hop`, which may itself be behind another router."""

        hop = self._netlink.next_hop(next_hop, OWN_MARK)
        return {"oif": hop.link, "gateway": str(hop.gateway or next_hop)} if hop else None

    def _delete_address(self, device: str, address: IPv4Interface) -> None:
        link = self._netlink.link(device)
        if link is not None:
            self._netlink.delete_address(link.index, address)
        self._added.discard((device, str(address)))
        self._write_record()

    def _write_record(self) -> None:
        self._record.write_text(json.dumps(sorted(self._added)))


def _addresses(interface: Interface) -> Iterator[IPv4Interface]:
    every = (interface.address, *interface.secondary) if interface.address else interface.secondary
    for address in every:
        if address is not None:
            yield IPv4Interface(address.ip) if interface.name.startswith(_LOOPBACK) else address


def _read_record(path: Path) -> set[tuple[str, str]]:
    try:
        return {(str(device), str(address)) for device, address in json.loads(path.read_text())}
    except FileNotFoundError:
        return set()
    except (ValueError, OSError) as error:
        raise HostError(f"{path} cannot be read ({error}); delete it if no gateway uses it") from error
