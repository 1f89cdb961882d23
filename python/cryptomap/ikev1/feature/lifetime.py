"""How long an ISAKMP SA lives, and RESPONDER-LIFETIME (RFC 2407 section 4.6.3.1): a responder whose SA lives
shorter than the initiator offered says so.

Remote clients are told, as IOS tells them. Between gateways it is not needed: whose SA ends first says that.
"""

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.attributes import isakmp_life, isakmp_seconds
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.timers import RENEW_SA_BEFORE, Timer
from cryptomap.model.status import Role
from cryptomap.wire.attribute import decode_attributes, encode_attributes
from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import NotifyType, Protocol
from cryptomap.wire.payload import NotifyPayload


def last(ctx: Context, sa: IsakmpSa, seconds: int) -> None:
    """The established SA lives so long; a while before its end is the time to renew it, where we do that."""
    sa.expires = (sa.established or ctx.now) + seconds
    ctx.timers.set(Timer.EXPIRE, sa.handle, sa.expires)
    if not sa.same_kind or sa.client is not None:
        ctx.timers.set(Timer.RENEW_SA, sa.handle, sa.expires - min(RENEW_SA_BEFORE, seconds / 4))


def tell(ctx: Context, sa: IsakmpSa) -> None:
    """Tells an initiator that offered more."""
    if sa.shortened and sa.policy is not None:
        cookies = sa.initiator_cookie + sa.responder_cookie
        data = encode_attributes(isakmp_life(sa.policy.lifetime))
        send_notify(ctx, sa, NotifyType.RESPONDER_LIFETIME, cookies, data)


def told(ctx: Context, sa: IsakmpSa, notify: NotifyPayload) -> None:
    """The responder's SA ends sooner than ours: ours goes by it. Raises `MalformedError`."""
    if notify.protocol != Protocol.ISAKMP or sa.role is not Role.INITIATOR or sa.established is None:
        return
    seconds = isakmp_seconds(decode_attributes(Reader(notify.data, "RESPONDER-LIFETIME notify")))
    if seconds and sa.expires is not None and sa.established + seconds < sa.expires:
        last(ctx, sa, seconds)
