"""The bounds-checked cursor over received octets: nothing else in the project slices them."""

from struct import Struct
from typing import Any

from cryptomap.wire.error import MalformedError

_U16 = Struct("!H")
_U32 = Struct("!I")


class Reader:
    """Reads `data` from front to back; every short read is a `MalformedError` that names `what`."""

    __slots__ = ("_data", "_end", "_position", "what")

    def __init__(self, data: bytes, what: str = "message") -> None:
        self._data = data
        self._position = 0
        self._end = len(data)
        self.what = what

    @property
    def left(self) -> int:
        """Octets not read yet."""
        return self._end - self._position

    def take(self, count: int) -> bytes:
        """The next `count` octets."""
        start = self._position
        end = start + count
        if not start <= end <= self._end:
            raise MalformedError(f"{self.what}: {count} octets wanted, {self.left} left")
        self._position = end
        return self._data[start:end]

    def sub(self, count: int, what: str) -> "Reader":
        """A cursor over the next `count` octets: what a nested length field spans."""
        return Reader(self.take(count), what)

    def fixed(self, layout: Struct) -> tuple[Any, ...]:
        """The fields of a structure's fixed part."""
        return layout.unpack(self.take(layout.size))

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int(_U16.unpack(self.take(2))[0])

    def u32(self) -> int:
        return int(_U32.unpack(self.take(4))[0])

    def rest(self) -> bytes:
        """All that is left, possibly nothing."""
        return self.take(self.left)

    def end(self) -> None:
        """Says that nothing may be left."""
        if self.left:
            raise MalformedError(f"{self.what}: {self.left} octets too many")

    def reserved(self, value: int) -> None:
        """Says that a RESERVED field must be zero (RFC 2408 section 5.3)."""
        if value:
            raise MalformedError(f"{self.what}: RESERVED field is {value}, not zero")
