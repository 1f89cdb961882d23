"""Dead peer detection (RFC 3706): R-U-THERE where a peer may be gone, and its end where it does not answer.

As IOS has it: on demand, a peer is asked when in the last interval we sent it packets and heard nothing from
it; periodic, at every interval. Unanswered questions come again at the retry interval, the sixth silence ends
every SA with the peer. Whatever the peer proves in the meantime, by IKE or by ESP, is an answer too.

So a message that comes again, or our own one that comes back, must not pass for a sign of life. There is one
every few seconds, too many to remember: the peer's questions are told from old ones by their numbers, which
only grow; its answers by the questions of ours that they can be to, each of which is answered once; and our
own of either kind by their message ids, which we can compute again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from struct import Struct

from cryptomap.crypto.prf import prf
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.message import Message, protection_of
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.timers import Timer
from cryptomap.model import event as ev
from cryptomap.model.config import Keepalive
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.status import Role
from cryptomap.wire.numbers import NotifyType
from cryptomap.wire.payload import HashPayload, NotifyPayload

MOST_RETRIES = 5
"""Questions after the first that may stay without an answer."""
_SEQUENCE_SIZE = 4
_ID_SIZE = 4
_OWN_ID = Struct("!3sBHI")
_LARGEST_FIRST = 2**31 - 1
"""The first number has its highest bit clear (RFC 3706 section 6.2)."""


_Traffic = Mapping[int, tuple[int, int]]
"""Packets sent and received so far, by IPsec SA pair."""


@dataclass(slots=True)
class Liveness:
    """What is known of whether the peer of one ISAKMP SA lives."""

    sequence: int
    """Number of our last question."""
    heard: float
    """When the peer last proved itself by IKE."""
    unanswered: int
    """Number of the oldest question that an answer may be to; none is when it is above `sequence`."""
    asked: int = 0
    """Questions since the last sign of life."""
    traffic: _Traffic = field(default_factory=dict)
    """As of the last look."""
    theirs: int | None = None
    """Highest number that the peer asked with."""
    proofs: set[bytes] = field(default_factory=set, repr=False)
    """HASHes of the questions with that number: a peer may ask again with the same."""


def settings(ctx: Context, sa: IsakmpSa) -> Keepalive | None:
    """The profile's `keepalive`, else the global one; None asks nothing."""
    profile = ctx.config.isakmp_profiles.get(sa.profile or "")
    return (profile.keepalive if profile else None) or ctx.config.keepalive


def watches(ctx: Context, sa: IsakmpSa) -> bool:
    """Whether the peer of an established SA is asked, and answers."""
    return sa.liveness is not None and sa.peer_answers_dpd and settings(ctx, sa) is not None


def start(ctx: Context, sa: IsakmpSa) -> None:
    """Watches the peer of an established SA from now on, if it can answer."""
    sequence = int.from_bytes(ctx.random(_SEQUENCE_SIZE), "big") & _LARGEST_FIRST
    sa.liveness = Liveness(sequence, ctx.now, sequence + 1, traffic=_traffic(ctx, sa))
    keepalive = settings(ctx, sa)
    if sa.peer_answers_dpd and keepalive is not None:
        ctx.timers.set(Timer.DPD, sa.handle, ctx.now + keepalive.interval)


def wait(ctx: Context, sa: IsakmpSa) -> None:
    """Nothing is asked under this SA for another interval, and nothing is held against the peer."""
    keepalive = settings(ctx, sa)
    if keepalive is not None and sa.liveness is not None:
        sa.liveness.asked = 0
        ctx.timers.set(Timer.DPD, sa.handle, ctx.now + keepalive.interval)


def heard(ctx: Context, sa: IsakmpSa) -> None:
    """The peer proved itself by an IKE message."""
    if sa.liveness is not None:
        sa.liveness.heard, sa.liveness.asked = ctx.now, 0


def due(ctx: Context, sa: IsakmpSa) -> bool:
    """Looks after the peer; False when it has been silent for too long."""
    keepalive, live = settings(ctx, sa), sa.liveness
    if keepalive is None or live is None:
        return True
    before, live.traffic = live.traffic, _traffic(ctx, sa)
    sent, received = (_grew(before, live.traffic, column) for column in (0, 1))
    if received:
        live.heard, live.asked = ctx.now, 0
    if live.asked > MOST_RETRIES:
        ctx.emit(ev.PeerDead(sa.ref))
        return False
    if live.asked or keepalive.periodic or (sent and live.heard <= ctx.now - keepalive.interval):
        _ask(ctx, sa, live)
        ctx.timers.set(Timer.DPD, sa.handle, ctx.now + keepalive.retry)
    else:
        ctx.timers.set(Timer.DPD, sa.handle, ctx.now + keepalive.interval)
    return True


