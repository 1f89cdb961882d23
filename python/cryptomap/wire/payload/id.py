"""Identification payload (RFC 2407 section 4.6.2).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|   ID Type     |  Protocol ID  |             Port              |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                     Identification Data                       |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from struct import Struct
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.numbers import IdType, PayloadType
from cryptomap.wire.payload.base import Payload

_FIXED = Struct("!BBH")
_SIZES = {
    IdType.IPV4_ADDR: 4,
    IdType.IPV4_ADDR_SUBNET: 8,
    IdType.IPV4_ADDR_RANGE: 8,
    IdType.IPV6_ADDR: 16,
    IdType.IPV6_ADDR_SUBNET: 32,
    IdType.IPV6_ADDR_RANGE: 32,
}
_SUBNETS = (IdType.IPV4_ADDR_SUBNET, IdType.IPV6_ADDR_SUBNET)
_RANGES = (IdType.IPV4_ADDR_RANGE, IdType.IPV6_ADDR_RANGE)
_NAMES = (IdType.FQDN, IdType.USER_FQDN, IdType.KEY_ID)


@dataclass(frozen=True, slots=True)
class IdPayload(Payload):
    """Who a peer is (phase 1) or which traffic an SA is for (phase 2). Protocol 0 and port 0 mean any.

    The data of the address types has the size its type wants: both halves of a subnet or range.
    """

    NUMBER: ClassVar[PayloadType] = PayloadType.IDENTIFICATION
    id_type: IdType
    protocol: int
    port: int
    data: bytes

    @classmethod
    def for_address(cls, address: IPv4Address | IPv6Address, protocol: int = 0, port: int = 0) -> "IdPayload":
        kind = IdType.IPV4_ADDR if address.version == 4 else IdType.IPV6_ADDR
        return cls(kind, protocol, port, address.packed)

    @classmethod
    def for_subnet(cls, network: IPv4Network | IPv6Network, protocol: int = 0, port: int = 0) -> "IdPayload":
        kind = IdType.IPV4_ADDR_SUBNET if network.version == 4 else IdType.IPV6_ADDR_SUBNET
        return cls(kind, protocol, port, network.network_address.packed + network.netmask.packed)

    @classmethod
    def for_fqdn(cls, name: str, protocol: int = 0, port: int = 0) -> "IdPayload":
        return cls(IdType.FQDN, protocol, port, name.encode())

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The address of an address identity, else None."""
        return ip_address(self.data) if self.id_type in (IdType.IPV4_ADDR, IdType.IPV6_ADDR) else None

    @property
    def network(self) -> IPv4Network | IPv6Network | None:
        """The network of an address or a subnet with a contiguous mask; None for everything else.

        Host bits under the mask are ignored.
        """
        if self.id_type in _SUBNETS:
            return _subnet(*self._halves)
        return ip_network(self.data) if self.id_type in (IdType.IPV4_ADDR, IdType.IPV6_ADDR) else None

    def text(self) -> str:
        """The identity for a person to read. Total: never raises, and holds printable characters only."""
        address = self.address
        if address is not None:
            return str(address)
        if self.id_type in _SUBNETS or self.id_type in _RANGES:
            first, second = self._halves
            between = "/" if self.id_type in _SUBNETS else "-"
            return f"{ip_address(first)}{between}{ip_address(second)}"
        name = self.data.decode("ascii", "replace")
        if self.id_type in _NAMES and name.isascii() and name.isprintable():
            return name
        return self.data.hex()

    @property
    def _halves(self) -> tuple[bytes, bytes]:
        middle = len(self.data) // 2
        return self.data[:middle], self.data[middle:]

    @classmethod
    def decode(cls, reader: Reader) -> "IdPayload":
        number, protocol, port = reader.fixed(_FIXED)
        data = reader.rest()
        kind = IdType(number)
        if len(data) != _SIZES.get(kind, len(data)):
            raise MalformedError(f"ID payload: {len(data)} octets of data do not fit type {kind.name}")
        return cls(kind, protocol, port, data)

    def encode(self) -> bytes:
        return _FIXED.pack(self.id_type, self.protocol, self.port) + self.data


def _subnet(address: bytes, mask: bytes) -> IPv4Network | IPv6Network | None:
    bits = int.from_bytes(mask, "big")
    width = len(mask) * 8
    length = bits.bit_count()
    if bits != ((1 << length) - 1) << (width - length):
        return None
    return ip_network((address, length), strict=False)
