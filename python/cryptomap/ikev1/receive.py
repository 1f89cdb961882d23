"""From datagrams to exchanges: which SA, which exchange, is it allowed, is it proved.

A message changes nothing until it is whole, of the right kind, and where keys exist, proved by them.
"""

from dataclasses import replace

from cryptomap.ikev1 import children, lifecycle, negotiation
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.exchange.notices import receive_plain, receive_protected
from cryptomap.ikev1.exchange.quick_mode import AwaitChoice, AwaitConnected
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3, AwaitProposals
from cryptomap.ikev1.exchange.step import move_node
from cryptomap.ikev1.find import check_fresh, digest_of, find, follow
from cryptomap.ikev1.message import Message, check_hash_payload, first_iv, front_hash, unprotect
from cryptomap.ikev1.node_limits import make_room_for_quick_mode
from cryptomap.ikev1.receive_new_group import receive_new_group
from cryptomap.ikev1.receive_phase1 import receive_phase1
from cryptomap.ikev1.receive_transaction import receive_transaction
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input
from cryptomap.ikev1.timers import CONNECTED_WAIT, Timer
from cryptomap.ikev1.transmit import repeated, transmit_node
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.error import (
    AuthenticationFailedError,
    MalformedError,
    MisuseError,
    PeerIncompatibleError,
    PeerMisbehavedError,
)
from cryptomap.wire.isakmp import Header, decode_payloads, split
from cryptomap.wire.numbers import ExchangeType, NotifyType, PayloadType
from cryptomap.wire.payload import FragmentPayload, SaPayload


def receive(ctx: Context, datagram: Datagram) -> None:
    """One datagram. Raises a blame of `model.error` when it is dropped."""
    header, body = split(datagram.data)
    if header.next_payload is PayloadType.FRAGMENT and not header.encrypted:
        _receive_fragment(ctx, datagram, header, body)
        return
    match header.exchange:
        case ExchangeType.IDENTITY_PROTECTION | ExchangeType.AGGRESSIVE:
            receive_phase1(ctx, datagram, header, body)
        case ExchangeType.QUICK_MODE:
            _receive_quick(ctx, datagram, header, body)
        case ExchangeType.NEW_GROUP_MODE:
            receive_new_group(ctx, datagram, header, body)
        case ExchangeType.TRANSACTION:
            receive_transaction(ctx, datagram, header, body)
        case ExchangeType.INFORMATIONAL:
            _receive_informational(ctx, datagram, header, body)
        case _:
            raise PeerMisbehavedError(f"exchange type {header.exchange.name} is not spoken here")


