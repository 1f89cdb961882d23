"""NAT detection payload (RFC 3947 section 3.2).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                 HASH of the address and port                  |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import OpaquePayload


@dataclass(frozen=True, slots=True)
class NatDPayload(OpaquePayload):
    """HASH(CKY-I | CKY-R | IP | port); first the remote end's, then one for each local address."""

    NUMBER: ClassVar[PayloadType] = PayloadType.NAT_D


@dataclass(frozen=True, slots=True)
class NatDDraftPayload(NatDPayload):
    """The same under the number that the drafts before RFC 3947 used."""

    NUMBER: ClassVar[PayloadType] = PayloadType.NAT_D_DRAFT
