"""NAT traversal (RFC 3947): finding a NAT, moving to port 4500, UDP encapsulation, keepalives (RFC 3948)."""

from collections.abc import Sequence

from cryptomap.crypto.keys import Cookies, nat_detection_hash
from cryptomap.crypto.prf import equal
from cryptomap.ikev1.context import Context, floated
from cryptomap.ikev1.feature.vendor_ids import DRAFTS
from cryptomap.ikev1.sa import IsakmpSa, Nat
from cryptomap.ikev1.timers import KEEPALIVE, Timer
from cryptomap.model import event as ev
from cryptomap.model.address import NAT_T_PORT, Address, Endpoint
from cryptomap.model.algorithm import Hash
from cryptomap.model.sa import UdpEncapsulation
from cryptomap.wire.numbers import EncapsulationMode
from cryptomap.wire.payload import NatDDraftPayload, NatDPayload

UDP_MODES = frozenset({EncapsulationMode.UDP_TUNNEL, EncapsulationMode.UDP_TUNNEL_DRAFT})


def nat_d(sa: IsakmpSa, digest: Hash, vendor_id: bytes | None) -> tuple[NatDPayload, ...]:
    """Our two NAT-D payloads, the peer's end first; none unless both know NAT-T (`vendor_id`)."""
    if vendor_id is None:
        return ()
    kind = NatDDraftPayload if vendor_id in DRAFTS else NatDPayload
    return tuple(kind(_hash(digest, sa.cookies, end)) for end in (sa.remote, sa.local))


def detect(
    sa: IsakmpSa,
    digest: Hash,
    vendor_id: bytes | None,
    payloads: Sequence[NatDPayload],
    *,
    may_have_floated: bool = False,
) -> Nat | None:
    """What the peer's NAT-D payloads say; None when there are none to go by (RFC 3947 section 3.2).

    The first names us as the peer sees us, the others are the peer's own addresses. Those of aggressive
    mode's last message may go by the ports that it is sent with, 4500 where a NAT was found.
    """
    if vendor_id is None or len(payloads) < 2:
        return None
    first, *others = (payload.data for payload in payloads)
    local = not _names(first, digest, sa.cookies, sa.local, may_have_floated)
    remote = not any(_names(data, digest, sa.cookies, sa.remote, may_have_floated) for data in others)
    return Nat(local, remote, vendor_id in DRAFTS)


def _names(data: bytes, digest: Hash, cookies: Cookies, end: Endpoint, may_have_floated: bool) -> bool:
    ends = (end, floated(end)) if may_have_floated else (end,)
    return any(equal(_hash(digest, cookies, each), data) for each in ends)


def apply(
    ctx: Context,
    sa: IsakmpSa,
    digest: Hash,
    vendor_id: bytes | None,
    payloads: Sequence[NatDPayload],
    *,
    may_have_floated: bool = False,
) -> None:
    """Finds out, and tells, what is between us and the peer."""
    sa.nat = detect(sa, digest, vendor_id, payloads, may_have_floated=may_have_floated)
    if sa.nat is not None:
        ctx.emit(ev.NatDetected(sa.ref, sa.nat.local, sa.nat.remote))


def _hash(digest: Hash, cookies: Cookies, end: Endpoint) -> bytes:
    return nat_detection_hash(digest, cookies, end.address.packed, end.port)


def float_ports(ctx: Context, sa: IsakmpSa) -> None:
    """Both ends of the SA on port 4500, where a NAT was found: what an initiator does from message 5 of main
    mode on, or message 3 of aggressive mode (RFC 3947 section 4)."""
    if sa.nat is None or not sa.nat.found:
        return
    sa.local = floated(sa.local)
    ctx.sas.move(sa, floated(sa.remote))


def settle(ctx: Context, sa: IsakmpSa, arrived: Endpoint) -> None:
    """What the initiator found counts, and the port of ours that its proof arrived at says it: NAT-D payloads
    are not proved, and one spoilt on its way would keep the two ends apart as long as the SA lives."""
    if sa.nat is None:
        return
    gone_over = sa.local.port != NAT_T_PORT == arrived.port
    found = gone_over or (sa.nat.found and arrived.port == NAT_T_PORT)
    if found is not sa.nat.found:
        sa.nat = Nat(False, found, sa.nat.draft)
        ctx.emit(ev.NatDetected(sa.ref, sa.nat.local, sa.nat.remote))


def encapsulation_mode(sa: IsakmpSa) -> EncapsulationMode:
    """Tunnel mode as this SA's path needs it."""
    if sa.nat is None or not sa.nat.found:
        return EncapsulationMode.TUNNEL
    return EncapsulationMode.UDP_TUNNEL_DRAFT if sa.nat.draft else EncapsulationMode.UDP_TUNNEL


def udp_encapsulation(sa: IsakmpSa) -> UdpEncapsulation | None:
    """The ports of encapsulated ESP, or None where plain ESP is used."""
    if sa.nat is None or not sa.nat.found:
        return None
    return UdpEncapsulation(NAT_T_PORT, sa.remote.port)


def start_keepalive(ctx: Context, sa: IsakmpSa) -> None:
    """Keeps our NAT's mapping open from now on, if we are behind one."""
    if sa.nat is not None and sa.nat.local:
        ctx.timers.set(Timer.KEEPALIVE, (sa.local, sa.remote), ctx.now + _interval(ctx))


def keepalive_due(ctx: Context, whose: object) -> None:
    """Sends one, and goes on as long as anything uses the path."""
    if not isinstance(whose, tuple):
        return
    local, remote = whose
    sas = ctx.sas.with_peer(local.address, remote.address)
    children = ctx.children.with_peer(local.address, remote.address)
    if any(sa.usable and sa.remote == remote for sa in sas) or any(
        child.nat is not None and child.nat.local and child.peer == remote for child in children
    ):
        ctx.send_keepalive(local, remote)
        ctx.timers.set(Timer.KEEPALIVE, whose, ctx.now + _interval(ctx))


def move_keepalive(ctx: Context, local: Address, old: Endpoint, new: Endpoint) -> None:
    """The peer is at a new place: a mapping of ours that was kept open to the old one is kept to this."""
    end = Endpoint(local, NAT_T_PORT)
    if (Timer.KEEPALIVE, (end, old)) in ctx.timers:
        ctx.timers.cancel(Timer.KEEPALIVE, (end, old))
        ctx.timers.set(Timer.KEEPALIVE, (end, new), ctx.now + _interval(ctx))


def _interval(ctx: Context) -> float:
    return float(ctx.config.nat_keepalive or KEEPALIVE)
