"""Pre-shared keys and the ISAKMP profiles that name keyrings."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

from cryptomap.config.finding import Finding, missing
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import DEFAULT_KEYRING, PresharedKey, RouterConfig, Secret

HasKey = Callable[[IPv4Address], bool]


def check(config: RouterConfig) -> Iterator[Finding]:
    for where, key in all_keys(config):
        if key.kind == 6:
            message = "a type 6 key can be read only with its router's master key; it is kept but not used"
            yield Finding(f"{where}: {message}", False)
    for where, peer_key in _peer_keys(config):
        if peer_key.network is not None and peer_key.network.prefixlen == 0:
            yield Finding(f"{where}: any peer with this key is let in", False)
    yield from _profiles(config)


def all_keys(config: RouterConfig) -> Iterator[tuple[str, Secret]]:
    """Every pre-shared key, with the words that say where it stands."""
    yield from ((where, each.key) for where, each in _peer_keys(config))
    for peer in config.isakmp_peers:
        if peer.password is not None:
            yield f"crypto isakmp peer {peer.hostname or peer.address}", peer.password
    for group in config.client_groups.values():
        if group.key is not None:
            yield f"crypto isakmp client configuration group {group.name}", group.key
    for client in config.ezvpn_clients.values():
        if client.key is not None:
            yield f"crypto ipsec client ezvpn {client.name}", client.key


def _peer_keys(config: RouterConfig) -> Iterator[tuple[str, PresharedKey]]:
    for keyring in config.keyrings.values():
        where = "crypto isakmp key" if keyring.name == DEFAULT_KEYRING else f"keyring {keyring.name}"
        yield from ((f"{where} for {key.hostname or key.network}", key) for key in keyring.keys)


def shares_keys(config: RouterConfig) -> bool:
    """Whether a policy wants a pre-shared key; without any policy the built-in ones do."""
    policies = config.isakmp_policies.values()
    return not policies or any(each.authentication is AuthMethod.PRE_SHARE for each in policies)


def key_finder(config: RouterConfig) -> HasKey:
    """Whether a peer may have the pre-shared key it needs; a key for a name may be anyone's. Quick for
    many peers and keys."""
    keys = [key for _, key in _peer_keys(config)]
    networks = [key.network for key in keys if key.network]
    alone = {network.network_address for network in networks if network.prefixlen == 32}
    alone |= {each.address for each in config.isakmp_peers if each.address and each.password}
    wider = [network for network in networks if network.prefixlen < 32]
    anyone = not shares_keys(config) or any(key.hostname for key in keys)
    return lambda peer: anyone or peer in alone or any(peer in network for network in wider)


def _profiles(config: RouterConfig) -> Iterator[Finding]:
    for profile in config.isakmp_profiles.values():
        where = f"crypto isakmp profile {profile.name}"
        if not profile.match_identities and not profile.match_certificates:
            yield Finding(f'{where}: incomplete without a "match identity" or "match certificate"', False)
        keyring = profile.keyring
        if keyring is not None and keyring != DEFAULT_KEYRING and keyring not in config.keyrings:
            yield missing(where, "crypto keyring", keyring)
