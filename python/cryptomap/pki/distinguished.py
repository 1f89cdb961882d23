"""Distinguished names as received: parsed whole, and compared as RFC 5280 section 7.1 has it.

Two names are the same when their parts are, without regard to the kind of string, case and runs of blanks.
"""

from cryptography import x509
from cryptography.hazmat import asn1

from cryptomap.pki.name import printable, shown_word

Parts = tuple[frozenset[tuple[str, str]], ...]
"""The most general part first; a part is a set of kinds (as dotted numbers) and values."""

_STRINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
"""ASN.1 tags of the strings that names are made of, and their encodings."""


@asn1.sequence
class _Attribute:
    kind: x509.ObjectIdentifier
    value: asn1.TLV


@asn1.sequence
class _One:
    value: asn1.TLV


@asn1.sequence
class _Holder:
    """The library decodes classes only: the name is put into one."""

    name: list[asn1.SetOf[_Attribute]]


def parse(der: bytes) -> Parts | None:
    """The parts of a name in DER, with the values as they are; None for what is no name, or an empty one."""
    try:
        held = asn1.encode_der(_One(value=asn1.decode_der(asn1.TLV, der)))
        groups = asn1.decode_der(_Holder, held).name
        parts = tuple(frozenset(_value(each) for each in group.as_list()) for group in groups)
    except (ValueError, UnicodeDecodeError):
        return None
    return parts or None


def same(one: bytes, other: bytes) -> bool:
    """Whether both are names, and the same one."""
    first, second = parse(one), parse(other)
    return first is not None and second is not None and _folded(first) == _folded(second)


def shown(der: bytes) -> str:
    """The name for a person, the most specific part first; its octets where it is none."""
    parts = parse(der)
    if parts is None:
        return der.hex()
    texts = [
        f"{shown_word(kind)}={printable(value)}" for part in reversed(parts) for kind, value in sorted(part)
    ]
    return ",".join(texts)


def _value(attribute: _Attribute) -> tuple[str, str]:
    encoding = _STRINGS.get(attribute.value.tag_bytes[0])
    octets = bytes(attribute.value.data)
    text = octets.decode(encoding) if encoding else f"#{octets.hex()}"
    return attribute.kind.dotted_string, text


def _folded(parts: Parts) -> Parts:
    return tuple(
        frozenset((kind, " ".join(value.casefold().split())) for kind, value in part) for part in parts
    )
