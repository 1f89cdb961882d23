"""A bound on how often something is done for strangers."""

from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """At most `per_second` in each second of the caller's clock."""

    per_second: int
    _begun: float = 0.0
    _taken: int = 0

    def take(self, now: float) -> bool:
        """Whether one more fits; if so it is taken."""
        if now - self._begun >= 1.0:
            self._begun, self._taken = now, 0
        if self._taken >= self.per_second:
            return False
        self._taken += 1
        return True
