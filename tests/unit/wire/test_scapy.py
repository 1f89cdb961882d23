"""scapy's ISAKMP layer as an independent encoder: same fields, same octets."""

from ipaddress import IPv4Address

from scapy.layers.isakmp import (
    ISAKMP,
    ISAKMP_payload,
    ISAKMP_payload_Delete,
    ISAKMP_payload_ID,
    ISAKMP_payload_KE,
    ISAKMP_payload_Nonce,
    ISAKMP_payload_Notify,
    ISAKMP_payload_Proposal,
    ISAKMP_payload_SA,
    ISAKMP_payload_Transform,
    ISAKMP_payload_VendorID,
)

from cryptomap.wire.isakmp import Header, encode_message
from cryptomap.wire.numbers import ExchangeType, Flag, NotifyType, PayloadType
from cryptomap.wire.payload import (
    Attribute,
    DeletePayload,
    IdPayload,
    KePayload,
    NatDPayload,
    NoncePayload,
    NotifyPayload,
    Payload,
    Proposal,
    SaPayload,
    Transform,
    VendorPayload,
)

COOKIES = (b"initiate", b"response")


def ours(exchange: ExchangeType, message_id: int, *payloads: Payload) -> bytes:
    return encode_message(Header(*COOKIES, PayloadType.NONE, exchange, Flag(0), message_id), payloads)


def theirs(exchange: int, message_id: int, first: int) -> ISAKMP:
    return ISAKMP(
        init_cookie=COOKIES[0], resp_cookie=COOKIES[1], exch_type=exchange, id=message_id, next_payload=first
    )


def test_main_mode_first_message() -> None:
    first = [("Encryption", 7), ("KeyLength", 256), ("Hash", 4), ("GroupDesc", 14), ("Authentication", 1)]
    second = [("Encryption", 5), ("Hash", 2), ("GroupDesc", 2), ("Authentication", 1)]
    life = [("LifeType", 1), ("LifeDuration", 86400)]
    transforms = ISAKMP_payload_Transform(
        next_payload=3, transform_count=1, transforms=first + life
    ) / ISAKMP_payload_Transform(next_payload=0, transform_count=2, transforms=second)
    message = (
        theirs(2, 0, 1)
        / ISAKMP_payload_SA(
            next_payload=13, prop=ISAKMP_payload_Proposal(next_payload=0, trans_nb=2, trans=transforms)
        )
        / ISAKMP_payload_VendorID(next_payload=0, VendorID=b"sixteen octets!!")
    )
    attributes = tuple(
        Attribute(kind, value) for kind, value in [(1, 7), (14, 256), (2, 4), (4, 14), (3, 1), (11, 1)]
    )
    sa = SaPayload(
        1,
        1,
        (
            Proposal(
                1,
                1,
                b"",
                (
                    Transform(1, 1, (*attributes, Attribute(12, bytes.fromhex("015180")))),
                    Transform(
                        2,
                        1,
                        tuple(Attribute(kind, value) for kind, value in [(1, 5), (2, 2), (4, 2), (3, 1)]),
                    ),
                ),
            ),
        ),
    )
    vendor = VendorPayload(b"sixteen octets!!")
    assert ours(ExchangeType.IDENTITY_PROTECTION, 0, sa, vendor) == bytes(message)


def test_key_exchange_and_nat_detection() -> None:
    message = (
        theirs(2, 0, 4)
        / ISAKMP_payload_KE(next_payload=10, ke=b"\x5a" * 96)
        / ISAKMP_payload_Nonce(next_payload=20, nonce=b"\x0e" * 20)
        / ISAKMP_payload(next_payload=0, load=b"\xd1" * 16)
    )
    payloads = (KePayload(b"\x5a" * 96), NoncePayload(b"\x0e" * 20), NatDPayload(b"\xd1" * 16))
    assert ours(ExchangeType.IDENTITY_PROTECTION, 0, *payloads) == bytes(message)


def test_informational() -> None:
    spi = b"".join(COOKIES)
    message = (
        theirs(5, 0x0BADCAFE, 5)
        / ISAKMP_payload_ID(next_payload=11, IDtype=1, ProtoID=17, Port=500, IdentData="10.0.0.1")
        / ISAKMP_payload_Notify(
            next_payload=12, doi=1, proto=1, SPI=spi, notify_msg_type=24578, notify_data=b"data"
        )
        / ISAKMP_payload_Delete(next_payload=0, doi=1, proto=3, SPIs=[b"\0\0\1\1", b"\0\0\1\2"])
    )
    payloads = (
        IdPayload.for_address(IPv4Address("10.0.0.1"), 17, 500),
        NotifyPayload(1, 1, spi, NotifyType.INITIAL_CONTACT, b"data"),
        DeletePayload(1, 3, (b"\0\0\1\1", b"\0\0\1\2")),
    )
    assert ours(ExchangeType.INFORMATIONAL, 0x0BADCAFE, *payloads) == bytes(message)
