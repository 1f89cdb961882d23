"""What a data plane tells: packets without an SA, limits reached, strange SPIs, peers that moved."""

from cryptomap.ikev1 import children, negotiation
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.sa import ChildSa
from cryptomap.model.address import Endpoint
from cryptomap.model.sa import Acquire, EngineEvent, Expired, InvalidSpi, PeerMoved
from cryptomap.wire.numbers import NotifyType


def receive(ctx: Context, event: EngineEvent) -> None:
    """One event of the data plane."""
    match event:
        case Acquire():
            negotiation.acquire(ctx, event)
        case Expired():
            _expired(ctx, event)
        case InvalidSpi():
            _invalid_spi(ctx, event)
        case PeerMoved():
            _peer_moved(ctx, event)


def _expired(ctx: Context, event: Expired) -> None:
    child = ctx.children.by_key(event.key)
    if child is None:
        return
    if event.hard:
        _ended(ctx, child)
    elif not _idle(ctx, child):
        negotiation.replace_child(ctx, child)


def _ended(ctx: Context, child: ChildSa) -> None:
    """The pair may carry no more. By volume that may be in the moment of its soft limit, so that a successor
    may only begin now: no packet asks for one where a temporary entry stands. A remote client is not told
    while one is under way: vpnc would begin another, and use the old keys with it."""
    if child.line.template is not None and not _idle(ctx, child):
        negotiation.replace_child(ctx, child)
    awaited = child.traffic in ctx.wanted
    children.remove(ctx, child, notify=child.session is None or not awaited)


def _idle(ctx: Context, child: ChildSa) -> bool:
    """Whether the pair has carried no packet, so that it needs no successor."""
    counted = [ctx.counters_of(spec.key) for spec in (child.inbound, child.outbound)]
    return all(counters is not None and not counters.packets for counters in counted)


def _invalid_spi(ctx: Context, event: InvalidSpi) -> None:
    """The peer uses an SA that we do not have: it is told under the ISAKMP SAs there are."""
    sas = ctx.sas.all_usable(event.destination, event.source)
    if not sas:
        negotiation.recover(ctx, event.destination, event.source, event.spi)
    for sa in sas:
        if ctx.may_notify():
            send_notify(ctx, sa, NotifyType.INVALID_SPI, event.spi.to_bytes(4, "big"))


def _peer_moved(ctx: Context, event: PeerMoved) -> None:
    """A packet of the peer's came from elsewhere."""
    child = ctx.children.by_key(event.key)
    if child is not None and child.nat is not None and child.nat.found:
        children.follow(ctx, child.local_address, child.peer, Endpoint(event.address, event.port))
