"""Mode config's attributes as octets: numbers and layouts as in draft-dukes-ike-mode-cfg-02 section 3.4, and
as Unity clients (vpnc, racoon) read Cisco's."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptomap.ikev1.exchange.transaction import LONGEST_TEXT, text
from cryptomap.ikev1.feature.config_attributes import decode, encode, requested_address
from cryptomap.model.error import MalformedError, PeerMisbehavedError
from cryptomap.model.remote_access import Assignment
from cryptomap.wire.payload import Attribute, encode_attributes

ADDRESS, MASK, DNS = IPv4Address("10.9.9.1"), IPv4Address("255.255.255.0"), IPv4Address("2.2.2.53")
SPLIT = (IPv4Network("2.2.2.0/24"), IPv4Network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("told", "octets"),
    [
        (Assignment(address=ADDRESS), "0001 0004 0a090901"),
        (Assignment(address=ADDRESS, netmask=MASK), "0001 0004 0a090901 0002 0004 ffffff00"),
        (Assignment(dns=(DNS, ADDRESS)), "0003 0004 02020235 0003 0004 0a090901"),
        (Assignment(wins=(DNS,)), "0004 0004 02020235"),
        (Assignment(expiry=86388), "0005 0004 00015174"),
        (Assignment(version="x"), "0007 0001 78"),
        (Assignment(banner="Hi"), "7000 0002 4869"),
        (Assignment(domain="a.b"), "7002 0003 612e62"),
        (Assignment(split_dns=("a", "b")), "7003 0003 612c62"),
        (Assignment(backup_gateways=("1.2.3.4",)), "7009 0007 312e322e332e34"),
        (
            Assignment(split_include=SPLIT),
            "7004 001c 02020200 ffffff00 0000 0000 0000 0a000000 ff000000 0000 0000 0000",
        ),
        (Assignment(include_local_lan=True), "7006 000e 00000000 ffffffff 0000 0000 0000"),
        (Assignment(save_password=True, pfs=False), "f001 0001 f007 0000"),
        (Assignment(netmask=MASK), ""),
    ],
)
def test_octets(told: Assignment, octets: str) -> None:
    assert encode_attributes(encode(told)) == bytes.fromhex(octets)
    if octets:
        assert decode(encode(told)) == told


def test_only_what_is_wanted() -> None:
    told = Assignment(address=ADDRESS, dns=(DNS,), banner="Hi")
    assert [each.type for each in encode(told, {3, 0x7000, 99})] == [3, 0x7000]


@pytest.mark.parametrize(
    "attribute",
    [Attribute(1, b"\x0a"), Attribute(1, bytes(5)), Attribute(0x7004, bytes(8)), Attribute(3, 7)],
)
def test_lengths_that_do_not_fit(attribute: Attribute) -> None:
    with pytest.raises((MalformedError, PeerMisbehavedError)):
        decode([attribute])


def test_an_empty_attribute_is_no_value() -> None:
    assert decode([Attribute(1, b""), Attribute(0x7000, b"")]) == Assignment()
    assert requested_address([Attribute(1, b"")]) is None
    assert requested_address([Attribute(1, ADDRESS.packed)]) == ADDRESS


VALUES = st.binary(max_size=40) | st.integers(0, 0xFFFF)


@given(st.lists(st.builds(Attribute, st.integers(0, 0x7FFF), VALUES)))
def test_anything_is_decoded_or_refused(attributes: list[Attribute]) -> None:
    with suppress(MalformedError, PeerMisbehavedError):
        decode(attributes)
    requested_address(attributes)


@given(st.binary(max_size=2000))
def test_a_text_is_printable_and_short(octets: bytes) -> None:
    shown = text(Attribute(16521, octets))
    assert shown.isprintable()
    assert len(shown) <= LONGEST_TEXT


def test_a_text_of_two_octets_may_be_basic() -> None:
    assert text(Attribute(16521, 0x6162)) == "ab"
