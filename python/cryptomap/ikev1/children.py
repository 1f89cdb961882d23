"""IPsec SA pairs: made in two steps, replaced without losing a packet, removed (RFC 2409 section 5.5).

The inbound SA is there before the peer can use it, the outbound one once the peer can read it. A pair that
is replaced stays a while, so that nothing on its way is lost. When both ends made a pair at
once, both work; the one with the smallest nonce is deleted by the end that began it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cryptomap.crypto.algorithms import ESP_AUTHS, esp_cipher
from cryptomap.crypto.keys import Nonces, esp_keys, keymat, keymat_size
from cryptomap.ikev1 import sessions, temporary
from cryptomap.ikev1.api import RedirectSa
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.informational import send_delete_children
from cryptomap.ikev1.feature import idle, natt
from cryptomap.ikev1.message import protection_of
from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Request
from cryptomap.ikev1.timers import (
    AT_ONCE,
    LINGER,
    RETIRE_CHILD_AFTER,
    SUPERSEDED_LIFE,
    SWITCH_AFTER,
    Timer,
)
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Endpoint
from cryptomap.model.config import TransformSet
from cryptomap.model.error import MisuseError
from cryptomap.model.sa import Direction, SaKey, SaSpec, UdpEncapsulation
from cryptomap.model.selector import Selector
from cryptomap.policy.ipsec import IpsecLifetime, limits
from cryptomap.policy.spd import PolicyLine
from cryptomap.wire.numbers import Protocol

MOST_SUPERSEDED = 32
"""Pairs for the same traffic that are replaced and kept for what is under way: a peer may make new ones as
fast as it likes."""

_FLAGS_IN, _FLAGS_OUT, _FLAG_PFS = 0x3, 0xB, 0x10


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a quick mode came to."""

    line: PolicyLine
    selector: Selector
    """Outbound direction."""
    transform_set: TransformSet
    group: int | None
    lifetime: IpsecLifetime
    inbound_spi: int
    outbound_spi: int
    nonces: Nonces
    shared: bytes = field(default=b"", repr=False)
    """g(qm)^xy with PFS."""


def create(
    ctx: Context, sa: IsakmpSa, agreed: Agreement, *, begun: float, request: Request | None = None
) -> ChildSa:
    """Derives both SAs and installs the inbound one; for a `request` of ours as the initiator."""
    initiator = request is not None
    inbound = _spec(ctx, sa, agreed, Direction.INBOUND, initiator)
    outbound = _spec(ctx, sa, agreed, Direction.OUTBOUND, initiator)
    child = ChildSa(
        number=next(ctx.child_numbers),
        line=agreed.line,
        selector=agreed.selector,
        inbound=inbound,
        outbound=outbound,
        transform_set=agreed.transform_set,
        pfs_group=agreed.group,
        inbound_connection_id=next(ctx.ipsec_connection_ids),
        outbound_connection_id=next(ctx.ipsec_connection_ids),
        inbound_flow_id=next(ctx.flow_ids),
        outbound_flow_id=next(ctx.flow_ids),
        lifetime=agreed.lifetime,
        peer=sa.remote,
        initiator=initiator,
        begun=begun,
        established=ctx.now,
        tie=min(agreed.nonces.initiator, agreed.nonces.responder),
        nat=sa.nat,
        replaces=request.replaces if request else None,
    )
    ctx.children.add(child)
    sessions.hold(sa, child)
    temporary.enter(ctx, child.line)
    ctx.install(inbound)
    idle.watch(ctx, child)
    ctx.emit(_created(sa, child))
    return child


def _created(sa: IsakmpSa, child: ChildSa) -> ev.IpsecSasCreated:
    return ev.IpsecSasCreated(
        sa.ref,
        child.inbound.key,
        child.outbound.key,
        child.selector,
        child.inbound_connection_id,
        child.outbound_connection_id,
        child.lifetime.seconds,
        child.lifetime.kilobytes,
        pfs=child.pfs_group is not None,
    )


