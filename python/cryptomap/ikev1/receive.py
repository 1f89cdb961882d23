"""From datagrams to exchanges: which SA, which exchange, is it allowed, is it proved.

A message changes nothing until it is whole, of the right kind, and where keys exist, proved by them.
"""

from hashlib import sha256

from cryptomap.ikev1 import children, lifecycle, negotiation
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.informational import send_notify, send_plain_notify
from cryptomap.ikev1.exchange.main_mode import Phase1
from cryptomap.ikev1.exchange.main_mode_responder import AwaitOffer
from cryptomap.ikev1.exchange.notices import receive_plain, receive_protected
from cryptomap.ikev1.exchange.quick_mode import AwaitChoice, AwaitConnected
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3, AwaitProposals
from cryptomap.ikev1.exchange.step import move, move_node
from cryptomap.ikev1.message import Message, check_hash_payload, first_iv, front_hash, unprotect
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input, State
from cryptomap.ikev1.timers import CONNECTED_WAIT, HALF_OPEN_LIFE, Timer
from cryptomap.ikev1.transmit import repeat, transmit_main, transmit_node
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.error import (
    AuthenticationFailedError,
    MalformedError,
    MisuseError,
    PeerIncompatibleError,
    PeerMisbehavedError,
)
from cryptomap.model.status import Role
from cryptomap.wire.isakmp import NO_COOKIE, Header, decode_payloads, split
from cryptomap.wire.numbers import ExchangeType, Flag, NotifyType
from cryptomap.wire.payload import NotifyPayload, SaPayload

_DIGEST_SIZE = 16


def receive(ctx: Context, datagram: Datagram) -> None:
    """One datagram. Raises a blame of `model.error` when it is dropped."""
    header, body = split(datagram.data)
    match header.exchange:
        case ExchangeType.IDENTITY_PROTECTION:
            _receive_main(ctx, datagram, header, body)
        case ExchangeType.QUICK_MODE:
            _receive_quick(ctx, datagram, header, body)
        case ExchangeType.INFORMATIONAL:
            _receive_informational(ctx, datagram, header, body)
        case _:
            raise PeerMisbehavedError(f"exchange type {header.exchange.name} is not spoken here")


def _digest(datagram: Datagram) -> bytes:
    return sha256(datagram.data).digest()[:_DIGEST_SIZE]


