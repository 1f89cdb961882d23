"""The one place where a peer's certificate comes to be believed: a `Verified` says that all was checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.ikev1.api import Obtain
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.identity import identity_text
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.error import AuthenticationFailedError
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.certificate_map import fits
from cryptomap.pki.chain import check_leaf, check_strength, find_chain
from cryptomap.pki.identity import is_for
from cryptomap.pki.revocation import NotThereYetError, check_revocation
from cryptomap.policy.trust import Anchor
from cryptomap.wire.payload import IdPayload


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate that is good and the peer's, and the authority that it leads to."""

    certificate: Certificate
    anchor: Anchor


def verify_certificate(
    ctx: Context, sa: IsakmpSa, sent: Sequence[Certificate], identity: IdPayload, trusted: Sequence[Anchor]
) -> Verified:
    """Checks the certificates that came with a good signature of the first one's key.

    Raises `AuthenticationFailedError`; and `NotThereYetError`, having asked for what is missing, when it
    cannot be known yet whether the certificate is revoked: nothing has changed then.
    """
    leaf, now = sent[0], ctx.wall_clock()
    chain = find_chain(leaf, sent[1:], [each.certificate for each in trusted], now)
    anchor = next(each for each in trusted if each.certificate == chain[-1])
    check_leaf(leaf)
    if ctx.config.compliance_shield:
        check_strength(chain)
    if not is_for(leaf, identity):
        raise AuthenticationFailedError(f"{leaf.title} is not for the identity {identity_text(identity)}")
    _check_map(ctx, leaf, anchor)
    try:
        check_revocation(chain, anchor.trustpoint, ctx.look, now)
    except NotThereYetError as error:
        sa.undecided = True
        for fetch in error.wanted:
            ctx.outputs.append(Obtain(fetch))
        raise
    return Verified(leaf, anchor)


def _check_map(ctx: Context, leaf: Certificate, anchor: Anchor) -> None:
    name = anchor.trustpoint.match_certificate
    wanted = ctx.config.certificate_maps.get(name) if name is not None else None
    if name is not None and (wanted is None or not fits(leaf, wanted)):
        raise AuthenticationFailedError(
            f"{leaf.title} does not fit certificate map {name} of trustpoint {anchor.trustpoint.name}"
        )
