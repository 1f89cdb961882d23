"""Easy VPN clients: lines they lack, interfaces that cannot serve them."""

from collections.abc import Iterator

from cryptomap.config.finding import Finding, missing
from cryptomap.model.config import Interface, RouterConfig
from cryptomap.model.remote_access import EzvpnClient, EzvpnMode
from cryptomap.policy.ezvpn import inside_interfaces, outside_interfaces

_WITH_NETWORKS = (EzvpnMode.NETWORK_EXTENSION, EzvpnMode.NETWORK_PLUS)


def check(config: RouterConfig) -> Iterator[Finding]:
    for client in config.ezvpn_clients.values():
        yield from _client(config, client)
    for interface in config.interfaces.values():
        yield from _interface(config, interface)


def _client(config: RouterConfig, client: EzvpnClient) -> Iterator[Finding]:
    where = f"crypto ipsec client ezvpn {client.name}"
    outside = [each.name for each in outside_interfaces(config, client.name)]
    inside = inside_interfaces(config, client.name)
    wanted: dict[str, object] = {"peer": client.peers, "an interface that it calls from": outside}
    if client.mode in _WITH_NETWORKS:
        wanted["an interface that is inside for it"] = inside or client.acl
    lacking = ", ".join(words for words, value in wanted.items() if not value)
    if lacking:
        yield Finding(f"{where}: does nothing without {lacking}", False)
    if len(outside) > 1:
        message = f"calls from one interface only, {outside[0]}, not from {', '.join(outside[1:])}"
        yield Finding(f"{where}: {message}", True, client.name)
    if client.acl is not None and client.acl not in config.access_lists:
        yield missing(where, "access list", client.acl)
    if client.local_address is not None and client.local_address not in config.interfaces:
        yield missing(where, "interface", client.local_address)
    if client.password is not None and client.password.kind == 6:
        message = "a type 6 password can be read only with its router's master key; a person is asked instead"
        yield Finding(f"{where}: {message}", False)


def _interface(config: RouterConfig, interface: Interface) -> Iterator[Finding]:
    where = f"interface {interface.name}"
    for name in filter(None, (interface.ezvpn_outside, interface.ezvpn_inside)):
        if name not in config.ezvpn_clients:
            yield missing(where, "crypto ipsec client ezvpn", name)
    if interface.ezvpn_outside is not None and interface.crypto_map is not None:
        message = (
            "a crypto map and an Easy VPN client cannot share an interface: the client makes a map of its own"
        )
        yield Finding(f"{where}: {message}", True, interface.ezvpn_outside)
