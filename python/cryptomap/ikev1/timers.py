"""Deadlines, and what is kept to send a message again.

`Timers` answers "when next" and "what is due". A `Transmission` is the last message of one exchange.
"""

from dataclasses import dataclass, field
from enum import IntEnum, auto
from heapq import heapify, heappop, heappush
from itertools import count

RETRANSMIT_DELAYS = (1.0, 2.0, 4.0, 8.0, 10.0)
"""Seconds before each retransmission of a request."""
TRANSACTION_DELAYS = (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0)
"""The same for transaction exchanges: several have to succeed one after the other while a person waits."""
FINAL_WAIT = 10.0
"""Seconds after the last retransmission before the exchange is given up."""
HALF_OPEN_LIFE = 30.0
"""Seconds a responder keeps an SA whose peer is not authenticated."""
NODE_LIFE = 50.0
"""Seconds a finished exchange is kept to answer duplicates."""
DEAD_SA_LIFE = 60.0
"""Seconds a deleted ISAKMP SA is still shown."""
KEEPALIVE = 20.0
"""Seconds between NAT keepalives (RFC 3948 section 4)."""
CONNECTED_WAIT = 5.0
"""Seconds a commit bit is honoured without a CONNECTED notify."""
REFUSED_HOLD = 5.0
"""Seconds before a policy that the peer refused is tried again."""
AT_ONCE = 3.0
"""Seconds within which two SAs that the two ends began count as begun at once."""
RETIRE_CHILD_AFTER, RETIRE_SA_AFTER = 5.0, 15.0
"""Seconds from a collision until its losing IPsec or ISAKMP SA is deleted. The latter goes well after the
former, whose delete may travel under it."""
SUPERSEDED_LIFE = 60.0
"""Seconds that a replaced IPsec SA is kept at most: replaced for its volume, its own end is far off."""
RENEW_SA_BEFORE = 15.0
"""Seconds from the start of an ISAKMP SA's successor to the end of the SA; a quarter of a shorter life."""
LINGER = 5.0
"""Seconds a replaced inbound SA still takes what is on its way."""
SWITCH_AFTER = 0.2
"""Seconds from message 3 of quick mode until packets leave by the new SA, where an older one still serves."""
REKEY_RETRY = 1.0
"""Seconds before a failed replacement is tried again while its SA lives."""
AAA_WAIT = 60.0
"""Seconds that AAA has to say whether a user is who it says."""
GATEWAY_WAIT = 100.0
"""Seconds that a client waits for what its gateway makes of its user: more than a gateway gives a user."""
PUSH_WAIT = 20.0
"""Seconds that a client without an address waits for its gateway to push one."""
CLIENT_RETRY = 5.0
"""Seconds after which a client that lost its gateway calls again."""
_SPARE = 64
"""Deadlines that were moved or cancelled stay queued while they are no more than half, or than this."""
MOST_RESENDS = 16
"""How often one reply is repeated for duplicates of its request."""


class Timer(IntEnum):
    """What a deadline is for; the key's second part names whose. (A whole number hashes faster.)"""

    RETRANSMIT = auto()
    """(SA handle, message id): a request has had no answer."""
    HALF_OPEN = auto()
    """SA handle: the peer did not authenticate in time; None: the oldest of those that owe message 3."""
    EXPIRE = auto()
    """SA handle: the ISAKMP SA's lifetime is over."""
    RENEW_SA = auto()
    """SA handle: the ISAKMP SA's lifetime is soon over."""
    PURGE_SA = auto()
    """SA handle: a deleted SA is forgotten."""
    PURGE_NODE = auto()
    """(SA handle, message id): a finished exchange is forgotten."""
    CONNECTED = auto()
    """(SA handle, message id): the commit bit's notify did not come."""
    KEEPALIVE = auto()
    """(local, remote) endpoints: keep the NAT's mapping."""
    RETIRE_SA = auto()
    """SA handle: of two ISAKMP SAs made at once this one goes."""
    RETIRE_CHILD = auto()
    """Child number: a pair that another one took the place of goes."""
    SWITCH = auto()
    """Child number: packets go over to it from the pair that it replaces."""
    LINGER = auto()
    """SaKey: a replaced inbound SA goes."""
    REKEY = auto()
    """Child number: try the replacement again."""
    XAUTH = auto()
    """SA handle: whoever owes the next step of Xauth took too long."""
    CLIENT = auto()
    """Client's name: it calls its gateway."""
    DPD = auto()
    """SA handle: look whether its peer lives."""
    IDLE = auto()
    """Child number: look whether it still carries packets."""


TimerKey = tuple[Timer, object]


class Timers:
    """A set of deadlines, one for each key."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, TimerKey]] = []
        self._current: dict[TimerKey, tuple[float, int]] = {}
        self._order = count()

    def __contains__(self, key: TimerKey) -> bool:
        return key in self._current

    def set(self, kind: Timer, whose: object, at: float) -> None:
        """Sets or moves a deadline."""
        number = next(self._order)
        self._current[kind, whose] = at, number
        heappush(self._heap, (at, number, (kind, whose)))
        if len(self._heap) > 2 * len(self._current) + _SPARE:
            self._heap = [(at, number, key) for key, (at, number) in self._current.items()]
            heapify(self._heap)

    def cancel(self, kind: Timer, whose: object) -> None:
        self._current.pop((kind, whose), None)

    def cancel_all(self, kind: Timer) -> list[object]:
        """Cancels every deadline of one kind; returns whose they were."""
        whose = [key[1] for key in self._current if key[0] is kind]
        for one in whose:
            self.cancel(kind, one)
        return whose

    def next(self) -> float | None:
        """The earliest deadline."""
        while self._heap:
            at, number, key = self._heap[0]
            if self._current.get(key) == (at, number):
                return at
            heappop(self._heap)
        return None

    def pop_due(self, now: float) -> TimerKey | None:
        """Takes the earliest deadline that is not after `now`."""
        at = self.next()
        if at is None or at > now:
            return None
        key = heappop(self._heap)[2]
        del self._current[key]
        return key


@dataclass(slots=True)
class Transmission:
    """The last message of an exchange and what it answered. `data` is the message as sent."""

    data: bytes | None = field(default=None, repr=False)
    answered: bytes = b""
    """Digest of the message that was processed last."""
    attempts: int = 0
    """Retransmissions on our own account."""
    resends: int = 0
    """Repetitions because the request came again."""
    delays: tuple[float, ...] = RETRANSMIT_DELAYS

    def sent(self, data: bytes | None, answered: bytes) -> None:
        """A new message of ours, or None when `answered` needs no reply."""
        self.data, self.answered = data, answered
        self.attempts = self.resends = 0

    @property
    def next_delay(self) -> float:
        """Seconds to wait for the answer to the last sending."""
        return FINAL_WAIT if self.exhausted else self.delays[self.attempts]

    @property
    def exhausted(self) -> bool:
        return self.attempts >= len(self.delays)
