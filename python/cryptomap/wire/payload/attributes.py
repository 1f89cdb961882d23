"""Attributes payload of transaction exchanges (draft-ietf-ipsec-isakmp-mode-cfg-05 section 3.2).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|     Type      |   RESERVED    |           Identifier          |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                          Attributes                           |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from cryptomap.wire.attribute import Attribute, decode_attributes, encode_attributes
from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import Payload

_FIXED = Struct("!BBH")


@dataclass(frozen=True, slots=True)
class AttributesPayload(Payload):
    """`type` is 1 request, 2 reply, 3 set, 4 acknowledge; `identifier` pairs an answer with its question."""

    NUMBER: ClassVar[PayloadType] = PayloadType.ATTRIBUTES
    type: int
    identifier: int
    attributes: tuple[Attribute, ...]

    @classmethod
    def decode(cls, reader: Reader) -> "AttributesPayload":
        kind, reserved, identifier = reader.fixed(_FIXED)
        reader.reserved(reserved)
        return cls(kind, identifier, decode_attributes(reader))

    def encode(self) -> bytes:
        return _FIXED.pack(self.type, 0, self.identifier) + encode_attributes(self.attributes)
