"""Signature payload (RFC 2408 section 3.12).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                         Signature Data                        |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import OpaquePayload


@dataclass(frozen=True, slots=True)
class SignaturePayload(OpaquePayload):
    """A signature over HASH_I or HASH_R."""

    NUMBER: ClassVar[PayloadType] = PayloadType.SIGNATURE
