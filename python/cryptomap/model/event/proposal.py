"""What was offered, in both phases, and what came of it."""

from dataclasses import dataclass

from cryptomap.model.event.base import IsakmpEvent


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an offered transform, in wire order.

    `name` is one of `encryption`, `keylength`, `hash`, `group`, `auth`, `life type`,
    `life duration` (phase 1) or `encaps`, `life type`, `life duration`, `authenticator`,
    `group`, `key length` (phase 2). `text` is the value in IOS words (`3DES-CBC`, `1 (Tunnel)`,
    `HMAC-SHA`). `octets` is set when the value came in variable form (`(VPI) of 0x0 0x1 ...`).
    """

    name: str
    text: str
    octets: bytes | None = None


@dataclass(frozen=True, slots=True)
class PolicyChecked(IsakmpEvent):
    """One offered transform against one policy. `mismatch` is None when acceptable, else one of
    `encryption`, `key length`, `hash`, `group`, `authentication`."""

    transform: int
    priority: int
    attributes: tuple[Attribute, ...]
    mismatch: str | None
    next_payload: int


@dataclass(frozen=True, slots=True)
class LifetimeAgreed(IsakmpEvent):
    """What an ISAKMP SA will live, in seconds: our policy's word, the offer's (None without), and both's."""

    configured: int
    offered: int | None
    agreed: int


@dataclass(frozen=True, slots=True)
class NoPolicyAccepted(IsakmpEvent):
    """`no offers accepted!` / `phase 1 SA policy not acceptable! (local X remote Y)`."""


@dataclass(frozen=True, slots=True)
class IpsecProposalChecked(IsakmpEvent):
    """One transform of a quick mode proposal. `mismatch` as in `PolicyChecked`, plus `proxy`,
    `pfs`, `encapsulation` and `transform`."""

    proposal: int
    transform: int
    name: str
    """`ESP_DES`, `ESP_3DES`, `ESP_AES`, `ESP_NULL`."""
    attributes: tuple[Attribute, ...]
    mismatch: str | None