def _receive_fragment(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    """A piece of a message for a known SA; with the last one the message is received."""
    sa = find(ctx, datagram, header) if ctx.config.fragmentation else None
    if sa is None:
        return
    payloads = decode_payloads(header.next_payload, body)
    (fragment, *others) = payloads
    if others or not isinstance(fragment, FragmentPayload):
        raise PeerMisbehavedError("a fragment must be alone in its message")
    whole = ctx.reassembly.add(sa.handle, fragment, ctx.now)
    if whole is None:
        return
    inner, _ = split(whole)
    if inner.next_payload is PayloadType.FRAGMENT:
        raise PeerMisbehavedError("fragments of a fragment")
    receive(ctx, replace(datagram, data=whole))


def _receive_quick(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    sa = find(ctx, datagram, header)
    if sa is None:
        return
    if not sa.ready or not header.message_id or not header.encrypted:
        raise PeerMisbehavedError(
            "quick mode before phase 1 and Xauth are over, without message id, or in clear"
        )
    node = sa.nodes.get(header.message_id)
    digest = digest_of(datagram)
    if node is not None and repeated(ctx, sa, node.transmission, digest, 2):
        return
    if node is None:
        check_fresh(sa, header.message_id)
        node = Node(header.message_id, first_iv(sa, header.message_id), phase=AwaitProposals())
    phase = node.phase
    if not isinstance(phase, AwaitChoice | AwaitProposals | AwaitHash3):
        raise PeerMisbehavedError("this quick mode is over, or is no quick mode")
    message = unprotect(sa, header, body, node.iv)
    front, rest = front_hash(message)
    check_hash_payload(front, phase.expected_hash(sa, message, rest))
    if isinstance(phase, AwaitProposals):
        _check_offers(message)
        make_room_for_quick_mode(ctx, sa)
    follow(ctx, sa, datagram)
    ctx.emit(ev.PacketReceived(sa.ref))
    sa.nodes[node.message_id] = node
    ctx.remember_id(sa, node.message_id)
    _process_quick(ctx, sa, node, phase, message, digest)


def _check_offers(message: Message) -> None:
    """HASH(1) does not cover the header: an informational message passes under another exchange type."""
    if message.maybe(SaPayload) is None:
        raise PeerMisbehavedError("a quick mode that offers nothing")


def _process_quick(
    ctx: Context,
    sa: IsakmpSa,
    node: Node,
    phase: AwaitChoice | AwaitProposals | AwaitHash3,
    message: Message,
    digest: bytes,
) -> None:
    """A quick mode message that is proved: what is wrong with it now ends the exchange."""
    try:
        message.check(phase.rules)
        step = phase.receive(ctx, sa, node, message)
    except (PeerIncompatibleError, PeerMisbehavedError, MalformedError) as error:
        ctx.calls.ipsec_incoming.rejected += isinstance(phase, AwaitProposals)
        _refuse_quick(ctx, sa, node, _named_spi(phase, message), error)
        raise
    transmit_node(ctx, sa, node, step, digest)
    match phase:
        case AwaitProposals():
            ctx.calls.ipsec_incoming.accepted += 1
        case AwaitChoice(request=request):
            ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, ""))
            move_node(ctx, sa, node, Input.QM_EXCHANGE)
            negotiation.done(ctx, request)
            if isinstance(step.phase, AwaitConnected):
                whose = sa.handle, node.message_id
                ctx.timers.set(Timer.CONNECTED, whose, ctx.now + CONNECTED_WAIT)
            else:
                _announce_newest(ctx, request.spi)
        case AwaitHash3(child=child):
            ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, "QM done (await)"))
            move_node(ctx, sa, node, Input.QM_EXCHANGE)
            children.announce(ctx, child)


def _announce_newest(ctx: Context, spi: int) -> None:
    for child in ctx.children:
        if child.inbound.spi == spi:
            children.announce(ctx, child)


def _refuse_quick(
    ctx: Context,
    sa: IsakmpSa,
    node: Node,
    spi: bytes,
    error: Exception,
) -> None:
    notify = error.notify if isinstance(error, PeerIncompatibleError) else None
    if notify is None:
        notify = NotifyType.PAYLOAD_MALFORMED
    send_notify(ctx, sa, notify, spi)
    ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, True, "QM rejected"))
    for request in lifecycle.end_node(ctx, sa, node.message_id):
        negotiation.refused(ctx, request)


def _named_spi(phase: AwaitChoice | AwaitProposals | AwaitHash3, message: Message) -> bytes:
    """The SPI that a refusal names: the initiator's, by which it knows its request."""
    match phase:
        case AwaitChoice(request=request):
            return request.spi.to_bytes(4, "big")
        case AwaitHash3(child=child):
            return child.outbound.spi.to_bytes(4, "big")
    offered = message.maybe(SaPayload)
    spis = [proposal.spi for proposal in offered.proposals] if offered else []
    return next((spi for spi in spis if len(spi) == 4), b"")


def _receive_informational(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    sa = find(ctx, datagram, header)
    if sa is None:
        return
    if not header.encrypted:
        receive_plain(ctx, sa, Message(header, decode_payloads(header.next_payload, body)))
        return
    if not sa.usable:
        raise PeerMisbehavedError("informational exchange before phase 1 is over")
    # A CONNECTED notify comes under the message id of its quick mode (RFC 2408 section 3.1).
    node = sa.nodes.get(header.message_id)
    if not header.message_id:
        raise PeerMisbehavedError("informational exchange without message id")
    if node is None or not isinstance(node.phase, AwaitConnected):
        check_fresh(sa, header.message_id)
    message = unprotect(sa, header, body, first_iv(sa, header.message_id))
    receive_protected(ctx, sa, message, lambda: follow(ctx, sa, datagram))


def blame(ctx: Context, error: Exception) -> None:
    """Counts a dropped message."""
    match error:
        case MalformedError():
            ctx.counters.malformed += 1
        case AuthenticationFailedError():
            ctx.counters.unauthenticated += 1
        case PeerIncompatibleError():
            ctx.counters.incompatible += 1
        case PeerMisbehavedError():
            ctx.counters.misbehaved += 1
        case MisuseError():
            ctx.counters.internal_errors += 1
