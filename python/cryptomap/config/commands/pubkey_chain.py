"""`crypto key pubkey-chain rsa`: the RSA public keys of peers, entered by hand."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config import hexadecimal
from cryptomap.config.command import Command, ModeCommand, Piece, RefusedError, TextCommand, texts
from cryptomap.config.mode import GLOBAL, PUBLIC_KEY, PUBLIC_KEYS, PublicKeyName, public_key_name
from cryptomap.crypto.rsa import RsaPublicKey
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.model.pki import KeyUsage, PeerPublicKey

SEQUENCE = 0x30
"""How a key begins in DER; old releases print 00 for it."""


class PubkeyChain(ModeCommand):
    mode, enters, order = GLOBAL, PUBLIC_KEYS, 260
    grammar = "crypto key pubkey-chain rsa"
    help = texts(
        {
            "key": "Long term key operations",
            "pubkey-chain": "Peer public key chain management",
            "rsa": "RSA keys",
        }
    )

    def key(self) -> str:
        return "rsa"

    def apply(self, config: RouterConfig) -> RouterConfig:
        return config

    def negate(self, config: RouterConfig) -> RouterConfig:
        return replace(config, public_keys=())

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        if config.public_keys:
            yield "crypto key pubkey-chain rsa", "rsa"


class PeerKey(ModeCommand):
    mode, enters, order, separated = PUBLIC_KEYS, PUBLIC_KEY, 1, False
    grammar = "<addressed-key A.B.C.D$address|named-key WORD$name> [<encryption|signature>$usage]"
    help = texts(
        {
            "addressed-key": "Public key for peer identified by address",
            "named-key": "Public key for peer identified by name",
            "$address": "IP address of the peer",
            "$name": "Name of the peer",
            "encryption": "Encryption key",
            "signature": "Signature key",
        }
    )

    def key(
        self, address: IPv4Address | None = None, name: str | None = None, usage: str = ""
    ) -> PublicKeyName:
        return PublicKeyName(name or address, KeyUsage(usage))

    def apply(
        self,
        config: RouterConfig,
        address: IPv4Address | None = None,
        name: str | None = None,
        usage: str = "",
    ) -> RouterConfig:
        new = PeerPublicKey(name, address, KeyUsage(usage))
        if any(public_key_name(each) == public_key_name(new) for each in config.public_keys):
            return config
        return replace(config, public_keys=(*config.public_keys, new))

    def negate(
        self,
        config: RouterConfig,
        address: IPv4Address | None = None,
        name: str | None = None,
        usage: str = "",
    ) -> RouterConfig:
        gone = self.key(address, name, usage)
        left = tuple(each for each in config.public_keys if public_key_name(each) != gone)
        return replace(config, public_keys=left)

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, PublicKeyName]]:
        for each in config.public_keys:
            words = f"named-key {each.name}" if each.name is not None else f"addressed-key {each.address}"
            yield f"{words} {each.usage}".rstrip(), public_key_name(each)


class PeerKeyAddress(Command):
    mode, order = PUBLIC_KEY, 1
    grammar = "address ![A.B.C.D$address]"
    help = texts({"address": "IP address of the peer", "$address": "IP address"})

    def apply(self, key: PeerPublicKey, address: IPv4Address | None) -> PeerPublicKey:
        if key.name is None and address != key.address:
            raise RefusedError(f"% This key is that of {key.address}: another address has a key of its own.")
        return replace(key, address=address)

    def negate(self, key: PeerPublicKey, **_: object) -> PeerPublicKey:
        return key if key.name is None else replace(key, address=None)

    def render(self, key: PeerPublicKey) -> Iterable[str]:
        if key.address is not None:
            yield f"address {key.address}"


class PeerKeySerial(Command):
    mode, order, fields = PUBLIC_KEY, 2, ("serial_number",)
    grammar = "serial-number ![WORD$number]"
    help = texts({"serial-number": "Serial number of the peer", "$number": "Serial number"})

    def apply(self, key: PeerPublicKey, number: str) -> PeerPublicKey:
        return replace(key, serial_number=number)

    def render(self, key: PeerPublicKey) -> Iterable[str]:
        if key.serial_number is not None:
            yield f"serial-number {key.serial_number}"


class KeyString(TextCommand):
    mode, order, prompt, fields = PUBLIC_KEY, 3, hexadecimal.PROMPT, ("spki",)
    grammar = "key-string"
    help = texts({"key-string": "Enter the public key as hexadecimal numbers"})

    def more(self, line: str) -> Piece:
        return hexadecimal.more(line)

    def apply(self, key: PeerPublicKey, lines: tuple[str, ...]) -> PeerPublicKey:
        octets = hexadecimal.octets(lines)
        if octets[:1] == b"\0":
            octets = bytes([SEQUENCE]) + octets[1:]
        try:
            public = RsaPublicKey.from_spki(octets)
            public.check()
        except (MalformedError, AuthenticationFailedError) as error:
            raise RefusedError(f"% This is no RSA public key to be used: {error}.") from error
        return replace(key, spki=public.spki)

    def notices(self, key: PeerPublicKey) -> Iterable[str]:
        yield "Enter a public key as a hexidecimal number ...."

    def render(self, key: PeerPublicKey) -> Iterable[str]:
        if key.spki is not None:
            yield "key-string"
            yield from hexadecimal.render(key.spki)
