"""Addresses, networks and endpoints as the whole project spells them.

IPv4 and IPv6 share every signature; a place that supports only one says so.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ISAKMP_PORT = 500
NAT_T_PORT = 4500


def host_network(address: Address) -> Network:
    """The network that is this address alone."""
    return IPv4Network(address) if isinstance(address, IPv4Address) else IPv6Network(address)


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One end of a UDP flow: an address and a port (0 to 65535)."""

    address: Address
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Datagram:
    """A UDP payload and the flow it belongs to, seen from this host.

    For port 4500 the non-ESP marker (RFC 3948 section 2.2) is already stripped on the way in
    and is added by the IO layer on the way out.
    """

    local: Endpoint
    remote: Endpoint
    data: bytes
