"""Which first messages of phase 1 are looked at, when more come than can be.

They cost their sender nothing, name whatever source it likes, and IKEv1 has nothing like the cookies of
IKEv2 (RFC 7296 section 2.6) to tell who is there. So an address has a share of each second, and so have all
addresses together. When theirs is used up, a message has to come twice: who means it sends again what got no
answer, and a flood of ever new messages does not.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from zlib import crc32

from cryptomap.ikev1.budget import Budget
from cryptomap.model.address import Address

MOST_OF_ADDRESS = 20
"""In a second. Addresses share a counter by chance, some in a flood of all of them."""
MOST_AT_ONCE, MOST_AGAIN = 250, 250
"""In a second: of all addresses, and of those that come again besides."""
REMEMBERED = 16.0
"""Seconds, up to twice as many, that a message has to come again."""
MOST_MARKS = 1_000_000
"""Messages that are remembered in that time; more shorten it."""

_COUNTERS = 1 << 16
_POSITION_BITS = 24
_POSITIONS = 1 << _POSITION_BITS
_FEW = bytes(_COUNTERS)


class _Marks:
    """A set of messages that takes the same room whatever it holds; now and then it holds one too many.

    Bloom's filter: three bits for each, of which another's three are all set once in some hundred times.
    """

    __slots__ = ("_bits", "count")

    def __init__(self) -> None:
        self._bits = bytearray(_POSITIONS // 8)
        self.count = 0

    def has(self, positions: tuple[int, int, int]) -> bool:
        bits = self._bits
        return all(bits[at >> 3] & 1 << (at & 7) for at in positions)

    def add(self, positions: tuple[int, int, int]) -> None:
        self.count += 1
        for at in positions:
            self._bits[at >> 3] |= 1 << (at & 7)


@dataclass(slots=True)
class Doorkeeper:
    """What has come of late. It takes no more room for more messages."""

    _counters: bytearray = field(default_factory=lambda: bytearray(_FEW), repr=False)
    _second: float = 0.0
    _at_once: Budget = field(default_factory=lambda: Budget(MOST_AT_ONCE))
    _again: Budget = field(default_factory=lambda: Budget(MOST_AGAIN))
    _marks: list[_Marks] = field(default_factory=list, repr=False)
    """Those of now, and those of before; none while all can be looked at."""
    _turned: float = 0.0

    def admits(self, now: float, initiator_cookie: bytes, remote: Address) -> bool:
        """Whether a first message with that cookie and from that address is looked at."""
        if not self._is_few_of(now, remote):
            return False
        if self._at_once.take(now):
            if now - self._turned >= 2 * REMEMBERED:
                self._marks.clear()
            return True
        return self._has_come(now, initiator_cookie + remote.packed) and self._again.take(now)

    def _is_few_of(self, now: float, remote: Address) -> bool:
        if now - self._second >= 1.0:
            self._second = now
            self._counters[:] = _FEW
        at = crc32(remote.packed) % _COUNTERS
        if self._counters[at] >= MOST_OF_ADDRESS:
            return False
        self._counters[at] += 1
        return True

    def _has_come(self, now: float, message: bytes) -> bool:
        """Whether the message is remembered; from now on it is."""
        if not self._marks or now - self._turned >= REMEMBERED or self._marks[0].count >= MOST_MARKS:
            recent = self._marks[:1] if now - self._turned < 2 * REMEMBERED else []
            self._marks = [_Marks(), *recent]
            self._turned = now
        number = int.from_bytes(blake2b(message, digest_size=9).digest())
        low, middle = number % _POSITIONS, (number >> _POSITION_BITS) % _POSITIONS
        positions = low, middle, number >> 2 * _POSITION_BITS
        known = any(marks.has(positions) for marks in self._marks)
        self._marks[0].add(positions)
        return known
