"""What exchanges work with: the configuration, the tables, the deadlines, and the queue of outputs.

One `Context` belongs to one endpoint. It holds; what is done with it stands in the exchanges.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from cryptomap.ikev1.api import Emit, InstallSa, Output, RandomSource, RemoveSa, Send
from cryptomap.ikev1.budget import Budget, Turns
from cryptomap.ikev1.calls import Calls
from cryptomap.ikev1.doorkeeper import Doorkeeper
from cryptomap.ikev1.half_open import HalfOpenTable
from cryptomap.ikev1.leases import Leases
from cryptomap.ikev1.reassembly import Reassembly
from cryptomap.ikev1.sa import IsakmpSa, Node, Request, Traffic
from cryptomap.ikev1.tables import ChildTable, SaTable, TemporaryLines
from cryptomap.ikev1.timers import NODE_LIFE, Timer, Timers
from cryptomap.model.address import NAT_T_PORT, Address, Datagram, Endpoint
from cryptomap.model.config import RouterConfig
from cryptomap.model.event import Event
from cryptomap.model.sa import SaCounters, SaKey, SaSpec
from cryptomap.pki.revocation import Look
from cryptomap.policy.named_peers import named_peers
from cryptomap.policy.own_keys import OwnKeys
from cryptomap.policy.spd import PolicyLine, Spd
from cryptomap.wire.fragment import LARGEST_WHOLE, fragments

if TYPE_CHECKING:
    from cryptomap.ikev1.ezvpn import Calling
    from cryptomap.ikev1.sessions import Session

FIRST_CONNECTION_ID = 1001
FIRST_IPSEC_CONNECTION_ID = 2000
SMALLEST_SPI = 256
"""Below are reserved numbers (RFC 2406 section 2.1)."""
MOST_MESSAGE_IDS = 65536
"""Exchanges under one ISAKMP SA: their message ids are all remembered, so that nothing can be replayed."""
MOST_NOTIFIES_PER_SECOND = 10
"""Answers in clear to refused first messages, to all peers together."""
MOST_STRANGERS_KEYS_PER_SECOND = 50
"""Diffie-Hellman exchanges for first messages of aggressive mode, of all peers together."""
MOST_EXCESS_OCTETS_PER_SECOND = 16384
"""By which answers to first messages of aggressive mode may be longer than those, of all peers together."""
MOST_BAD_MESSAGES_PER_SECOND = 10
"""Lines in the log about messages that failed their check, one of each peer."""


def no_clock() -> datetime:
    """A time at which no certificate is good."""
    return datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Counters:
    """What was dropped, by blame. `internal_errors` is our own bugs and must stay 0."""

    malformed: int = 0
    misbehaved: int = 0
    incompatible: int = 0
    unauthenticated: int = 0
    unknown_sa: int = 0
    duplicates: int = 0
    refused_half_open: int = 0
    internal_errors: int = 0
    traces: list[str] = field(default_factory=list)
    """Where the first few internal errors came from."""


@dataclass(slots=True, eq=False)
class Context:
    """See the module. `now` is set by the endpoint before anything else happens."""

    config: RouterConfig
    spd: Spd
    random: RandomSource
    key_log: bool = False
    counters_of: Callable[[SaKey], SaCounters | None] = lambda key: None
    """What the data plane has counted for an SA."""
    keys: Callable[[], OwnKeys] = OwnKeys
    """Our RSA key pairs as they are at the moment."""
    wall_clock: Callable[[], datetime] = no_clock
    """The time of day, which certificates go by."""
    look: Look = lambda fetch: None
    """What came of something that the core wanted to be got."""
    now: float = 0.0
    sas: SaTable = field(default_factory=SaTable)
    half_open: HalfOpenTable = field(default_factory=HalfOpenTable)
    children: ChildTable = field(default_factory=ChildTable)
    temporary: TemporaryLines = field(default_factory=TemporaryLines)
    timers: Timers = field(default_factory=Timers)
    counters: Counters = field(default_factory=Counters)
    outputs: deque[Output] = field(default_factory=deque)
    muted: Collection[type[Event]] = frozenset()
    """Events that nobody wants to know."""
    handles: "count[int]" = field(default_factory=lambda: count(1))
    connection_ids: "count[int]" = field(default_factory=lambda: count(FIRST_CONNECTION_ID))
    ipsec_connection_ids: "count[int]" = field(default_factory=lambda: count(FIRST_IPSEC_CONNECTION_ID))
    flow_ids: "count[int]" = field(default_factory=lambda: count(1))
    fragment_ids: "count[int]" = field(default_factory=lambda: count(1))
    reassembly: Reassembly = field(default_factory=Reassembly)
    child_numbers: "count[int]" = field(default_factory=lambda: count(1))
    held: dict[Traffic, float] = field(default_factory=dict)
    """Policy ids and their traffic that a peer refused, and until when they rest."""
    peer_choice: dict[tuple[str, int], int] = field(default_factory=dict)
    """Map entries with several peers, and which one is in turn."""
    wanted: dict[Traffic, Request] = field(default_factory=dict)
    """Policy ids and their traffic that a negotiation of ours is under way for."""
    login_numbers: "count[int]" = field(default_factory=lambda: count(1))
    logins: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Questions to AAA, and whose they are: SA handle and message id."""
    sessions: "list[Session]" = field(default_factory=list)
    """The remote clients, oldest first."""
    clients: "dict[str, Calling]" = field(default_factory=dict)
    """Our own `crypto ipsec client ezvpn` that are to have a tunnel."""
    leases: Leases = field(default_factory=Leases)
    reserved_spis: set[int] = field(default_factory=set)
    calls: Calls = field(default_factory=Calls)
    notifies: Budget = field(default_factory=lambda: Budget(MOST_NOTIFIES_PER_SECOND))
    strangers_keys: Budget = field(default_factory=lambda: Budget(MOST_STRANGERS_KEYS_PER_SECOND))
    excess_octets: Budget = field(default_factory=lambda: Budget(MOST_EXCESS_OCTETS_PER_SECOND))
    doorkeeper: Doorkeeper = field(default_factory=Doorkeeper)
    complaints: Budget = field(default_factory=lambda: Budget(1))
    bad_messages: Turns = field(default_factory=lambda: Turns(MOST_BAD_MESSAGES_PER_SECOND))
    named: frozenset[Address] = frozenset()
    """Peers that the configuration calls by their addresses."""

    def __post_init__(self) -> None:
        self.configure(self.config, self.spd)

    def configure(self, config: RouterConfig, spd: Spd) -> None:
        """From here on this holds."""
        self.config, self.spd = config, spd
        self.named = named_peers(config)

    def tells(self, kind: type[Event]) -> bool:
        """Whether anybody wants to know of such events: asked first where one takes long to put together."""
        return kind not in self.muted

    def emit(self, event: Event) -> None:
        if type(event) not in self.muted:
            self.outputs.append(Emit(event))

    def send(self, sa: IsakmpSa, data: bytes) -> None:
        """Sends a message, in fragments if it is large and both ends know them."""
        messages: Iterable[bytes] = (data,)
        if len(data) > LARGEST_WHOLE and sa.peer_takes_fragments and self.config.fragmentation:
            messages = fragments(data, next(self.fragment_ids) % 2**16)
        for message in messages:
            self.outputs.append(Send(Datagram(sa.local, sa.remote, message)))

    def send_keepalive(self, local: Endpoint, remote: Endpoint) -> None:
        self.outputs.append(Send(Datagram(local, remote, b"\xff"), raw=True))

    def install(self, spec: SaSpec) -> None:
        self.outputs.append(InstallSa(spec))

    def remove(self, key: SaKey) -> None:
        self.outputs.append(RemoveSa(key))

    def chance(self) -> float:
        """A number from 0 to below 1."""
        return int.from_bytes(self.random(4), "big") / 2**32

    def new_cookie(self) -> bytes:
        """Eight octets that are not all zero."""
        while not any(cookie := self.random(8)):
            pass
        return cookie

    def new_message_id(self, sa: IsakmpSa) -> int:
        """A random message id that this SA has not seen yet."""
        while True:
            number = int.from_bytes(self.random(4), "big")
            if self.may_use_id(sa, number):
                return number

    def may_use_id(self, sa: IsakmpSa, message_id: int) -> bool:
        """Whether an exchange of ours may have that message id."""
        return message_id != 0 and message_id not in sa.nodes and message_id not in sa.used_ids

    def remember_id(self, sa: IsakmpSa, message_id: int) -> None:
        """The message id may not come again. An SA that has used up its ids ends, and another follows."""
        sa.used_ids.add(message_id)
        self._bound_exchanges(sa)

    def remember_notice(self, sa: IsakmpSa, proof: bytes) -> None:
        """The same for an informational message of the peer's, by its HASH."""
        sa.notices.add(proof)
        self._bound_exchanges(sa)

    def _bound_exchanges(self, sa: IsakmpSa) -> None:
        if len(sa.used_ids) + len(sa.notices) >= MOST_MESSAGE_IDS:
            self.timers.set(Timer.EXPIRE, sa.handle, self.now)

    def give_up(self, sa: IsakmpSa, node: Node) -> None:
        """Nothing is awaited any more from an exchange, whose duplicates are still answered for a while."""
        node.phase = None
        self.timers.cancel(Timer.RETRANSMIT, (sa.handle, node.message_id))
        self.timers.set(Timer.PURGE_NODE, (sa.handle, node.message_id), self.now + NODE_LIFE)

    def new_spi(self) -> int:
        """An inbound SPI that is neither reserved nor in use; it stays taken until `free_spi`."""
        while True:
            spi = int.from_bytes(self.random(4), "big")
            if spi >= SMALLEST_SPI and spi not in self.reserved_spis:
                self.reserved_spis.add(spi)
                return spi

    def free_spi(self, spi: int) -> None:
        self.reserved_spis.discard(spi)

    def may_notify(self) -> bool:
        """Whether one more answer in clear fits into this second."""
        return self.notifies.take(self.now)

    def peer_of(self, line: PolicyLine) -> Address:
        """Which of a map entry's peers is to be called."""
        turn = self.peer_choice.get((line.map_name, line.entry.sequence), 0)
        return line.entry.peers[turn % len(line.entry.peers)]

    def current(self, line: PolicyLine, local: Address, remote: Address) -> PolicyLine | None:
        """The line as it is by now, if it still protects traffic between these two ends. That of a temporary
        entry is there as long as its SAs are."""
        if line.template is not None and not self.temporary.holds(line):
            return None
        return self.spd.current(line, local, remote)

    def knows(self, local: Address, remote: Address, besides: IsakmpSa) -> bool:
        """Whether anything else is shared with this peer: an ISAKMP SA, or IPsec SAs."""
        others = (sa for sa in self.sas.with_peer(local, remote) if sa is not besides and not sa.deleted)
        return any(True for _ in others) or bool(self.children.with_peer(local, remote))


def floated(endpoint: Endpoint) -> Endpoint:
    """The same address on the NAT-T port (RFC 3947 section 4)."""
    return Endpoint(endpoint.address, NAT_T_PORT)
