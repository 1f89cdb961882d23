"""What a certification authority remembers: what it issued and revoked, and who waits for a decision."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from cryptomap.pki.authority import FIRST_SERIAL

MOST_WAITING = 50
MOST_ISSUED = 5000
"""Beyond these requests are refused: anybody can send them."""


class Decision(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    GRANTED = "granted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate in DER, and when it was revoked."""

    serial: int
    der: bytes = field(repr=False)
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in DER; once it is granted, the serial number of its certificate.

    A client finds its own again by the case, which nobody else can name.
    """

    number: int
    case: str
    request: bytes = field(repr=False)
    decision: Decision = Decision.PENDING
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A value: every change gives another one."""

    next_serial: int = FIRST_SERIAL + 1
    next_request: int = 1
    crl_number: int = 1
    issued: tuple[Issued, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def full(self) -> bool:
        """Whether no more requests are taken."""
        pending = sum(each.decision is Decision.PENDING for each in self.waiting)
        return pending >= MOST_WAITING or len(self.issued) >= MOST_ISSUED

    @property
    def revoked(self) -> Iterator[tuple[int, datetime]]:
        for each in self.issued:
            if each.revoked is not None:
                yield each.serial, each.revoked

    def find(self, case: str) -> Waiting | None:
        """The last request of that case."""
        return next((each for each in reversed(self.waiting) if each.case == case), None)

    def request(self, number: int) -> Waiting | None:
        """The request with that number, if it waits for a decision."""
        found = (each for each in self.waiting if each.number == number)
        return next((each for each in found if each.decision is Decision.PENDING), None)

    def certificate(self, serial: int | None) -> bytes | None:
        """The certificate with that serial number, in DER."""
        return next((each.der for each in self.issued if each.serial == serial), None)

    def with_request(self, case: str, request: bytes) -> "Ledger":
        """One more request waits, and has the number `next_request`. Those decided long ago are forgotten."""
        decided = [each.number for each in self.waiting if each.decision is not Decision.PENDING]
        old = set(decided[:-MOST_WAITING])
        kept = tuple(each for each in self.waiting if each.number not in old)
        waiting = (*kept, Waiting(self.next_request, case, request))
        return replace(self, next_request=self.next_request + 1, waiting=waiting)

    def with_certificate(self, number: int, der: bytes) -> "Ledger":
        """The request is granted: its certificate has the serial number `next_serial`."""
        serial = self.next_serial
        ledger = self._decided(number, Decision.GRANTED, serial)
        return replace(ledger, next_serial=serial + 1, issued=(*self.issued, Issued(serial, der)))

    def without_request(self, number: int) -> "Ledger":
        """The request is rejected."""
        return self._decided(number, Decision.REJECTED, None)

    def with_revoked(self, serial: int, when: datetime) -> "Ledger | None":
        """A certificate is revoked, so that there is a new list; None when none with that number is good."""
        if not any(each.serial == serial and each.revoked is None for each in self.issued):
            return None
        issued = tuple(replace(each, revoked=when) if each.serial == serial else each for each in self.issued)
        return replace(self, issued=issued, crl_number=self.crl_number + 1)

    def _decided(self, number: int, decision: Decision, serial: int | None) -> "Ledger":
        waiting = tuple(
            replace(each, decision=decision, serial=serial) if each.number == number else each
            for each in self.waiting
        )
        return replace(self, waiting=waiting)
