"""Quick mode (RFC 2409 section 5.5), with and without PFS.

    initiator                                responder
    HDR*, HASH(1), SA, Ni [, KE]
           [, IDci, IDcr]        -->                              message 1
                                 <--     HDR*, HASH(2), SA, Nr [, KE]
                                                [, IDci, IDcr]    message 2
    HDR*, HASH(3)                -->                              message 3

Each state says which HASH proves the message it waits for; only then is it looked at.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptomap.crypto.groups import DhKeyPair, generate, shared_secret
from cryptomap.crypto.keys import Nonces, hash_1, hash_2, hash_3
from cryptomap.ikev1 import children
from cryptomap.ikev1.children import Agreement
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase2
from cryptomap.ikev1.exchange.attributes import ipsec_transform, lives_of
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3, AwaitProposals
from cryptomap.ikev1.exchange.quick_mode_rules import QM_RULES, QUICK, told_lifetime
from cryptomap.ikev1.exchange.step import Step, move_node
from cryptomap.ikev1.feature import natt
from cryptomap.ikev1.message import Message, Rules, chain, first_iv, header, protect, protection_of
from cryptomap.ikev1.nonce import NONCE_SIZE, check_nonce
from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Node, Request
from cryptomap.ikev1.states import Input
from cryptomap.model import event as ev
from cryptomap.model.config import TransformSet
from cryptomap.model.error import PeerIncompatibleError, PeerMisbehavedError
from cryptomap.policy.ipsec import IpsecLifetime, IpsecOffer, agreed_lifetime, own_lifetime, own_sets
from cryptomap.wire.numbers import SIT_IDENTITY_ONLY, Doi, Flag, NotifyType, Protocol
from cryptomap.wire.payload import (
    HashPayload,
    IdPayload,
    KePayload,
    NoncePayload,
    NotifyPayload,
    Payload,
    Proposal,
    SaPayload,
)


@dataclass(frozen=True, slots=True)
class AwaitChoice:
    """Message 1 sent; the responder owes the transform it chose, its SPI and its nonce."""

    request: Request
    sets: tuple[TransformSet, ...]
    ids: tuple[IdPayload, IdPayload]
    nonce: bytes = field(repr=False)
    pair: DhKeyPair | None
    begun: float
    rules: ClassVar[Rules] = QM_RULES

    def expected_hash(self, sa: IsakmpSa, message: Message, rest: bytes) -> bytes:
        protection = protection_of(sa)
        message_id = message.header.message_id
        return hash_2(protection.hash, protection.keys.skeyid_a, message_id, self.nonce, rest)

    def receive(self, ctx: Context, sa: IsakmpSa, node: Node, message: Message) -> Step["Phase2"]:
        message_id = node.message_id
        ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", message_id))
        line = ctx.current(self.request.line, sa.local.address, sa.remote.address)
        if line is None:
            raise PeerIncompatibleError(
                "the configuration does not ask for these SAs any more", NotifyType.NO_PROPOSAL_CHOSEN
            )
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", message_id))
        proposal, offer, one = self._check(ctx, sa, message.one(SaPayload))
        theirs = check_nonce(message.one(NoncePayload).data)
        ctx.emit(ev.PayloadProcessed(sa.ref, "NONCE", message_id))
        shared = self._shared(ctx, sa, message)
        self._check_ids(ctx, sa, message)
        agreed = Agreement(
            line,
            self.request.selector,
            one,
            offer.group,
            self._lifetime(ctx, message, proposal, offer),
            self.request.spi,
            phase2.peer_spi(ctx, sa, proposal),
            Nonces(self.nonce, theirs),
            shared,
        )
        node.iv = message.iv
        child = children.create(ctx, sa, agreed, begun=self.begun, request=self.request)
        held = bool(message.header.flags & Flag.C)
        if not held:
            children.begin_use(ctx, child)
        reply = _confirm(sa, node, agreed.nonces)
        return Step(AwaitConnected(child, self.request) if held else None, reply)

    def _check(
        self, ctx: Context, sa: IsakmpSa, payload: SaPayload
    ) -> tuple[Proposal, IpsecOffer, TransformSet]:
        """The responder's choice, which must be one transform that we offered."""
        chosen = list(phase2.offers(sa, payload))
        if len(payload.proposals) != 1 or len(chosen) != 1:
            raise PeerMisbehavedError("message 2 must hold one ESP proposal with one transform")
        proposal, transform, offer = chosen[0]
        offered = self.sets[proposal.number - 1 : proposal.number] if proposal.number else ()
        one = phase2.check_offer(ctx, sa, transform, offer, offered)
        group = self.pair.group if self.pair else None
        if one is None or offer.group != group:
            raise PeerIncompatibleError(
                "the responder chose a transform that was not offered", NotifyType.NO_PROPOSAL_CHOSEN
            )
        line = self.request.line
        told = phase2.proposal_message(sa, self.request.selector, one, pfs=group is not None)
        ctx.emit(ev.IpsecProposalValidated(told, line.map_name))
        return proposal, offer, one

    def _shared(self, ctx: Context, sa: IsakmpSa, message: Message) -> bytes:
        """g(qm)^xy, empty without PFS."""
        public = message.maybe(KePayload)
        if (public is None) != (self.pair is None):
            raise PeerMisbehavedError("message 2 must hold KE exactly when message 1 does")
        if public is None or self.pair is None:
            return b""
        ctx.emit(ev.PayloadProcessed(sa.ref, "KE", message.header.message_id))
        return shared_secret(self.pair, public.data)

    def _check_ids(self, ctx: Context, sa: IsakmpSa, message: Message) -> None:
        ids = message.all(IdPayload)
        for _ in ids:
            ctx.emit(ev.PayloadProcessed(sa.ref, "ID", message.header.message_id))
        if ids and ids != self.ids:
            raise PeerIncompatibleError(
                "the responder changed the proxy identities", NotifyType.INVALID_ID_INFORMATION
            )

    def _lifetime(
        self, ctx: Context, message: Message, proposal: Proposal, offer: IpsecOffer
    ) -> IpsecLifetime:
        """The smallest of ours, the chosen transform's and a RESPONDER-LIFETIME notify's."""
        own = own_lifetime(ctx.config, self.request.line.entry)
        agreed = agreed_lifetime(own, offer.seconds, offer.kilobytes)
        for notify in message.all(NotifyPayload):
            if notify.notify == NotifyType.RESPONDER_LIFETIME and notify.spi == proposal.spi:
                agreed = agreed_lifetime(agreed, *lives_of(told_lifetime(notify)))
        return agreed


