"""Which pre-shared key serves a peer. In main mode only its address is known, in aggressive mode the identity
that it claims is too (RFC 2409 section 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.model.address import Address
from cryptomap.model.config import DEFAULT_KEYRING, IsakmpPeer, PresharedKey, RouterConfig
from cryptomap.model.remote_access import ClientGroup
from cryptomap.policy.profile import Identity

_STORED_PLAIN = 0


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and the keyring that holds it, or the client group whose key it is."""

    keyring: str
    key: PresharedKey
    group: str | None = None

    @property
    def octets(self) -> bytes:
        return self.key.key.value.encode()


def initiator_keyrings(config: RouterConfig, profile: str | None) -> tuple[str, ...]:
    """Where an initiator looks: the profile's keyring if it names one, else the global keys."""
    bound = config.isakmp_profiles.get(profile or "")
    return (bound.keyring,) if bound and bound.keyring else (DEFAULT_KEYRING,)


def responder_keyrings(config: RouterConfig) -> tuple[str, ...]:
    """Where a responder looks: everywhere, since no identity has been received yet."""
    return tuple(config.keyrings)


def find_key(config: RouterConfig, peer: Address, keyrings: Sequence[str]) -> FoundKey | None:
    """The key with the longest matching mask; among equals the first in configuration order.

    A hostname stands for the addresses that `ip host` gives it. Keys that are stored encrypted
    (type 6) are passed over: what they stand for is not known here.
    """
    best: FoundKey | None = None
    longest = -1
    for name in keyrings:
        keyring = config.keyrings.get(name)
        for key in keyring.keys if keyring else ():
            length = _match(config, key, peer) if key.key.kind == _STORED_PLAIN else None
            if length is not None and length > longest:
                best, longest = FoundKey(name, key), length
    return best


def _match(config: RouterConfig, key: PresharedKey, peer: Address) -> int | None:
    """How many bits of the peer's address the key names, or None if it is for others."""
    if key.network is not None:
        return key.network.prefixlen if peer in key.network else None
    named = (key.hostname or "").lower()
    addresses = (known for host, known in config.hosts.items() if host.lower() == named)
    return peer.max_prefixlen if any(peer in known for known in addresses) else None


def find_key_by_identity(
    config: RouterConfig, identity: Identity, keyrings: Sequence[str]
) -> FoundKey | None:
    """The key of a client group for a group name, of `hostname` lines for an FQDN or user FQDN, else None."""
    if identity.group is not None:
        return _group_key(config.client_groups.get(identity.group))
    name = identity.host or identity.user
    if name is None:
        return None
    for keyring in (config.keyrings[each] for each in keyrings if each in config.keyrings):
        for key in keyring.keys:
            if key.hostname == name and key.key.kind == _STORED_PLAIN:
                return FoundKey(keyring.name, key)
    return None


def find_key_for(
    config: RouterConfig, identity: Identity | None, peer: Address, keyrings: Sequence[str]
) -> FoundKey | None:
    """By the identity that the peer claims, if it claims one, else by its address."""
    found = find_key_by_identity(config, identity, keyrings) if identity is not None else None
    return found or find_key(config, peer, keyrings)


def _group_key(group: ClientGroup | None) -> FoundKey | None:
    if group is None or group.key is None or group.key.kind != _STORED_PLAIN:
        return None
    return FoundKey(DEFAULT_KEYRING, PresharedKey(group.key), group.name)


def aggressive_peer(config: RouterConfig, peer: Address) -> IsakmpPeer | None:
    """The `crypto isakmp peer` block that makes us call this peer in aggressive mode."""
    for each in config.isakmp_peers:
        if each.address == peer and each.password is not None and each.client_endpoint is not None:
            return each
    return None
