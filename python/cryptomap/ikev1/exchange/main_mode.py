"""Main mode: the initiator's states, and how it begins (RFC 2409 sections 5.1, 5.2 and 5.4).

initiator                       responder
HDR, SA                 -->                        message 1
                        <--     HDR, SA            message 2
HDR, KE, Ni             -->                        message 3
                        <--     HDR, KE, Nr        message 4
HDR*, IDii, HASH_I      -->                        message 5
                        <--     HDR*, IDir, HASH_R message 6

What goes with KE and what proves a side is the method's: here as with pre-shared keys.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptomap.crypto.groups import DhKeyPair, generate, shared_secret
from cryptomap.crypto.keys import Nonces
from cryptomap.ikev1 import method
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.main_mode_responder import AwaitAuthRequest, AwaitKeRequest, AwaitOffer
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
from cryptomap.ikev1.message import Message, Rules, header, protect
from cryptomap.ikev1.method import Method, Transcript, Whom
from cryptomap.ikev1.nonce import NONCE_SIZE
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.config import IsakmpPolicy
from cryptomap.policy.keyring import initiator_keyrings
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.payload import KePayload, NatDPayload, SaPayload, VendorPayload


@dataclass(frozen=True, slots=True)
class AwaitSa:
    """Message 1 sent; the responder owes the transform it chose."""

    policies: tuple[IsakmpPolicy, ...]
    sa_body: bytes
    rules: ClassVar[Rules] = SA_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[InitiatorMainMode]":
        move(ctx, sa, Input.MM_EXCHANGE)
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", 0))
        vendors = message.all(VendorPayload)
        vendor_ids.recognise(ctx, sa, vendors)
        whom = Whom(initiator_keyrings(ctx.config, sa.profile))
        phase1.tell_of_key(ctx, sa, whom, local=True)
        ctx.emit(ev.ScanningProfiles(sa.ref, tuple(ctx.config.isakmp_profiles)))
        policy = phase1.check_choice(ctx, sa, self.policies, message.one(SaPayload))
        vendor_ids.recognise(ctx, sa, vendors)  # told twice: IOS looks at them before and after the policy
        how = method.begin(ctx, sa, policy, whom)
        natt_id = phase1.common_nat_t(ctx, vendors)
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        sa.responder_cookie = message.header.responder_cookie
        sa.packet_state = PacketState.MM_SA_SETUP
        pair = generate(policy.group, ctx.random)
        nonce = ctx.random(NONCE_SIZE)
        payloads = ke_payloads(ctx, sa, policy, how, (pair.public, nonce), natt_id)
        reply = encode_message(header(sa, MAIN), payloads)
        return Step(AwaitKe(policy, self.sa_body, pair, nonce, natt_id, how), reply, insist=True)


@dataclass(frozen=True, slots=True)
class AwaitKe:
    """Message 3 sent; the responder owes KE and Nr."""

    policy: IsakmpPolicy
    sa_body: bytes
    pair: DhKeyPair
    nonce: bytes = field(repr=False)
    natt_id: bytes | None
    how: Method

    @property
    def rules(self) -> Rules:
        return ke_rules(self.how)

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[InitiatorMainMode]":
        move(ctx, sa, Input.MM_EXCHANGE)
        public = message.one(KePayload).data
        ctx.emit(ev.PayloadProcessed(sa.ref, "KE", 0))
        shared = shared_secret(self.pair, public)
        nonce, how = self.how.take_nonce(ctx, sa, message)
        publics = self.pair.public, public
        phase1.take_keys(ctx, sa, self.policy, how, Nonces(self.nonce, nonce), shared, publics)
        vendor_ids.recognise(ctx, sa, message.all(VendorPayload))
        natt.apply(ctx, sa, self.policy.hash, self.natt_id, message.all(NatDPayload))
        natt.float_ports(ctx, sa)
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        transcript = Transcript(publics, self.sa_body)
        return Step(AwaitAuth(transcript, how), self._authenticate(ctx, sa, transcript, how), insist=True)

    def _authenticate(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, how: Method) -> bytes:
        """Message 5."""
        contact = phase1.initial_contact(ctx, sa)
        payloads = [*prove(ctx, sa, transcript, how), *contact]
        sa.packet_state = PacketState.MM_KEY_EXCH
        data, sa.iv = protect(sa, header(sa, MAIN, encrypted=True), payloads, sa.iv)
        return data


@dataclass(frozen=True, slots=True)
class AwaitAuth:
    """Message 5 sent; the responder owes its identity and its proof."""

    transcript: Transcript
    how: Method

    @property
    def rules(self) -> Rules:
        return auth_rules(self.how)

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[InitiatorMainMode]":
        take_proof(ctx, sa, self.transcript, self.how, message)
        sa.iv = message.iv
        return Step(None)


InitiatorMainMode = AwaitSa | AwaitKe | AwaitAuth
MainMode = InitiatorMainMode | AwaitOffer | AwaitKeRequest | AwaitAuthRequest


def begin(ctx: Context, sa: IsakmpSa) -> Step[InitiatorMainMode]:
    """Message 1. Raises `PeerIncompatibleError` when the configuration has no key or no policy for it."""
    ctx.emit(ev.TryingMainMode(sa.ref))
    whom = Whom(initiator_keyrings(ctx.config, sa.profile))
    phase1.tell_of_key(ctx, sa, whom)
    policies = phase1.usable_policies(ctx, sa, whom)
    offer = phase1.offer(policies)
    payloads = [offer, *phase1.offered_nat_t(ctx, sa), *phase1.fragmentation(ctx), *phase1.xauth(ctx, sa)]
    move(ctx, sa, Input.SA_REQUEST)
    ctx.emit(ev.ExchangeBegun(sa.ref, "Main Mode"))
    return Step(AwaitSa(policies, offer.raw), encode_message(header(sa, MAIN), payloads), insist=True)
