"""Which peers a configuration calls by their addresses."""

from cryptomap.model.address import Address
from cryptomap.model.config import RouterConfig


def named_peers(config: RouterConfig) -> frozenset[Address]:
    """Those of crypto maps, and those that have a key of their own."""
    entries = (entry for crypto_map in config.crypto_maps.values() for entry in crypto_map.entries.values())
    keys = (key.network for keyring in config.keyrings.values() for key in keyring.keys)
    of_one = (network[0] for network in keys if network is not None and network.num_addresses == 1)
    return frozenset([*(peer for entry in entries for peer in entry.peers), *of_one])
