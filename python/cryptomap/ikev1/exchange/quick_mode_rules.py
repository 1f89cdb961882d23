"""What the messages of quick mode hold, and the RESPONDER-LIFETIME notify in them."""

from cryptomap.ikev1.exchange.attributes import life_attributes
from cryptomap.ikev1.message import Rules
from cryptomap.policy.ipsec import IpsecLifetime, IpsecOffer
from cryptomap.wire.attribute import decode_attributes
from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import Doi, ExchangeType, NotifyType, Protocol
from cryptomap.wire.payload import (
    Attribute,
    HashPayload,
    IdPayload,
    KePayload,
    NatOaDraftPayload,
    NatOaPayload,
    NoncePayload,
    NotifyPayload,
    SaPayload,
    encode_attributes,
)

QUICK = ExchangeType.QUICK_MODE
QM_RULES = Rules(
    {
        HashPayload: (1, 1),
        SaPayload: (1, 1),
        NoncePayload: (1, 1),
        KePayload: (0, 1),
        IdPayload: (0, 2),
        NatOaPayload: (0, 2),
        NatOaDraftPayload: (0, 2),
    },
    encrypted=True,
)
QM3_RULES = Rules({HashPayload: (1, 1)}, encrypted=True)


def shorter_life(own: IpsecLifetime, offer: IpsecOffer, spi: bytes) -> tuple[NotifyPayload, ...]:
    """A RESPONDER-LIFETIME notify (RFC 2407 section 4.6.3.1) where ours is smaller than offered."""
    seconds = own.seconds if offer.seconds is None or own.seconds < offer.seconds else None
    kilobytes = own.kilobytes if offer.kilobytes is not None and own.kilobytes < offer.kilobytes else None
    attributes = life_attributes(seconds, kilobytes)
    if not attributes:
        return ()
    data = encode_attributes(attributes)
    return (NotifyPayload(Doi.IPSEC, Protocol.ESP, spi, NotifyType.RESPONDER_LIFETIME, data),)


def told_lifetime(notify: NotifyPayload) -> tuple[Attribute, ...]:
    """The attributes of a received RESPONDER-LIFETIME. Raises `MalformedError`."""
    return decode_attributes(Reader(notify.data, "RESPONDER-LIFETIME notify"))
