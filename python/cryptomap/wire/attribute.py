"""Data attributes (RFC 2408 section 3.3): what transforms and some notifies carry.

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|A|       Attribute Type        |  AF=0: length   AF=1: value   |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                  AF=0: value, that many octets                |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from cryptomap.wire.cursor import Reader

_FIXED = Struct("!HH")
_BASIC = 0x8000
_LARGEST_BASIC = 0xFFFF
_LARGEST_NUMBER = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """An int value is the basic (TV) form, 0 to 65535; octets are the variable (TLV) form."""

    type: int
    value: int | bytes

    @classmethod
    def duration(cls, type: int, amount: int) -> "Attribute":
        """A life duration: basic form where it fits, else four octets."""
        return cls(type, amount if amount <= _LARGEST_BASIC else amount.to_bytes(4, "big"))

    @property
    def number(self) -> int:
        """The value as an unsigned integer in either form, at most 2**64 - 1."""
        if isinstance(self.value, int):
            return self.value
        return min(int.from_bytes(self.value, "big"), _LARGEST_NUMBER)

    @classmethod
    def decode(cls, reader: Reader) -> "Attribute":
        kind, length_or_value = reader.fixed(_FIXED)
        if kind & _BASIC:
            return cls(kind & ~_BASIC, length_or_value)
        return cls(kind, reader.take(length_or_value))

    def encode(self) -> bytes:
        if isinstance(self.value, int):
            return _FIXED.pack(self.type | _BASIC, self.value)
        return _FIXED.pack(self.type, len(self.value)) + self.value


def decode_attributes(reader: Reader) -> tuple[Attribute, ...]:
    """All attributes up to the end of `reader`."""
    attributes = []
    while reader.left:
        attributes.append(Attribute.decode(reader))
    return tuple(attributes)


def encode_attributes(attributes: Iterable[Attribute]) -> bytes:
    return b"".join(attribute.encode() for attribute in attributes)
