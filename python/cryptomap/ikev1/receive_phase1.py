"""Phase 1 as it arrives: which SA, a first message or a later one, is it allowed, is it proved.

A message changes nothing until it is whole, of the right kind, and where keys exist, proved by them.
"""

from collections.abc import Mapping

from cryptomap.ikev1 import lifecycle, remote_access
from cryptomap.ikev1.admission import admits, reject
from cryptomap.ikev1.calls import Refusal
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.aggressive_responder import AwaitAggressiveOffer
from cryptomap.ikev1.exchange.informational import send_plain_notify
from cryptomap.ikev1.exchange.main_mode_responder import AwaitKeRequest, AwaitOffer, keep
from cryptomap.ikev1.exchange.step import move
from cryptomap.ikev1.feature import natt
from cryptomap.ikev1.find import digest_of, find
from cryptomap.ikev1.message import Message, unprotect
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input
from cryptomap.ikev1.timers import HALF_OPEN_LIFE, Timer
from cryptomap.ikev1.transmit import Phase1, repeated, transmit_phase1
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.error import (
    AuthenticationFailedError,
    MalformedError,
    PeerIncompatibleError,
    PeerMisbehavedError,
)
from cryptomap.model.status import Role
from cryptomap.wire.isakmp import NO_COOKIE, Header, decode_payloads
from cryptomap.wire.numbers import ExchangeType, NotifyType
from cryptomap.wire.payload import NotifyPayload

_LEARNT = (
    "responder_cookie",
    "state",
    "packet_state",
    "connection_id",
    "policy",
    "protection",
    "iv",
    "nat",
    "profile",
    "peer_takes_fragments",
    "peer_answers_dpd",
    "same_kind",
    "group",
    "xauth_list",
)
"""What a message of phase 1 may tell an SA."""
_FIRST: Mapping[ExchangeType, type[AwaitOffer] | type[AwaitAggressiveOffer]] = {
    ExchangeType.IDENTITY_PROTECTION: AwaitOffer,
    ExchangeType.AGGRESSIVE: AwaitAggressiveOffer,
}


