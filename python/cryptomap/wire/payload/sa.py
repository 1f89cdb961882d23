"""Security association payload, its proposals and transforms (RFC 2408 sections 3.4 to 3.6, RFC 2407 4.6.1).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|              Domain of Interpretation  (DOI)                  |  SA
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                           Situation                           |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| 2 or 0        |   RESERVED    |        Proposal Length        |  Proposal, one or more
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| Proposal #    |  Protocol-Id  |   SPI Size    | # of Transforms|
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                        SPI (variable)                         |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| 3 or 0        |   RESERVED    |        Transform Length       |  Transform, one or more
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| Transform #   |  Transform-Id |           RESERVED2           |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                         SA Attributes                         |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from cryptomap.wire.attribute import Attribute, decode_attributes, encode_attributes
from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.numbers import SIT_IDENTITY_ONLY, Doi, PayloadType
from cryptomap.wire.payload.base import Payload

_GENERIC = Struct("!BBH")
_SA = Struct("!II")
_PROPOSAL = Struct("!BBBB")
_TRANSFORM = Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Transform:
    """One choice inside a proposal. The meaning of the id and the attributes hangs on its protocol."""

    number: int
    transform_id: int
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def decode(cls, reader: Reader) -> "Transform":
        number, transform_id, reserved = reader.fixed(_TRANSFORM)
        reader.reserved(reserved)
        return cls(number, transform_id, decode_attributes(reader))

    def encode(self) -> bytes:
        return _TRANSFORM.pack(self.number, self.transform_id, 0) + encode_attributes(self.attributes)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One protocol with its transforms in order of preference; proposals of one number belong together."""

    number: int
    protocol: int
    spi: bytes
    transforms: tuple[Transform, ...]

    @classmethod
    def decode(cls, reader: Reader) -> "Proposal":
        number, protocol, spi_size, count = reader.fixed(_PROPOSAL)
        spi = reader.take(spi_size)
        transforms = tuple(
            Transform.decode(part) for part in _chain(reader, PayloadType.TRANSFORM, "transform")
        )
        if len(transforms) != count:
            raise MalformedError(f"proposal: {count} transforms announced, {len(transforms)} present")
        return cls(number, protocol, spi, transforms)

    def encode(self) -> bytes:
        head = _PROPOSAL.pack(self.number, self.protocol, len(self.spi), len(self.transforms))
        parts = [transform.encode() for transform in self.transforms]
        return head + self.spi + _link(PayloadType.TRANSFORM, parts)


@dataclass(frozen=True, slots=True)
class SaPayload(Payload):
    """Proposals in the order of preference. Only the IPsec DOI with SIT_IDENTITY_ONLY is spoken."""

    NUMBER: ClassVar[PayloadType] = PayloadType.SA
    doi: int
    situation: int
    proposals: tuple[Proposal, ...]

    @classmethod
    def decode(cls, reader: Reader) -> "SaPayload":
        doi, situation = reader.fixed(_SA)
        if doi != Doi.IPSEC or situation != SIT_IDENTITY_ONLY:
            raise MalformedError(f"SA payload: DOI {doi} with situation {situation} has no known layout")
        proposals = tuple(Proposal.decode(part) for part in _chain(reader, PayloadType.PROPOSAL, "proposal"))
        return cls(doi, situation, proposals)

    def encode(self) -> bytes:
        parts = [proposal.encode() for proposal in self.proposals]
        return _SA.pack(self.doi, self.situation) + _link(PayloadType.PROPOSAL, parts)


def _chain(reader: Reader, kind: PayloadType, what: str) -> Iterator[Reader]:
    """The bodies of a list of `kind`, one at least, that must fill `reader`."""
    following: int = kind
    while following == kind:
        following, reserved, length = reader.fixed(_GENERIC)
        reader.reserved(reserved)
        yield reader.sub(length - _GENERIC.size, what)
    if following != PayloadType.NONE:
        raise MalformedError(f"{what}: followed by payload type {following}")
    reader.end()


def _link(kind: PayloadType, bodies: Sequence[bytes]) -> bytes:
    """Bodies as a list of `kind`, the last one followed by none."""
    linked = []
    for left, body in zip(range(len(bodies) - 1, -1, -1), bodies, strict=True):
        following = kind if left else PayloadType.NONE
        linked.append(_GENERIC.pack(following, 0, _GENERIC.size + len(body)) + body)
    return b"".join(linked)
