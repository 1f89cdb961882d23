"""Aggressive mode: the initiator's state, and how it begins (RFC 2409 sections 5.1 and 5.4).

initiator                            responder
HDR, SA, KE, Ni, IDii        -->                                    message 1
                             <--     HDR, SA, KE, Nr, IDir, HASH_R  message 2
HDR*, HASH_I                 -->                                    message 3

The group cannot be negotiated, so all offers are of one group. HASH_R and HASH_I stand for what the method
proves a side with. Message 3 may come in clear; we send it encrypted. Nothing answers it, but where the
responder has something to say after it, its silence means that the message is to be sent again.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptomap.crypto.groups import DhKeyPair, generate, shared_secret
from cryptomap.crypto.keys import Nonces
from cryptomap.ikev1 import method
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.aggressive_responder import AwaitAggressiveOffer, AwaitProof
from cryptomap.ikev1.exchange.aggressive_rules import AGGRESSIVE, ANSWER_RULES, allowed, check_enabled
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.identity import own_identity, show_identity, worded_identity
from cryptomap.ikev1.message import Message, Rules, header, protect
from cryptomap.ikev1.method import Method, Transcript, Whom
from cryptomap.ikev1.nonce import NONCE_SIZE
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.policy.keyring import aggressive_peer, initiator_keyrings
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.payload import (
    IdPayload,
    KePayload,
    NatDPayload,
    SaPayload,
    VendorPayload,
)


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """Message 1 sent; the responder owes everything at once: its choice, its half of the keys, its proof."""

    policies: tuple[IsakmpPolicy, ...]
    sa_body: bytes
    pair: DhKeyPair
    nonce: bytes = field(repr=False)
    identity: IdPayload
    whom: Whom
    rules: ClassVar[Rules] = ANSWER_RULES

    def receive(self, ctx: Context, sa: IsakmpSa, message: Message) -> "Step[InitiatorAggressive]":
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", 0))
        claim = message.one(IdPayload)
        ctx.emit(ev.PayloadProcessed(sa.ref, "ID", 0))
        show_identity(ctx, sa, claim, sent=False)
        vendors = message.all(VendorPayload)
        vendor_ids.recognise(ctx, sa, vendors)
        phase1.tell_of_key(ctx, sa, self.whom, local=True)
        ctx.emit(ev.ScanningProfiles(sa.ref, tuple(ctx.config.isakmp_profiles)))
        policy = phase1.check_choice(ctx, sa, self.policies, message.one(SaPayload))
        how = method.begin(ctx, sa, policy, self.whom)
        message.require(how.PROOF_COUNTS)
        sa.responder_cookie = message.header.responder_cookie
        how = self._take_keys(ctx, sa, message, policy, how)
        transcript = Transcript((self.pair.public, message.one(KePayload).data), self.sa_body)
        natt_id = phase1.common_nat_t(ctx, vendors)
        natt.apply(ctx, sa, policy.hash, natt_id, message.all(NatDPayload))
        identity, how = how.verify(ctx, sa, transcript, message, claim)
        phase1.authenticated(ctx, sa, identity, how)
        natt.float_ports(ctx, sa)
        reply = self._authenticate(ctx, sa, transcript, how, natt_id)
        move(ctx, sa, Input.AM_EXCHANGE)
        return Step(None, reply, insist=bool(sa.requests) or sa.client is not None)

    def _take_keys(
        self, ctx: Context, sa: IsakmpSa, message: Message, policy: IsakmpPolicy, how: Method
    ) -> Method:
        public = message.one(KePayload).data
        ctx.emit(ev.PayloadProcessed(sa.ref, "KE", 0))
        shared = shared_secret(self.pair, public)
        nonce, how = how.take_nonce(ctx, sa, message)
        publics = self.pair.public, public
        phase1.take_keys(ctx, sa, policy, how, Nonces(self.nonce, nonce), shared, publics)
        return how

    def _authenticate(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, how: Method, natt_id: bytes | None
    ) -> bytes:
        """Message 3."""
        contact = phase1.initial_contact(ctx, sa)
        proof = how.prove(ctx, sa, transcript, self.identity)
        policy = sa.policy
        nat_d = natt.nat_d(sa, policy.hash, natt_id) if policy else ()
        sa.packet_state = PacketState.AG_AUTH
        head = header(sa, AGGRESSIVE, encrypted=True)
        data, sa.iv = protect(sa, head, [*proof, *nat_d, *contact], sa.iv)
        return data


InitiatorAggressive = AwaitAnswer
Aggressive = AwaitAnswer | AwaitAggressiveOffer | AwaitProof


def wanted(ctx: Context, sa: IsakmpSa) -> bool:
    """Whether the configuration has us call this peer in aggressive mode."""
    client = ctx.config.ezvpn_clients.get(sa.client or "")
    if client is not None:
        return client.group is not None
    profile = ctx.config.isakmp_profiles.get(sa.profile or "")
    called_so = profile is not None and profile.initiate_aggressive
    return called_so or aggressive_peer(ctx.config, sa.remote.address) is not None


def begin(ctx: Context, sa: IsakmpSa) -> Step[InitiatorAggressive]:
    """Message 1. Raises `PeerIncompatibleError` when the configuration has no key or no policy for it."""
    check_enabled(ctx)
    peer = aggressive_peer(ctx.config, sa.remote.address)
    keyrings = initiator_keyrings(ctx.config, sa.profile)
    client = ctx.config.ezvpn_clients.get(sa.client or "")
    whom = Whom(keyrings, key=client.key if client else peer.password if peer else None)
    phase1.tell_of_key(ctx, sa, whom)
    policies = _alike(ctx, phase1.usable_policies(ctx, sa, whom))
    how = method.begin(ctx, sa, policies[0], whom)
    offer = phase1.offer(policies)
    pair = generate(policies[0].group, ctx.random)
    nonce = ctx.random(NONCE_SIZE)
    words = f"group {client.group}" if client else peer.client_endpoint if peer else None
    configured = worded_identity(ctx, sa, words) if words else own_identity(ctx, sa)
    identity = how.own_identity(ctx, sa, configured)
    show_identity(ctx, sa, identity, sent=True, behind=how.BEHIND_ID)
    payloads = [
        offer,
        KePayload(pair.public),
        *how.nonce_payloads(ctx, sa, nonce),
        identity,
        *phase1.offered_nat_t(ctx, sa),
        *phase1.fragmentation(ctx),
        *phase1.xauth(ctx, sa),
        *vendor_ids.capabilities(),
    ]
    sa.exchange = AGGRESSIVE
    move(ctx, sa, Input.SA_REQUEST_AGGRESSIVE)
    sa.packet_state = PacketState.AG_INIT_EXCH
    ctx.emit(ev.ExchangeBegun(sa.ref, "Aggressive Mode"))
    state = AwaitAnswer(policies, offer.raw, pair, nonce, identity, whom)
    return Step(state, encode_message(header(sa, AGGRESSIVE), payloads), insist=True)


def _alike(ctx: Context, policies: tuple[IsakmpPolicy, ...]) -> tuple[IsakmpPolicy, ...]:
    """Those that aggressive mode may offer: of the best one's group, since KE goes with the offer, and
    of its method, which must prove the identity that goes with it."""
    fit = [policy for policy in policies if allowed(ctx, policy)]
    if not fit:
        raise PeerIncompatibleError(
            "no isakmp policy may be used in aggressive mode: with pre-shared keys it wants "
            "`crypto engine compliance shield disable`"
        )
    first = fit[0].group, fit[0].authentication
    return tuple(policy for policy in fit if (policy.group, policy.authentication) == first)
