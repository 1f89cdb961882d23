"""A bound on how often something is done for strangers."""

from dataclasses import dataclass


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
