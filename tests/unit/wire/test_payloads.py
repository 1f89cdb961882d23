"""Each payload against octets written out from its diagram, and what its decoder refuses."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest

from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.numbers import IdType, NotifyType, PayloadType
from cryptomap.wire.payload import (
    BY_NUMBER,
    Attribute,
    AttributesPayload,
    CertPayload,
    CertRequestPayload,
    DeletePayload,
    FragmentPayload,
    HashPayload,
    IdPayload,
    KePayload,
    NatDDraftPayload,
    NatDPayload,
    NatOaDraftPayload,
    NatOaPayload,
    NoncePayload,
    NotifyPayload,
    Payload,
    Proposal,
    SaPayload,
    SignaturePayload,
    Transform,
    VendorPayload,
)

TWO_PROPOSALS = SaPayload(
    1,
    1,
    (
        Proposal(
            1,
            3,
            b"\x01\x02\x03\x04",
            (Transform(1, 12, (Attribute(6, 128), Attribute(5, 2))), Transform(2, 3)),
        ),
        Proposal(2, 2, b"\x05\x06\x07\x08", (Transform(1, 3, (Attribute(2, b"\x00\x46\x50\x00"),)),)),
    ),
)
CASES: list[tuple[int, str, Payload]] = [
    (
        1,
        "00000001 00000001"
        "02 00 0024 01 03 04 02 01020304 03 00 0010 01 0c 0000 80060080 80050002 00 00 0008 02 03 0000"
        "00 00 001c 02 02 04 01 05060708 00 00 0010 01 03 0000 00020004 00465000",
        TWO_PROPOSALS,
    ),
    (4, "deadbeef", KePayload(b"\xde\xad\xbe\xef")),
    (5, "01 11 01f4 0a000001", IdPayload(IdType.IPV4_ADDR, 17, 500, b"\x0a\x00\x00\x01")),
    (
        5,
        "04 06 0050 0a010000 ffff0000",
        IdPayload(IdType.IPV4_ADDR_SUBNET, 6, 80, b"\x0a\x01\0\0\xff\xff\0\0"),
    ),
    (5, "02 00 0000 7232", IdPayload(IdType.FQDN, 0, 0, b"r2")),
    (6, "04 3082", CertPayload(4, b"\x30\x82")),
    (7, "04", CertRequestPayload(4, b"")),
    (8, "0102", HashPayload(b"\x01\x02")),
    (9, "aa", SignaturePayload(b"\xaa")),
    (10, "0badcafe", NoncePayload(b"\x0b\xad\xca\xfe")),
    (
        11,
        "00000001 03 04 600000 00 00 01" + "0001",
        NotifyPayload(1, 3, b"\0\0\0\x01", NotifyType(0x6000), b"\0\x01"),
    ),
    (12, "00000001 03 04 0002 00000010 00000020", DeletePayload(1, 3, (b"\0\0\0\x10", b"\0\0\0\x20"))),
    (13, "afcad713", VendorPayload(b"\xaf\xca\xd7\x13")),
    (14, "01 00 1234 00010000", AttributesPayload(1, 0x1234, (Attribute(1, b""),))),
    (20, "0011", NatDPayload(b"\x00\x11")),
    (21, "01 000000 c0000201", NatOaPayload(IPv4Address("192.0.2.1"))),
    (130, "0011", NatDDraftPayload(b"\x00\x11")),
    (131, "05 000000" + "20010db8" + "00" * 11 + "01", NatOaDraftPayload(IPv6Address("2001:db8::1"))),
    (132, "0102 03 01 abcd", FragmentPayload(0x0102, 3, 1, b"\xab\xcd")),
]


@pytest.mark.parametrize(("number", "text", "payload"), CASES)
def test_octets_and_value(number: int, text: str, payload: Payload) -> None:
    octets = bytes.fromhex(text)
    assert BY_NUMBER[PayloadType(number)].decode(Reader(octets)) == payload
    assert payload.encode() == octets
    assert payload.raw == octets
    assert payload.number == number


def test_every_payload_is_tried() -> None:
    assert {PayloadType(number) for number, _, _ in CASES} == set(BY_NUMBER)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "00000001 00000001"),  # no proposal
        (1, "00000000 00000001 00000008 01010000"),  # DOI 0
        (1, "00000001 00000003 00000008 01010000"),  # a situation with labels
        (1, "00000001 00000001 00 00 0008 01 01 00 00"),  # no transform
        (1, "00000001 00000001 00 00 0010 01 01 00 02 00 00 0008 01 01 0000"),  # two announced, one there
        (
            1,
            "00000001 00000001 00 00 0018 01 01 00 01 03 00 0008 01 01 0000 00 00 0008 02 01 0000",
        ),  # one, two there
        (1, "00000001 00000001 00 00 0010 01 01 00 01 05 00 0008 01 01 0000"),  # an ID follows a transform
        (
            1,
            "00000001 00000001 03 00 0010 01 01 00 01 00 00 0008 01 01 0000",
        ),  # a transform follows a proposal
        (1, "00000001 00000001 00 00 0010 01 01 00 01 00 00 0008 01 01 0001"),  # RESERVED2
        (1, "00000001 00000001 00 00 0010 01 01 00 01 00 01 0008 01 01 0000"),  # RESERVED
        (1, "00000001 00000001 00 00 0010 01 01 09 01 00 00 0008 01 01 0000"),  # SPI beyond the end
        (
            1,
            "00000001 00000001 00 00 0014 01 01 00 01 00 00 000c 01 01 0000 00010004",
        ),  # attribute beyond the end
        (1, "00000001 00000001 00 00 0010 01 01 00 01 00 00 0008 01 01 0000 00"),  # an octet behind
        (5, "01 11 01f4 0a0000"),  # a short address
        (5, "04 00 0000 0a000000"),  # half a subnet
        (5, "06 00 0000 0a000000 ff000000"),  # an IPv6 subnet of IPv4 size
        (11, "00000001 03 04 6000 000000"),  # a short SPI
        (11, "00000001 03 04"),
        (12, "00000001 03 04 0002 00000010"),  # one of two SPIs
        (12, "00000001 03 04 0001 00000010 00"),  # an octet behind
        (12, "00000001 03 00 ffff"),  # SPIs of no size
        (12, "00000001 03 04 0000"),  # no SPI
        (6, ""),
        (7, ""),
        (14, "01 01 1234"),  # RESERVED
        (21, "02 000000 6162"),  # not an address
        (21, "01 000001 c0000201"),  # RESERVED
        (21, "01 000000 c000020100"),
    ],
)
def test_refused(number: int, text: str) -> None:
    with pytest.raises(MalformedError):
        BY_NUMBER[PayloadType(number)].decode(Reader(bytes.fromhex(text)))


def test_attribute_forms() -> None:
    basic, variable = bytes.fromhex("800b0001"), bytes.fromhex("000c000400015180")
    assert Attribute.decode(Reader(basic)) == Attribute(11, 1)
    assert Attribute.decode(Reader(variable)) == Attribute(12, b"\x00\x01\x51\x80")
    assert Attribute.decode(Reader(variable)).number == 86400
    assert Attribute.duration(12, 65535).encode() == bytes.fromhex("800cffff")
    assert Attribute.duration(12, 65536).encode() == bytes.fromhex("000c000400010000")
    assert Attribute(12, b"\xff" * 5000).number == 2**64 - 1
    assert Attribute(12, b"").number == 0


def test_identity_helpers() -> None:
    assert IdPayload.for_address(IPv4Address("10.0.0.1"), 17, 500).encode() == bytes.fromhex(
        "011101f40a000001"
    )
    assert IdPayload.for_subnet(IPv4Network("10.1.0.0/16")).encode() == bytes.fromhex(
        "040000000a010000ffff0000"
    )
    assert IdPayload.for_fqdn("r2.example").encode() == b"\x02\x00\x00\x00r2.example"
    assert IdPayload.for_address(IPv6Address("::1")).encode() == b"\x05\0\0\0" + bytes(15) + b"\x01"
    assert IdPayload.for_subnet(IPv6Network("2001:db8::/32")).network == IPv6Network("2001:db8::/32")
    assert IdPayload.for_address(IPv4Address("10.0.0.1")).network == IPv4Network("10.0.0.1/32")
    assert IdPayload.for_subnet(IPv4Network("0.0.0.0/0")).network == IPv4Network("0.0.0.0/0")


@pytest.mark.parametrize(
    ("kind", "data", "text", "network"),
    [
        (1, "0a000001", "10.0.0.1", "10.0.0.1/32"),
        (4, "0a000001ffffff00", "10.0.0.1/255.255.255.0", "10.0.0.0/24"),
        (4, "0a000000ff00ff00", "10.0.0.0/255.0.255.0", None),
        (7, "0a0000010a000009", "10.0.0.1-10.0.0.9", None),
        (2, "72322e6578616d706c65", "r2.example", None),
        (2, "72320a00", "72320a00", None),
        (3, "c3a9", "c3a9", None),
        (11, "464f4f", "FOO", None),
        (9, "3000", "3000", None),
        (250, "", "", None),
    ],
)
def test_identity_text_and_network(kind: int, data: str, text: str, network: str | None) -> None:
    payload = IdPayload(IdType(kind), 0, 0, bytes.fromhex(data))
    assert payload.text() == text
    assert payload.network == (None if network is None else IPv4Network(network))


def test_received_octets_do_not_follow_a_changed_copy() -> None:
    """`raw` belongs to one value: a payload made from another one has its own."""
    from dataclasses import replace

    assert replace(KePayload(b"old"), data=b"new").raw == b"new"
