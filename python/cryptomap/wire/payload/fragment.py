"""Fragment payload of Cisco's IKE fragmentation (payload type 132; no RFC, known from its implementations).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|         Fragment ID           |    Number     |     Flags     |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                  A piece of an ISAKMP message                 |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import Payload

_FIXED = Struct("!HBB")
LAST = 1


@dataclass(frozen=True, slots=True)
class FragmentPayload(Payload):
    """`number` counts from 1 within the message that `fragment_id` names."""

    NUMBER: ClassVar[PayloadType] = PayloadType.FRAGMENT
    fragment_id: int
    fragment_number: int
    flags: int
    data: bytes

    @property
    def last(self) -> bool:
        """Whether no fragment has a higher number."""
        return bool(self.flags & LAST)

    @classmethod
    def decode(cls, reader: Reader) -> "FragmentPayload":
        fragment_id, number, flags = reader.fixed(_FIXED)
        return cls(fragment_id, number, flags, reader.rest())

    def encode(self) -> bytes:
        return _FIXED.pack(self.fragment_id, self.fragment_number, self.flags) + self.data
