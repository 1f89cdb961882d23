"""What received informational exchanges do. The payloads are looked at one by one, and each looks up what it
names afresh, so that nothing is used after a delete in the same message."""

from collections.abc import Callable

from cryptomap.crypto.keys import hash_1
from cryptomap.ikev1 import children, lifecycle, negotiation
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.quick_mode import AwaitChoice, AwaitConnected
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3
from cryptomap.ikev1.feature import dpd, lifetime
from cryptomap.ikev1.message import Message, check_hash_payload, front_hash, protection_of
from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Node
from cryptomap.ikev1.timers import NODE_LIFE, Timer
from cryptomap.model import event as ev
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.sa import ESP_PROTOCOL, SaKey
from cryptomap.wire.numbers import NotifyType, Protocol
from cryptomap.wire.payload import DeletePayload, NotifyPayload

_STATUS = 16384
"""From here on a notify is no error (RFC 2408 section 3.14.1)."""
_SPI_SIZE = 4


def receive_plain(ctx: Context, sa: IsakmpSa, message: Message) -> None:
    """In clear it may be anybody's: it is shown, and changes nothing."""
    for notify in message.all(NotifyPayload):
        ctx.emit(_received(sa, notify, message, trusted=False))


def receive_protected(ctx: Context, sa: IsakmpSa, message: Message, proved: Callable[[], None]) -> None:
    """Checks HASH(1) and that the message has not come before, then does what each payload says; `proved` is
    called in between."""
    protection = protection_of(sa)
    message_id = message.header.message_id
    front, rest = front_hash(message)
    expected = hash_1(protection.hash, protection.keys.skeyid_a, message_id, rest)
    check_hash_payload(front, expected)
    _check_fresh(ctx, sa, message, expected)
    proved()
    ctx.emit(ev.PacketReceived(sa.ref))
    ctx.emit(ev.NodeCreated(sa.ref, message_id))
    ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", message_id))
    for payload in message.payloads[1:]:
        if not sa.usable:
            break
        if isinstance(payload, DeletePayload):
            ctx.emit(ev.PayloadProcessed(sa.ref, "DELETE", message_id))
            _delete(ctx, sa, payload)
        elif isinstance(payload, NotifyPayload):
            _notify(ctx, sa, payload, message)
    ctx.emit(ev.NodeDeleted(sa.ref, message_id, False, "informational (in) state 1"))


def _check_fresh(ctx: Context, sa: IsakmpSa, message: Message, proof: bytes) -> None:
    """Raises `PeerMisbehavedError` for a message that came before, or that is our own."""
    notify = dpd.lone_notify(sa, message)
    if notify is not None:
        dpd.check_fresh(sa, notify, message.header.message_id, proof)
    elif proof in sa.notices:
        raise PeerMisbehavedError("the message has come before")
    else:
        ctx.remember_notice(sa, proof)


def _received(sa: IsakmpSa, notify: NotifyPayload, message: Message, *, trusted: bool) -> ev.NotifyReceived:
    spi = int.from_bytes(notify.spi, "big") if len(notify.spi) == _SPI_SIZE else 0
    kind = notify.notify
    message_id = message.header.message_id
    return ev.NotifyReceived(sa.ref, int(kind), kind.name, trusted, message_id, notify.protocol, spi)


def _delete(ctx: Context, sa: IsakmpSa, payload: DeletePayload) -> None:
    if payload.protocol == Protocol.ISAKMP:
        for cookies in payload.spis:
            if cookies == sa.initiator_cookie + sa.responder_cookie:
                lifecycle.deleted_by_peer(ctx, sa)
            else:
                _delete_other(ctx, sa, cookies)
    elif payload.protocol == Protocol.ESP:
        ctx.emit(ev.KeyEngineDelete())
        for spi in payload.spis:
            _delete_child(ctx, sa, spi)