def _receive_main(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    if header.message_id:
        raise PeerMisbehavedError("main mode with a message id")
    if header.responder_cookie == NO_COOKIE:
        _receive_first(ctx, datagram, header, body)
        return
    sa = _find(ctx, datagram, header)
    if sa is None:
        return
    digest = _digest(datagram)
    if digest == sa.transmission.answered:
        repeat(ctx, sa, sa.transmission, 1)
        return
    phase = sa.phase
    if phase is None:
        raise PeerMisbehavedError("main mode is over")
    ctx.emit(ev.PacketReceived(sa.ref))
    _process_main(ctx, sa, phase, datagram, header, body)


def _receive_first(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    """Message 1: a new SA, or one that we have answered already."""
    if header.initiator_cookie == NO_COOKIE or not ctx.config.isakmp_enabled:
        raise PeerMisbehavedError("a first message without a cookie, or ISAKMP is disabled")
    known = ctx.sas.find_first(header.initiator_cookie, datagram.remote)
    if known is not None:
        if known.transmission.answered == _digest(datagram):
            repeat(ctx, known, known.transmission, 1)
        return
    room, victim = ctx.sas.crowded_out(datagram.remote.address)
    if victim is not None:
        lifecycle.forget(ctx, victim, "Too many half open")
    if not room:
        ctx.counters.refused_half_open += 1
        return
    sa = IsakmpSa(
        next(ctx.handles),
        Role.RESPONDER,
        datagram.local,
        datagram.remote,
        ctx.now,
        header.initiator_cookie,
    )
    ctx.emit(ev.PacketReceived(sa.ref, new=True))
    try:
        _process_main(ctx, sa, AwaitOffer(), datagram, header, body)
    except PeerIncompatibleError as error:
        if error.notify is not None:
            sa.responder_cookie = NO_COOKIE
            send_plain_notify(ctx, sa, error.notify, len(datagram.data))
        raise
    ctx.sas.add(sa)
    ctx.timers.set(Timer.HALF_OPEN, sa.handle, ctx.now + HALF_OPEN_LIFE)


def _process_main(
    ctx: Context, sa: IsakmpSa, phase: Phase1, datagram: Datagram, header: Header, body: bytes
) -> None:
    before = sa.state
    try:
        message = _open_main(ctx, sa, phase, header, body)
        message.check(phase.rules)
        step = phase.receive(ctx, sa, message)
    except Exception:
        _step_back(ctx, sa, before)
        raise
    if phase.rules.encrypted:
        # Proved, so that where it came from is where the peer is: it may have floated to port 4500.
        sa.local = datagram.local
        ctx.sas.move(sa, datagram.remote)
    transmit_main(ctx, sa, step, _digest(datagram))
    if step.phase is not None:
        move(ctx, sa, Input.PROCESS_COMPLETE)
        return
    if sa.role is Role.RESPONDER and _has_initial_contact(message):
        lifecycle.initial_contact(ctx, sa)
    lifecycle.established(ctx, sa)


def _has_initial_contact(message: Message) -> bool:
    return any(one.notify == NotifyType.INITIAL_CONTACT for one in message.all(NotifyPayload))


def _open_main(ctx: Context, sa: IsakmpSa, phase: Phase1, header: Header, body: bytes) -> Message:
    if phase.rules.encrypted is not bool(header.flags & Flag.E):
        raise PeerMisbehavedError("encrypted too early, or in clear too late")
    if not phase.rules.encrypted:
        return Message(header, decode_payloads(header.next_payload, body))
    try:
        return unprotect(sa, header, body, sa.iv)
    except MalformedError as error:
        ctx.emit(ev.AuthenticationFailed(sa.ref, decrypted=False))
        raise AuthenticationFailedError(
            f"decrypts to nothing sensible, pre-shared keys differ: {error}"
        ) from error


def _step_back(ctx: Context, sa: IsakmpSa, before: State) -> None:
    """A message that failed leaves the SA where it waited."""
    if sa.state is not before:
        move(ctx, sa, Input.PROCESS_ERROR)
    sa.state = before


def _find(ctx: Context, datagram: Datagram, header: Header) -> IsakmpSa | None:
    """The SA of the cookies, if the datagram comes from its peer."""
    sa = ctx.sas.find(header.initiator_cookie, header.responder_cookie)
    if sa is None or sa.deleted or not _from_peer(sa, datagram):
        ctx.counters.unknown_sa += 1
        return None
    return sa


def _from_peer(sa: IsakmpSa, datagram: Datagram) -> bool:
    """Behind a NAT the peer's address and port may change; the keys prove it then."""
    moving = sa.nat is not None and sa.nat.found
    same = datagram.remote.address == sa.remote.address and datagram.local.address == sa.local.address
    return same or moving


def _follow(ctx: Context, sa: IsakmpSa, datagram: Datagram) -> None:
    """A proved message says where the peer is now (RFC 3947 section 8)."""
    if sa.nat is not None and sa.nat.found and sa.remote != datagram.remote:
        ctx.sas.move(sa, datagram.remote)


def _receive_quick(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    sa = _find(ctx, datagram, header)
    if sa is None:
        return
    if not sa.usable or not header.message_id or not header.flags & Flag.E:
        raise PeerMisbehavedError("quick mode before phase 1 is over, without message id, or in clear")
    node = sa.nodes.get(header.message_id)
    digest = _digest(datagram)
    if node is not None and digest == node.transmission.answered:
        repeat(ctx, sa, node.transmission, 2)
        return
    if node is None:
        if header.message_id in sa.used_ids:
            raise PeerMisbehavedError("the message id has been used")
        node = Node(header.message_id, first_iv(sa, header.message_id), phase=AwaitProposals())
    phase = node.phase
    if phase is None or isinstance(phase, AwaitConnected):
        raise PeerMisbehavedError("this quick mode is over")
    message = unprotect(sa, header, body, node.iv)
    front, rest = front_hash(message)
    check_hash_payload(front, phase.expected_hash(sa, message, rest))
    _follow(ctx, sa, datagram)
    ctx.emit(ev.PacketReceived(sa.ref))
    sa.nodes[node.message_id] = node
    sa.used_ids.add(node.message_id)
    _process_quick(ctx, sa, node, phase, message, digest)


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
        _refuse_quick(ctx, sa, node, _named_spi(phase, message), error)
        raise
    transmit_node(ctx, sa, node, step, digest)
    match phase:
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
    sa = _find(ctx, datagram, header)
    if sa is None:
        return
    if not header.flags & Flag.E:
        receive_plain(ctx, sa, Message(header, decode_payloads(header.next_payload, body)))
        return
    if not sa.usable:
        raise PeerMisbehavedError("informational exchange before phase 1 is over")
    # A CONNECTED notify comes under the message id of its quick mode (RFC 2408 section 3.1).
    node = sa.nodes.get(header.message_id)
    expected = node is not None and isinstance(node.phase, AwaitConnected)
    if not header.message_id or (header.message_id in sa.used_ids and not expected):
        raise PeerMisbehavedError("the message id has been used")
    message = unprotect(sa, header, body, first_iv(sa, header.message_id))
    receive_protected(ctx, sa, message, lambda: _follow(ctx, sa, datagram))


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
