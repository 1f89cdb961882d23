"""How large an inner packet may be so that its ESP packet fits (RFC 4303 section 2, RFC 3948)."""

from cryptomap.crypto.algorithms import ESP_AUTHS, esp_cipher
from cryptomap.model.config import CryptoMap, RouterConfig, TransformSet

_IPV4 = 20
_ESP = 8  # SPI and sequence number
_TRAILER = 2  # pad length and next header
_UDP = 8
_SMALLEST = 576  # RFC 791: what every host takes


def plaintext_mtu(path_mtu: int, transform_set: TransformSet, udp: bool) -> int:
    """The largest inner packet, in octets, for one transform set in tunnel mode."""
    cipher = esp_cipher(transform_set.cipher, transform_set.key_bits) if transform_set.cipher else None
    auth = ESP_AUTHS[transform_set.auth] if transform_set.auth else None
    iv = cipher.iv_size if cipher else 0
    alignment = cipher.alignment if cipher else 4
    icv = max(cipher.icv_size if cipher else 0, auth.icv_size if auth else 0)
    room = path_mtu - _IPV4 - _ESP - iv - icv - (_UDP if udp else 0)
    return room // alignment * alignment - _TRAILER


def tunnel_mtu(config: RouterConfig, crypto_map: CryptoMap | None, path_mtu: int) -> int:
    """The MTU of the device that stands for an interface: safe for every transform set of its map."""
    entries = [*crypto_map.ordered] if crypto_map else []
    dynamic = [config.dynamic_maps.get(entry.dynamic or "") for entry in entries]
    entries += (template for one in dynamic if one for template in one.ordered)
    names = {name for entry in entries for name in entry.transform_sets}
    sets = [config.transform_sets[name] for name in names if name in config.transform_sets]
    sizes = [plaintext_mtu(path_mtu, item, config.udp_encapsulation) for item in sets]
    return max(min(sizes, default=path_mtu), _SMALLEST)
