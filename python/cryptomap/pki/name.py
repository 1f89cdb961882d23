"""Distinguished names: as they are typed, as IOS shows them, and as certificate maps compare them.

A name is typed and shown with its most specific part first (`CN=R2, O=lab`); in DER it stands last.
"""

import re
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from cryptomap.model.error import ConfigurationError

UNSTRUCTURED_NAME = x509.ObjectIdentifier("1.2.840.113549.1.9.2")
UNSTRUCTURED_ADDRESS = x509.ObjectIdentifier("1.2.840.113549.1.9.8")
"""PKCS #9 (RFC 2985 section 5.4): where IOS puts a router's full name and its address."""

_WORDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "C": NameOID.COUNTRY_NAME,
    "DC": NameOID.DOMAIN_COMPONENT,
    "E": NameOID.EMAIL_ADDRESS,
    "EA": NameOID.EMAIL_ADDRESS,
    "T": NameOID.TITLE,
    "UID": NameOID.USER_ID,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "HOSTNAME": UNSTRUCTURED_NAME,
    "UNSTRUCTUREDNAME": UNSTRUCTURED_NAME,
    "IPADDRESS": UNSTRUCTURED_ADDRESS,
    "UNSTRUCTUREDADDRESS": UNSTRUCTURED_ADDRESS,
}
_SHOWN = {oid.dotted_string: word.lower() for word, oid in reversed(_WORDS.items())}
_SHOWN[NameOID.SERIAL_NUMBER.dotted_string] = "serialNumber"
_PART = re.compile(r"\s*([A-Za-z]+)\s*=\s*((?:\\.|[^,\\])*?)\s*(?:,|$)")


def parse_name(text: str) -> x509.Name:
    """A name as typed: `CN=R2, OU=lab, O="Example"`. Raises `ConfigurationError` that says what is wrong."""
    parts: list[x509.NameAttribute[str]] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise ConfigurationError(f"`{text[at:].strip()}` is no part of a name: write CN=R2, O=Example")
        word, value = found[1].upper(), re.sub(r"\\(.)", r"\1", found[2]).strip('"')
        if word not in _WORDS:
            raise ConfigurationError(f"{found[1]} is no part of a name that is known: {', '.join(_WORDS)}")
        parts.append(_attribute(_WORDS[word], value, text))
        at = found.end()
    if not parts:
        raise ConfigurationError("a name has at least one part, such as CN=R2")
    return x509.Name(reversed(parts))


def _attribute(oid: x509.ObjectIdentifier, value: str, text: str) -> "x509.NameAttribute[str]":
    try:
        return x509.NameAttribute(oid, value)
    except ValueError as error:
        raise ConfigurationError(f"{text}: {error}") from error


def name_parts(name: x509.Name) -> Iterator[str]:
    """`cn=R2`, `o=lab`: as IOS shows the lines of a name, the most specific part first."""
    for group in reversed(name.rdns):
        for each in group:
            value = each.value if isinstance(each.value, str) else each.value.hex()
            yield f"{shown_word(each.oid.dotted_string)}={printable(value)}"


def shown_word(kind: str) -> str:
    """`cn` for 2.5.4.3; kinds without a word as they are."""
    return _SHOWN.get(kind, kind)


def name_text(name: x509.Name) -> str:
    """The whole name in one line."""
    return ",".join(name_parts(name))


def comparable(text: str) -> str:
    """How certificate maps compare names: without regard to case, and to blanks around `,` and `=`."""
    return re.sub(r"\s*([,=])\s*", r"\1", text.strip()).lower()


def first_value(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    """The first value of one kind in a name."""
    found = (each.value for each in name.get_attributes_for_oid(oid))
    return next((value for value in found if isinstance(value, str)), None)


def printable(text: str) -> str:
    """The text with everything escaped that a terminal would take for more than a character."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
