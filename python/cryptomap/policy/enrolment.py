"""Whom a trustpoint's certificate is to be for, and with which key."""

from ipaddress import AddressValueError, IPv4Address

from cryptomap.model.config import InterfaceName, RouterConfig
from cryptomap.model.error import ConfigurationError
from cryptomap.model.pki import Trustpoint
from cryptomap.pki.name import parse_name
from cryptomap.pki.request import Wish
from cryptomap.policy.own_keys import default_label

NOBODY = "none"


def wish_of(config: RouterConfig, trustpoint: Trustpoint, address: str | None = None) -> Wish:
    """As the trustpoint's lines say; `address` is what was typed when they do not say.

    Raises `ConfigurationError` for an address that is none, or a name that cannot be in a certificate.
    """
    subject = parse_name(trustpoint.subject_name) if trustpoint.subject_name else None
    full_name = None if trustpoint.fqdn == NOBODY else trustpoint.fqdn or default_label(config)
    return Wish(subject, full_name, _address(config, trustpoint.ip_address or address))


def key_label(config: RouterConfig, trustpoint: Trustpoint) -> str:
    """What the key pair of a trustpoint is called."""
    return trustpoint.rsakeypair or default_label(config)


def _address(config: RouterConfig, words: str | None) -> IPv4Address | None:
    if not words or words == NOBODY:
        return None
    interface = config.interfaces.get(InterfaceName(words))
    if interface is not None:
        if interface.address is None:
            raise ConfigurationError(f"{words} has no address to put into a certificate")
        return interface.address.ip
    try:
        return IPv4Address(words)
    except AddressValueError as error:
        raise ConfigurationError(f"{words} is neither an address nor an interface of this router") from error