def _delete_other(ctx: Context, sa: IsakmpSa, cookies: bytes) -> None:
    """A delete for another ISAKMP SA with the same peer."""
    for other in ctx.sas.with_peer(sa.local.address, sa.remote.address):
        if other.usable and _is_of(sa, other) and cookies == other.initiator_cookie + other.responder_cookie:
            lifecycle.deleted_by_peer(ctx, other)


def _delete_child(ctx: Context, sa: IsakmpSa, spi: bytes) -> None:
    """The pair whose outbound SA the peer no longer has."""
    child = _child(ctx, sa, spi)
    if child is not None:
        children.remove(ctx, child, notify=False)


def _child(ctx: Context, sa: IsakmpSa, spi: bytes) -> ChildSa | None:
    if len(spi) != _SPI_SIZE:
        return None
    child = ctx.children.by_key(SaKey(sa.remote.address, ESP_PROTOCOL, int.from_bytes(spi, "big")))
    return child if child is not None and _is_of(sa, child) else None


def _is_of(sa: IsakmpSa, other: IsakmpSa | ChildSa) -> bool:
    """Whether the SA's peer, whose user is known if it has to be, has a say in another SA: two clients behind
    one NAT have not."""
    return sa.ready and other.session is sa.session


def _notify(ctx: Context, sa: IsakmpSa, notify: NotifyPayload, message: Message) -> None:
    ctx.emit(_received(sa, notify, message, trusted=True))
    kind = notify.notify
    if kind == NotifyType.R_U_THERE:
        dpd.asked(ctx, sa, notify)
    elif kind == NotifyType.R_U_THERE_ACK:
        dpd.answered(ctx, sa, notify)
    elif kind == NotifyType.INITIAL_CONTACT and not sa.ready:
        sa.postponed_contact = True
    elif kind == NotifyType.INITIAL_CONTACT:
        negotiation.renew(ctx, lifecycle.initial_contact(ctx, sa))
    elif kind == NotifyType.INVALID_SPI:
        child = _child(ctx, sa, notify.spi or notify.data)
        if child is not None:
            children.remove(ctx, child, notify=False)
    elif kind == NotifyType.RESPONDER_LIFETIME:
        lifetime.told(ctx, sa, notify)
    elif kind == NotifyType.CONNECTED:
        connected(ctx, sa, message.header.message_id)
    elif kind < _STATUS:
        _failed(ctx, sa, notify)


def connected(ctx: Context, sa: IsakmpSa, message_id: int) -> None:
    """The commit bit is released: our packets may go (RFC 2408 section 3.1)."""
    node = sa.nodes.get(message_id)
    if node is not None and isinstance(node.phase, AwaitConnected):
        child, node.phase = node.phase.child, None
        ctx.timers.cancel(Timer.CONNECTED, (sa.handle, message_id))
        ctx.timers.set(Timer.PURGE_NODE, (sa.handle, message_id), ctx.now + NODE_LIFE)
        children.install_outbound(ctx, child)
        children.announce(ctx, child)


def _failed(ctx: Context, sa: IsakmpSa, notify: NotifyPayload) -> None:
    """An error notify ends the quick mode it names by the initiator's SPI, or the only one we asked for."""
    named = int.from_bytes(notify.spi, "big")
    asked = [message_id for message_id, node in sa.nodes.items() if isinstance(node.phase, AwaitChoice)]
    hit = [message_id for message_id, node in sa.nodes.items() if _initiators_spi(node) == named]
    if not hit and len(asked) == 1:
        hit = asked
    for message_id in hit:
        ctx.emit(ev.NodeDeleted(sa.ref, message_id, True, f"QM rejected: {notify.notify.name}"))
        for request in lifecycle.end_node(ctx, sa, message_id):
            negotiation.refused(ctx, request)


def _initiators_spi(node: Node) -> int | None:
    match node.phase:
        case AwaitChoice(request=request):
            return request.spi
        case AwaitHash3(child=child):
            return child.outbound.spi
    return None
