"""What IKE hands to a data plane: SA and policy descriptions in PF_KEY / XFRM terms."""

from dataclasses import dataclass, field
from enum import Enum

from cryptomap.model.address import Address
from cryptomap.model.algorithm import EspAuth, EspCipher, Mode
from cryptomap.model.selector import Packet, Selector

ESP_PROTOCOL = 50
AH_PROTOCOL = 51


class Direction(Enum):
    INBOUND = "in"
    OUTBOUND = "out"


@dataclass(frozen=True, slots=True)
class SaKey:
    """What names an SA on the wire: destination, protocol and SPI (RFC 4301 section 4.1)."""

    destination: Address
    protocol: int
    spi: int

    def __hash__(self) -> int:
        """SPIs are drawn by chance, and addresses are slow to hash."""
        return hash(self.spi)


@dataclass(frozen=True, slots=True)
class UdpEncapsulation:
    """RFC 3948: ESP inside UDP between these ports."""

    local_port: int
    remote_port: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one SA; None is no bound. Soft ones ask for a new SA, hard ones stop this one.

    Seconds count from installation, octets count inner packets, packets count the SA's own.
    """

    soft_seconds: float | None = None
    hard_seconds: float | None = None
    soft_bytes: int | None = None
    hard_bytes: int | None = None
    soft_packets: int | None = None
    hard_packets: int | None = None


@dataclass(frozen=True, slots=True)
class SaSpec:
    """One unidirectional SA, ready to install. Keys never appear in a `repr`."""

    direction: Direction
    local: Address
    remote: Address
    spi: int
    selector: Selector
    """In packet direction: inbound source is the far side's network."""
    policy_id: int
    """The `PolicySpec.policy_id` an outbound SA serves; inbound SAs carry their pair's."""
    cipher: EspCipher
    encryption_key: bytes = field(repr=False)
    """For GCM the last four octets are the salt (RFC 4106 section 8.1)."""
    auth: EspAuth | None = None
    auth_key: bytes = field(default=b"", repr=False)
    protocol: int = ESP_PROTOCOL
    mode: Mode = Mode.TUNNEL
    encapsulation: UdpEncapsulation | None = None
    replay_window: int = 64
    """Packets; 0 is no replay check."""
    limits: Limits = Limits()

    @property
    def key(self) -> SaKey:
        inbound = self.direction is Direction.INBOUND
        return SaKey(self.local if inbound else self.remote, self.protocol, self.spi)


class PolicyAction(Enum):
    """PROTECT is an access list `permit`. JUMP is a `deny`: go on at line `jump_to` of the list. DYNAMIC is
    the place of PROTECT lines that come and go with their SAs: what none of them takes goes on."""

    PROTECT = "protect"
    JUMP = "jump"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """One outbound SPD line of a protected interface. A list of them is searched in order.

    The ports of `selector` are 0 here; `source_ports` and `destination_ports` hold the inclusive
    ranges. A packet that no PROTECT line takes is not to be protected: jumping past the last line
    says so too. (An IOS `deny` line skips the rest of its own map entry only, hence the jump.)
    """

    policy_id: int
    action: PolicyAction
    selector: Selector
    jump_to: int = 0
    source_ports: tuple[int, int] = (0, 65535)
    destination_ports: tuple[int, int] = (0, 65535)
    per_host: bool = False
    """SAs serve pairs of hosts, so each pair that has none asks for itself."""


@dataclass(frozen=True, slots=True)
class SaCounters:
    """Per SA, since it was installed. Octets count inner packets."""

    packets: int = 0
    bytes: int = 0
    replay_dropped: int = 0
    auth_failed: int = 0
    selector_failed: int = 0
    malformed: int = 0
    send_errors: int = 0
    last_used: float | None = None
    """Engine clock (monotonic seconds) of the last good packet."""
    sequence: int = 0
    """Last sequence number sent, or highest received."""
    expired_dropped: int = 0
    """Inbound packets that came after the SA's end."""


@dataclass(frozen=True, slots=True)
class Acquire:
    """A packet matched a PROTECT policy that has no SA for it. Raised once until SAs appear or 1 s passes
    (for each pair of hosts where the policy is `per_host`)."""

    policy_id: int
    packet: Packet


@dataclass(frozen=True, slots=True)
class Expired:
    """A limit of the SA was reached. A hard-expired SA carries no further packet."""

    key: SaKey
    hard: bool
    reason: str
    """`seconds`, `bytes`, `packets` or `sequence`."""


@dataclass(frozen=True, slots=True)
class InvalidSpi:
    """ESP for a local address with no SA."""

    source: Address
    destination: Address
    protocol: int
    spi: int
    interface: int | None = None
    """Index of the network device that it came in by."""


@dataclass(frozen=True, slots=True)
class TooBig:
    """A packet of an outbound SA may not be fragmented, and is longer than the path takes. Once a second."""

    key: SaKey


@dataclass(frozen=True, slots=True)
class PeerMoved:
    """An authenticated packet of an encapsulated SA came from a new address or port."""

    key: SaKey
    address: Address
    port: int


EngineEvent = Acquire | Expired | InvalidSpi | TooBig | PeerMoved
