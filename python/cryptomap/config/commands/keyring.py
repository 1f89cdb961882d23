"""`crypto keyring NAME` and the keys in it."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.commands._keys import add_key, key_words, peer_key, peer_words, remove_key
from cryptomap.config.mode import GLOBAL, KEYRING, with_entry, without_entry
from cryptomap.model.config import DEFAULT_KEYRING, Keyring, RouterConfig


class CryptoKeyring(ModeCommand):
    mode, enters, order = GLOBAL, KEYRING, 250
    grammar = "crypto keyring WORD$name"
    help = texts({"keyring": "Key ring commands", "$name": "Name of the key ring"})

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        if name == DEFAULT_KEYRING:
            raise RefusedError(
                '% The keyring "default" holds the "crypto isakmp key" lines and cannot be entered.'
            )
        keyring = config.keyrings.get(name, Keyring(name))
        return replace(config, keyrings=with_entry(config.keyrings, name, keyring))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        if name == DEFAULT_KEYRING:
            return config
        return replace(config, keyrings=without_entry(config.keyrings, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        for name in config.keyrings:
            if name != DEFAULT_KEYRING:
                yield f"crypto keyring {name}", name


class KeyringDescription(Command):
    mode, order, fields = KEYRING, 1, ("description",)
    grammar = "description ![LINE$text]"
    help = texts({"$text": "Description of the key ring"})

    def apply(self, keyring: Keyring, text: str) -> Keyring:
        return replace(keyring, description=text)

    def render(self, keyring: Keyring) -> Iterable[str]:
        if keyring.description is not None:
            yield f"description {keyring.description}"


class KeyringKey(Command):
    mode, order = KEYRING, 2
    grammar = (
        "pre-shared-key <address A.B.C.D$address [MASK$mask]|hostname WORD$hostname>"
        " ![key [<0|6>$kind] WORD$key]"
    )
    help = texts(
        {
            "pre-shared-key": "Pre-shared keys in key ring",
            "address": "Specify address for remote peer",
            "hostname": "Specify hostname for remote peer",
            "key": "Specify key for remote peer",
            "0": "Specifies an UNENCRYPTED password will follow",
            "6": "Specifies an ENCRYPTED password will follow",
            "$address": "IP address of remote peer",
            "$mask": "Subnet mask",
            "$hostname": "Name of remote peer",
            "$key": "The UNENCRYPTED (cleartext) user password, or the stored one after 6",
        }
    )

    def apply(
        self,
        keyring: Keyring,
        key: str,
        kind: str = "0",
        address: IPv4Address | None = None,
        mask: IPv4Address | None = None,
        hostname: str | None = None,
    ) -> Keyring:
        return add_key(keyring, peer_key(kind, key, address, mask, hostname))

    def negate(self, keyring: Keyring, **arguments: object) -> Keyring:
        return remove_key(keyring, **arguments)

    def render(self, keyring: Keyring) -> Iterable[str]:
        return (f"pre-shared-key {peer_words(each)} key {key_words(each.key)}" for each in keyring.keys)
