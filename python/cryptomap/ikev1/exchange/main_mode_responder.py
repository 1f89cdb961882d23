"""Main mode with pre-shared keys: the responder's states. The ladder stands in `main_mode`.

Nothing costly is done before message 3, which only a peer can send that got message 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptomap.crypto.groups import generate, shared_secret
from cryptomap.crypto.keys import Nonces, hash_i, hash_r
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.attributes import isakmp_offer, isakmp_words
from cryptomap.ikev1.exchange.main_mode_rules import AUTH_RULES, KE_RULES, MAIN, SA_RULES, ke_payloads
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.message import Message, Rules, check_hash_payload, header, protect, protection_of
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.policy.isakmp import lifetime, own_policies, select
from cryptomap.policy.keyring import FoundKey, responder_keyrings
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.numbers import NotifyType, Protocol
from cryptomap.wire.payload import (
    HashPayload,
    IdPayload,
    KePayload,
    NatDPayload,
    NoncePayload,
    Payload,
    Proposal,
    SaPayload,
    Transform,
    VendorPayload,
)


@dataclass(frozen=True, slots=True)
class AwaitOffer:
    """Nothing sent yet; the initiator owes its offers."""

    rules: ClassVar[Rules] = SA_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderPhase1]":
        move(ctx, sa, Input.MM_EXCHANGE)
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", 0))
        vendors = message.all(VendorPayload)
        vendor_ids.recognise(ctx, sa, vendors)
        phase1.look_up_key(ctx, sa, responder_keyrings(ctx.config), local=True)
        ctx.emit(ev.ScanningProfiles(sa.ref, tuple(ctx.config.isakmp_profiles)))
        offered = message.one(SaPayload)
        proposal, transform, policy = _choose(ctx, sa, offered)
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        payloads: list[Payload] = [
            SaPayload(offered.doi, offered.situation, (replace(proposal, transforms=(transform,)),))
        ]
        natt_id = vendor_ids.common_nat_t(vendors) if ctx.config.udp_encapsulation else None
        if natt_id is not None:
            ctx.emit(ev.VendorIdSent(sa.ref, vendor_ids.NAT_T_SENT[natt_id]))
            payloads.append(VendorPayload(natt_id))
        sa.responder_cookie = ctx.new_cookie()
        sa.packet_state = PacketState.MM_SA_SETUP
        reply = encode_message(header(sa, MAIN), payloads)
        return Step(AwaitKeRequest(policy, offered.raw, natt_id), reply)


def _choose(ctx: Context, sa: IsakmpSa, payload: SaPayload) -> tuple[Proposal, Transform, IsakmpPolicy]:
    """Our best policy that an offer fits, that offer, and the policy with the agreed lifetime."""
    rows = list(_transforms(payload))
    offers = [isakmp_offer(transform) for _, transform in rows]
    checks = select(own_policies(ctx.config), offers)
    for check in checks:
        at = next(index for index, offer in enumerate(offers) if offer is check.offer)
        transform = rows[at][1]
        following = 0 if at == len(rows) - 1 else 3
        ctx.emit(
            ev.PolicyChecked(
                sa.ref,
                transform.number,
                check.policy.priority,
                isakmp_words(transform),
                check.mismatch,
                following,
            )
        )
        if check.mismatch is None:
            return *rows[at], replace(check.policy, lifetime=lifetime(check.offer, check.policy))
    ctx.emit(ev.NoPolicyAccepted(sa.ref))
    raise PeerIncompatibleError("no isakmp policy fits any offer", NotifyType.NO_PROPOSAL_CHOSEN)


def _transforms(payload: SaPayload) -> Iterator[tuple[Proposal, Transform]]:
    for proposal in payload.proposals:
        if proposal.protocol == Protocol.ISAKMP:
            for transform in proposal.transforms:
                yield proposal, transform


@dataclass(frozen=True, slots=True)
class AwaitKeRequest:
    """Message 2 sent; the initiator owes KE and Ni."""

    policy: IsakmpPolicy
    sa_body: bytes = field(repr=False)
    natt_id: bytes | None
    rules: ClassVar[Rules] = KE_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderPhase1]":
        move(ctx, sa, Input.MM_EXCHANGE)
        public = message.one(KePayload).data
        ctx.emit(ev.PayloadProcessed(sa.ref, "KE", 0))
        pair = generate(self.policy.group, ctx.random)
        shared = shared_secret(pair, public)
        theirs = phase1.check_nonce(message.one(NoncePayload))
        ctx.emit(ev.PayloadProcessed(sa.ref, "NONCE", 0))
        key = phase1.look_up_key(ctx, sa, responder_keyrings(ctx.config))
        nonce = ctx.random(phase1.NONCE_SIZE)
        protection = phase1.derive(self.policy, key, Nonces(theirs, nonce), shared, sa.cookies)
        publics = public, pair.public
        phase1.take_keys(ctx, sa, self.policy, protection, publics)
        vendor_ids.recognise(ctx, sa, message.all(VendorPayload))
        sa.nat = natt.detect(sa, self.policy.hash, self.natt_id, message.all(NatDPayload))
        if sa.nat is not None:
            ctx.emit(ev.NatDetected(sa.ref, sa.nat.local, sa.nat.remote))
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        sa.packet_state = PacketState.MM_KEY_EXCH
        reply = encode_message(header(sa, MAIN), ke_payloads(sa, self.policy, pair, nonce, self.natt_id))
        return Step(AwaitAuthRequest(publics, self.sa_body, key), reply)


@dataclass(frozen=True, slots=True)
class AwaitAuthRequest:
    """Message 4 sent; the initiator owes its identity and HASH_I."""

    publics: tuple[bytes, bytes] = field(repr=False)
    sa_body: bytes = field(repr=False)
    key: FoundKey
    rules: ClassVar[Rules] = AUTH_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[ResponderPhase1]":
        protection = protection_of(sa)
        identity = message.one(IdPayload)
        ctx.emit(ev.PayloadProcessed(sa.ref, "ID", 0))
        phase1.show_identity(ctx, sa, identity, sent=False)
        ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", 0))
        skeyid = protection.keys.skeyid
        expected = hash_i(protection.hash, skeyid, self.publics, sa.cookies, self.sa_body, identity.raw)
        check_hash_payload(message.one(HashPayload), expected)
        sa.profile = phase1.bind_profile(ctx, sa, identity, self.key.keyring)
        ctx.emit(ev.Authenticated(sa.ref))
        ctx.emit(ev.ProfileMatched(sa.ref, sa.profile))
        move(ctx, sa, Input.MM_EXCHANGE)
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        ours = phase1.own_identity(ctx, sa)
        phase1.show_identity(ctx, sa, ours, sent=True)
        proof = hash_r(protection.hash, skeyid, self.publics, sa.cookies, self.sa_body, ours.raw)
        head = header(sa, MAIN, encrypted=True)
        reply, sa.iv = protect(sa, head, [ours, HashPayload(proof)], message.iv)
        return Step(None, reply)


ResponderPhase1 = AwaitKeRequest | AwaitAuthRequest
