"""Quick mode: the responder's states. The ladder stands in `quick_mode`."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptomap.crypto.algorithms import group_by_number
from cryptomap.crypto.groups import generate, shared_secret
from cryptomap.crypto.keys import Nonces, hash_1, hash_2, hash_3
from cryptomap.ikev1 import children, sessions, temporary
from cryptomap.ikev1.children import Agreement
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase2
from cryptomap.ikev1.exchange.quick_mode_rules import QM3_RULES, QM_RULES, QUICK, shorter_life
from cryptomap.ikev1.exchange.step import Step, move_node
from cryptomap.ikev1.message import Message, Rules, chain, header, protect, protection_of
from cryptomap.ikev1.nonce import NONCE_SIZE, check_nonce
from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Node
from cryptomap.ikev1.states import Input
from cryptomap.model import event as ev
from cryptomap.model.error import PeerIncompatibleError, PeerMisbehavedError
from cryptomap.model.selector import Selector
from cryptomap.policy.ipsec import agreed_lifetime, own_lifetime
from cryptomap.policy.spd import PolicyLine, Template
from cryptomap.wire.numbers import NotifyType
from cryptomap.wire.payload import HashPayload, IdPayload, KePayload, NoncePayload, Payload, SaPayload


@dataclass(frozen=True, slots=True)
class AwaitProposals:
    """Nothing sent yet; the initiator owes its offers."""

    rules: ClassVar[Rules] = QM_RULES

    def expected_hash(self, sa: IsakmpSa, message: Message, rest: bytes) -> bytes:
        protection = protection_of(sa)
        return hash_1(protection.hash, protection.keys.skeyid_a, message.header.message_id, rest)

    def receive(self, ctx: Context, sa: IsakmpSa, node: Node, message: Message) -> "Step[ResponderPhase2]":
        message_id = node.message_id
        ctx.emit(ev.NodeCreated(sa.ref, message_id))
        ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", message_id))
        ctx.emit(ev.PayloadProcessed(sa.ref, "SA", message_id))
        ids = message.all(IdPayload)
        if len(ids) == 1:
            raise PeerMisbehavedError("one ID payload where both or none belong")
        selector = phase2.selector_of(sa, ids)
        sessions.check_proxies(ctx, sa, selector)
        offered = message.one(SaPayload)
        line, choice = _choose(ctx, sa, offered, selector)
        proposal, offer = choice.proposal, choice.offer
        theirs = check_nonce(message.one(NoncePayload).data)
        ctx.emit(ev.PayloadProcessed(sa.ref, "NONCE", message_id))
        public, shared = _exchange_keys(ctx, sa, message, offer.group)
        for _ in ids:
            ctx.emit(ev.PayloadProcessed(sa.ref, "ID", message_id))
        peer_spi = phase2.peer_spi(ctx, sa, proposal)
        move_node(ctx, sa, node, Input.QM_EXCHANGE)
        own = own_lifetime(ctx.config, line.entry)
        life = agreed_lifetime(own, offer.seconds, offer.kilobytes)
        spi = ctx.new_spi()
        nonces = Nonces(theirs, ctx.random(NONCE_SIZE))
        agreed = Agreement(line, selector, choice.own, offer.group, life, spi, peer_spi, nonces, shared)
        move_node(ctx, sa, node, Input.GOT_SPI)
        octets = spi.to_bytes(phase2.SPI_SIZE, "big")
        chosen = replace(proposal, spi=octets, transforms=(choice.transform,))
        payloads: list[Payload] = [
            SaPayload(offered.doi, offered.situation, (chosen,)),
            NoncePayload(nonces.responder),
            *([KePayload(public)] if public else []),
            *ids,
            *shorter_life(own, offer, octets),
        ]
        child = children.create(ctx, sa, agreed, begun=ctx.now)
        node.iv = message.iv
        return Step(AwaitHash3(child, nonces), _answer(sa, node, theirs, payloads), insist=True)


def _choose(
    ctx: Context, sa: IsakmpSa, offered: SaPayload, selector: Selector
) -> tuple[PolicyLine, phase2.Choice]:
    """The first line of our crypto maps that lets the peer have this traffic and takes one of its offers."""
    refusal = None
    for permitting in ctx.spd.permitting(sa.local.address, sa.remote.address, selector, sa.profile):
        try:
            choice = phase2.choose(ctx, sa, offered, permitting, selector)
        except PeerIncompatibleError as error:
            refusal = refusal or error
            continue
        if isinstance(permitting, Template):
            return temporary.line_for(ctx, sa, permitting, selector), choice
        return permitting, choice
    if refusal is None:
        ctx.emit(ev.IpsecProposalInvalid(sa.local.address, sa.remote.address, selector, "proxy"))
        refusal = PeerIncompatibleError(
            f"no crypto map permits {selector.source} to {selector.destination} for "
            f"{sa.remote.address}: the access lists must mirror each other",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )
    raise refusal


def _exchange_keys(ctx: Context, sa: IsakmpSa, message: Message, number: int | None) -> tuple[bytes, bytes]:
    """Our KE data and g(qm)^xy, both empty without PFS."""
    public = message.maybe(KePayload)
    if (public is None) != (number is None):
        raise PeerMisbehavedError("KE must be there exactly when the transform names a group")
    group = group_by_number(number) if number is not None else None
    if public is None or group is None:
        return b"", b""
    ctx.emit(ev.PayloadProcessed(sa.ref, "KE", message.header.message_id))
    pair = generate(group.group, ctx.random)
    return pair.public, shared_secret(pair, public.data)


def _answer(sa: IsakmpSa, node: Node, nonce_i: bytes, payloads: list[Payload]) -> bytes:
    """Message 2."""
    protection = protection_of(sa)
    skeyid_a = protection.keys.skeyid_a
    proof = hash_2(protection.hash, skeyid_a, node.message_id, nonce_i, chain(payloads))
    head = header(sa, QUICK, node.message_id, encrypted=True)
    data, node.iv = protect(sa, head, [HashPayload(proof), *payloads], node.iv)
    return data


@dataclass(frozen=True, slots=True)
class AwaitHash3:
    """Message 2 sent, the inbound SA installed; the initiator owes HASH(3)."""

    child: ChildSa
    nonces: Nonces = field(repr=False)
    rules: ClassVar[Rules] = QM3_RULES

    def expected_hash(self, sa: IsakmpSa, message: Message, rest: bytes) -> bytes:
        protection = protection_of(sa)
        message_id = message.header.message_id
        return hash_3(protection.hash, protection.keys.skeyid_a, message_id, self.nonces)

    def receive(self, ctx: Context, sa: IsakmpSa, node: Node, message: Message) -> "Step[ResponderPhase2]":
        ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", node.message_id))
        node.iv = message.iv
        children.install_outbound(ctx, self.child)
        return Step(None)


ResponderPhase2 = AwaitProposals | AwaitHash3