def receive_phase1(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    """A message of main or aggressive mode."""
    if header.message_id:
        raise PeerMisbehavedError("phase 1 with a message id")
    if header.responder_cookie == NO_COOKIE:
        _receive_first(ctx, datagram, header, body)
        return
    sa = find(ctx, datagram, header)
    if sa is None:
        return
    digest = digest_of(datagram)
    if repeated(ctx, sa, sa.transmission, digest, 1):
        return
    phase = sa.phase
    if phase is None:
        raise PeerMisbehavedError("phase 1 is over")
    room, victim = _room(ctx, datagram) if isinstance(phase, AwaitKeRequest) else (True, None)
    if not room:
        return
    ctx.emit(ev.PacketReceived(sa.ref))
    _process_phase1(ctx, sa, phase, datagram, header, body)
    if ctx.half_open.remove(sa):
        _enter(ctx, sa, victim)


def _receive_first(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    """Message 1: a new SA, or one that we have answered already."""
    if header.initiator_cookie == NO_COOKIE or not ctx.config.isakmp_enabled:
        raise PeerMisbehavedError("a first message without a cookie, or ISAKMP is disabled")
    if ctx.sas.is_ours(header.initiator_cookie):
        raise PeerMisbehavedError("our own first message has come back")
    if _is_known(ctx, datagram, header):
        return
    room, victim = _room(ctx, datagram) if header.exchange is ExchangeType.AGGRESSIVE else (True, None)
    if not room:
        reject(ctx, Refusal.RESOURCES, incoming=True)
        return
    if not admits(ctx, datagram.local.address, datagram.remote.address, incoming=True):
        return
    sa = IsakmpSa(
        next(ctx.handles),
        Role.RESPONDER,
        datagram.local,
        datagram.remote,
        ctx.now,
        header.initiator_cookie,
        exchange=header.exchange,
    )
    ctx.emit(ev.PacketReceived(sa.ref, new=True))
    try:
        _process_phase1(ctx, sa, _FIRST[header.exchange](), datagram, header, body)
    except PeerIncompatibleError as error:
        if error.notify is not None:
            sa.responder_cookie = NO_COOKIE
            send_plain_notify(ctx, sa, error.notify, len(datagram.data))
        raise
    if isinstance(sa.phase, AwaitKeRequest):
        lifecycle.keep_half_open(ctx, keep(sa, sa.phase))
    else:
        _enter(ctx, sa, victim)


def _is_known(ctx: Context, datagram: Datagram, header: Header) -> bool:
    """Whether a first message has been here before; if it is the same one, so is its answer."""
    kept = ctx.half_open.find(header.initiator_cookie, datagram.remote.address)
    known = kept.sa if kept else ctx.sas.find_first(header.initiator_cookie, datagram.remote)
    if (
        known is not None
        and repeated(ctx, known, known.transmission, digest_of(datagram), 1)
        and kept is not None
    ):
        ctx.half_open.update(kept)
    return known is not None


def _room(ctx: Context, datagram: Datagram) -> tuple[bool, IsakmpSa | None]:
    """As `SaTable.crowded_out`; counts a refusal."""
    room, victim = ctx.sas.crowded_out(datagram.remote.address)
    ctx.counters.refused_half_open += not room
    return room, victim


def _enter(ctx: Context, sa: IsakmpSa, victim: IsakmpSa | None) -> None:
    """A responder's SA, for as long as its peer may take to authenticate."""
    if victim is not None:
        lifecycle.forget(ctx, victim, "Too many half open")
    ctx.sas.add(sa)
    ctx.timers.set(Timer.HALF_OPEN, sa.handle, sa.created + HALF_OPEN_LIFE)


def _process_phase1(
    ctx: Context, sa: IsakmpSa, phase: Phase1, datagram: Datagram, header: Header, body: bytes
) -> None:
    before = {name: getattr(sa, name) for name in _LEARNT}
    try:
        if header.exchange is not sa.exchange:
            raise PeerMisbehavedError(f"{header.exchange.name} in the middle of another exchange")
        message = _open_phase1(ctx, sa, phase, header, body)
        message.check(phase.rules)
        step = phase.receive(ctx, sa, message)
    except Exception:
        _step_back(ctx, sa, before)
        raise
    if header.encrypted or (step.phase is None and sa.role is Role.RESPONDER):
        # Proved, so that where it came from is where the peer is: it may have floated to port 4500.
        if sa.role is Role.RESPONDER:
            natt.settle(ctx, sa, datagram.local)
        sa.local = datagram.local
        ctx.sas.move(sa, datagram.remote)
    transmit_phase1(ctx, sa, step, digest_of(datagram))
    if step.phase is not None:
        if sa.exchange is ExchangeType.IDENTITY_PROTECTION:
            move(ctx, sa, Input.PROCESS_COMPLETE)
        return
    sa.postponed_contact = sa.role is Role.RESPONDER and _has_initial_contact(message)
    lifecycle.established(ctx, sa)
    remote_access.begin(ctx, sa)


def _has_initial_contact(message: Message) -> bool:
    return any(one.notify == NotifyType.INITIAL_CONTACT for one in message.all(NotifyPayload))


def _open_phase1(ctx: Context, sa: IsakmpSa, phase: Phase1, header: Header, body: bytes) -> Message:
    encrypted = header.encrypted
    if phase.rules.encrypted not in (None, encrypted):
        raise PeerMisbehavedError("encrypted too early, or in clear too late")
    if not encrypted:
        kinds = phase.rules.kinds
        return Message(header, decode_payloads(header.next_payload, body, kinds=kinds))
    try:
        return unprotect(sa, header, body, sa.iv)
    except MalformedError as error:
        ctx.emit(ev.AuthenticationFailed(sa.ref, decrypted=False))
        raise AuthenticationFailedError(
            f"decrypts to nothing sensible, pre-shared keys differ: {error}"
        ) from error


def _step_back(ctx: Context, sa: IsakmpSa, before: Mapping[str, object]) -> None:
    """A message that failed leaves the SA where it waited, and as it was."""
    if sa.state is not before["state"]:
        move(ctx, sa, Input.PROCESS_ERROR)
    for name, value in before.items():
        setattr(sa, name, value)
