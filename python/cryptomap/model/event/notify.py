"""Notifies, and whether the peer lives."""

from dataclasses import dataclass

from cryptomap.model.event.base import IsakmpEvent


@dataclass(frozen=True, slots=True)
class NotifyReceived(IsakmpEvent):
    """A notify that does not have an event of its own. `trusted` is whether a HASH covered it."""

    notify: int
    name: str
    trusted: bool
    message_id: int
    protocol: int = 1
    spi: int = 0


@dataclass(frozen=True, slots=True)
class NotifySent(IsakmpEvent):
    notify: int
    name: str
    message_id: int
    protocol: int = 1
    spi: int = 0


@dataclass(frozen=True, slots=True)
class InitialContactSent(IsakmpEvent):
    pass


@dataclass(frozen=True, slots=True)
class InitialContactReceived(IsakmpEvent):
    """The peer has no older SAs; ours with it go."""


@dataclass(frozen=True, slots=True)
class DpdUnanswered(IsakmpEvent):
    """A R-U-THERE had no answer; `attempt` of `limit`."""

    attempt: int
    limit: int


@dataclass(frozen=True, slots=True)
class PeerDead(IsakmpEvent):
    """The peer was asked often enough: every SA with it goes."""
