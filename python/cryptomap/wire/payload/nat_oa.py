"""NAT original address payload (RFC 3947 section 5.2).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|    ID Type    |                   RESERVED                    |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|             IPv4 (4 octets) or IPv6 address (16)              |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.numbers import IdType, PayloadType
from cryptomap.wire.payload.base import Payload


@dataclass(frozen=True, slots=True)
class NatOaPayload(Payload):
    """An end's address as that end sees it, sent in quick mode for transport mode."""

    NUMBER: ClassVar[PayloadType] = PayloadType.NAT_OA
    address: IPv4Address | IPv6Address

    @classmethod
    def decode(cls, reader: Reader) -> "NatOaPayload":
        kind = IdType(reader.u8())
        reader.reserved(int.from_bytes(reader.take(3), "big"))
        if kind is IdType.IPV4_ADDR:
            address: IPv4Address | IPv6Address = IPv4Address(reader.take(4))
        elif kind is IdType.IPV6_ADDR:
            address = IPv6Address(reader.take(16))
        else:
            raise MalformedError(f"NAT-OA payload: ID type {kind.name} is not an address")
        reader.end()
        return cls(address)

    def encode(self) -> bytes:
        kind = IdType.IPV4_ADDR if self.address.version == 4 else IdType.IPV6_ADDR
        return bytes([kind, 0, 0, 0]) + self.address.packed


@dataclass(frozen=True, slots=True)
class NatOaDraftPayload(NatOaPayload):
    """The same under the number that the drafts before RFC 3947 used."""

    NUMBER: ClassVar[PayloadType] = PayloadType.NAT_OA_DRAFT
