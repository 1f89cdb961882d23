"""Traffic selectors: what RFC 4301 section 4.4.1 calls the key of an SPD entry.

A `Selector` is what an IKEv1 quick mode can say (RFC 2407 section 4.6.2): one network, one
protocol and one port a side. Access list lines are wider (port ranges, `deny`); they live in
`model.access_list` and are narrowed to selectors by `policy`.
"""

from dataclasses import dataclass

from cryptomap.model.address import Address, Network

ANY_PROTOCOL = 0
ANY_PORT = 0


@dataclass(frozen=True, slots=True, order=True)
class Packet:
    """The five fields of an inner packet that selectors look at. Ports are 0 where there are none."""

    source: Address
    destination: Address
    protocol: int
    source_port: int = 0
    destination_port: int = 0


@dataclass(frozen=True, slots=True)
class Selector:
    """Traffic from `source` to `destination`; protocol 0 and port 0 mean any."""

    source: Network
    destination: Network
    protocol: int = ANY_PROTOCOL
    source_port: int = ANY_PORT
    destination_port: int = ANY_PORT

    def reversed(self) -> "Selector":
        """The same traffic seen from the other end."""
        return Selector(self.destination, self.source, self.protocol, self.destination_port, self.source_port)

    def matches(self, packet: Packet) -> bool:
        """Whether `packet` is of this traffic."""
        return (
            packet.source in self.source
            and packet.destination in self.destination
            and self.protocol in (ANY_PROTOCOL, packet.protocol)
            and self.source_port in (ANY_PORT, packet.source_port)
            and self.destination_port in (ANY_PORT, packet.destination_port)
        )

    def contains(self, other: "Selector") -> bool:
        """Whether every packet of `other` is of this traffic too."""
        return (
            _within(other.source, self.source)
            and _within(other.destination, self.destination)
            and self.protocol in (ANY_PROTOCOL, other.protocol)
            and self.source_port in (ANY_PORT, other.source_port)
            and self.destination_port in (ANY_PORT, other.destination_port)
        )


def _within(inner: Network, outer: Network) -> bool:
    if inner.version != outer.version:
        return False
    return inner.prefixlen >= outer.prefixlen and inner.network_address in outer
