"""Main mode: the responder's states. The ladder stands in `main_mode`.

Nothing costly is done or kept before message 3, which only a peer can send that got message 2.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptomap.crypto.groups import generate, shared_secret
from cryptomap.crypto.keys import Nonces
from cryptomap.ikev1 import method
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.main_mode_rules import (
    MAIN,
    SA_RULES,
    auth_rules,
    ke_payloads,
    ke_rules,
    prove,
    take_proof,
)
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.half_open import HalfOpen
from cryptomap.ikev1.message import Message, Rules, header, protect
from cryptomap.ikev1.method import Method, Transcript, Whom
from cryptomap.ikev1.nonce import NONCE_SIZE
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.policy.isakmp import own_policies
from cryptomap.policy.keyring import responder_keyrings
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.numbers import NotifyType
from cryptomap.wire.payload import KePayload, NatDPayload, Payload, SaPayload, VendorPayload

LARGEST_OFFER = 4096
"""Octets of an SA payload: all of it is kept, since HASH_I covers it. A hundred transforms have room."""


@dataclass(frozen=True, slots=True)
class AwaitOffer:
    """Nothing sent yet; the initiator owes its offers."""

    rules: ClassVar[Rules] = SA_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderMainMode]":
        move(ctx, sa, Input.MM_EXCHANGE)
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", 0))
        vendors = message.all(VendorPayload)
        vendor_ids.recognise(ctx, sa, vendors)
        whom = Whom(responder_keyrings(ctx.config))
        phase1.tell_of_key(ctx, sa, whom, local=True)
        ctx.emit(ev.ScanningProfiles(sa.ref, tuple(ctx.config.isakmp_profiles)))
        offered = message.one(SaPayload)
        if len(offered.raw) > LARGEST_OFFER:
            raise PeerIncompatibleError(f"offers of {len(offered.raw)} octets", NotifyType.NO_PROPOSAL_CHOSEN)
        answer, policy = phase1.choose(ctx, sa, phase1.usable_policies(ctx, sa, whom), offered)
        vendor_ids.recognise(ctx, sa, vendors)  # told twice: IOS looks at them before and after the policy
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        natt_id = phase1.common_nat_t(ctx, vendors)
        sa.responder_cookie = ctx.new_cookie()
        sa.packet_state = PacketState.MM_SA_SETUP
        reply = _answer(ctx, sa, answer, natt_id, message.header.length)
        how = method.begin(ctx, sa, policy, whom)
        return Step(AwaitKeRequest(policy, offered.raw, natt_id, how), reply)


def _answer(ctx: Context, sa: IsakmpSa, chosen: SaPayload, natt_id: bytes | None, most: int) -> bytes:
    """Message 2, of at most `most` octets: nobody knows yet to whom it goes. What does not fit is left out
    of what the peer can do without."""
    payloads: list[Payload] = [chosen]
    if natt_id is not None:
        ctx.emit(ev.VendorIdSent(sa.ref, vendor_ids.NAT_T_SENT[natt_id]))
        payloads.append(VendorPayload(natt_id))
    message = encode_message(header(sa, MAIN), payloads)
    for extra in (*phase1.xauth(ctx, sa), *phase1.fragmentation(ctx)):
        payloads.insert(1, extra)
        longer = encode_message(header(sa, MAIN), payloads)
        if len(longer) > most:
            break
        message = longer
    return message


@dataclass(frozen=True, slots=True)
class AwaitKeRequest:
    """Message 2 sent; the initiator owes KE and Ni."""

    policy: IsakmpPolicy
    sa_body: bytes = field(repr=False)
    natt_id: bytes | None
    how: Method

    @property
    def rules(self) -> Rules:
        return ke_rules(self.how)

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderMainMode]":
        move(ctx, sa, Input.MM_EXCHANGE)
        public = message.one(KePayload).data
        ctx.emit(ev.PayloadProcessed(sa.ref, "KE", 0))
        pair = generate(self.policy.group, ctx.random)
        shared = shared_secret(pair, public)
        theirs, how = self.how.take_nonce(ctx, sa, message)
        nonce = ctx.random(NONCE_SIZE)
        publics = public, pair.public
        phase1.take_keys(ctx, sa, self.policy, how, Nonces(theirs, nonce), shared, publics)
        vendor_ids.recognise(ctx, sa, message.all(VendorPayload))
        natt.apply(ctx, sa, self.policy.hash, self.natt_id, message.all(NatDPayload))
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        sa.packet_state = PacketState.MM_KEY_EXCH
        payloads = ke_payloads(ctx, sa, self.policy, how, (pair.public, nonce), self.natt_id)
        reply = encode_message(header(sa, MAIN), payloads)
        return Step(AwaitAuthRequest(Transcript(publics, self.sa_body), how), reply)


def keep(sa: IsakmpSa, phase: AwaitKeRequest) -> HalfOpen:
    """What is kept of message 1 until message 3 shows that the peer gets our answers."""
    policy = phase.policy
    (extended,) = policy.extended
    return HalfOpen(sa, policy.priority, policy.lifetime, extended, phase.sa_body, phase.natt_id or b"")


def resume(ctx: Context, kept: HalfOpen) -> IsakmpSa:
    """The SA as it was. Raises `PeerIncompatibleError` when what was agreed is not configured any more."""
    sa = kept.sa
    policy = next((one for one in own_policies(ctx.config) if one.priority == kept.policy), None)
    if policy is None:
        raise PeerIncompatibleError(f"isakmp policy {kept.policy} was agreed on, and is not there any more")
    policy = replace(policy, lifetime=kept.lifetime, extended=(kept.extended,))
    how = method.begin(ctx, sa, policy, Whom(responder_keyrings(ctx.config)))
    sa.phase = AwaitKeRequest(policy, kept.sa_body, kept.natt_id or None, how)
    return sa


@dataclass(frozen=True, slots=True)
class AwaitAuthRequest:
    """Message 4 sent; the initiator owes its identity and its proof."""

    transcript: Transcript
    how: Method

    @property
    def rules(self) -> Rules:
        return auth_rules(self.how)

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderMainMode]":
        how = take_proof(ctx, sa, self.transcript, self.how, message)
        payloads = prove(ctx, sa, self.transcript, how)
        reply, sa.iv = protect(sa, header(sa, MAIN, encrypted=True), payloads, message.iv)
        return Step(None, reply)


ResponderMainMode = AwaitKeRequest | AwaitAuthRequest
