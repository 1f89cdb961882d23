"""Messages as they come and go, and what is in them."""

from dataclasses import dataclass

from cryptomap.model.event.base import IsakmpEvent


@dataclass(frozen=True, slots=True)
class PacketSent(IsakmpEvent):
    """`retransmit` is 0 the first time, else the attempt."""

    retransmit: int = 0


@dataclass(frozen=True, slots=True)
class PacketReceived(IsakmpEvent):
    """`new` is true when no SA knew the cookies (`(N) NEW SA`)."""

    new: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateReceived(IsakmpEvent):
    """`phase N packet is a duplicate of a previous packet`."""

    phase: int


@dataclass(frozen=True, slots=True)
class Retransmitting(IsakmpEvent):
    """`retransmitting phase 1 MM_KEY_EXCH` / `phase 2 QM_IDLE N`; `attempt` of `limit`."""

    phase: int
    attempt: int
    limit: int
    message_id: int


@dataclass(frozen=True, slots=True)
class PayloadProcessed(IsakmpEvent):
    """`processing NAME payload. message ID = N`; NAME as IOS writes it (`SA`, `KE`, `NONCE`, `ID`,
    `HASH`, `DELETE`, `vendor id`, `NOTIFY INITIAL_CONTACT` ...)."""

    name: str
    message_id: int


@dataclass(frozen=True, slots=True)
class VendorIdSent(IsakmpEvent):
    """`name` is `rfc3947`, `07`, `03` or `02` (NAT-T vendor ids)."""

    name: str


@dataclass(frozen=True, slots=True)
class VendorIdSeen(IsakmpEvent):
    """`name` is `RFC 3947`, `v7`, `v3`, `v2`, `Unity`, `DPD`, `XAUTH`, `IOS`, `FRAGMENTATION` or
    None when unknown; `major` is octet 14, or None when the id is shorter."""

    name: str | None
    major: int | None
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class NatDetected(IsakmpEvent):
    """Result of the NAT-D payloads (RFC 3947 section 3.2)."""

    local_behind_nat: bool
    remote_behind_nat: bool


@dataclass(frozen=True, slots=True)
class PeerInvalid(IsakmpEvent):
    """Input dropped. `reason` is one sentence for a person; the blame is the error class's name."""

    blame: str
    reason: str
