"""The life of ISAKMP SAs: established, doubled, expired, deleted, forgotten.

Deleting one leaves its IPsec SAs alone, as IOS does; the next quick mode makes a new ISAKMP SA. Other kinds
of peers, strongSwan among them, drop the IPsec SAs with it and tell nobody, but move them to a new
ISAKMP SA that comes before. So where such a peer shares IPsec SAs with us, a successor is made in time.
"""

from collections.abc import Iterable

from cryptomap.ikev1 import children, ezvpn, negotiation, sessions
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.informational import send_delete_children, send_delete_sa, send_notify
from cryptomap.ikev1.exchange.quick_mode import AwaitChoice, AwaitConnected
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3
from cryptomap.ikev1.exchange.step import move
from cryptomap.ikev1.feature import dpd, idle, lifetime, natt
from cryptomap.ikev1.half_open import HalfOpen
from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Request
from cryptomap.ikev1.states import Input, PacketState, State
from cryptomap.ikev1.timers import AT_ONCE, DEAD_SA_LIFE, HALF_OPEN_LIFE, RETIRE_SA_AFTER, Timer
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Endpoint
from cryptomap.model.status import Role
from cryptomap.wire.numbers import NotifyType

BUSY_WAIT, MOST_OVERTIME = 1.0, 10.0
"""An SA that expires amid an exchange is looked at again after the one, and kept for the other at most."""


def established(ctx: Context, sa: IsakmpSa) -> None:
    """Both ends have proved themselves: the SA counts, and lives."""
    if sa.state is not State.P1_COMPLETE:
        move(ctx, sa, Input.PROCESS_COMPLETE)
    sa.packet_state = PacketState.QM_IDLE
    sa.established = ctx.now
    ctx.sas.authenticated(sa)
    ctx.timers.cancel(Timer.HALF_OPEN, sa.handle)
    lifetime.last(ctx, sa, sa.policy.lifetime if sa.policy else 0)
    natt.start_keepalive(ctx, sa)
    dpd.start(ctx, sa)


def authorise(ctx: Context, sa: IsakmpSa) -> None:
    """The peer may have IPsec SAs: its user is known, or nobody has to know it. This is the only way."""
    sa.authorised = True
    sa.packet_state = PacketState.QM_IDLE
    _settle_doubles(ctx, sa)
    negotiation.begin_waiting(ctx, sa)
    if sa.unknown_spi is not None:
        send_notify(ctx, sa, NotifyType.INVALID_SPI, sa.unknown_spi.to_bytes(4, "big"))
    move(ctx, sa, Input.PHASE1_COMPLETE)
    if sa.postponed_contact:
        sa.postponed_contact = False
        negotiation.renew(ctx, initial_contact(ctx, sa))


def _settle_doubles(ctx: Context, sa: IsakmpSa) -> None:
    """Where both ends began at once, the SA with the smaller cookie is deleted by the end that began it."""
    for other in ctx.sas.with_peer(sa.local.address, sa.remote.address):
        if other is sa or not other.usable or other.role is sa.role or other.profile != sa.profile:
            continue
        begun = min(sa.created, ctx.now - AT_ONCE)
        if other.established is not None and begun < other.established:
            loser = min(sa, other, key=lambda one: one.initiator_cookie)
            if loser.role is Role.INITIATOR:
                ctx.timers.set(Timer.RETIRE_SA, loser.handle, ctx.now + RETIRE_SA_AFTER)


def initial_contact(ctx: Context, sa: IsakmpSa) -> list[Request]:
    """The peer remembers nothing older than this SA, so nothing older with it can be of use.

    What was set up while this main mode went on is not older: the peer may know it. As IOS does, the peer is
    told of the IPsec SAs that go, in case it does know them. Returns the requests that are left without
    an ISAKMP SA.
    """
    orphans: list[Request] = []
    ctx.emit(ev.PayloadProcessed(sa.ref, "NOTIFY INITIAL_CONTACT", 0))
    ctx.emit(ev.InitialContactReceived(sa.ref))
    for other in ctx.sas.with_peer(sa.local.address, sa.remote.address):
        old = other.established is not None and other.established < sa.created
        if other is not sa and old and not other.deleted and other.remote.port == sa.remote.port:
            orphans += bury(ctx, other, "Initial contact")
    for child in ctx.children.with_peer(sa.local.address, sa.remote.address):
        if child.established < sa.created and child.peer.port == sa.remote.port:
            children.remove(ctx, child, notify=True)
    return orphans


def delete(ctx: Context, sa: IsakmpSa, reason: str, *, notify: bool) -> None:
    """Deletes the SA; what it was negotiating for us goes on under another."""
    negotiation.renew(ctx, bury(ctx, sa, reason, notify=notify))


def deleted_by_peer(ctx: Context, sa: IsakmpSa) -> None:
    """The peer has let go of the SA. When it is the gateway of a client of ours, the tunnel has ended, unless
    the client has renewed the SA."""
    delete(ctx, sa, "Deleted by the peer", notify=False)
    ends = sa.local.address, sa.remote.address
    if sa.client is not None and ctx.sas.usable(*ends, None, client=sa.client) is None:
        for child in ctx.children.with_peer(*ends):
            if child.line.entry.ezvpn == sa.client:
                children.remove(ctx, child, notify=False)


