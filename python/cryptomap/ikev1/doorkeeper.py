"""Which first messages of phase 1 are looked at, when more come than can be.

They cost their sender nothing, name whatever source it likes, and IKEv1 has nothing like the cookies of
IKEv2 (RFC 7296 section 2.6) to tell who is there. So an address has a share of each second, and so have all
addresses together; who is known by address has a share apart, which a flood with sources at random does not
find. Of the rest a message has to come again, and not at once: who means it sends again what got no answer
within a while.
"""

from array import array
from dataclasses import dataclass, field
from hashlib import blake2b
from zlib import crc32

from cryptomap.ikev1.budget import Budget
from cryptomap.model.address import Address

MOST_OF_ADDRESS = 20
"""In a second, and as many that come again. Addresses share a counter by chance, some in a flood of all."""
MOST_KNOWN, MOST_AT_ONCE, MOST_AGAIN = 250, 250, 1000
"""In a second: of known addresses, of all, and of those that come again besides. Each costs 0.2 ms."""
SOONEST, LATEST = 0.5, 32.0
"""Seconds after which a message has to come again."""

_COUNTERS = 1 << 16
_FEW = bytes(_COUNTERS)
_TICKS = 8
"""In a second."""
_TICK_BITS = 16
_TIMES = 1 << _TICK_BITS
_PLACE_BITS = 20
_PLACES = 1 << _PLACE_BITS
_PRINTS = (1 << 32 - _TICK_BITS) - 1


class _Memory:
    """When a message came first, as long as no other takes its place: one of 2^20, which are 4 MiB."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places = array("I", bytes(4 * _PLACES))

    def has_come(self, now: float, message: bytes) -> bool:
        """Whether it came a while ago. One that is not remembered is from here on."""
        number = int.from_bytes(blake2b(message, digest_size=8).digest())
        place, print_ = number % _PLACES, (number >> _PLACE_BITS) % _PRINTS + 1
        tick = int(now * _TICKS) % _TIMES
        kept = self._places[place]
        age = (tick - kept) % _TIMES
        if kept >> _TICK_BITS == print_ and age <= LATEST * _TICKS:
            return age >= SOONEST * _TICKS
        self._places[place] = print_ << _TICK_BITS | tick
        return False


class _Shares:
    """How many messages each address has had this second."""

    __slots__ = ("_begun", "_counters")

    def __init__(self) -> None:
        self._counters = bytearray(_FEW)
        self._begun = 0.0

    def take(self, now: float, remote: Address) -> bool:
        if now - self._begun >= 1.0:
            self._begun = now
            self._counters[:] = _FEW
        at = crc32(remote.packed) % _COUNTERS
        if self._counters[at] >= MOST_OF_ADDRESS:
            return False
        self._counters[at] += 1
        return True


@dataclass(slots=True)
class Doorkeeper:
    """What has come of late. It takes no more room for more messages."""

    _shares: _Shares = field(default_factory=_Shares)
    _shares_again: _Shares = field(default_factory=_Shares)
    _known: Budget = field(default_factory=lambda: Budget(MOST_KNOWN))
    _at_once: Budget = field(default_factory=lambda: Budget(MOST_AT_ONCE))
    _again: Budget = field(default_factory=lambda: Budget(MOST_AGAIN))
    _memory: _Memory | None = None
    """None while all can be looked at."""
    _used: float = 0.0

    def admits(self, now: float, initiator_cookie: bytes, remote: Address, *, known: bool = False) -> bool:
        """Whether a first message with that cookie and from that address is looked at."""
        if self._shares.take(now, remote):
            if known and self._known.take(now):
                return True
            if self._at_once.take(now):
                if now - self._used >= LATEST:
                    self._memory = None
                return True
        come = self._has_come(now, initiator_cookie + remote.packed)
        return come and self._shares_again.take(now, remote) and self._again.take(now)

    def _has_come(self, now: float, message: bytes) -> bool:
        self._used = now
        if self._memory is None:
            self._memory = _Memory()
        return self._memory.has_come(now, message)
