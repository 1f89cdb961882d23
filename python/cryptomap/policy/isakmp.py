"""Phase 1 policies: which are ours, and which of the offered ones fits (RFC 2409 appendix A, IOS order)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptomap.crypto.prf import available
from cryptomap.model.algorithm import AuthMethod, Extended, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, RouterConfig

WEAK_CIPHERS = frozenset({IkeCipher.DES, IkeCipher.TRIPLE_DES})
WEAK_HASHES = frozenset({Hash.MD5})
WEAK_GROUPS = frozenset({Group.MODP_768, Group.MODP_1024, Group.MODP_1536})


def _built_in() -> tuple[IsakmpPolicy, ...]:
    suites = ((IkeCipher.AES, 128, Group.MODP_1536), (IkeCipher.TRIPLE_DES, None, Group.MODP_1024))
    rows = [
        (cipher, bits, digest, method, group)
        for cipher, bits, group in suites
        for digest in (Hash.SHA, Hash.MD5)
        for method in (AuthMethod.RSA_SIG, AuthMethod.PRE_SHARE)
    ]
    return tuple(IsakmpPolicy(priority, *row) for priority, row in enumerate(rows, 65507))


DEFAULT_POLICIES = _built_in()
"""What IOS 15.x uses when no policy is configured: 65507 (best) to 65514."""


def is_weak(policy: IsakmpPolicy) -> bool:
    """Whether the compliance shield refuses the policy (IOS XE 17.11, field notice FN72510)."""
    return policy.encryption in WEAK_CIPHERS or policy.hash in WEAK_HASHES or policy.group in WEAK_GROUPS


def own_policies(config: RouterConfig) -> tuple[IsakmpPolicy, ...]:
    """The policies in force, best first: the configured ones, else the built-in ones.

    Weak ones are left out unless the compliance shield is off, and those whose hash this machine has not.
    """
    configured = tuple(config.isakmp_policies[number] for number in sorted(config.isakmp_policies))
    policies = configured or DEFAULT_POLICIES
    shielded = config.compliance_shield
    return tuple(one for one in policies if available(one.hash) and not (shielded and is_weak(one)))


@dataclass(frozen=True, slots=True)
class IsakmpOffer:
    """One offered transform as far as we know its values; None is missing or not known here."""

    number: int
    encryption: IkeCipher | None
    key_bits: int | None
    hash: Hash | None
    authentication: AuthMethod | None
    group: Group | None
    lifetime: int | None
    extended: Extended = Extended.NONE


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. `mismatch` is None, or the first thing that differs, in IOS order."""

    offer: IsakmpOffer
    policy: IsakmpPolicy
    mismatch: str | None


_COMPARED: tuple[tuple[str, Callable[[IsakmpOffer, IsakmpPolicy], bool]], ...] = (
    ("encryption", lambda offer, own: offer.encryption is own.encryption),
    ("hash", lambda offer, own: offer.hash is own.hash),
    ("authentication", lambda offer, own: offer.authentication is own.authentication),
    ("xauth", lambda offer, own: offer.extended in own.extended),
    ("group", lambda offer, own: offer.group == own.group),
    ("key length", lambda offer, own: offer.key_bits == own_key_bits(own)),
)


def own_key_bits(policy: IsakmpPolicy) -> int | None:
    """The key length a policy stands for: AES without a number is 128; None where it is fixed."""
    return (policy.key_bits or 128) if policy.encryption is IkeCipher.AES else None


def mismatch(offer: IsakmpOffer, policy: IsakmpPolicy) -> str | None:
    """What differs first; the lifetime need not fit."""
    return next((name for name, fits in _COMPARED if not fits(offer, policy)), None)


def select(
    policies: Sequence[IsakmpPolicy], offers: Sequence[IsakmpOffer], *, lifetime_check: bool = False
) -> tuple[Check, ...]:
    """Every comparison made, own policies outside and offers inside, up to the first that fits.

    The last one is the choice when its `mismatch` is None. With `lifetime_check` an offer that would live
    longer than our policy lets it does not fit.
    """
    checks = []
    for policy in policies:
        for offer in offers:
            differs = mismatch(offer, policy)
            if differs is None and lifetime_check and (offer.lifetime or 0) > policy.lifetime:
                differs = "lifetime"
            checks.append(Check(offer, policy, differs))
            if checks[-1].mismatch is None:
                return tuple(checks)
    return tuple(checks)


def lifetime(offer: IsakmpOffer, policy: IsakmpPolicy) -> int:
    """Seconds the ISAKMP SA lives here: the smaller of both, whoever offered; None or 0 is no word from the
    peer."""
    return min(policy.lifetime, offer.lifetime or policy.lifetime)