def end(ctx: Context, pairs: Iterable[ChildSa], sas: Iterable[IsakmpSa], reason: str) -> None:
    """Ends SAs of both kinds and tells the peers. A remote client is told of its ISAKMP SA alone, which is
    the end for it: for a pair that is lost it may want another."""
    clients: list[IsakmpSa] = []
    others: list[IsakmpSa] = []
    for sa in sas:
        (others if sa.session is None else clients).append(sa)
    for sa in clients:
        delete(ctx, sa, reason, notify=True)
    for child in pairs:
        children.remove(ctx, child, notify=child.session is None)
    for sa in others:
        delete(ctx, sa, reason, notify=True)


def bury(ctx: Context, sa: IsakmpSa, reason: str, *, notify: bool = False) -> list[Request]:
    """Ends the SA and its exchanges; returns the requests that are left without one."""
    if notify and sa.usable:
        send_delete_sa(ctx, sa)
    ctx.emit(ev.SaDeleted(sa.ref, reason))
    if sa.established is not None:
        move(ctx, sa, Input.PHASE1_DELETED)
    sa.deleted = True
    sa.phase = None
    ctx.sas.buried(sa)
    ctx.reassembly.forget(sa.handle)
    sessions.release(ctx, sa)
    ezvpn.lost(ctx, sa)
    ctx.logins = {number: whose for number, whose in ctx.logins.items() if whose[0] != sa.handle}
    for kind in (Timer.EXPIRE, Timer.RENEW_SA, Timer.HALF_OPEN, Timer.RETIRE_SA, Timer.DPD, Timer.XAUTH):
        ctx.timers.cancel(kind, sa.handle)
    ctx.timers.cancel(Timer.RETRANSMIT, (sa.handle, 0))
    orphans, sa.requests = list(sa.requests), []
    for message_id in tuple(sa.nodes):
        orphans += end_node(ctx, sa, message_id)
    sa.packet_state = PacketState.MM_NO_STATE
    ctx.timers.set(Timer.PURGE_SA, sa.handle, ctx.now + DEAD_SA_LIFE)
    return orphans


def end_node(ctx: Context, sa: IsakmpSa, message_id: int) -> list[Request]:
    """Ends one exchange under the SA; a half-made pair goes with it, and one that only waits for the commit
    bit to be released is used. Returns the request it served."""
    node = sa.nodes.pop(message_id)
    for kind in (Timer.RETRANSMIT, Timer.CONNECTED, Timer.PURGE_NODE):
        ctx.timers.cancel(kind, (sa.handle, message_id))
    phase, node.phase = node.phase, None
    match phase:
        case AwaitChoice(request=request):
            return [request]
        case AwaitHash3(child=child) if ctx.children.by_number(child.number) is child:
            children.remove(ctx, child, notify=sa.usable)
        case AwaitConnected(child=child):
            children.install_outbound(ctx, child)
            children.announce(ctx, child)
    return []


def watch(ctx: Context, whose: object) -> None:
    """Whether the peer of an established SA lives. It is asked under the newest one: an older one it may have
    lost, and live."""
    sa = ctx.sas.by_handle(whose)
    if sa is None or not sa.usable:
        return
    if not ctx.sas.newest_at(sa):
        dpd.wait(ctx, sa)
    elif not dpd.due(ctx, sa):
        peer_dead(ctx, sa.local.address, sa.remote)


def peer_dead(ctx: Context, local: Address, remote: Endpoint) -> None:
    """Everything that is shared with a peer ends, and map entries turn to their next one."""
    silent = [child for child in ctx.children.with_peer(local, remote.address) if child.peer == remote]
    lines = [child.line for child in silent]
    orphans = []
    for child in silent:
        children.remove(ctx, child, notify=False)
    for sa in ctx.sas.with_peer(local, remote.address):
        if sa.remote == remote and not sa.deleted:
            orphans += bury(ctx, sa, "P1 errcounter exceeded (PEERS_ALIVE_TIMER)")
    lines += (request.line for request in orphans)
    negotiation.next_peer(ctx, lines, remote.address, was_up=True)
    for request in orphans:
        negotiation.drop(ctx, request)


def renew_due(ctx: Context, whose: object) -> None:
    """The end is near: a peer that is not of our kind gets a new SA first, if there are IPsec SAs to keep,
    and so does the gateway of a client of ours. A remote client makes its own."""
    sa = ctx.sas.by_handle(whose)
    if sa is None or not sa.usable or sa.session is not None:
        return
    local, remote = sa.local.address, sa.remote.address
    newest = ctx.sas.usable(local, remote, sa.profile, client=sa.client) is sa
    if newest and any(child.in_use for child in ctx.children.with_peer(local, remote)):
        negotiation.begin_successor(ctx, sa)


