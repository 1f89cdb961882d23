"""`crypto isakmp key`: the pre-shared keys of the keyring "default"."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, texts
from cryptomap.config.commands._keys import add_key, key_words, peer_key, peer_words, remove_key
from cryptomap.config.mode import GLOBAL, with_entry, without_entry
from cryptomap.model.config import DEFAULT_KEYRING, Keyring, RouterConfig


class IsakmpKey(Command):
    mode, order = GLOBAL, 320
    grammar = (
        "crypto isakmp key [<0|6>$kind] WORD$key"
        " <address A.B.C.D$address [MASK$mask]|hostname WORD$hostname> [no-xauth$no_xauth]"
    )
    help = texts(
        {
            "key": "Set pre-shared key for remote peer",
            "0": "Specifies an UNENCRYPTED password will follow",
            "6": "Specifies an ENCRYPTED password will follow",
            "$key": "The UNENCRYPTED (cleartext) user password, or the stored one after 6",
            "address": "Define shared key with IP address",
            "hostname": "Define shared key with hostname",
            "$address": "Peer IP address",
            "$mask": "Peer IP subnet mask",
            "$hostname": "Peer hostname",
            "no-xauth": "Bypasses XAuth for this peer",
        }
    )

    def apply(
        self,
        config: RouterConfig,
        key: str,
        kind: str = "0",
        address: IPv4Address | None = None,
        mask: IPv4Address | None = None,
        hostname: str | None = None,
        no_xauth: str | None = None,
    ) -> RouterConfig:
        keyring = config.keyrings.get(DEFAULT_KEYRING, Keyring(DEFAULT_KEYRING))
        preshared = peer_key(kind, key, address, mask, hostname, no_xauth is not None)
        return _with_keyring(config, add_key(keyring, preshared))

    def negate(self, config: RouterConfig, **arguments: object) -> RouterConfig:
        keyring = config.keyrings.get(DEFAULT_KEYRING, Keyring(DEFAULT_KEYRING))
        return _with_keyring(config, remove_key(keyring, **arguments))

    def render(self, config: RouterConfig) -> Iterable[str]:
        keyring = config.keyrings.get(DEFAULT_KEYRING, Keyring(DEFAULT_KEYRING))
        for key in keyring.keys:
            tail = " no-xauth" if key.no_xauth else ""
            yield f"crypto isakmp key {key_words(key.key)} {peer_words(key)}{tail}"


def _with_keyring(config: RouterConfig, keyring: Keyring) -> RouterConfig:
    """The keyring is there only while it holds a key."""
    if keyring.keys:
        return replace(config, keyrings=with_entry(config.keyrings, DEFAULT_KEYRING, keyring))
    return replace(config, keyrings=without_entry(config.keyrings, DEFAULT_KEYRING))
