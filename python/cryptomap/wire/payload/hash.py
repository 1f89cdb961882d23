"""Hash payload (RFC 2408 section 3.11).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                           Hash Data                           |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import OpaquePayload


@dataclass(frozen=True, slots=True)
class HashPayload(OpaquePayload):
    """HASH_I, HASH_R, or HASH(1) to HASH(3), a digest long."""

    NUMBER: ClassVar[PayloadType] = PayloadType.HASH
