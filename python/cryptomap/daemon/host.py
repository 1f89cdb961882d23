"""Everything a router's configuration means to this host below IKE, applied and taken back as one.

The order never leaves a gap: the guard stands before addresses and forwarding appear, interception
before IKE starts, and both outlive the process unless it stops in good order.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Protocol

from cryptomap.cli.router import RouteStatus
from cryptomap.daemon.intercept.interception import Interception
from cryptomap.daemon.intercept.plan import Protected
from cryptomap.daemon.interfaces import HostInterfaces
from cryptomap.daemon.mtu import tunnel_mtu
from cryptomap.daemon.netlink import MAIN_TABLE, OUR_PROTOCOL, HostError, Netlink
from cryptomap.daemon.nft import Nftables
from cryptomap.daemon.path_mtu import PathMtus
from cryptomap.daemon.reverse_route import ReverseRoutes
from cryptomap.daemon.route_table import route_table
from cryptomap.daemon.sysctl import Sysctl
from cryptomap.engine.backend import Backend
from cryptomap.model.address import Address
from cryptomap.model.config import Interface, InterfaceName, RouterConfig
from cryptomap.model.error import ConfigurationError
from cryptomap.policy.spd import PolicyLine, Spd, compile_spd


class TunnelEngine(Backend, Protocol):
    """A data plane that is reached through TUN devices."""

    def attach(self, interface: str, device: str, mtu: int) -> None: ...

    def detach(self, interface: str, remove: bool) -> None: ...


class Host:
    """This network namespace as the router. Methods raise `HostError`, `NftError`, `ConfigurationError`."""

    def __init__(self, devices: Mapping[InterfaceName, str], record: Path) -> None:
        self._netlink = Netlink()
        self._quiet = Netlink()
        self._nft = Nftables()
        self._sysctl = Sysctl()
        self._attached: dict[InterfaceName, str] = {}
        self._config = RouterConfig()
        self._protected: tuple[Protected, ...] = ()
        self._temporary: dict[int, PolicyLine] = {}
        self._paths = PathMtus(self._netlink)
        self.interfaces = HostInterfaces(self._netlink, devices, record)
        self.interception = Interception(self._netlink, self._quiet, self._nft, self._sysctl)
        self.reverse_routes = ReverseRoutes(self._quiet, self.interfaces.towards, self.interception)

    @property
    def quiet_port(self) -> int:
        """Who makes changes that `follow_routes` need not follow."""
        return self._quiet.port

    def compile(self, config: RouterConfig) -> Spd:
        """The SPD of a configuration on this host. Raises `ConfigurationError` where it cannot hold."""
        local: dict[InterfaceName, IPv4Address] = self.interfaces.local_addresses(config)
        for interface in config.interfaces.values():
            crypto_map = config.crypto_maps.get(interface.crypto_map or "")
            if crypto_map is None or interface.shutdown:
                continue
            if self.interfaces.link(interface.name) is None:
                raise ConfigurationError(
                    f"interface {interface.name} has a crypto map, but there is no Linux device for it; "
                    f"say which with --interface {interface.name}=DEVICE"
                )
            source = crypto_map.local_address or interface.name
            if source not in local:
                raise ConfigurationError(
                    f"crypto map {crypto_map.name} on {interface.name}: {source} has no address to send from"
                )
        return compile_spd(config, local)

    def apply(self, config: RouterConfig, spd: Spd, engine: TunnelEngine) -> None:
        """Make this host, and the engine's policies, what `config` and its SPD say."""
        protected = [self._protect(config.interfaces[name], spd) for name in spd.interfaces]
        self.interception.guard(protected)
        self.interfaces.apply(config)
        mtus = self._tunnel_mtus(config, protected)
        for item in protected:
            self._attach(item, mtus[item.tun], engine)
            engine.set_policies(item.interface, item.policies)
        self._detach(set(spd.interfaces), engine)
        self.interception.steer(protected, mtus)
        self._sysctl.set("ipv4/ip_forward", "1")
        self._config, self._protected = config, tuple(protected)
        self.reverse_routes.configure(config, spd)
        self.follow_routes()

    def add_policy(self, slot: int, line: PolicyLine, engine: TunnelEngine) -> None:
        """Protect what a temporary entry's line says: the guard stands before an SA can be used."""
        self.interception.add_policy(slot, line.spec)
        engine.add_policy(slot, line.spec)
        self.reverse_routes.line_added(line)
        self._temporary[line.policy_id] = line

    def remove_policy(self, slot: int, line: PolicyLine, engine: TunnelEngine) -> None:
        """Nothing is left of a temporary entry's line."""
        self._temporary.pop(line.policy_id, None)
        self.reverse_routes.line_removed(line)
        engine.remove_policy(slot, line.spec)
        self.interception.remove_policy(slot, line.spec)

    def take_over(self) -> None:
        """Remove routes that an earlier run left because it was killed. Its guard stays until `apply`."""
        for route in self._netlink.routes():
            if route.protocol == OUR_PROTOCOL:
                fields: dict[str, Any] = {
                    "table": MAIN_TABLE,
                    "proto": OUR_PROTOCOL,
                    "priority": route.metric,
                }
                kind = {} if route.hops else {"type": "blackhole"}
                self._netlink.delete_route(dst=str(route.destination), **fields, **kind)

    def follow_routes(self) -> None:
        """Act on a change of routes, addresses or links."""
        self.interfaces.apply_routes(self._config)
        self.reverse_routes.follow_routes()
        self.interception.follow_routes()
        self._paths.ask_again()
        self._resize()

    def devices_changed(self) -> bool:
        """Whether a protected device was made anew, or its TUN device is gone: `apply` puts that right."""
        links = {link.name: link.index for link in self._netlink.links()}
        return any(
            links.get(item.device, item.index) != item.index or item.tun not in links
            for item in self._protected
        )

    def packet_too_big(self, peer: IPv4Address) -> None:
        """Act on a packet to `peer` that was longer than the path takes."""
        if self._paths.ask(peer):
            self._resize()

    def check_paths(self) -> None:
        """Act on what the kernel has forgotten of paths."""
        if self._paths.ask_again():
            self._resize()

    def path_mtu(self, name: InterfaceName, *peers: Address) -> int:
        """The MTU of the device behind an interface, or that of the narrowest path to `peers` by it."""
        link = self.interfaces.link(name)
        mtu = link.mtu if link else 1500
        return min([mtu, *(self._paths.limit(peer, mtu) for peer in peers if isinstance(peer, IPv4Address))])

    def interface_name(self, index: int | None) -> str:
        """The IOS name of the interface on the network device with this index, else the device's own."""
        for name in self._config.interfaces:
            link = self.interfaces.link(name)
            if link is not None and link.index == index and link.name != "lo":
                return name
        return next((link.name for link in self._netlink.links() if link.index == index), "unknown")

    def routes(self) -> list[RouteStatus]:
        """The routes in force, in IOS words."""
        names = self.interfaces.names(self._config)
        return route_table(self._netlink, self._config, names, self.reverse_routes.targets())

    def remove(self, engine: TunnelEngine) -> None:
        """The clean stop: leave this host as it was before."""
        self._protected = ()
        self.reverse_routes.remove()
        self.interception.lift()
        self._detach(set(), engine)
        self.interception.remove()
        self.interfaces.remove()
        self._sysctl.restore()

    def close(self) -> None:
        """Let go of the kernel's handles; interception stays as it is."""
        self._nft.close()
        self._quiet.close()
        self._netlink.close()

    def _tunnel_mtus(self, config: RouterConfig, protected: Sequence[Protected]) -> dict[str, int]:
        """For each TUN device the largest inner packet that fits every path once it is encapsulated."""
        return {item.tun: self._tunnel_mtu(config, item.interface) for item in protected}

    def _tunnel_mtu(self, config: RouterConfig, name: InterfaceName) -> int:
        crypto_map = config.crypto_maps.get(config.interfaces[name].crypto_map or "")
        entries = [*crypto_map.ordered] if crypto_map else []
        entries += (line.entry for line in self._temporary.values() if line.interface == name)
        peers = {peer for entry in entries for peer in entry.peers}
        return tunnel_mtu(config, crypto_map, self.path_mtu(name, *peers))

    def _resize(self) -> None:
        self.interception.resize(self._tunnel_mtus(self._config, self._protected))

    def _protect(self, interface: Interface, spd: Spd) -> Protected:
        name = interface.name
        link = self.interfaces.link(name)
        if link is None:
            raise ConfigurationError(f"the Linux device of interface {name} has gone")
        return Protected(name, link.name, link.index, tuple(spd.specs(name)), interface.translations)

    def _attach(self, item: Protected, mtu: int, engine: TunnelEngine) -> None:
        attached = self._attached.get(item.interface)
        if attached == item.tun and self._netlink.link(item.tun) is not None:
            return
        if attached is not None:
            engine.detach(item.interface, remove=True)
            del self._attached[item.interface]
        try:
            engine.attach(item.interface, item.tun, mtu)
        except OSError as error:
            raise HostError(
                f"cannot open the TUN device {item.tun} of interface {item.interface}: {error.strerror}; "
                "it needs /dev/net/tun and CAP_NET_ADMIN"
            ) from error
        self._attached[item.interface] = item.tun

    def _detach(self, wanted: set[InterfaceName], engine: TunnelEngine) -> None:
        for name in [name for name in self._attached if name not in wanted]:
            engine.set_policies(name, ())
            engine.detach(name, remove=True)
            del self._attached[name]
