"""What an IPsec SA may be: transform sets, PFS and lifetimes of a crypto map entry (RFC 2407 section 4.5)."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptomap.model.algorithm import EspAuth, EspCipher, Group, Mode
from cryptomap.model.config import GLOBAL_LIFETIME, CryptoMapEntry, RouterConfig, TransformSet
from cryptomap.model.sa import Limits

WEAK_CIPHERS = frozenset({EspCipher.NULL, EspCipher.DES, EspCipher.TRIPLE_DES})
WEAK_AUTHS = frozenset({EspAuth.MD5})
_SIZED = frozenset({EspCipher.AES, EspCipher.GCM})
SOFT_SECONDS, SOFT_BYTES, SOFT_PACKETS = 30.0, 256 * 1024, 2**20
"""How long before its end an SA asks for its successor."""
HARD_PACKETS = 2**32 - 1
"""The last sequence number, which must not come round again (RFC 2406 section 2.2)."""
_LARGEST_SOFT_SHARE = 0.25
_JITTER_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class IpsecOffer:
    """One offered ESP transform as far as we know its values; None is missing or not known here."""

    proposal: int
    number: int
    cipher: EspCipher | None
    key_bits: int | None
    auth: EspAuth | None
    mode: Mode | None
    encapsulated: bool
    """Tunnel or transport in UDP (RFC 3947 section 5.1)."""
    group: int | None
    """PFS group as offered, known or not; None is no PFS."""
    seconds: int | None
    kilobytes: int | None


@dataclass(frozen=True, slots=True)
class IpsecLifetime:
    """What both ends agreed on."""

    seconds: int
    kilobytes: int


def is_weak(transform_set: TransformSet) -> bool:
    """Whether the compliance shield refuses the set."""
    open_cipher = transform_set.cipher is not EspCipher.GCM and transform_set.auth is None
    return transform_set.cipher in WEAK_CIPHERS or transform_set.auth in WEAK_AUTHS or open_cipher


def own_sets(config: RouterConfig, entry: CryptoMapEntry) -> tuple[TransformSet, ...]:
    """The entry's sets that can be used, in its order.

    A transport set is used in tunnel mode, as IOS does for traffic between networks, so one that
    insists on transport mode is left out, and under the compliance shield a weak one too.
    """
    named = (config.transform_sets.get(name) for name in entry.transform_sets)
    return tuple(
        one
        for one in named
        if one and one.cipher and not one.mode_required and not (config.compliance_shield and is_weak(one))
    )


def own_lifetime(config: RouterConfig, entry: CryptoMapEntry) -> IpsecLifetime:
    """The entry's lifetime, else the global one."""
    return IpsecLifetime(
        entry.lifetime.seconds or config.lifetime.seconds or GLOBAL_LIFETIME.seconds or 0,
        entry.lifetime.kilobytes or config.lifetime.kilobytes or GLOBAL_LIFETIME.kilobytes or 0,
    )


def agreed_lifetime(own: IpsecLifetime, seconds: int | None, kilobytes: int | None) -> IpsecLifetime:
    """The smaller of ours and the peer's, each unit for itself; None or 0 is no word from the peer."""
    return IpsecLifetime(
        min(own.seconds, seconds or own.seconds), min(own.kilobytes, kilobytes or own.kilobytes)
    )


def own_key_bits(transform_set: TransformSet) -> int | None:
    """The key length a set stands for: AES and GCM without a number are 128; None where it is fixed."""
    return (transform_set.key_bits or 128) if transform_set.cipher in _SIZED else None


def mismatch(offer: IpsecOffer, own: TransformSet, *, encapsulated: bool) -> str | None:
    """What differs first between an offer and a set, or None. `encapsulated` is what the path needs."""
    return next((name for name, fits in _COMPARED if not fits(offer, own, encapsulated)), None)


_COMPARED: tuple[tuple[str, Callable[[IpsecOffer, TransformSet, bool], bool]], ...] = (
    ("transform", lambda offer, own, _: offer.cipher is own.cipher and offer.auth is own.auth),
    ("key length", lambda offer, own, _: offer.key_bits == own_key_bits(own)),
    (
        "encapsulation",
        lambda offer, _, encapsulated: offer.mode is Mode.TUNNEL and offer.encapsulated == encapsulated,
    ),
)


def pfs_fits(entry: CryptoMapEntry, offered: int | None) -> bool:
    """Whether a responder may take the offered PFS group.

    Without `set pfs` any group we know will do; with it the offer must name it. A bare `set pfs`
    (group 1) also takes group 2.
    """
    if entry.pfs is None:
        return offered is None or offered in Group.__members__.values()
    if entry.pfs is Group.MODP_768:
        return offered in (Group.MODP_768, Group.MODP_1024)
    return offered == entry.pfs


def limits(lifetime: IpsecLifetime, *, initiator: bool, chance: float) -> Limits:
    """An SA's bounds: soft ones ask for the successor 30 s, 256 kB or 2^20 packets before its end, jittered.

    `chance` is from 0 to 1. The responder asks later than the initiator, so that both seldom do at once.
    Short lives get proportionally short margins.
    """
    share = 1 - _JITTER_SHARE * chance - (0 if initiator else _JITTER_SHARE)
    seconds = float(lifetime.seconds)
    octets = lifetime.kilobytes * 1024
    return Limits(
        soft_seconds=seconds - min(SOFT_SECONDS, seconds * _LARGEST_SOFT_SHARE) * share,
        hard_seconds=seconds,
        soft_bytes=int(octets - min(SOFT_BYTES, octets * _LARGEST_SOFT_SHARE) * share),
        hard_bytes=octets,
        soft_packets=HARD_PACKETS - int(SOFT_PACKETS * share),
        hard_packets=HARD_PACKETS,
    )
