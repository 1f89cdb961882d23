"""Certificates as people copy them: PEM, or base 64 alone."""

import base64
import binascii
import hashlib
import re

from cryptomap.crypto.pem import armour
from cryptomap.model.error import ConfigurationError, MalformedError
from cryptomap.pki.certificate import Certificate

_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]+-----\s*(.*?)\s*-----END [A-Z0-9 ]+-----", re.DOTALL)
_LINE = 64


def octets_of(text: str) -> bytes:
    """What stands in base 64, with or without the two lines of PEM. Raises `ConfigurationError`."""
    found = _BLOCK.search(text)
    try:
        octets = base64.b64decode("".join((found[1] if found else text).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(f"this is not base 64: {error}") from error
    if not octets:
        raise ConfigurationError("nothing was pasted")
    return octets


def certificate_of(text: str) -> Certificate:
    """A pasted certificate. Raises `ConfigurationError`."""
    try:
        return Certificate.from_der(octets_of(text))
    except MalformedError as error:
        raise ConfigurationError(f"this is no certificate that can be used: {error}") from error


def pem_of(certificate: bytes) -> str:
    """A certificate in DER as PEM."""
    return armour("CERTIFICATE", certificate)


def base64_lines(octets: bytes) -> str:
    """Octets in base 64 without PEM's lines."""
    text = base64.b64encode(octets).decode()
    return "".join(f"{text[at : at + _LINE]}\n" for at in range(0, len(text), _LINE))


def fingerprint(octets: bytes, algorithm: str) -> str:
    """As IOS prints it: groups of eight digits. `algorithm` is a name of `hashlib`."""
    return hashlib.new(algorithm, octets, usedforsecurity=False).digest().hex(" ", 4).upper()
