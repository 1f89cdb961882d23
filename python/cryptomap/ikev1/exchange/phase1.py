"""What both sides of phase 1 do alike, in main and in aggressive mode: offers, keys, and whom to believe
(RFC 2409 section 5)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cryptomap.crypto.algorithms import ike_cipher
from cryptomap.crypto.keys import Nonces, encryption_key, phase1_iv, phase1_keys
from cryptomap.ikev1 import access, method
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.attributes import isakmp_offer, isakmp_transform, isakmp_words
from cryptomap.ikev1.feature import vendor_ids
from cryptomap.ikev1.identity import bind_client, bind_profile, check_gateway
from cryptomap.ikev1.method import Method, Whom
from cryptomap.ikev1.sa import IsakmpSa, Protection
from cryptomap.model import event as ev
from cryptomap.model.algorithm import AuthMethod, Extended
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import MisuseError, PeerIncompatibleError, PeerMisbehavedError
from cryptomap.model.status import Role
from cryptomap.policy.isakmp import IsakmpOffer, lifetime, mismatch, own_policies, select
from cryptomap.policy.keyring import find_key
from cryptomap.wire.numbers import SIT_IDENTITY_ONLY, Doi, NotifyType, Protocol
from cryptomap.wire.payload import (
    IdPayload,
    NotifyPayload,
    Payload,
    Proposal,
    SaPayload,
    Transform,
    VendorPayload,
)


def tell_of_key(ctx: Context, sa: IsakmpSa, whom: Whom, *, local: bool = False) -> None:
    """Tells whether there is a pre-shared key for the peer, where any policy wants one."""
    if any(policy.authentication is AuthMethod.PRE_SHARE for policy in own_policies(ctx.config)):
        if whom.key is not None:
            return
        found = find_key(ctx.config, sa.remote.address, whom.keyrings)
        where = found.keyring if found else ", ".join(whom.keyrings) or "default"
        ctx.emit(ev.KeyLookup(sa.ref, sa.remote.address, where, found is not None, local))


def usable_policies(ctx: Context, sa: IsakmpSa, whom: Whom) -> tuple[IsakmpPolicy, ...]:
    """The policies in force whose method has what it needs for this peer, best first.

    Raises `PeerIncompatibleError` when there is none.
    """
    policies = own_policies(ctx.config)
    found = (_with_ways(ctx, sa, policy, whom) for policy in policies)
    usable = tuple(policy for policy in found if policy.extended)
    if policies and not usable:
        method.begin(ctx, sa, policies[0], whom)
    if not usable:
        raise PeerIncompatibleError(
            "no isakmp policy is in force; configure one, or say "
            "`crypto engine compliance shield disable` if only weak ones are wanted",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )
    return usable


def _with_ways(ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, whom: Whom) -> IsakmpPolicy:
    """The policy with what may follow it; with nothing, where its method lacks something."""
    every = (replace(policy, extended=(way,)) for way in access.ways(ctx, sa, policy, whom.identity))
    ways = [each.extended[0] for each in every if method.usable(ctx, sa, each, whom)]
    if sa.role is Role.INITIATOR and len(ways) > 1:
        ways = [way for way in ways if way is not Extended.HYBRID]
    return replace(policy, extended=tuple(ways))


def xauth(ctx: Context, sa: IsakmpSa) -> list[Payload]:
    """The vendor id of Xauth, where it may follow."""
    may = sa.client is not None or access.may_be_asked(ctx, sa)
    return [vendor_ids.xauth()] if may else []


def offer(policies: Sequence[IsakmpPolicy]) -> SaPayload:
    """Our policies as one proposal, in their order, each in every way that may be agreed on for it."""
    ways = [(policy, extended) for policy in policies for extended in policy.extended]
    transforms = tuple(isakmp_transform(number, *way) for number, way in enumerate(ways, 1))
    return SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, (Proposal(1, Protocol.ISAKMP, b"", transforms),))


def offered_nat_t(ctx: Context, sa: IsakmpSa) -> list[Payload]:
    """The vendor ids of NAT traversal that a first message holds."""
    if not ctx.config.udp_encapsulation:
        return []
    ours = vendor_ids.nat_t_ids(ctx.config.personality)
    for octets in ours:
        ctx.emit(ev.VendorIdSent(sa.ref, vendor_ids.NAT_T_SENT[octets]))
    return [VendorPayload(octets) for octets in ours]


def fragmentation(ctx: Context) -> list[Payload]:
    """The vendor id of a first message, or of its answer, where `crypto isakmp fragmentation` is on."""
    return [vendor_ids.fragmentation()] if ctx.config.fragmentation else []


def common_nat_t(ctx: Context, vendors: Sequence[VendorPayload]) -> bytes | None:
    """The NAT-T document that both sides go by, by its vendor id; None where one side does not want it."""
    if not ctx.config.udp_encapsulation:
        return None
    return vendor_ids.common_nat_t(vendor_ids.nat_t_ids(ctx.config.personality), vendors)


def check_choice(
    ctx: Context, sa: IsakmpSa, policies: Sequence[IsakmpPolicy], payload: SaPayload
) -> IsakmpPolicy:
    """The own policy that the responder's choice fits, with the agreed lifetime."""
    transform = _chosen(payload)
    offered = isakmp_offer(transform)
    for policy in policies:
        differs = mismatch(offered, policy)
        _tell_of_check(ctx, sa, transform, policy, differs)
        if differs is None:
            return _agreed(ctx, sa, policy, offered)
    ctx.emit(ev.NoPolicyAccepted(sa.ref))
    raise PeerIncompatibleError("the responder chose a transform that was not offered")


