"""Main mode with pre-shared keys: the initiator's states, and how it begins (RFC 2409 section 5.4).

initiator                       responder
HDR, SA                 -->                        message 1
                        <--     HDR, SA            message 2
HDR, KE, Ni             -->                        message 3
                        <--     HDR, KE, Nr        message 4
HDR*, IDii, HASH_I      -->                        message 5
                        <--     HDR*, IDir, HASH_R message 6
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptomap.crypto.groups import DhKeyPair, generate, shared_secret
from cryptomap.crypto.keys import Nonces, hash_i, hash_r
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.attributes import isakmp_offer, isakmp_transform, isakmp_words
from cryptomap.ikev1.exchange.main_mode_responder import AwaitAuthRequest, AwaitKeRequest, AwaitOffer
from cryptomap.ikev1.exchange.main_mode_rules import AUTH_RULES, KE_RULES, MAIN, SA_RULES, ke_payloads
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.message import Message, Rules, check_hash_payload, header, protect, protection_of
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError, PeerMisbehavedError
from cryptomap.policy.isakmp import lifetime, mismatch, offerable, own_policies
from cryptomap.policy.keyring import FoundKey, initiator_keyrings
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.numbers import SIT_IDENTITY_ONLY, Doi, NotifyType, Protocol
from cryptomap.wire.payload import (
    HashPayload,
    IdPayload,
    KePayload,
    NatDPayload,
    NoncePayload,
    NotifyPayload,
    Payload,
    Proposal,
    SaPayload,
    Transform,
    VendorPayload,
)


@dataclass(frozen=True, slots=True)
class AwaitSa:
    """Message 1 sent; the responder owes the transform it chose."""

    policies: tuple[IsakmpPolicy, ...]
    sa_body: bytes
    rules: ClassVar[Rules] = SA_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> Step["Phase1"]:
        move(ctx, sa, Input.MM_EXCHANGE)
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", 0))
        vendors = message.all(VendorPayload)
        vendor_ids.recognise(ctx, sa, vendors)
        keyrings = initiator_keyrings(ctx.config, sa.profile)
        key = phase1.look_up_key(ctx, sa, keyrings, local=True)
        ctx.emit(ev.ScanningProfiles(sa.ref, tuple(ctx.config.isakmp_profiles)))
        transform = _chosen(message.one(SaPayload))
        policy = self._check(ctx, sa, transform)
        natt_id = vendor_ids.common_nat_t(vendors) if ctx.config.udp_encapsulation else None
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        sa.responder_cookie = message.header.responder_cookie
        sa.packet_state = PacketState.MM_SA_SETUP
        pair = generate(policy.group, ctx.random)
        nonce = ctx.random(phase1.NONCE_SIZE)
        payloads = ke_payloads(sa, policy, pair, nonce, natt_id)
        reply = encode_message(header(sa, MAIN), payloads)
        return Step(AwaitKe(policy, self.sa_body, pair, nonce, natt_id, key), reply, insist=True)

    def _check(self, ctx: Context, sa: IsakmpSa, transform: Transform) -> IsakmpPolicy:
        """The own policy that the responder's choice fits, with the agreed lifetime."""
        offer = isakmp_offer(transform)
        for policy in self.policies:
            differs = mismatch(offer, policy)
            ctx.emit(
                ev.PolicyChecked(
                    sa.ref, transform.number, policy.priority, isakmp_words(transform), differs, 0
                )
            )
            if differs is None:
                return replace(policy, lifetime=lifetime(offer, policy))
        ctx.emit(ev.NoPolicyAccepted(sa.ref))
        raise PeerIncompatibleError("the responder chose a transform that was not offered")


def _chosen(payload: SaPayload) -> Transform:
    if len(payload.proposals) != 1 or len(payload.proposals[0].transforms) != 1:
        raise PeerMisbehavedError("message 2 must hold one proposal with one transform")
    proposal = payload.proposals[0]
    if proposal.protocol != Protocol.ISAKMP:
        raise PeerMisbehavedError(f"message 2 is for protocol {proposal.protocol}, not ISAKMP")
    return proposal.transforms[0]


