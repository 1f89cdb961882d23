"""Small pieces of text that several commands share."""

from collections.abc import Iterable

from cryptomap.cli.router import Router
from cryptomap.config.hexadecimal import hex_words as hex_words
from cryptomap.model.address import Address, Network
from cryptomap.model.algorithm import EspAuth, EspCipher


def block(lines: Iterable[str]) -> str:
    """The lines, each with its line end."""
    return "".join(f"{line}\n" for line in lines)


def hms(seconds: int) -> str:
    """`HH:MM:SS`; hours grow past two digits when they must."""
    hours, rest = divmod(max(seconds, 0), 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def mask(network: Network) -> str:
    """`address/netmask`, as IOS writes networks in its IPsec displays."""
    return f"{network.network_address}/{network.netmask}"


def transform_words(cipher: EspCipher, key_bits: int | None, auth: EspAuth | None) -> str:
    """The transforms of an SA, such as `esp-256-aes esp-sha-hmac`: IOS puts the size in the middle here."""
    word = cipher.value
    if key_bits and not (cipher is EspCipher.AES and key_bits == 128):
        word = word.replace("esp-", f"esp-{key_bits}-")
    return f"{word} {auth.value}" if auth else word


def interface_of(router: Router, address: Address) -> str:
    """The interface that has `address`, or `-`."""
    for interface in router.config.interfaces.values():
        if interface.address is not None and interface.address.ip == address:
            return str(interface.name)
    return "-"