def _chosen(payload: SaPayload) -> Transform:
    if len(payload.proposals) != 1 or len(payload.proposals[0].transforms) != 1:
        raise PeerMisbehavedError("the answer to our offers must hold one proposal with one transform")
    proposal = payload.proposals[0]
    if proposal.protocol != Protocol.ISAKMP:
        raise PeerMisbehavedError(f"the answer is for protocol {proposal.protocol}, not ISAKMP")
    return proposal.transforms[0]


def choose(
    ctx: Context, sa: IsakmpSa, policies: Sequence[IsakmpPolicy], payload: SaPayload
) -> tuple[SaPayload, IsakmpPolicy]:
    """Our best policy that an offer fits, with the agreed lifetime, and the SA payload that answers."""
    rows = list(_transforms(payload))
    offers = [isakmp_offer(transform) for _, transform in rows]
    for check in select(policies, offers, lifetime_check=ctx.config.lifetime_check):
        at = next(index for index, one in enumerate(offers) if one is check.offer)
        proposal, transform = rows[at]
        following = 0 if at == len(rows) - 1 else 3
        _tell_of_check(ctx, sa, transform, check.policy, check.mismatch, following)
        if check.mismatch is None:
            answer = replace(proposal, transforms=(transform,))
            sa.shortened = (check.offer.lifetime or 0) > check.policy.lifetime
            agreed = _agreed(ctx, sa, check.policy, check.offer)
            return SaPayload(payload.doi, payload.situation, (answer,)), agreed
    ctx.emit(ev.NoPolicyAccepted(sa.ref))
    raise PeerIncompatibleError("no isakmp policy fits any offer", NotifyType.NO_PROPOSAL_CHOSEN)


def _tell_of_check(
    ctx: Context,
    sa: IsakmpSa,
    transform: Transform,
    policy: IsakmpPolicy,
    differs: str | None,
    following: int = 0,
) -> None:
    if ctx.tells(ev.PolicyChecked):
        words = isakmp_words(transform)
        ctx.emit(ev.PolicyChecked(sa.ref, transform.number, policy.priority, words, differs, following))


def _agreed(ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, offered: IsakmpOffer) -> IsakmpPolicy:
    """The policy with the lifetime that holds."""
    seconds = lifetime(offered, policy)
    ctx.emit(ev.LifetimeAgreed(sa.ref, policy.lifetime, offered.lifetime, seconds))
    return replace(policy, lifetime=seconds, extended=(offered.extended,))


def _transforms(payload: SaPayload) -> Iterator[tuple[Proposal, Transform]]:
    for proposal in payload.proposals:
        if proposal.protocol == Protocol.ISAKMP:
            for transform in proposal.transforms:
                yield proposal, transform


def take_keys(
    ctx: Context,
    sa: IsakmpSa,
    policy: IsakmpPolicy,
    how: Method,
    nonces: Nonces,
    shared: bytes,
    publics: tuple[bytes, bytes],
) -> None:
    """Gives the SA SKEYID and its children, the first IV and its number; `publics` is (g^xi, g^xr)."""
    cipher = ike_cipher(policy.encryption, policy.key_bits)
    if cipher is None:
        raise MisuseError(f"isakmp policy {policy.priority} has no such cipher")
    skeyid = how.skeyid(ctx, sa, policy.hash, nonces, shared, sa.cookies)
    keys = phase1_keys(policy.hash, skeyid, shared, sa.cookies)
    key = encryption_key(policy.hash, keys.skeyid_e, cipher)
    sa.policy, sa.protection = policy, Protection(policy.hash, cipher, keys, key)
    sa.iv = phase1_iv(policy.hash, *publics, cipher)
    sa.connection_id = next(ctx.connection_ids)
    if ctx.key_log:
        ctx.emit(ev.KeyLog(sa.initiator_cookie, key))
    ctx.emit(ev.KeysGenerated(sa.ref))


def initial_contact(ctx: Context, sa: IsakmpSa) -> list[Payload]:
    """INITIAL-CONTACT, when nothing else is shared with the peer (RFC 2407 section 4.6.3.3)."""
    if ctx.knows(sa.local.address, sa.remote.address, sa):
        return []
    ctx.emit(ev.InitialContactSent(sa.ref))
    cookies = sa.initiator_cookie + sa.responder_cookie
    return [NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, cookies, NotifyType.INITIAL_CONTACT)]


def authenticated(ctx: Context, sa: IsakmpSa, identity: IdPayload, how: Method) -> None:
    """The peer has proved that identity: it belongs to a profile, or to none."""
    profile = bind_profile(ctx, sa, identity, how)
    if sa.role is Role.RESPONDER:
        sa.profile = profile
        bind_client(ctx, sa, identity, how)
    elif sa.client is not None:
        check_gateway(ctx, sa, identity, how)
    ctx.emit(ev.Authenticated(sa.ref))
    ctx.emit(ev.ProfileMatched(sa.ref, profile))
