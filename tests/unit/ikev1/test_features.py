"""Vendor ids as peers know them, and what a message may hold."""

from ipaddress import IPv4Address

import pytest

from cryptomap.crypto.keys import Cookies
from cryptomap.ikev1.api import Emit
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.feature import vendor_ids
from cryptomap.ikev1.message import Message, Rules, chain, front_hash
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import Endpoint
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.status import Role
from cryptomap.policy.spd import Spd
from cryptomap.wire.isakmp import Header, decode_payloads, encode_payloads
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType
from cryptomap.wire.payload import (
    HashPayload,
    KePayload,
    NoncePayload,
    Payload,
    UnknownPayload,
    VendorPayload,
)

HEAD = Header(b"i" * 8, b"r" * 8, PayloadType.NONE, ExchangeType.IDENTITY_PROTECTION, Flag(0), 0)
RULES = Rules({KePayload: (1, 1), NoncePayload: (0, 2)}, encrypted=False)


@pytest.mark.parametrize(
    ("octets", "published", "major"),
    [
        (vendor_ids.RFC_3947, "4a131c81070358455c5728f20e95452f", 69),
        (vendor_ids.NAT_T_07, "439b59f8ba676c4c7737ae22eab8f582", 245),
        (vendor_ids.NAT_T_03, "7d9419a65310ca6f2c179d9215529d56", 157),
        (vendor_ids.NAT_T_02, "90cb80913ebb696e086381b5ec427b1f", 123),
    ],
)
def test_nat_t_vendor_ids(octets: bytes, published: str, major: int) -> None:
    """RFC 3947 section 3.1, Wireshark's list, and octet 14 as IOS prints it."""
    assert octets.hex() == published
    assert octets[14] == major


def test_the_best_common_nat_t_id_is_taken() -> None:
    offered = [VendorPayload(octets) for octets in (vendor_ids.NAT_T_02, vendor_ids.NAT_T_07, b"other")]
    assert vendor_ids.common_nat_t(vendor_ids.NAT_T_SENT, offered) == vendor_ids.NAT_T_07
    assert vendor_ids.common_nat_t(vendor_ids.NAT_T_SENT, offered[2:]) is None


def test_the_ids_of_a_session() -> None:
    """Unity and DPD in version 1.0, and one that both of us can work out."""
    unity, dpd, own = vendor_ids.session_ids(Cookies(b"i" * 8, b"r" * 8))
    assert unity.data.hex() == "12f5f28c457168a9702d9fe274cc0100"
    assert dpd.data.hex() == "afcad71368a1f1c96b8696fc77570100"
    assert own.data != vendor_ids.session_ids(Cookies(b"i" * 8, b"x" * 8))[2].data


@pytest.mark.parametrize(
    ("octets", "name", "major"),
    [
        ("09002689dfd6b712", "XAUTH", None),
        ("12f5f28c457168a9702d9fe274cc0100", "Unity", 1),
        ("12f5f28c457168a9702d9fe274cc0204", "Unity", 2),
        ("afcad71368a1f1c96b8696fc77570100", "DPD", 1),
        ("4048b7d56ebce88525e7de7f00d6c2d3", "FRAGMENTATION", 194),
        ("4048b7d56ebce88525e7de7f00d6c2d3c0000000", "FRAGMENTATION", 194),
        ("1f07f70eaa6514d3b0fa96542a500100", None, 1),
    ],
)
def test_vendor_ids_of_others(octets: str, name: str | None, major: int | None) -> None:
    """As Wireshark lists them; octet 14 is what IOS takes for a major version. The last is a VPN 3000's."""
    told: list[ev.VendorIdSeen] = []
    end = Endpoint(IPv4Address("192.0.2.1"), 500)
    sa = IsakmpSa(1, Role.RESPONDER, end, end, 0.0, b"i" * 8)
    ctx = Context(RouterConfig(), Spd({}), bytes)
    vendor_ids.recognise(ctx, sa, [VendorPayload(bytes.fromhex(octets))])
    for output in ctx.outputs:
        if isinstance(output, Emit) and isinstance(output.event, ev.VendorIdSeen):
            told.append(output.event)
    assert [(one.name, one.major) for one in told] == [(name, major)]


KE, NONCE = KePayload(b"k"), NoncePayload(b"n")


@pytest.mark.parametrize(
    ("payloads", "fits"),
    [
        ((KE,), True),
        ((KE, NONCE, NONCE), True),
        ((VendorPayload(b"v"), KE, UnknownPayload(PayloadType(200), b"x")), True),
        ((NONCE,), False),
        ((KE, KE), False),
        ((KE, NONCE, NONCE, NONCE), False),
        ((KE, HashPayload(b"h")), False),
        ((KE, UnknownPayload(PayloadType(99), b"x")), False),
        ((), False),
    ],
)
def test_rules(payloads: tuple[Payload, ...], fits: bool) -> None:
    message = Message(HEAD, payloads)
    if fits:
        message.check(RULES)
    else:
        with pytest.raises(PeerMisbehavedError):
            message.check(RULES)


def test_a_hash_covers_what_was_received() -> None:
    first, octets = encode_payloads([HashPayload(b"h" * 20), KE, NONCE, VendorPayload(b"v")])
    message = Message(HEAD, decode_payloads(first, octets + bytes(5), padded=True))
    front, rest = front_hash(message)
    assert front.data == b"h" * 20
    assert rest == octets[24:]
    assert chain(()) == b""


@pytest.mark.parametrize("payloads", [(), (KE, HashPayload(b"h"))])
def test_a_hash_stands_in_front(payloads: tuple[Payload, ...]) -> None:
    with pytest.raises(PeerMisbehavedError):
        front_hash(Message(HEAD, payloads))
