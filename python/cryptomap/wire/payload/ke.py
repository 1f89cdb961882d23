"""Key exchange payload (RFC 2408 section 3.7).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                       Key Exchange Data                       |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import OpaquePayload


@dataclass(frozen=True, slots=True)
class KePayload(OpaquePayload):
    """The public Diffie-Hellman value, padded to the group's size."""

    NUMBER: ClassVar[PayloadType] = PayloadType.KEY_EXCHANGE
