"""Nonce payload (RFC 2408 section 3.13).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                           Nonce Data                          |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import OpaquePayload


@dataclass(frozen=True, slots=True)
class NoncePayload(OpaquePayload):
    """Fresh random octets: 8 to 256 of them are allowed (RFC 2409 section 5)."""

    NUMBER: ClassVar[PayloadType] = PayloadType.NONCE
