"""Extended access lists as configured, in order (`access-list`, `ip access-list extended`)."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

from cryptomap.model.address import Network
from cryptomap.model.error import MisuseError
from cryptomap.model.selector import ANY_PORT, Packet, Selector


class Action(StrEnum):
    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class WildcardNetwork:
    """An address and an IOS wildcard mask (one bits are ignored); address bits under it are zero."""

    address: IPv4Address
    wildcard: IPv4Address

    def matches(self, address: IPv4Address) -> bool:
        return (int(address) | int(self.wildcard)) == (int(self.address) | int(self.wildcard))


ANY = WildcardNetwork(IPv4Address(0), IPv4Address("255.255.255.255"))


def host(address: IPv4Address) -> WildcardNetwork:
    return WildcardNetwork(address, IPv4Address(0))


@dataclass(frozen=True, slots=True)
class Ports:
    """An inclusive port range. `eq N` is N to N; no port word is 0 to 65535."""

    low: int = 0
    high: int = 65535

    def matches(self, port: int) -> bool:
        return self.low <= port <= self.high


ANY_PORTS = Ports()


@dataclass(frozen=True, slots=True)
class Ace:
    """One line. `protocol` is the IP protocol number, 0 for `ip` (any)."""

    action: Action
    source: WildcardNetwork
    destination: WildcardNetwork
    protocol: int = 0
    source_ports: Ports = ANY_PORTS
    destination_ports: Ports = ANY_PORTS
    icmp_type: int | None = None
    icmp_code: int | None = None
    log: bool = False
    sequence: int = 0

    def matches(self, packet: Packet) -> bool:
        """Whether `packet` (IPv4) is covered; ICMP type and code are not looked at."""
        source, destination = packet.source, packet.destination
        return (
            isinstance(source, IPv4Address)
            and isinstance(destination, IPv4Address)
            and self.protocol in (0, packet.protocol)
            and self.source.matches(source)
            and self.destination.matches(destination)
            and self.source_ports.matches(packet.source_port)
            and self.destination_ports.matches(packet.destination_port)
        )


def permitting(selector: Selector) -> Ace:
    """The line that permits just this traffic. Raises `MisuseError` for IPv6."""
    return Ace(
        Action.PERMIT,
        _wildcard(selector.source),
        _wildcard(selector.destination),
        selector.protocol,
        _ports(selector.source_port),
        _ports(selector.destination_port),
    )


def _wildcard(network: Network) -> WildcardNetwork:
    if not isinstance(network, IPv4Network):
        raise MisuseError(f"access lists know IPv4 networks only, not {network}")
    return WildcardNetwork(network.network_address, network.hostmask)


def _ports(port: int) -> Ports:
    return ANY_PORTS if port == ANY_PORT else Ports(port, port)


@dataclass(frozen=True, slots=True)
class Remark:
    """A `remark` line: kept in place, matches nothing."""

    text: str
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class AccessList:
    """`name` is the number as text for numbered lists. Lines are in sequence order."""

    name: str
    lines: tuple[Ace | Remark, ...] = ()

    @property
    def numbered(self) -> bool:
        return self.name.isdigit()

    @property
    def aces(self) -> tuple[Ace, ...]:
        return tuple(line for line in self.lines if isinstance(line, Ace))