def _spec(ctx: Context, sa: IsakmpSa, agreed: Agreement, direction: Direction, initiator: bool) -> SaSpec:
    protection, one = protection_of(sa), agreed.transform_set
    cipher = esp_cipher(one.cipher, one.key_bits) if one.cipher else None
    if cipher is None or one.cipher is None:
        raise MisuseError(f"transform set {one.name} has no such cipher")
    auth = ESP_AUTHS[one.auth] if one.auth else None
    inbound = direction is Direction.INBOUND
    spi = agreed.inbound_spi if inbound else agreed.outbound_spi
    material = keymat(
        protection.hash,
        protection.keys.skeyid_d,
        Protocol.ESP,
        spi.to_bytes(4, "big"),
        agreed.nonces,
        keymat_size(cipher, auth),
        agreed.shared,
    )
    keys = esp_keys(material, cipher, auth)
    return SaSpec(
        direction,
        sa.local.address,
        sa.remote.address,
        spi,
        agreed.selector.reversed() if inbound else agreed.selector,
        agreed.line.policy_id,
        one.cipher,
        keys.encryption,
        one.auth,
        keys.auth,
        encapsulation=natt.udp_encapsulation(sa),
        replay_window=ctx.config.replay_window,
        limits=limits(agreed.lifetime, initiator=initiator, chance=ctx.chance()),
    )


def begin_use(ctx: Context, child: ChildSa) -> None:
    """Our packets leave by the new pair: at once, or a moment later where an older pair carries them.

    A responder may have its side in place only once it has read message 3, which packets overtake. A remote
    client (vpnc) has room for one pair, and has let the older one go when it answered: packets to it follow
    right behind message 3.
    """
    if any(one.in_use for one in _alike(ctx, child)):
        moment = SWITCH_AFTER if child.session is None else 0.0
        ctx.timers.set(Timer.SWITCH, child.number, ctx.now + moment)
    else:
        install_outbound(ctx, child)


def switch_due(ctx: Context, whose: object) -> None:
    """The moment is over."""
    child = ctx.children.by_number(whose)
    if child is not None and not child.superseded:
        install_outbound(ctx, child)
        announce(ctx, child)


def has_successor(ctx: Context, child: ChildSa) -> bool:
    """Whether a new pair for the same traffic is about to be used."""
    return bool(_waiting(ctx, _alike(ctx, child)))


def install_outbound(ctx: Context, child: ChildSa) -> None:
    """Installs the outbound SA, and older pairs of the same traffic are superseded; nothing if the pair has
    been deleted since its inbound SA was installed."""
    if ctx.children.by_number(child.number) is not child:
        return
    child.outbound_installed = True
    ctx.install(child.outbound)
    for older in _alike(ctx, child):
        if not older.superseded:
            _settle(ctx, older, child)
    superseded = [one for one in _alike(ctx, child) if one.superseded]
    for oldest in superseded[:-MOST_SUPERSEDED]:
        remove(ctx, oldest, notify=True)


def _alike(ctx: Context, child: ChildSa) -> list[ChildSa]:
    """The other pairs for the same traffic, oldest first."""
    pairs = ctx.children.with_traffic(child.traffic)
    return [one for one in pairs if one is not child]


def _waiting(ctx: Context, pairs: Sequence[ChildSa]) -> list[ChildSa]:
    return [one for one in pairs if (Timer.SWITCH, one.number) in ctx.timers]


def announce(ctx: Context, child: ChildSa) -> None:
    """Tells of a pair, if it is complete."""
    if not child.outbound_installed:
        return
    if ctx.tells(ev.IpsecSaInitialized):
        for direction in (Direction.INBOUND, Direction.OUTBOUND):
            ctx.emit(ev.IpsecSaInitialized(key_message(child, direction), child.line.map_name))
    for spec, number in _halves(child):
        ctx.emit(ev.IpsecSaCreated(spec.key, child.transform_set, number))


def _halves(child: ChildSa) -> tuple[tuple[SaSpec, int], tuple[SaSpec, int]]:
    return (
        (child.inbound, child.inbound_connection_id),
        (child.outbound, child.outbound_connection_id),
    )


def _settle(ctx: Context, older: ChildSa, newer: ChildSa) -> None:
    """Which of two pairs of the same traffic stays in use."""
    # The two ends see different moments, so that what lies close together counts as overlapping.
    close = min(newer.begun, newer.established - AT_ONCE) < older.established
    same_peer = older.peer.address == newer.peer.address
    at_once = same_peer and older.initiator is not newer.initiator and close
    if newer.session is not None and newer.replaces is not None and older.number <= newer.replaces:
        at_once = False  # However short the older one's life was: a remote client has let it go.
    loser = min(older, newer, key=lambda child: child.tie) if at_once else older
    loser.superseded = True
    if not at_once:
        ctx.timers.set(Timer.RETIRE_CHILD, loser.number, ctx.now + SUPERSEDED_LIFE)
    elif loser.initiator:
        ctx.timers.set(Timer.RETIRE_CHILD, loser.number, ctx.now + RETIRE_CHILD_AFTER)