def _confirm(sa: IsakmpSa, node: Node, nonces: Nonces) -> bytes:
    """Message 3."""
    protection = protection_of(sa)
    proof = hash_3(protection.hash, protection.keys.skeyid_a, node.message_id, nonces)
    head = header(sa, QUICK, node.message_id, encrypted=True)
    data, node.iv = protect(sa, head, [HashPayload(proof)], node.iv)
    return data


@dataclass(frozen=True, slots=True)
class AwaitConnected:
    """Message 3 sent to a responder that set the commit bit: its CONNECTED notify, or a while (RFC 2408
    section 3.1), comes before our first packet."""

    child: ChildSa
    request: Request


Phase2 = AwaitChoice | AwaitConnected | AwaitProposals | AwaitHash3


def begin(ctx: Context, sa: IsakmpSa, request: Request) -> tuple[Node, Step[Phase2]]:
    """A new node and its message 1. Raises `PeerIncompatibleError` when no transform set can be used."""
    entry = request.line.entry
    sets = own_sets(ctx.config, entry)
    if not sets:
        raise PeerIncompatibleError(
            f"crypto map {request.line.map_name} {entry.sequence} has no transform set that can be used"
        )
    life = own_lifetime(ctx.config, entry)
    spi = request.spi.to_bytes(phase2.SPI_SIZE, "big")
    mode = natt.encapsulation_mode(sa)
    group = int(entry.pfs) if entry.pfs else None
    proposals = tuple(
        Proposal(number, Protocol.ESP, spi, (ipsec_transform(one, mode, life, group),))
        for number, one in enumerate(sets, 1)
    )
    pair = generate(entry.pfs, ctx.random) if entry.pfs else None
    nonce = ctx.random(NONCE_SIZE)
    ids = phase2.identities(request.selector)
    payloads: list[Payload] = [SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, proposals), NoncePayload(nonce)]
    if pair is not None:
        payloads.append(KePayload(pair.public))
    payloads.extend(ids)
    message_id = ctx.new_message_id(sa)
    node = Node(message_id, first_iv(sa, message_id))
    sa.nodes[message_id] = node
    ctx.remember_id(sa, message_id)
    protection = protection_of(sa)
    proof = hash_1(protection.hash, protection.keys.skeyid_a, message_id, chain(payloads))
    head = header(sa, QUICK, message_id, encrypted=True)
    ctx.emit(ev.ExchangeBegun(sa.ref, "Quick Mode", message_id))
    data, node.iv = protect(sa, head, [HashPayload(proof), *payloads], node.iv)
    state = AwaitChoice(request, sets, ids, nonce, pair, ctx.now)
    return node, Step(state, data, insist=True)


def begun(ctx: Context, sa: IsakmpSa, node: Node) -> None:
    """Message 1 is on its way."""
    move_node(ctx, sa, node, Input.INIT_QM)
