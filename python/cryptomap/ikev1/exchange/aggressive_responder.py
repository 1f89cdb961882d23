"""Aggressive mode: the responder's states. The ladder stands in `aggressive`.

Message 1 costs a Diffie-Hellman exchange before the peer has shown that it gets our answers: so few are taken
in a second, and none that our configuration cannot come to terms with.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptomap.crypto.groups import generate, shared_secret
from cryptomap.crypto.keys import Nonces
from cryptomap.ikev1 import method
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.aggressive_rules import (
    AGGRESSIVE,
    OFFER_RULES,
    allowed,
    check_enabled,
    proof_rules,
)
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.identity import own_identity, show_identity
from cryptomap.ikev1.message import Message, Rules, header
from cryptomap.ikev1.method import Method, Transcript, Whom
from cryptomap.ikev1.nonce import NONCE_SIZE
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.policy.keyring import responder_keyrings
from cryptomap.policy.profile import claimed, find_profile
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.numbers import NotifyType
from cryptomap.wire.payload import IdPayload, KePayload, NatDPayload, Payload, SaPayload, VendorPayload


@dataclass(frozen=True, slots=True)
class AwaitAggressiveOffer:
    """Nothing sent yet; the initiator owes its offers, its half of the keys and its identity."""

    rules: ClassVar[Rules] = OFFER_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderAggressive]":
        check_enabled(ctx)
        sa.packet_state = PacketState.AG_NO_STATE
        claim = message.one(IdPayload)
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", 0))
        ctx.emit(ev.PayloadProcessed(sa.ref, "ID", 0))
        show_identity(ctx, sa, claim, sent=False)
        vendors = message.all(VendorPayload)
        vendor_ids.recognise(ctx, sa, vendors)
        offered = message.one(SaPayload)
        answer, policy, how = _agree(ctx, sa, claim, offered)
        if not ctx.strangers_keys.take(ctx.now):
            raise PeerIncompatibleError("too many aggressive mode exchanges begin in this second")
        move(ctx, sa, Input.AM_EXCHANGE)
        profile = find_profile(ctx.config, claimed(claim))
        sa.profile = profile.name if profile else None
        sa.responder_cookie = ctx.new_cookie()
        natt_id = phase1.common_nat_t(ctx, vendors)
        transcript, how, front = _take_keys(ctx, sa, message, policy, how)
        reply = _answer(ctx, sa, transcript, how, [answer, *front], natt_id)
        excess = len(reply) - message.header.length
        if excess > 0 and not ctx.excess_octets.take(ctx.now, excess):
            raise PeerIncompatibleError("too many answers that are longer than their messages in this second")
        move(ctx, sa, Input.PRESHARED_KEY_REPLY)
        sa.packet_state = PacketState.AG_INIT_EXCH
        return Step(AwaitProof(transcript, how, claim, natt_id), reply)


def _agree(
    ctx: Context, sa: IsakmpSa, claim: IdPayload, offered: SaPayload
) -> tuple[SaPayload, IsakmpPolicy, Method]:
    """The policy and the method for this identity, and the SA payload that says so."""
    whom = Whom(responder_keyrings(ctx.config), claim)
    phase1.tell_of_key(ctx, sa, whom, local=True)
    ctx.emit(ev.ScanningProfiles(sa.ref, tuple(ctx.config.isakmp_profiles)))
    usable = phase1.usable_policies(ctx, sa, whom)
    policies = [policy for policy in usable if allowed(ctx, policy)]
    if not policies:
        raise PeerIncompatibleError(
            "aggressive mode with pre-shared keys wants `crypto engine compliance shield disable`",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )
    answer, policy = phase1.choose(ctx, sa, policies, offered)
    return answer, policy, method.begin(ctx, sa, policy, whom)


def _take_keys(
    ctx: Context, sa: IsakmpSa, message: Message, policy: IsakmpPolicy, how: Method
) -> tuple[Transcript, Method, list[Payload]]:
    """The keys; and our KE payload, nonce and whatever goes with it."""
    public = message.one(KePayload).data
    ctx.emit(ev.PayloadProcessed(sa.ref, "KE", 0))
    pair = generate(policy.group, ctx.random)
    shared = shared_secret(pair, public)
    theirs, how = how.take_nonce(ctx, sa, message)
    nonce = ctx.random(NONCE_SIZE)
    publics = public, pair.public
    phase1.take_keys(ctx, sa, policy, how, Nonces(theirs, nonce), shared, publics)
    front = [KePayload(pair.public), *how.nonce_payloads(ctx, sa, nonce)]
    return Transcript(publics, message.one(SaPayload).raw), how, front


def _answer(
    ctx: Context,
    sa: IsakmpSa,
    transcript: Transcript,
    how: Method,
    front: list[Payload],
    natt_id: bytes | None,
) -> bytes:
    """Message 2."""
    identity = how.own_identity(ctx, sa, own_identity(ctx, sa))
    show_identity(ctx, sa, identity, sent=True, behind=how.BEHIND_ID)
    proof = how.prove(ctx, sa, transcript, identity)
    payloads = [*front, identity, *proof, *vendor_ids.capabilities()]
    payloads += [*phase1.fragmentation(ctx), *phase1.xauth(ctx, sa)]
    if natt_id is not None and sa.policy is not None:
        ctx.emit(ev.VendorIdSent(sa.ref, vendor_ids.NAT_T_SENT[natt_id]))
        payloads += [VendorPayload(natt_id), *natt.nat_d(sa, sa.policy.hash, natt_id)]
    return encode_message(header(sa, AGGRESSIVE), payloads)


@dataclass(frozen=True, slots=True)
class AwaitProof:
    """Message 2 sent; the initiator owes its proof of the identity that it claimed."""

    transcript: Transcript
    how: Method
    claim: IdPayload
    natt_id: bytes | None = field(repr=False)

    @property
    def rules(self) -> Rules:
        return proof_rules(self.how)

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderAggressive]":
        identity, how = self.how.verify(ctx, sa, self.transcript, message, self.claim)
        phase1.authenticated(ctx, sa, identity, how)
        if sa.policy is not None:
            found = message.all(NatDPayload)
            natt.apply(ctx, sa, sa.policy.hash, self.natt_id, found, may_have_floated=True)
        move(ctx, sa, Input.AM_EXCHANGE)
        sa.packet_state = PacketState.AG_AUTH
        sa.iv = message.iv or sa.iv
        return Step(None)


ResponderAggressive = AwaitProof
