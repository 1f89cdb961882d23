"""The data of ISAKMP SAs, of the exchanges under them and of IPsec SA pairs. No behaviour beyond look-ups."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptomap.crypto.algorithms import IkeCipherRow
from cryptomap.crypto.keys import Cookies, Phase1Keys
from cryptomap.ikev1.states import PacketState, State
from cryptomap.ikev1.timers import Transmission
from cryptomap.model.address import Address, Endpoint
from cryptomap.model.algorithm import Group, Hash
from cryptomap.model.config import IsakmpPolicy, TransformSet
from cryptomap.model.event import SaRef
from cryptomap.model.sa import SaSpec
from cryptomap.model.selector import Selector
from cryptomap.model.status import Role
from cryptomap.policy.ipsec import IpsecLifetime
from cryptomap.policy.spd import PolicyLine
from cryptomap.wire.isakmp import NO_COOKIE
from cryptomap.wire.numbers import ExchangeType

if TYPE_CHECKING:
    from cryptomap.ikev1.exchange.quick_mode import Phase2
    from cryptomap.ikev1.feature.dpd import Liveness
    from cryptomap.ikev1.receive_transaction import Transaction
    from cryptomap.ikev1.sessions import Session
    from cryptomap.ikev1.transmit import Phase1


@dataclass(frozen=True, slots=True)
class Protection:
    """How the messages of an SA are kept secret: known once both KE payloads are."""

    hash: Hash
    cipher: IkeCipherRow
    keys: Phase1Keys = field(repr=False)
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Nat:
    """What the NAT-D payloads said (RFC 3947 section 3.2). `draft` is a peer of the drafts 02 and 03."""

    local: bool
    remote: bool
    draft: bool = False

    @property
    def found(self) -> bool:
        return self.local or self.remote


Traffic = tuple[int, Selector]
"""A policy, and the traffic of it (outbound direction) that a pair of IPsec SAs is for."""


@dataclass(frozen=True, slots=True)
class Request:
    """IPsec SAs that are wanted: for which policy line, under which inbound SPI, instead of which pair."""

    line: PolicyLine
    selector: Selector
    """Proposed in outbound direction: a successor is for the traffic of the pair that it replaces."""
    spi: int
    replaces: int | None = None
    """Number of the pair whose successor this is."""
    renewed: bool = False
    """Whether it lost its ISAKMP SA once already."""

    @property
    def wanted(self) -> Traffic:
        """What two requests may not share."""
        return self.line.policy_id, self.selector


@dataclass(slots=True, eq=False)
class Node:
    """One exchange under an established ISAKMP SA, by its message id."""

    message_id: int
    iv: bytes = field(repr=False)
    state: State = State.QM_READY
    phase: "Phase2 | Transaction | None" = None
    """What it waits for; None when it is over."""
    transmission: Transmission = field(default_factory=Transmission)


@dataclass(slots=True, eq=False)
class IsakmpSa:
    """One ISAKMP SA, from its first packet to its purge."""

    handle: int
    role: Role
    local: Endpoint
    remote: Endpoint
    created: float
    initiator_cookie: bytes
    responder_cookie: bytes = NO_COOKIE
    exchange: ExchangeType = ExchangeType.IDENTITY_PROTECTION
    """Main or aggressive mode."""
    state: State = State.READY
    packet_state: PacketState = PacketState.MM_NO_STATE
    connection_id: int = 0
    phase: "Phase1 | None" = None
    """What phase 1 waits for; None when it is over."""
    transmission: Transmission = field(default_factory=Transmission)
    policy: IsakmpPolicy | None = None
    protection: Protection | None = None
    iv: bytes = field(default=b"", repr=False)
    """The last ciphertext block of phase 1."""
    nat: Nat | None = None
    profile: str | None = None
    undecided: bool = False
    """Its peer's proof could not be judged before something was got."""
    unknown_spi: int | None = None
    """An SPI that the peer uses and we do not know: what this SA was made to tell it."""
    peer_takes_fragments: bool = False
    """The peer's vendor id says so."""
    peer_answers_dpd: bool = False
    """The peer's vendor id says so (RFC 3706 section 5.1)."""
    liveness: "Liveness | None" = None
    """Since it is established."""
    same_kind: bool = False
    """Whether the peer showed by a vendor id that it is one of us."""
    client: str | None = None
    """The `crypto ipsec client ezvpn` that called the peer."""
    group: str | None = None
    """The client group that the peer is in."""
    user: str | None = None
    """Whom it acts for, once Xauth is over."""
    shortened: bool = False
    """The peer offered a longer life than it has, and does not know."""
    xauth_list: str | None = None
    """The AAA list that has to know its user first."""
    xauth_pending: bool = False
    """Its user, or ours towards it, is not known yet."""
    session: "Session | None" = None
    postponed_contact: bool = False
    """Its INITIAL-CONTACT counts once it is authorised."""
    authorised: bool = False
    """IPsec SAs may be negotiated: set by `lifecycle.authorise` alone."""
    established: float | None = None
    expires: float | None = None
    deleted: bool = False
    groups: dict[int, Group] = field(default_factory=dict)
    """Numbers that the peer gave to groups of ours (new group mode)."""
    requests: list[Request] = field(default_factory=list)
    nodes: dict[int, Node] = field(default_factory=dict)
    _ref: SaRef | None = field(default=None, repr=False)
    used_ids: set[int] = field(default_factory=set)
    """Message ids of both sides' exchanges, which may not come again: see `Context.remember_id`. HASH(1) says
    nothing of the direction, so that our own informational messages would pass for the peer's.

    Questions and answers of dead peer detection, which never end, are not among them, nor among `notices`:
    `feature.dpd` knows them again by their numbers. What is left comes with rekeys, deletes and mistakes."""
    notices: set[bytes] = field(default_factory=set, repr=False)
    """HASHes of the peer's informational messages, which may not come again: an old INITIAL-CONTACT would end
    SAs, an old error a negotiation, and any of them would be a sign of life. Their ids do not tell them
    apart: vpnc takes its leave with ids of one random octet, and two of its deletes share one now and then.
    Nor do their octets: whoever repeats one may change flags of the header and the padding, which no HASH
    covers."""

    @property
    def cookies(self) -> Cookies:
        return Cookies(self.initiator_cookie, self.responder_cookie)

    @property
    def ref(self) -> SaRef:
        """How events name it. Most are about an SA that has not changed since the last one."""
        last = self._ref
        if (
            last is None
            or last.state is not self.packet_state
            or last.remote is not self.remote
            or last.local is not self.local
            or last.connection_id != self.connection_id
        ):
            last = self._ref = SaRef(
                self.handle, self.connection_id, self.local, self.remote, self.role, self.packet_state
            )
        return last

    @property
    def usable(self) -> bool:
        """Whether exchanges may begin under it."""
        return self.established is not None and not self.deleted

    @property
    def ready(self) -> bool:
        """Whether quick modes may begin under it, and its peer may touch what it shares with us besides."""
        return self.authorised and not self.deleted