def _ask(ctx: Context, sa: IsakmpSa, live: Liveness) -> None:
    if live.asked:
        ctx.emit(ev.DpdUnanswered(sa.ref, live.asked, MOST_RETRIES))
    live.asked += 1
    live.sequence = (live.sequence + 1) % 2**32
    _say(ctx, sa, NotifyType.R_U_THERE, live.sequence)


def _say(ctx: Context, sa: IsakmpSa, kind: NotifyType, number: int) -> None:
    """Sends a question or an answer; once in thousands of millions its message id is taken, and none goes."""
    message_id = _own_id(sa, kind, number)
    if ctx.may_use_id(sa, message_id):
        send_notify(ctx, sa, kind, _cookies(sa), number.to_bytes(_SEQUENCE_SIZE, "big"), message_id)


def _own_id(sa: IsakmpSa, kind: NotifyType, number: int) -> int:
    """The message id of our question or answer with that number. As good as drawn by chance, and another than
    that of the peer's, should that compute its own in the same way."""
    protection = protection_of(sa)
    octets = _OWN_ID.pack(b"DPD", sa.role is Role.INITIATOR, kind, number)
    return int.from_bytes(prf(protection.hash, protection.keys.skeyid_a, octets)[:_ID_SIZE], "big")


def lone_notify(sa: IsakmpSa, message: Message) -> NotifyPayload | None:
    """The question or answer of a message that holds nothing else, and is about this SA."""
    match message.payloads:
        case (HashPayload(), NotifyPayload() as notify):
            known = notify.notify in (NotifyType.R_U_THERE, NotifyType.R_U_THERE_ACK)
            fits = notify.spi == _cookies(sa) and len(notify.data) == _SEQUENCE_SIZE
            return notify if known and fits and sa.liveness is not None else None
    return None


def check_fresh(sa: IsakmpSa, notify: NotifyPayload, message_id: int, proof: bytes) -> None:
    """Raises `PeerMisbehavedError` for a `lone_notify` that came before, or that is our own; `proof` is the
    HASH of its message. Of one that is neither it takes note."""
    live, number = sa.liveness, int.from_bytes(notify.data, "big")
    if live is None or message_id == _own_id(sa, notify.notify, number):
        raise PeerMisbehavedError("our own DPD message has come back")
    if notify.notify is NotifyType.R_U_THERE_ACK:
        if not live.unanswered <= number <= live.sequence:
            raise PeerMisbehavedError(f"R-U-THERE-ACK {number} answers no question")
        live.unanswered = number + 1
        return
    if live.theirs is None or number > live.theirs:
        live.proofs.clear()
    elif number < live.theirs or proof in live.proofs:
        raise PeerMisbehavedError(f"R-U-THERE {number} has come before")
    live.theirs = number
    live.proofs.add(proof)


def asked(ctx: Context, sa: IsakmpSa, notify: NotifyPayload) -> None:
    """Answers a R-U-THERE. One for other cookies, or with a number of the past, is passed over."""
    live = sa.liveness
    if live is None or notify.spi != _cookies(sa) or len(notify.data) != _SEQUENCE_SIZE:
        return
    number = int.from_bytes(notify.data, "big")
    if live.theirs is not None and number < live.theirs:
        return
    live.theirs = number
    _say(ctx, sa, NotifyType.R_U_THERE_ACK, number)


def answered(ctx: Context, sa: IsakmpSa, notify: NotifyPayload) -> None:
    """A R-U-THERE-ACK: from now on the interval runs again."""
    keepalive, live = settings(ctx, sa), sa.liveness
    if keepalive is None or live is None or notify.data != live.sequence.to_bytes(_SEQUENCE_SIZE, "big"):
        return
    live.asked = 0
    ctx.timers.set(Timer.DPD, sa.handle, ctx.now + keepalive.interval)


def _cookies(sa: IsakmpSa) -> bytes:
    return sa.initiator_cookie + sa.responder_cookie


def _grew(before: _Traffic, after: _Traffic, column: int) -> bool:
    return any(counts[column] > before.get(number, (0, 0))[column] for number, counts in after.items())


def _traffic(ctx: Context, sa: IsakmpSa) -> _Traffic:
    counts = {}
    for child in ctx.children.with_peer(sa.local.address, sa.remote.address):
        if child.peer == sa.remote:
            both = [ctx.counters_of(spec.key) for spec in (child.outbound, child.inbound)]
            sent, received = (each.packets if each else 0 for each in both)
            counts[child.number] = sent, received
    return counts
