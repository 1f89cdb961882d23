"""`crypto ipsec transform-set NAME ...` and `mode`."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.mode import GLOBAL, TRANSFORM_SET, with_entry, without_entry
from cryptomap.config.tree import Branch
from cryptomap.model.algorithm import EspAuth, EspCipher, Mode
from cryptomap.model.config import RouterConfig, TransformSet

CIPHERS = frozenset(cipher.value for cipher in EspCipher)


class TransformSetCommand(ModeCommand):
    mode, enters, order = GLOBAL, TRANSFORM_SET, 420
    grammar = (
        "crypto ipsec transform-set WORD$name ![{esp-des|esp-3des|esp-aes [<128|192|256>$bits]"
        "|esp-gcm [<128|192|256>$bits]|esp-null"
        "|esp-md5-hmac|esp-sha-hmac|esp-sha256-hmac|esp-sha384-hmac|esp-sha512-hmac}$transforms]"
    )
    help = texts(
        {
            "transform-set": "Define transform and settings",
            "$name": "Transform set tag",
            "esp-des": "ESP transform using DES cipher (56 bits)",
            "esp-3des": "ESP transform using 3DES(EDE) cipher (168 bits)",
            "esp-aes": "ESP transform using AES cipher",
            "esp-gcm": "ESP transform using GCM cipher",
            "esp-null": "ESP transform w/o cipher",
            "esp-md5-hmac": "ESP transform using HMAC-MD5 auth",
            "esp-sha-hmac": "ESP transform using HMAC-SHA auth",
            "esp-sha256-hmac": "ESP transform using HMAC-SHA256 auth",
            "esp-sha384-hmac": "ESP transform using HMAC-SHA384 auth",
            "esp-sha512-hmac": "ESP transform using HMAC-SHA512 auth",
            "128": "128 bit keys.",
            "192": "192 bit keys.",
            "256": "256 bit keys.",
        }
    )

    def key(self, name: str, **_: object) -> str:
        return name

    def apply(self, config: RouterConfig, name: str, transforms: tuple[Branch, ...]) -> RouterConfig:
        ciphers = [each for each in transforms if each.word in CIPHERS]
        auths = [each.word for each in transforms if each.word not in CIPHERS]
        if len(ciphers) > 1 or len(auths) > 1:
            raise RefusedError("% A transform set has at most one ESP cipher and one ESP authenticator.")
        cipher = EspCipher(ciphers[0].word) if ciphers else None
        auth = EspAuth(auths[0]) if auths else None
        if cipher is EspCipher.GCM and auth:
            raise RefusedError(f"% esp-gcm authenticates by itself: leave {auth} out.")
        if cipher is None:
            raise RefusedError(f"% {auth} alone protects nothing in ESP: name a cipher, or esp-null.")
        bits = None
        if cipher in (EspCipher.AES, EspCipher.GCM):
            bits = int(ciphers[0].arguments.get("bits", 128))
        known = config.transform_sets.get(name, TransformSet(name))
        changed = replace(known, cipher=cipher, key_bits=bits, auth=auth)
        return replace(config, transform_sets=with_entry(config.transform_sets, name, changed))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        users = [
            crypto_map.name
            for crypto_map in (*config.crypto_maps.values(), *config.dynamic_maps.values())
            for entry in crypto_map.ordered
            if name in entry.transform_sets
        ]
        if users and name in config.transform_sets:
            raise RefusedError(
                f"ERROR: transform set {name} is in use by crypto map(s): {', '.join(dict.fromkeys(users))}."
                " Remove it there first."
            )
        return replace(config, transform_sets=without_entry(config.transform_sets, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        for name, each in config.transform_sets.items():
            yield f"crypto ipsec transform-set {name} {each.words}", name


class TransformMode(Command):
    mode, order, fields = TRANSFORM_SET, 1, ("mode", "mode_required")
    grammar = "mode ![<tunnel|transport [require$required]>$word]"
    help = texts(
        {
            "mode": "Encapsulation mode (transport/tunnel)",
            "tunnel": "Tunnel (datagram encapsulation) mode",
            "transport": "Transport (payload encapsulation) mode",
            "require": "Refuse tunnel mode",
        }
    )

    def apply(self, target: TransformSet, word: str, required: str | None = None) -> TransformSet:
        return replace(target, mode=Mode[word.upper()], mode_required=required is not None)

    def render(self, target: TransformSet) -> Iterable[str]:
        if target.mode is Mode.TRANSPORT:
            yield "mode transport require" if target.mode_required else "mode transport"
