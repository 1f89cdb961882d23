"""Informational exchanges: deletes and notifies (RFC 2408 sections 3.14 and 3.15, RFC 2409 section 5.7).

Sent once, never answered as such. What is not covered by a HASH changes nothing.
"""

from collections.abc import Sequence

from cryptomap.crypto.keys import hash_1
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import chain, first_iv, header, protect, protection_of
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.wire.isakmp import encode_message
from cryptomap.wire.numbers import Doi, ExchangeType, NotifyType, Protocol
from cryptomap.wire.payload import DeletePayload, HashPayload, NotifyPayload, Payload

INFORMATIONAL = ExchangeType.INFORMATIONAL


def send(ctx: Context, sa: IsakmpSa, payloads: Sequence[Payload], message_id: int | None = None) -> int:
    """Sends payloads under HASH(1); returns the message id. One that is given is not remembered: the caller
    knows the message when it comes back."""
    protection = protection_of(sa)
    if message_id is None:
        message_id = ctx.new_message_id(sa)
        ctx.remember_id(sa, message_id)
    proof = hash_1(protection.hash, protection.keys.skeyid_a, message_id, chain(payloads))
    head = header(sa, INFORMATIONAL, message_id, encrypted=True)
    data, _ = protect(sa, head, [HashPayload(proof), *payloads], first_iv(sa, message_id))
    ctx.emit(ev.NodeCreated(sa.ref, message_id))
    ctx.send(sa, data)
    ctx.emit(ev.PacketSent(sa.ref))
    return message_id


def send_delete_children(ctx: Context, sa: IsakmpSa, spis: Sequence[int]) -> None:
    """Tells of IPsec SAs that are gone, by our inbound SPIs."""
    octets = tuple(spi.to_bytes(4, "big") for spi in spis)
    message_id = send(ctx, sa, [DeletePayload(Doi.IPSEC, Protocol.ESP, octets)])
    ctx.emit(ev.NodeDeleted(sa.ref, message_id, False, "informational (out) state 1"))


def send_delete_sa(ctx: Context, sa: IsakmpSa) -> None:
    """Tells that the ISAKMP SA itself is gone."""
    cookies = sa.initiator_cookie + sa.responder_cookie
    message_id = send(ctx, sa, [DeletePayload(Doi.IPSEC, Protocol.ISAKMP, (cookies,))])
    ctx.emit(ev.NodeDeleted(sa.ref, message_id, False, "informational (out) state 1"))


def send_notify(
    ctx: Context,
    sa: IsakmpSa,
    notify: int,
    spi: bytes = b"",
    data: bytes = b"",
    message_id: int | None = None,
) -> None:
    """A notify about ESP SA `spi`, or about the ISAKMP SA when `spi` is its cookies."""
    protocol = Protocol.ISAKMP if len(spi) > 4 else Protocol.ESP
    kind = NotifyType(notify)
    message_id = send(ctx, sa, [NotifyPayload(Doi.IPSEC, protocol, spi, kind, data)], message_id)
    shown = int.from_bytes(spi, "big") if len(spi) == 4 else 0
    ctx.emit(ev.NotifySent(sa.ref, notify, kind.name, message_id, int(protocol), shown))


def send_plain_notify(ctx: Context, sa: IsakmpSa, notify: int, most: int) -> None:
    """A notify in clear to a peer whose first message was refused, of at most `most` octets: never more
    than was received, and few in all, since the sender may be forged. No responder's cookie is in it."""
    kind = NotifyType(notify)
    payload = NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, b"", kind)
    data = encode_message(header(sa, INFORMATIONAL), [payload])
    if len(data) <= most and ctx.may_notify():
        ctx.emit(ev.NotifySent(sa.ref, notify, kind.name, 0))
        ctx.send(sa, data)