def key_message(child: ChildSa, direction: Direction) -> ev.KeyMessage:
    """The pair's half as the key engine's message."""
    inbound = direction is Direction.INBOUND
    flags = (_FLAGS_IN if inbound else _FLAGS_OUT) | (_FLAG_PFS if child.pfs_group else 0)
    return ev.KeyMessage(
        direction,
        child.local_address,
        child.peer.address,
        child.selector,
        replace(child.transform_set, mode=child.inbound.mode),
        child.inbound.encapsulation is not None,
        child.lifetime.seconds,
        child.lifetime.kilobytes,
        (child.inbound if inbound else child.outbound).spi,
        child.inbound_connection_id if inbound else child.outbound_connection_id,
        flags,
    )


def remove(ctx: Context, child: ChildSa, *, notify: bool) -> None:
    """Removes both SAs; the peer is told if there is an ISAKMP SA to tell it under."""
    ctx.children.remove(child)
    for kind in (Timer.RETIRE_CHILD, Timer.REKEY, Timer.SWITCH, Timer.IDLE):
        ctx.timers.cancel(kind, child.number)
    if child.outbound_installed:
        ctx.remove(child.outbound.key)
    if notify:
        _tell(ctx, child)
    sessions.release(ctx, child)
    _remove_inbound(ctx, child)
    for spec, number in _halves(child):
        ctx.emit(ev.IpsecSaDeleted(spec.key, child.transform_set, number))
    temporary.leave(ctx, child.line)
    _promote(ctx, child)


def _promote(ctx: Context, gone: ChildSa) -> None:
    """A pair that waits takes over now; where only superseded pairs are left, the newest is in use again."""
    left = _alike(ctx, gone)
    if not any(one.in_use for one in left):
        for one in _waiting(ctx, left):
            ctx.timers.cancel(Timer.SWITCH, one.number)
            switch_due(ctx, one.number)
    working = [one for one in left if one.outbound_installed]
    if working and all(one.superseded for one in working):
        working[-1].superseded = False


def _tell(ctx: Context, child: ChildSa) -> None:
    ends = child.local_address, child.peer.address
    there = [sa for sa in ctx.sas.all_usable(*ends) if sa.session is child.session]
    for sa in there:
        send_delete_children(ctx, sa, (child.inbound.spi,))
    if not there:
        ctx.emit(ev.DeleteNotSent(*ends, child.inbound.spi))


def _remove_inbound(ctx: Context, child: ChildSa) -> None:
    """At once, or a little later where a newer pair serves the traffic and packets may be on their way."""
    if child.superseded and ctx.children.of_policy(child.policy_id):
        ctx.timers.set(Timer.LINGER, child.inbound.key, ctx.now + LINGER)
        return
    ctx.free_spi(child.inbound.spi)
    ctx.remove(child.inbound.key)


def linger_over(ctx: Context, whose: object) -> None:
    """Nothing is on its way any more to a replaced inbound SA."""
    if isinstance(whose, SaKey):
        ctx.free_spi(whose.spi)
        ctx.remove(whose)


def follow(ctx: Context, local: Address, old: Endpoint, new: Endpoint) -> None:
    """The mapping of the peer's NAT changed: everything that went to the old place follows (RFC 3947 section
    8). The caller has that from a message or a packet that is proved."""
    for sa in ctx.sas.with_peer(local, old.address):
        if sa.remote == old and not sa.deleted:
            ctx.sas.move(sa, new)
    for pair in ctx.children.with_peer(local, old.address):
        if pair.peer == old:
            moved(ctx, pair, new)
    natt.move_keepalive(ctx, local, old, new)


def moved(ctx: Context, child: ChildSa, remote: Endpoint) -> None:
    """The peer of an encapsulated pair is at a new address or port; to the engine its SAs stay the same."""
    local_port = child.outbound.encapsulation.local_port if child.outbound.encapsulation else remote.port
    encapsulation = UdpEncapsulation(local_port, remote.port)
    ctx.children.unlink(child)
    child.peer = remote
    child.line = ctx.current(child.line, child.local_address, remote.address) or child.line
    child.inbound = replace(child.inbound, encapsulation=encapsulation)
    known_as = child.outbound.remote if child.outbound_installed else remote.address
    child.outbound = replace(child.outbound, remote=known_as, encapsulation=encapsulation)
    ctx.children.link(child)
    if child.outbound_installed:
        ctx.outputs.append(RedirectSa(child.outbound.key, remote.address, encapsulation))