@dataclass(slots=True, eq=False)
class ChildSa:
    """A pair of IPsec SAs. Read-only outside `ikev1`.

    `outbound_installed` is false while a responder waits for the third quick mode message, and a moment
    longer on an initiator that replaces a pair in use.
    """

    number: int
    line: PolicyLine
    selector: Selector
    """Outbound direction."""
    inbound: SaSpec
    outbound: SaSpec
    transform_set: TransformSet
    pfs_group: int | None
    inbound_connection_id: int
    outbound_connection_id: int
    inbound_flow_id: int
    outbound_flow_id: int
    lifetime: IpsecLifetime
    peer: Endpoint
    initiator: bool
    begun: float
    """When its quick mode began."""
    established: float
    tie: bytes = field(repr=False)
    """The smaller of both nonces: of two pairs made at once, the one with the smaller goes."""
    nat: Nat | None = None
    session: "Session | None" = None
    """The remote client that it is for."""
    replaces: int | None = None
    """Number of the pair that it was to follow, where we began it."""
    outbound_installed: bool = False
    superseded: bool = False
    """A newer pair serves the same traffic; this one lives on to its end."""

    @property
    def policy_id(self) -> int:
        return self.line.policy_id

    @property
    def traffic(self) -> Traffic:
        return self.line.policy_id, self.selector

    @property
    def in_use(self) -> bool:
        """Whether it is the one that packets leave by."""
        return self.outbound_installed and not self.superseded

    @property
    def local_address(self) -> Address:
        return self.inbound.local