def idle_due(ctx: Context, whose: object) -> None:
    """A pair may have carried no packet for too long: then it ends, and the peer is told.

    With `idle-time N default` the next call of its map entry, once nothing is left of this one, goes to the
    first peer.
    """
    child = ctx.children.by_number(whose)
    if child is None:
        return
    if not idle.is_over(ctx, child):
        idle.watch(ctx, child)
        return
    children.remove(ctx, child, notify=True)
    name, entry = child.line.map_name, child.line.entry
    left = (one.line for one in ctx.children)
    if entry.idle_default and not any((one.map_name, one.entry) == (name, entry) for one in left):
        ctx.peer_choice.pop((name, entry.sequence), None)


def expire(ctx: Context, whose: object) -> None:
    """The lifetime is over. An exchange that is under way may end first."""
    sa = ctx.sas.by_handle(whose)
    if sa is None or sa.deleted or sa.expires is None:
        return
    busy = any(node.phase is not None for node in sa.nodes.values())
    if busy and ctx.now < sa.expires + MOST_OVERTIME:
        ctx.timers.set(Timer.EXPIRE, sa.handle, ctx.now + BUSY_WAIT)
        return
    delete(ctx, sa, "IKE SA Lifetime Exceeded", notify=True)


def keep_half_open(ctx: Context, kept: HalfOpen) -> None:
    """Message 1 of main mode has been answered."""
    for one in ctx.half_open.add(kept):
        forget_half_open(ctx, one, "Too many half open")
    if (Timer.HALF_OPEN, None) not in ctx.timers:
        ctx.timers.set(Timer.HALF_OPEN, None, kept.sa.created + HALF_OPEN_LIFE)


def forget_half_open(ctx: Context, sa: IsakmpSa, reason: str) -> None:
    """Nothing is left of a first message; `sa` is what it was half open for."""
    ctx.half_open.remove(sa)
    ctx.reassembly.forget(sa.handle)
    ctx.emit(ev.SaDeleted(sa.ref, reason))


def _no_third_message(ctx: Context) -> None:
    while (sa := ctx.half_open.pop_due(ctx.now)) is not None:
        forget_half_open(ctx, sa, "Half open too long")
    end = ctx.half_open.next_end()
    if end is not None:
        ctx.timers.set(Timer.HALF_OPEN, None, end)


def half_open_over(ctx: Context, whose: object) -> None:
    """The initiator did not authenticate in time, or did not even send message 3."""
    if whose is None:
        _no_third_message(ctx)
        return
    sa = ctx.sas.by_handle(whose)
    if sa is not None and not sa.usable:
        forget(ctx, sa, "Half open too long")


def forget(ctx: Context, sa: IsakmpSa, reason: str) -> None:
    """A responder's SA that never came to be leaves no trace."""
    ctx.emit(ev.SaDeleted(sa.ref, reason))
    ctx.timers.cancel(Timer.HALF_OPEN, sa.handle)
    ctx.reassembly.forget(sa.handle)
    ctx.sas.discard(sa)


def purge(ctx: Context, whose: object) -> None:
    """Nothing is left of a deleted SA."""
    sa = ctx.sas.by_handle(whose)
    if sa is not None:
        ctx.sas.discard(sa)
        ctx.emit(ev.SaPurged(sa.ref))


def purge_node(ctx: Context, sa: IsakmpSa, message_id: int) -> None:
    """A finished exchange no longer answers duplicates."""
    if sa.nodes.pop(message_id, None) is not None:
        ctx.emit(ev.NodePurged(sa.ref, message_id))


def retire(ctx: Context, whose: object) -> None:
    """The losing SA of two made at once goes, when it is idle."""
    sa = ctx.sas.by_handle(whose)
    if sa is None or not sa.usable:
        return
    if any(node.phase is not None for node in sa.nodes.values()):
        ctx.timers.set(Timer.RETIRE_SA, sa.handle, ctx.now + BUSY_WAIT)
        return
    others = ctx.sas.with_peer(sa.local.address, sa.remote.address)
    if any(other is not sa and other.usable for other in others):
        delete(ctx, sa, "Duplicate of another SA", notify=True)


def retire_child(ctx: Context, whose: object) -> None:
    """The losing pair of two made at once goes."""
    child = ctx.children.by_number(whose)
    if child is not None and child.superseded:
        children.remove(ctx, child, notify=True)


def shut_down(ctx: Context) -> None:
    """Takes leave of every peer: deletes for all, and nothing is left."""
    for sa in ctx.sas:
        spis = [child.inbound.spi for child in ctx.children.with_peer(sa.local.address, sa.remote.address)]
        if sa.usable and spis and sa.session is None:
            send_delete_children(ctx, sa, spis)
    for child in ctx.children:
        children.remove(ctx, child, notify=False)
    for sa in ctx.sas:
        if not sa.deleted:
            for request in bury(ctx, sa, "Shutdown", notify=True):
                negotiation.drop(ctx, request)
    for kept in ctx.half_open:
        forget_half_open(ctx, kept.sa, "Shutdown")
    for key in ctx.timers.cancel_all(Timer.LINGER):
        children.linger_over(ctx, key)
