"""Bounds on how often something is done for strangers."""

from dataclasses import dataclass, field

from cryptomap.model.address import Address


@dataclass(slots=True)
class Budget:
    """At most `per_second` in each second of the caller's clock."""

    per_second: int
    _begun: float = 0.0
    _taken: int = 0

    def take(self, now: float, count: int = 1) -> bool:
        """Whether so many more fit; if so they are taken."""
        if now - self._begun >= 1.0:
            self._begun, self._taken = now, 0
        if self._taken + count > self.per_second:
            return False
        self._taken += count
        return True


@dataclass(slots=True)
class Turns:
    """Each address once, and at most `most` of them, in each second of the caller's clock."""

    most: int
    _begun: float = 0.0
    _had: set[Address] = field(default_factory=set)

    def take(self, now: float, remote: Address) -> bool:
        """Whether it is the address's turn; if so it has had it."""
        if now - self._begun >= 1.0:
            self._begun = now
            self._had.clear()
        if remote in self._had or len(self._had) >= self.most:
            return False
        self._had.add(remote)
        return True
