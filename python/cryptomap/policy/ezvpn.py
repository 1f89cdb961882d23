"""What `crypto ipsec client ezvpn` comes to once its gateway has told the client who it is: a crypto map like
any other, so that nothing else has to know of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network

from cryptomap.model.access_list import AccessList, Ace, Action, WildcardNetwork
from cryptomap.model.algorithm import EspAuth, EspCipher, Group
from cryptomap.model.config import (
    CryptoMap,
    CryptoMapEntry,
    Interface,
    InterfaceName,
    RouterConfig,
    TransformSet,
)
from cryptomap.model.remote_access import EzvpnClient, EzvpnMode, EzvpnTunnel, Translation, XauthMode
from cryptomap.policy.client_access import permitted_sources

_FIRST_LOOPBACK = 10000
_EVERYTHING = IPv4Network("0.0.0.0/0")
_SETS = tuple(
    TransformSet(f"ezvpn-{number}", cipher, bits, auth)
    for number, (cipher, bits, auth) in enumerate(
        (
            (EspCipher.AES, 256, EspAuth.SHA256),
            (EspCipher.AES, 128, EspAuth.SHA256),
            (EspCipher.AES, 256, EspAuth.SHA),
            (EspCipher.AES, 128, EspAuth.SHA),
            (EspCipher.TRIPLE_DES, None, EspAuth.SHA),
            (EspCipher.TRIPLE_DES, None, EspAuth.MD5),
        ),
        1,
    )
)
"""What a client offers, best first; the compliance shield takes the weak ones out."""


def map_name(interface: Interface) -> str:
    """As IOS calls it."""
    return f"{interface.name}-head-0"


def with_tunnels(config: RouterConfig, tunnels: Mapping[str, EzvpnTunnel]) -> RouterConfig:
    """The configuration with a crypto map, and what it needs, for every client that has a tunnel."""
    for interface in config.interfaces.values():
        client = config.ezvpn_clients.get(interface.ezvpn_outside or "")
        tunnel = tunnels.get(client.name) if client else None
        if client is not None and tunnel is not None and interface.crypto_map is None:
            config = _with_tunnel(config, interface, client, tunnel)
    return config


def loopback_name(config: RouterConfig, client: EzvpnClient) -> InterfaceName:
    """Where the address that the gateway gave is put, as IOS calls it."""
    return InterfaceName(f"Loopback{_FIRST_LOOPBACK + list(config.ezvpn_clients).index(client.name)}")


def _local_address(client: EzvpnClient) -> InterfaceName | None:
    return InterfaceName(client.local_address) if client.local_address is not None else None


def saved_user(client: EzvpnClient) -> tuple[str, str] | None:
    """The user name and the password that are sent without a person being asked."""
    name, password = client.username, client.password
    readable = password is not None and password.kind == 0
    if name is None or password is None or not readable or client.xauth is XauthMode.INTERACTIVE:
        return None
    return name, password.value


def _with_tunnel(
    config: RouterConfig, interface: Interface, client: EzvpnClient, tunnel: EzvpnTunnel
) -> RouterConfig:
    name = map_name(interface)
    entry = CryptoMapEntry(
        1,
        (tunnel.gateway,),
        tuple(one.name for one in _SETS),
        name,
        pfs=Group.MODP_1024 if tunnel.assignment.pfs else None,
        ezvpn=client.name,
    )
    behind = tunnel.assignment.split_include or (_EVERYTHING,)
    aces = tuple(
        Ace(Action.PERMIT, _wildcard(source), _wildcard(destination))
        for source in _sources(config, client, tunnel)
        for destination in behind
    )
    hidden = tuple(_hidden(config, client, tunnel, behind))
    crypto_map = CryptoMap(name, {1: entry}, local_address=_local_address(client))
    interfaces = {
        **config.interfaces,
        interface.name: replace(interface, crypto_map=name, translations=hidden),
    }
    if tunnel.assignment.address is not None:
        loopback = loopback_name(config, client)
        interfaces[loopback] = Interface(loopback, IPv4Interface(tunnel.assignment.address))
    return replace(
        config,
        transform_sets={**config.transform_sets, **{one.name: one for one in _SETS}},
        access_lists={**config.access_lists, name: AccessList(name, aces)},
        crypto_maps={**config.crypto_maps, name: crypto_map},
        interfaces=interfaces,
    )


def _sources(config: RouterConfig, client: EzvpnClient, tunnel: EzvpnTunnel) -> Iterator[IPv4Network]:
    """The client's own side: the address that it was given, or its inside networks."""
    if client.mode is not EzvpnMode.NETWORK_EXTENSION and tunnel.assignment.address is not None:
        yield IPv4Network(tunnel.assignment.address)
    if client.mode is not EzvpnMode.CLIENT:
        yield from inside_networks(config, client)


def _hidden(
    config: RouterConfig, client: EzvpnClient, tunnel: EzvpnTunnel, behind: tuple[IPv4Network, ...]
) -> Iterator[Translation]:
    """In client mode inside hosts share the address that the gateway gave."""
    address = tunnel.assignment.address
    if client.mode is EzvpnMode.CLIENT and address is not None:
        for source in inside_networks(config, client):
            yield from (Translation(source, destination, address) for destination in behind)


def outside_interfaces(config: RouterConfig, name: str) -> list[Interface]:
    """Where the client of that name calls from: one, unless the configuration is wrong."""
    return [each for each in config.interfaces.values() if each.ezvpn_outside == name]


def inside_interfaces(config: RouterConfig, name: str) -> list[Interface]:
    """Whose networks are for its tunnel."""
    return [each for each in config.interfaces.values() if each.ezvpn_inside == name]


def inside_networks(config: RouterConfig, client: EzvpnClient) -> Iterator[IPv4Network]:
    """Those of the client's inside interfaces, and the sources of its access list."""
    for interface in inside_interfaces(config, client.name):
        if interface.address is not None:
            yield interface.address.network
    yield from permitted_sources(config, client.acl)


def _wildcard(network: IPv4Network) -> WildcardNetwork:
    return WildcardNetwork(network.network_address, network.hostmask)
