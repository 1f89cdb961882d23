"""The log: the last lines, and whoever wants to see new ones at once.

What a stranger can cause is bounded: the buffer in lines, each peer's lines in rate, and the number
of peers whose rate is kept.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

Subscriber = Callable[[str], None]

BUFFER_LINES = 4096
_PEERS = 1024


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class RateLimit:
    """A token bucket for each key: `burst` at once, then `rate` a second. Forgets the idlest keys."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def allows(self, key: Hashable, now: float) -> bool:
        """Whether one more is allowed at `now` (monotonic seconds); takes a token if so."""
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled) * self._rate)
        bucket.filled = now
        self._buckets[key] = bucket
        if len(self._buckets) > _PEERS:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


class Journal:
    """A ring of log lines. A subscriber must not block, and is called for each new line."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=BUFFER_LINES)
        self._subscribers: list[Subscriber] = []

    def add(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._lines.append(line)
            for subscriber in tuple(self._subscribers):
                subscriber(line)

    def lines(self) -> list[str]:
        """What is kept, oldest first."""
        return list(self._lines)

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)
