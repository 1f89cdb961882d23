"""What the show commands print, collected first and rendered later. Plain data, no text layout."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address

from cryptomap.model.address import Address, Endpoint
from cryptomap.model.algorithm import AuthMethod, EspAuth, EspCipher, Group, Hash, IkeCipher, Mode
from cryptomap.model.config import InterfaceName
from cryptomap.model.sa import SaCounters
from cryptomap.model.selector import Selector


class Role(StrEnum):
    INITIATOR = "I"
    RESPONDER = "R"

    @property
    def other(self) -> "Role":
        return Role.RESPONDER if self is Role.INITIATOR else Role.INITIATOR


@dataclass(frozen=True, slots=True)
class IsakmpSaStatus:
    """One ISAKMP SA. `state` is the IOS word (`MM_NO_STATE` ... `QM_IDLE`).

    `dst` is the responder's address and `src` the initiator's, as IOS prints them.
    """

    connection_id: int
    local: Endpoint
    remote: Endpoint
    role: Role
    state: str
    deleted: bool
    encryption: IkeCipher | None = None
    key_bits: int | None = None
    hash: Hash | None = None
    authentication: AuthMethod | None = None
    group: Group | None = None
    lifetime_left: int | None = None
    nat_detected: bool = False
    profile: str | None = None
    xauth: bool = False
    """A user was, or is being, asked for."""
    configured: bool = False
    """The client has an address of ours."""
    watched: bool = False
    """The peer is asked whether it lives (dead peer detection)."""

    @property
    def capabilities(self) -> str:
        """The letters that IOS shows."""
        letters = (
            ("C", self.configured),
            ("D", self.watched),
            ("N", self.nat_detected),
            ("X", self.xauth),
        )
        return "".join(letter for letter, has in letters if has)

    @property
    def dst(self) -> Address:
        return self.remote.address if self.role is Role.INITIATOR else self.local.address

    @property
    def src(self) -> Address:
        return self.local.address if self.role is Role.INITIATOR else self.remote.address


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests for SAs of one kind and direction."""

    accepted: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.rejected


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """What call admission control lets in. Counts are since the last clear; a limit may be None."""

    sa_limit: int | None
    negotiation_limit: int | None
    active: int
    """ISAKMP SAs that are established."""
    negotiating: int
    incoming: RequestCounts
    outgoing: RequestCounts
    rejected_for_resources: int
    rejected_by_sa_limit: int
    rejected_by_negotiation_limit: int
    dropped: int
    """First messages that were not looked at, of more than may come in a second."""
    ipsec_active: int
    """Pairs of IPsec SAs that are complete."""
    ipsec_negotiating: int
    ipsec_incoming: RequestCounts
    ipsec_outgoing: RequestCounts
    asking_users: int
    """ISAKMP SAs between phase 1 and the end of Xauth and mode configuration."""


@dataclass(frozen=True, slots=True)
class ClientStatus:
    """A remote client that has been let in: who it is, since when, and what it was given."""

    peer: Endpoint
    """Where it is now."""
    user: str | None
    group: str | None
    address: IPv4Address | None
    seconds: int


@dataclass(frozen=True, slots=True)
class IpsecSaStatus:
    """One unidirectional IPsec SA inside an `IpsecFlowStatus`."""

    spi: int
    connection_id: int
    flow_id: int
    cipher: EspCipher
    key_bits: int | None
    auth: EspAuth | None
    mode: Mode
    udp_encapsulated: bool
    seconds_left: int
    kilobytes_left: int
    iv_size: int
    replay_window: int
    counters: SaCounters
    active: bool = True


@dataclass(frozen=True, slots=True)
class IpsecFlowStatus:
    """One ident block of `show crypto ipsec sa`: a permit line of a map and the SAs it has.

    The counters are sums over every SA the flow ever had, since `clear crypto sa counters`.
    """

    interface: InterfaceName
    map_name: str
    sequence: int
    local_address: Address
    peer: Address | None
    peer_port: int
    selector: Selector
    """Outbound direction: source is the local ident."""
    pfs_group: Group | None
    encapsulated: int
    decapsulated: int
    send_errors: int
    receive_errors: int
    path_mtu: int
    plaintext_mtu: int
    inbound: tuple[IpsecSaStatus, ...] = ()
    outbound: tuple[IpsecSaStatus, ...] = ()
    """Newest last; `current outbound spi` is the last one's, 0 when there is none."""
    template: tuple[str, int] | None = None
    """Name and sequence number of the dynamic map entry that a temporary entry was made of."""
