"""Crypto maps as wholes: putting them, removing entries, and the lines above their entries."""

from collections.abc import Iterator
from dataclasses import replace

from cryptomap.config.command import RefusedError
from cryptomap.config.mode import with_entry, without_entry
from cryptomap.model.config import CryptoMap, RouterConfig
from cryptomap.model.remote_access import AddressMode


def put_map(config: RouterConfig, crypto_map: CryptoMap) -> RouterConfig:
    """The configuration with this map; without it if nothing is left of it."""
    if crypto_map == CryptoMap(crypto_map.name):
        return replace(config, crypto_maps=without_entry(config.crypto_maps, crypto_map.name))
    return replace(config, crypto_maps=with_entry(config.crypto_maps, crypto_map.name, crypto_map))


def without_entries(config: RouterConfig, name: str, sequence: int | None) -> RouterConfig:
    """The configuration without one entry of a map, or (None) without the map.

    Raises `RefusedError` if that leaves an interface without an entry: its traffic would go in clear.
    """
    if name not in config.crypto_maps:
        return config
    crypto_map = config.crypto_maps[name]
    left = without_entry(crypto_map.entries, sequence) if sequence is not None else {}
    users = [each.name for each in config.interfaces.values() if each.crypto_map == name]
    if users and not left:
        raise RefusedError(
            f'% Crypto map {name} is in use by interface {", ".join(users)}. Say "no crypto map" there first.'
        )
    return put_map(config, CryptoMap(name) if sequence is None else replace(crypto_map, entries=left))


def map_lines(crypto_map: CryptoMap) -> Iterator[str]:
    """The lines of a whole map, as the running configuration shows them above its entries."""
    head, client = f"crypto map {crypto_map.name}", crypto_map.client
    if crypto_map.local_address is not None:
        yield f"{head} local-address {crypto_map.local_address}"
    if client.authentication_list is not None:
        yield f"{head} client authentication list {client.authentication_list}"
    if client.authorization_list is not None:
        yield f"{head} isakmp authorization list {client.authorization_list}"
    for mode in AddressMode:
        if mode in client.address_modes:
            yield f"{head} client configuration address {mode}"
    if crypto_map.isakmp_profile is not None:
        yield f"{head} isakmp-profile {crypto_map.isakmp_profile}"
