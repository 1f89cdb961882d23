"""Messages that arrive in fragments, put together: for known SAs only, within bounds of octets and time.

Fragments are kept by number, so that each costs the same whatever order they come in.
"""

from dataclasses import dataclass, field

from cryptomap.model.error import PeerMisbehavedError
from cryptomap.wire.fragment import MOST_FRAGMENTS
from cryptomap.wire.payload import FragmentPayload

LARGEST_MESSAGE = 65535
MOST_OCTETS = 1 << 20
"""In all unfinished messages together; the oldest goes for a new one."""
LIFE = 30.0
"""Seconds an unfinished message is kept."""


@dataclass(slots=True)
class _Unfinished:
    fragment_id: int
    begun: float
    last: int | None = None
    highest: int = 0
    """Number of a piece that is there."""
    octets: int = 0
    pieces: dict[int, bytes] = field(default_factory=dict, repr=False)

    def takes(self, fragment: FragmentPayload, now: float) -> bool:
        """Whether the fragment can be of this message: another one under its number begins a new message."""
        number = fragment.fragment_number
        known = self.pieces.get(number, fragment.data)
        return (
            fragment.fragment_id == self.fragment_id
            and now - self.begun < LIFE
            and known == fragment.data
            and (self.last is None or (number <= self.last if not fragment.last else number == self.last))
            and not (fragment.last and number < self.highest)
        )


class Reassembly:
    """One unfinished message for each SA, by its handle."""

    def __init__(self) -> None:
        self._unfinished: dict[int, _Unfinished] = {}
        self._octets = 0

    @property
    def octets(self) -> int:
        """In all unfinished messages together."""
        return self._octets

    def add(self, handle: int, fragment: FragmentPayload, now: float) -> bytes | None:
        """The whole message, when this was the last one missing. Raises `PeerMisbehavedError`."""
        number = fragment.fragment_number
        if not 1 <= number <= MOST_FRAGMENTS or not fragment.data:
            raise PeerMisbehavedError(f"fragment number {number} with {len(fragment.data)} octets")
        message = self._unfinished.get(handle)
        if message is None or not message.takes(fragment, now):
            self.forget(handle)
            message = self._unfinished[handle] = _Unfinished(fragment.fragment_id, now)
        if number not in message.pieces:
            message.pieces[number] = fragment.data
            message.highest = max(message.highest, number)
            message.octets += len(fragment.data)
            self._octets += len(fragment.data)
        if fragment.last:
            message.last = number
        if message.octets > LARGEST_MESSAGE:
            self.forget(handle)
            raise PeerMisbehavedError(f"fragments of a message of more than {LARGEST_MESSAGE} octets")
        if message.last == len(message.pieces):
            self.forget(handle)
            return b"".join(message.pieces[number] for number in range(1, message.last + 1))
        while self._octets > MOST_OCTETS:
            self.forget(next(iter(self._unfinished)))
        return None

    def forget(self, handle: int) -> None:
        """Drops the SA's unfinished message, if there is one."""
        message = self._unfinished.pop(handle, None)
        if message is not None:
            self._octets -= message.octets
