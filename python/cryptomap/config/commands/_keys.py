"""Pre-shared keys as typed, shared by `crypto isakmp key` and `crypto keyring`."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from cryptomap.config.command import RefusedError
from cryptomap.model.config import Keyring, PresharedKey, Secret

MAXIMUM_KEY = 128
"""Characters of an unencrypted key, as in IOS."""


def peer_network(address: IPv4Address, mask: IPv4Address | None) -> IPv4Network:
    """The peers that `address [mask]` stands for: one host without a mask, everyone for 0.0.0.0."""
    if mask is None:
        return IPv4Network((address, 32 if int(address) else 0))
    return IPv4Network((address, str(mask)), strict=False)


def typed_key(kind: str, key: str) -> Secret:
    """A key as typed after its type. Raises `RefusedError` for one that is too long."""
    if kind == "0" and len(key) > MAXIMUM_KEY:
        raise RefusedError(f"% A pre-shared key has at most {MAXIMUM_KEY} characters.")
    return Secret(key, int(kind))


def peer_key(
    kind: str,
    key: str,
    address: IPv4Address | None,
    mask: IPv4Address | None,
    hostname: str | None,
    no_xauth: bool = False,
) -> PresharedKey:
    """The value of one key line. Raises `RefusedError` for a key that is too long."""
    network = peer_network(address, mask) if address is not None else None
    return PresharedKey(typed_key(kind, key), network, hostname, no_xauth)


def add_key(keyring: Keyring, key: PresharedKey) -> Keyring:
    """The keyring with one more key. Raises `RefusedError` if that peer has another one already."""
    for known in keyring.keys:
        if (known.network, known.hostname) != (key.network, key.hostname):
            continue
        if known == key:
            return keyring
        peer = key.hostname or f"address mask {_spaced(key.network)}"
        raise RefusedError(f"A pre-shared key for {peer} already exists!")
    return replace(keyring, keys=(*keyring.keys, key))


def remove_key(keyring: Keyring, **arguments: Any) -> Keyring:
    """The keyring without the key of the peer that `address`, `mask` and `hostname` name."""
    address, hostname = arguments.get("address"), arguments.get("hostname")
    network = peer_network(address, arguments.get("mask")) if address is not None else None
    left = tuple(key for key in keyring.keys if (key.network, key.hostname) != (network, hostname))
    return replace(keyring, keys=left)


def key_words(secret: Secret) -> str:
    """`wolf`, or `6 STORED`; a key that reads like a type is preceded by its own."""
    if secret.kind == 6 or secret.value in ("0", "6"):
        return f"{secret.kind} {secret.value}"
    return secret.value


def peer_words(key: PresharedKey) -> str:
    """`address 13.1.1.3`, `address 10.0.0.0 255.0.0.0` or `hostname NAME`."""
    if key.network is None:
        return f"hostname {key.hostname}"
    return f"address {network_words(key.network)}"


def network_words(network: IPv4Network) -> str:
    """An address alone for a host, else with its mask; 0.0.0.0 alone would be everyone."""
    host = network.prefixlen == 32 and int(network.network_address) != 0
    return str(network.network_address) if host else _spaced(network)


def _spaced(network: IPv4Network | None) -> str:
    return f"{network.network_address} {network.netmask}" if network else ""
