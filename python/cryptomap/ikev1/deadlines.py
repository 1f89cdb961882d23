"""What is done when a deadline is there: one row for each kind of timer."""

from collections.abc import Callable, Mapping

from cryptomap.ikev1 import children, lifecycle, negotiation, remote_access
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.notices import connected
from cryptomap.ikev1.exchange.xauth import AwaitCredentials
from cryptomap.ikev1.exchange.xauth_client import AwaitOutcome
from cryptomap.ikev1.feature import natt
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.timers import Timer
from cryptomap.ikev1.transmit import retransmit
from cryptomap.model import event as ev


def handle(ctx: Context, kind: Timer, whose: object) -> None:
    """Does what the deadline was set for."""
    _HANDLERS[kind](ctx, whose)


def _exchange(ctx: Context, whose: object) -> tuple[IsakmpSa, int] | None:
    if not isinstance(whose, tuple):
        return None
    sa = ctx.sas.by_handle(whose[0])
    return (sa, whose[1]) if sa is not None and not sa.deleted else None


def _retransmit(ctx: Context, whose: object) -> None:
    found = _exchange(ctx, whose)
    if found is None:
        return
    sa, message_id = found
    node = sa.nodes.get(message_id)
    transmission = node.transmission if node else sa.transmission
    if retransmit(ctx, sa, message_id, transmission):
        return
    if node is not None and isinstance(node.phase, AwaitCredentials | AwaitOutcome):
        return  # A person is typing, or AAA is asked: the time for that is another deadline.
    if node is None:
        _phase1_failed(ctx, sa)
    else:
        _quick_mode_failed(ctx, sa, message_id)


def _phase1_failed(ctx: Context, sa: IsakmpSa) -> None:
    """The peer does not answer: the next packet starts anew, with the next peer if there is one."""
    requests = lifecycle.bury(ctx, sa, "Death by retransmission P1")
    negotiation.next_peer(ctx, (request.line for request in requests), sa.remote.address)
    for request in requests:
        negotiation.drop(ctx, request)


def _quick_mode_failed(ctx: Context, sa: IsakmpSa, message_id: int) -> None:
    """The peer does not answer under this SA: it may not know it any more, so it goes too."""
    ctx.emit(ev.NodeDeleted(sa.ref, message_id, True, "Death by retransmission P2"))
    for request in lifecycle.end_node(ctx, sa, message_id):
        negotiation.drop(ctx, request)
    lifecycle.delete(ctx, sa, "Death by retransmission P2", notify=True)


def _purge_node(ctx: Context, whose: object) -> None:
    found = _exchange(ctx, whose)
    if found is not None:
        lifecycle.purge_node(ctx, *found)


def _connected(ctx: Context, whose: object) -> None:
    found = _exchange(ctx, whose)
    if found is not None:
        connected(ctx, *found)


_HANDLERS: Mapping[Timer, Callable[[Context, object], None]] = {
    Timer.RETRANSMIT: _retransmit,
    Timer.HALF_OPEN: lifecycle.half_open_over,
    Timer.EXPIRE: lifecycle.expire,
    Timer.RENEW_SA: lifecycle.renew_due,
    Timer.PURGE_SA: lifecycle.purge,
    Timer.PURGE_NODE: _purge_node,
    Timer.CONNECTED: _connected,
    Timer.KEEPALIVE: natt.keepalive_due,
    Timer.RETIRE_SA: lifecycle.retire,
    Timer.RETIRE_CHILD: lifecycle.retire_child,
    Timer.SWITCH: children.switch_due,
    Timer.LINGER: children.linger_over,
    Timer.DPD: lifecycle.watch,
    Timer.XAUTH: remote_access.timed_out,
    Timer.CLIENT: negotiation.client_due,
    Timer.IDLE: lifecycle.idle_due,
    Timer.REKEY: negotiation.rekey_due,
}
