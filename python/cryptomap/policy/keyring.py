"""Which pre-shared key serves a peer. In main mode only its address is known (RFC 2409 section 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.model.address import Address
from cryptomap.model.config import DEFAULT_KEYRING, PresharedKey, RouterConfig

_STORED_PLAIN = 0


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and the keyring that holds it."""

    keyring: str
    key: PresharedKey

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

    Keys that are stored encrypted (type 6) are passed over: what they stand for is not known here.
    """
    best: FoundKey | None = None
    longest = -1
    for name in keyrings:
        keyring = config.keyrings.get(name)
        for key in keyring.keys if keyring else ():
            network = key.network
            if network is None or key.key.kind != _STORED_PLAIN or peer not in network:
                continue
            if network.prefixlen > longest:
                best, longest = FoundKey(name, key), network.prefixlen
    return best
