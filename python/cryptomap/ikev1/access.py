"""Which remote access lines hold for the peer of an ISAKMP SA."""

from collections.abc import Mapping

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.algorithm import AuthMethod, Extended
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.remote_access import ClientAccess, ClientGroup
from cryptomap.policy.client_access import anyone_is_asked, authorised_group, client_access
from cryptomap.policy.keyring import find_key_for, responder_keyrings
from cryptomap.policy.profile import claimed
from cryptomap.wire.payload import IdPayload


def lines(ctx: Context, sa: IsakmpSa) -> ClientAccess:
    """Those of its ISAKMP profile, else of the crypto map that it came to."""
    return client_access(ctx.config, ctx.spd.maps(sa.local.address), sa.profile)


def group(ctx: Context, sa: IsakmpSa) -> ClientGroup | None:
    """The peer's client group, if the authorization list knows it."""
    return authorised_group(ctx.config, lines(ctx, sa), sa.group)


def may_be_asked(ctx: Context, sa: IsakmpSa) -> bool:
    """Whether a peer that has not proved who it is may have to do Xauth."""
    return anyone_is_asked(ctx.config, ctx.spd.maps(sa.local.address))


def exempt(ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, claim: IdPayload | None) -> bool:
    """Whether the peer is to prove itself by a pre-shared key that says `no-xauth`; `claim` is the identity
    by which its key is found, where that is known."""
    identity = claimed(claim) if claim is not None else None
    found = find_key_for(ctx.config, identity, sa.remote.address, responder_keyrings(ctx.config))
    return policy.authentication is AuthMethod.PRE_SHARE and found is not None and found.key.no_xauth


def ways(ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, claim: IdPayload | None) -> tuple[Extended, ...]:
    """What may follow phase 1 by that policy, best first; `claim` as in `exempt`."""
    wanted = sa.client is not None or (may_be_asked(ctx, sa) and not exempt(ctx, sa, policy, claim))
    if not wanted:
        return (Extended.NONE,)
    return _WAYS[policy.authentication]


_WAYS: Mapping[AuthMethod, tuple[Extended, ...]] = {
    AuthMethod.PRE_SHARE: (Extended.XAUTH, Extended.NONE),
    AuthMethod.RSA_SIG: (Extended.XAUTH, Extended.NONE, Extended.HYBRID),
    AuthMethod.RSA_ENCR: (Extended.XAUTH, Extended.NONE),
}


_DELIMITERS = "/\\%@"
"""What stands between a user's name and its group's, where `group-lock` is on."""


def account(ctx: Context, sa: IsakmpSa, user: str) -> str:
    """The user's name as AAA knows it: with `group-lock` its group stands behind it."""
    known = group(ctx, sa)
    if known is None or not known.group_lock:
        return user
    for delimiter in _DELIMITERS:
        user = user.removesuffix(delimiter + known.name)
    return user


def in_group(ctx: Context, sa: IsakmpSa, user: str) -> bool:
    """Whether a user named so may be in the group that its client belongs to."""
    known = group(ctx, sa)
    return known is None or not known.group_lock or account(ctx, sa, user) != user
