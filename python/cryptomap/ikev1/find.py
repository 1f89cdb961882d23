"""Whom a datagram belongs to, and what a proved one says of its sender."""

from hashlib import sha256

from cryptomap.ikev1 import children
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.main_mode_responder import resume
from cryptomap.ikev1.feature import dpd
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.timers import Timer
from cryptomap.model.address import Datagram
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.wire.isakmp import Header

_DIGEST_SIZE = 16


def digest_of(datagram: Datagram) -> bytes:
    """What a message is known again by when it comes twice."""
    return sha256(datagram.data).digest()[:_DIGEST_SIZE]


def find(ctx: Context, datagram: Datagram, header: Header) -> IsakmpSa | None:
    """The SA of the cookies, if the datagram comes from its peer."""
    sa = ctx.sas.find(header.initiator_cookie, header.responder_cookie) or _half_open(ctx, datagram, header)
    if sa is None or sa.deleted or not _from_peer(sa, datagram):
        ctx.counters.unknown_sa += 1
        return None
    return sa


def _half_open(ctx: Context, datagram: Datagram, header: Header) -> IsakmpSa | None:
    """The SA as it was after message 2. It is in no table before message 3 is taken."""
    kept = ctx.half_open.find(header.initiator_cookie, datagram.remote.address)
    if kept is None or kept.sa.responder_cookie != header.responder_cookie:
        return None
    return resume(ctx, kept)


def _from_peer(sa: IsakmpSa, datagram: Datagram) -> bool:
    """Behind a NAT the peer's address and port may change, and the keys prove it; our own address may not."""
    moving = sa.nat is not None and sa.nat.found
    same = datagram.remote.address == sa.remote.address
    return datagram.local.address == sa.local.address and (same or moving)


def check_fresh(sa: IsakmpSa, message_id: int) -> None:
    """Raises `PeerMisbehavedError` for the message id of an exchange that has been, or is under way."""
    if message_id in sa.used_ids or message_id in sa.nodes:
        raise PeerMisbehavedError("the message id has been used")


def follow(ctx: Context, sa: IsakmpSa, datagram: Datagram) -> None:
    """A proved message says that the peer has finished phase 1, that it lives, and where it is now (RFC 3947
    section 8)."""
    ctx.timers.cancel(Timer.RETRANSMIT, (sa.handle, 0))
    dpd.heard(ctx, sa)
    if sa.nat is not None and sa.nat.found and sa.remote != datagram.remote:
        children.follow(ctx, sa.local.address, sa.remote, datagram.remote)
