"""Expectations against what was shown: order, blanks, regular expressions, refusals, kinds of packets."""

import re
from collections import Counter

import pytest

from cryptomap.lab.capture import Packet
from cryptomap.lab.judge import judge_kinds, judge_text, tell_kinds
from cryptomap.lab.script import Expectation, squeeze

SHOWN = """\
dst             src             state          conn-id status
13.1.1.3        12.1.1.2        QM_IDLE           1001 ACTIVE
"""


def text(words: str) -> Expectation:
    return Expectation(words, re.compile(re.escape(squeeze(words))))


def test_blanks_do_not_matter_and_order_does() -> None:
    assert judge_text(SHOWN, [text("dst src"), text("13.1.1.3 12.1.1.2 QM_IDLE")], []) is None
    wrong = judge_text(SHOWN, [text("QM_IDLE"), text("dst src")], [])
    assert wrong == "expected (line 2 of 2) after line 1 of them: dst src"


def test_a_refused_text_is_told() -> None:
    assert judge_text(SHOWN, [], [text("MM_NO_STATE")]) is None
    assert judge_text(SHOWN, [], [text("ACTIVE")]) == "must not be shown, but was: ACTIVE"


def test_a_capture_holds_what_it_should_and_no_more() -> None:
    only = ["UDP 500", "IP protocol 50"]
    good = Counter({"UDP 500": 9, "IP protocol 50": 20, "ARP": 4})
    assert judge_kinds(good, only) is None
    assert tell_kinds(good) == "20 x IP protocol 50, 9 x UDP 500; besides 4 x ARP"
    assert judge_kinds(Counter({"UDP 500": 9}), only) == "expected on the wire, but not seen: IP protocol 50"
    assert "but there was: ICMP" in str(judge_kinds(good + Counter({"ICMP": 1}), only))


@pytest.mark.parametrize(
    ("ethertype", "octets", "kind"),
    [
        # 20 octets of IPv4 (RFC 791), then ports.
        (0x0800, "4500001c 00010000 4011 0000 0c010102 0d010103 01f4 01f4 0008 0000", "UDP 500"),
        (0x0800, "4500001c 00010000 4011 0000 0c010102 0d010103 1194 c350 0008 0000", "UDP 4500"),
        (0x0800, "4500001c 00010000 4032 0000 0c010102 0d010103 00000001 00000001", "IP protocol 50"),
        (0x0800, "4500001c 00010000 4001 0000 02020202 03030303 0800 0000 0000 0001", "ICMP"),
        (0x0800, "4500001c 00012001 4011 0000 02020202 03030303 0800 0000 0000 0001", "UDP fragment"),
        (0x0800, "4500", "EtherType 0x0800"),
        (0x0806, "0001", "ARP"),
        (0x88CC, "0207", "EtherType 0x88cc"),
    ],
)
def test_packets_are_named_for_what_they_are(ethertype: int, octets: str, kind: str) -> None:
    assert Packet(ethertype, bytes.fromhex(octets)).kind == kind
