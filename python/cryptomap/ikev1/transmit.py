"""Sending, sending again, giving up.

Only what the peer owes an answer to is sent again by itself; a reply is repeated when its request comes
again. In phase 1 a responder keeps no such timer: it would send to whoever a forged source names.
"""

from typing import TYPE_CHECKING

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.aggressive import Aggressive
from cryptomap.ikev1.exchange.main_mode import MainMode
from cryptomap.ikev1.exchange.step import Step
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.timers import MOST_RESENDS, NODE_LIFE, Timer, Transmission
from cryptomap.model import event as ev

if TYPE_CHECKING:
    from cryptomap.ikev1.exchange.quick_mode import Phase2
    from cryptomap.ikev1.receive_transaction import Transaction

Phase1 = MainMode | Aggressive
_PHASE1 = 0
"""The message id of phase 1."""


def transmit_phase1(ctx: Context, sa: IsakmpSa, step: Step[Phase1], answered: bytes) -> None:
    """Puts the SA where the step leads and sends what it says."""
    sa.phase = step.phase
    _transmit(ctx, sa, sa.transmission, step.reply, answered)
    _insist(ctx, sa, _PHASE1, sa.transmission, step.insist)


def transmit_node(
    ctx: Context, sa: IsakmpSa, node: Node, step: "Step[Phase2 | Transaction]", answered: bytes
) -> None:
    """The same for an exchange under the SA; a finished one is kept a while to answer duplicates."""
    node.phase = step.phase
    _transmit(ctx, sa, node.transmission, step.reply, answered)
    _insist(ctx, sa, node.message_id, node.transmission, step.insist)
    if step.phase is None:
        ctx.timers.set(Timer.PURGE_NODE, (sa.handle, node.message_id), ctx.now + NODE_LIFE)


def _transmit(
    ctx: Context, sa: IsakmpSa, transmission: Transmission, data: bytes | None, answered: bytes
) -> None:
    transmission.sent(data, answered)
    if data is not None:
        ctx.send(sa, data)
        ctx.emit(ev.PacketSent(sa.ref))


def _insist(ctx: Context, sa: IsakmpSa, message_id: int, transmission: Transmission, insist: bool) -> None:
    if insist:
        at = ctx.now + transmission.next_delay
        ctx.timers.set(Timer.RETRANSMIT, (sa.handle, message_id), at)
    else:
        ctx.timers.cancel(Timer.RETRANSMIT, (sa.handle, message_id))


def repeated(ctx: Context, sa: IsakmpSa, transmission: Transmission, digest: bytes, phase: int) -> bool:
    """Whether the message of that digest was processed already: its reply goes again, but not without end."""
    if digest != transmission.answered:
        return False
    ctx.counters.duplicates += 1
    if transmission.data is not None and transmission.resends < MOST_RESENDS:
        transmission.resends += 1
        ctx.emit(ev.DuplicateReceived(sa.ref, phase))
        ctx.send(sa, transmission.data)
        ctx.emit(ev.PacketSent(sa.ref))
    return True


def prompt(ctx: Context, sa: IsakmpSa) -> None:
    """Sends our last message again, so that the peer sends its own again."""
    transmission = sa.transmission
    if transmission.data is not None and transmission.resends < MOST_RESENDS:
        transmission.resends += 1
        ctx.send(sa, transmission.data)
        ctx.emit(ev.PacketSent(sa.ref))


def retransmit(ctx: Context, sa: IsakmpSa, message_id: int, transmission: Transmission) -> bool:
    """Sends again; False when that has been done often enough."""
    if transmission.exhausted or transmission.data is None:
        return False
    transmission.attempts += 1
    phase = 2 if message_id else 1
    limit = len(transmission.delays)
    ctx.emit(ev.Retransmitting(sa.ref, phase, transmission.attempts, limit, message_id))
    ctx.send(sa, transmission.data)
    ctx.emit(ev.PacketSent(sa.ref, transmission.attempts))
    _insist(ctx, sa, message_id, transmission, True)
    return True