@dataclass(frozen=True, slots=True)
class AwaitKe:
    """Message 3 sent; the responder owes KE and Nr."""

    policy: IsakmpPolicy
    sa_body: bytes
    pair: DhKeyPair
    nonce: bytes = field(repr=False)
    natt_id: bytes | None
    key: FoundKey
    rules: ClassVar[Rules] = KE_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> Step["Phase1"]:
        move(ctx, sa, Input.MM_EXCHANGE)
        public = message.one(KePayload).data
        ctx.emit(ev.PayloadProcessed(sa.ref, "KE", 0))
        shared = shared_secret(self.pair, public)
        nonce = phase1.check_nonce(message.one(NoncePayload))
        ctx.emit(ev.PayloadProcessed(sa.ref, "NONCE", 0))
        key = phase1.look_up_key(ctx, sa, initiator_keyrings(ctx.config, sa.profile))
        protection = phase1.derive(self.policy, key, Nonces(self.nonce, nonce), shared, sa.cookies)
        publics = self.pair.public, public
        phase1.take_keys(ctx, sa, self.policy, protection, publics)
        vendor_ids.recognise(ctx, sa, message.all(VendorPayload))
        sa.nat = natt.detect(sa, self.policy.hash, self.natt_id, message.all(NatDPayload))
        if sa.nat is not None:
            ctx.emit(ev.NatDetected(sa.ref, sa.nat.local, sa.nat.remote))
            if sa.nat.found:
                natt.float_ports(ctx, sa)
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        reply = self._authenticate(ctx, sa, publics)
        return Step(AwaitAuth(publics, self.sa_body, key), reply, insist=True)

    def _authenticate(self, ctx: Context, sa: IsakmpSa, publics: tuple[bytes, bytes]) -> bytes:
        """Message 5, with INITIAL-CONTACT when nothing else is shared with the peer."""
        protection = protection_of(sa)
        first = not ctx.knows(sa.local.address, sa.remote.address, sa)
        if first:
            ctx.emit(ev.InitialContactSent(sa.ref))
        identity = phase1.own_identity(ctx, sa)
        phase1.show_identity(ctx, sa, identity, sent=True)
        proof = hash_i(
            protection.hash, protection.keys.skeyid, publics, sa.cookies, self.sa_body, identity.raw
        )
        payloads: list[Payload] = [identity, HashPayload(proof)]
        if first:
            payloads.append(initial_contact(sa))
        sa.packet_state = PacketState.MM_KEY_EXCH
        data, sa.iv = protect(sa, header(sa, MAIN, encrypted=True), payloads, sa.iv)
        return data


def initial_contact(sa: IsakmpSa) -> NotifyPayload:
    """RFC 2407 section 4.6.3.3."""
    cookies = sa.initiator_cookie + sa.responder_cookie
    return NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, cookies, NotifyType.INITIAL_CONTACT)


@dataclass(frozen=True, slots=True)
class AwaitAuth:
    """Message 5 sent; the responder owes its identity and HASH_R."""

    publics: tuple[bytes, bytes]
    sa_body: bytes
    key: FoundKey
    rules: ClassVar[Rules] = AUTH_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> Step["Phase1"]:
        protection = protection_of(sa)
        identity = message.one(IdPayload)
        ctx.emit(ev.PayloadProcessed(sa.ref, "ID", 0))
        phase1.show_identity(ctx, sa, identity, sent=False)
        ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", 0))
        expected = hash_r(
            protection.hash, protection.keys.skeyid, self.publics, sa.cookies, self.sa_body, identity.raw
        )
        check_hash_payload(message.one(HashPayload), expected)
        profile = phase1.bind_profile(ctx, sa, identity, self.key.keyring)
        ctx.emit(ev.Authenticated(sa.ref))
        ctx.emit(ev.ProfileMatched(sa.ref, profile))
        move(ctx, sa, Input.MM_EXCHANGE)
        move(ctx, sa, Input.PROCESS_MAIN_MODE)
        sa.iv = message.iv
        return Step(None)


Phase1 = AwaitSa | AwaitKe | AwaitAuth | AwaitOffer | AwaitKeRequest | AwaitAuthRequest


def begin(ctx: Context, sa: IsakmpSa) -> Step[Phase1]:
    """Message 1. Raises `PeerIncompatibleError` when the configuration has no key or no policy for it."""
    ctx.emit(ev.TryingMainMode(sa.ref))
    phase1.look_up_key(ctx, sa, initiator_keyrings(ctx.config, sa.profile))
    policies = offerable(own_policies(ctx.config))
    if not policies:
        raise PeerIncompatibleError(
            "no isakmp policy with pre-shared keys is in force; configure one, or say "
            "`crypto engine compliance shield disable` if only weak ones are wanted"
        )
    transforms = tuple(isakmp_transform(number, policy) for number, policy in enumerate(policies, 1))
    offer = SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, (Proposal(1, Protocol.ISAKMP, b"", transforms),))
    payloads: list[Payload] = [offer]
    if ctx.config.udp_encapsulation:
        for octets, name in vendor_ids.NAT_T_SENT.items():
            ctx.emit(ev.VendorIdSent(sa.ref, name))
            payloads.append(VendorPayload(octets))
    move(ctx, sa, Input.SA_REQUEST)
    ctx.emit(ev.ExchangeBegun(sa.ref, "Main Mode"))
    return Step(AwaitSa(policies, offer.raw), encode_message(header(sa, MAIN), payloads), insist=True)
