"""Which RSA key a peer encrypts and decrypts with (`crypto key pubkey-chain rsa`)."""

from collections.abc import Iterator

from cryptomap.model.address import Address
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import KeyUsage, PeerPublicKey
from cryptomap.policy.profile import Identity

_FOR_ENCRYPTION = (KeyUsage.ENCRYPTION, KeyUsage.GENERAL)


def encryption_keys(config: RouterConfig) -> Iterator[PeerPublicKey]:
    """All that can be used, those for encryption alone before the general ones, in configuration order."""
    for usage in _FOR_ENCRYPTION:
        for key in config.public_keys:
            if key.usage is usage and key.spki is not None:
                yield key


def key_at(config: RouterConfig, peer: Address) -> PeerPublicKey | None:
    """The key of the peer at this address: an `addressed-key`, or a `named-key` with an `address` line."""
    return next((key for key in encryption_keys(config) if key.address == peer), None)


def key_of(config: RouterConfig, identity: Identity) -> PeerPublicKey | None:
    """The key of a peer that calls itself so."""
    return next((key for key in encryption_keys(config) if belongs(key, identity)), None)


def belongs(key: PeerPublicKey, identity: Identity) -> bool:
    """Whether the key is that identity's: its address, or its name without regard to case."""
    if identity.address is not None:
        return key.address == identity.address
    name = identity.host or identity.user
    return name is not None and key.name is not None and key.name.lower() == name.lower()
