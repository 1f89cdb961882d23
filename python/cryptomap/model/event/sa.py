"""The life of ISAKMP SAs, of the peers they are with, and of the exchanges under them."""

from dataclasses import dataclass

from cryptomap.model.event.base import IsakmpEvent


@dataclass(frozen=True, slots=True)
class SaRequest(IsakmpEvent):
    """The key engine asked for SAs; `profile` is the ISAKMP profile of the map entry."""

    profile: str | None


@dataclass(frozen=True, slots=True)
class PeerCreated(IsakmpEvent):
    """A first contact with this peer (`Created a peer struct`)."""


@dataclass(frozen=True, slots=True)
class SaDeleted(IsakmpEvent):
    """`deleting SA reason "..." state (I) QM_IDLE (peer X)`."""

    reason: str


@dataclass(frozen=True, slots=True)
class SaPurged(IsakmpEvent):
    """The dead SA's last trace went."""


@dataclass(frozen=True, slots=True)
class NodeCreated(IsakmpEvent):
    """`set new node N to STATE`. `duplicate_sa`: an older SA with this peer is still there."""

    message_id: int
    duplicate_sa: bool = False


@dataclass(frozen=True, slots=True)
class NodeDeleted(IsakmpEvent):
    """`deleting node N error TRUE|FALSE reason "..."`."""

    message_id: int
    error: bool
    reason: str


@dataclass(frozen=True, slots=True)
class NodePurged(IsakmpEvent):
    message_id: int


@dataclass(frozen=True, slots=True)
class StateChange(IsakmpEvent):
    """`Input = I, J` and `Old State = O  New State = N`; quick modes name their node."""

    inputs: tuple[str, str]
    old: str
    new: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class ExchangeBegun(IsakmpEvent):
    """`exchange` is `Main Mode`, `Aggressive Mode` or `Quick Mode`; the last has a message id."""

    exchange: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class TryingMainMode(IsakmpEvent):
    """`Can not start Aggressive mode, trying Main mode.`"""
