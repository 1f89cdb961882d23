"""Cisco's IKE fragmentation: large messages in pieces, both ways, under bad conditions and bad intentions."""

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from random import Random
from types import FrameType
from typing import Any

import pytest
from tests.sim.configs import LAB_POLICY, R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Faults

from cryptomap.ikev1.reassembly import LIFE, MOST_OCTETS, Reassembly
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, RouterConfig
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.wire.fragment import LARGEST_WHOLE, MOST_FRAGMENTS, fragments
from cryptomap.wire.isakmp import Header, decode_payloads, encode_message, split
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType
from cryptomap.wire.payload import FragmentPayload, HashPayload

TraceFunction = Callable[[FrameType, str, Any], Any]
BIG = IsakmpPolicy(10, IkeCipher.AES, 256, Hash.SHA512, AuthMethod.PRE_SHARE, Group.MODP_4096)
"""Its KE payloads alone are larger than a message that goes whole."""


def splitting(config: RouterConfig) -> RouterConfig:
    return replace(config, fragmentation=True)


def big(**changes: object) -> tuple[RouterConfig, RouterConfig]:
    return splitting(r2(policies=(BIG,), **changes)), splitting(r3(policies=(BIG,), **changes))


def pieces(site: Site) -> list[Datagram]:
    return [each for each in site.network.sent if split(each.data)[0].next_payload is PayloadType.FRAGMENT]


def test_messages_3_and_4_come_in_pieces() -> None:
    #  MM1 -->  <-- MM2   MM3, in two --> -->   <-- <-- MM4, in two   MM5* --> ...
    site = Site(*big())
    site.bring_up()
    assert [each.local.address for each in pieces(site)] == [R2_ADDRESS] * 2 + [R3_ADDRESS] * 2
    assert max(len(each.data) for each in site.network.sent) <= LARGEST_WHOLE
    site.no_errors()


@pytest.mark.parametrize("without", [0, 1])
def test_both_ends_must_want_it(without: int) -> None:
    configs = list(big())
    configs[without] = replace(configs[without], fragmentation=False)
    site = Site(configs[0], configs[1])
    site.bring_up()
    assert pieces(site) == []


@pytest.mark.parametrize("seed", range(20))
def test_pieces_are_lost_doubled_and_shuffled(seed: int) -> None:
    site = Site(*big(), seed, Faults(loss=0.15, duplication=0.2, jitter=0.3))
    site.traffic(165, 5)
    assert all(router.established for router in site.both), site.trouble()
    site.no_errors()


def header(**more: object) -> Header:
    head = Header(b"i" * 8, b"r" * 8, PayloadType.NONE, ExchangeType.QUICK_MODE, Flag(0), 0)
    return replace(head, **more)  # type: ignore[arg-type]


def test_the_octets_of_a_fragment() -> None:
    """Header with next payload 132, generic header, id, number, flags: as strongSwan and Cisco send them."""
    message = encode_message(header(message_id=7), [HashPayload(bytes(600))])
    first, second = fragments(message, 0x0102)
    assert first[16] == second[16] == 132
    assert first[20:24] == bytes(4)
    assert (first[28:36], second[28:36]) == (
        bytes.fromhex("0000 01e0 0102 01 00"),
        bytes.fromhex("0000") + (len(second) - 28).to_bytes(2, "big") + bytes.fromhex("0102 02 01"),
    )
    assert first[36:] + second[36:] == message


def read(data: bytes) -> FragmentPayload:
    head, body = split(data)
    (payload,) = decode_payloads(head.next_payload, body)
    assert isinstance(payload, FragmentPayload)
    return payload


def test_any_order_will_do() -> None:
    message = encode_message(header(), [HashPayload(Random(1).randbytes(1700))])
    parts = [read(each) for each in fragments(message, 1)]
    assert len(parts) == 4
    for order in permutations(parts):
        reassembly = Reassembly()
        results = [reassembly.add(1, part, 0.0) for part in order]
        assert results == [None, None, None, message]
        assert reassembly.octets == 0


def piece(number: int, data: bytes = b"x", *, name: int = 1, last: bool = False) -> FragmentPayload:
    return FragmentPayload(name, number, int(last), data)


@pytest.mark.parametrize("bad", [piece(0), piece(1, b"")])
def test_numbers_out_of_range(bad: FragmentPayload) -> None:
    with pytest.raises(PeerMisbehavedError):
        Reassembly().add(1, bad, 0.0)


def test_a_message_has_an_end() -> None:
    reassembly = Reassembly()
    for number in range(1, 65535 // 1200 + 1):
        assert reassembly.add(1, piece(number, bytes(1200)), 0.0) is None
    with pytest.raises(PeerMisbehavedError):
        reassembly.add(1, piece(200, bytes(1200)), 0.0)
    assert reassembly.octets == 0


def test_a_contradiction_begins_anew() -> None:
    reassembly = Reassembly()
    assert reassembly.add(1, piece(1, b"old"), 0.0) is None
    assert reassembly.add(1, piece(1, b"new"), 0.0) is None
    assert reassembly.add(1, piece(2, b"!", last=True), 0.0) == b"new!"
    assert reassembly.add(1, piece(1, b"old"), 0.0) is None
    assert reassembly.add(1, piece(2, b"late", last=True), LIFE + 1) is None


def test_the_last_is_not_before_another() -> None:
    """Pieces 3 and 2 are not a message of two pieces, though the last one is the second."""
    reassembly = Reassembly()
    assert reassembly.add(1, piece(3, b"c"), 0.0) is None
    assert reassembly.add(1, piece(2, b"b", last=True), 0.0) is None
    assert reassembly.add(1, piece(1, b"a"), 0.0) == b"ab"
    assert reassembly.octets == 0


def test_all_together_have_an_end() -> None:
    reassembly = Reassembly()
    for handle in range(2000):
        reassembly.add(handle, piece(2, bytes(1400)), 0.0)
        assert reassembly.octets <= MOST_OCTETS


def steps(order: list[int]) -> int:
    """Lines of Python that adding the fragments in this order takes."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> TraceFunction:
        nonlocal counted
        counted += event == "line"
        return count

    reassembly = Reassembly()
    before = sys.gettrace()
    sys.settrace(count)
    for number in order:
        reassembly.add(1, piece(number, b"x" * 200), 0.0)
    sys.settrace(before)
    return counted


def test_cve_2016_10396_cve_2016_6381_the_worst_order_costs_what_the_best_does() -> None:
    """CVE-2016-10396 of racoon: a fragment's cost grew with how many were there already."""
    few, many = list(range(1, 21)), list(range(1, MOST_FRAGMENTS))
    each = steps(few) / len(few)
    for order in (many, many[::-1]):
        assert steps(order) / len(order) < 1.1 * each


@pytest.mark.parametrize("spoil", ["strange cookies", "two payloads", "a fragment inside"])
def test_what_is_no_fragment_for_us(spoil: str) -> None:
    site = Site(*big())
    site.bring_up()
    (sa,) = site.right.endpoint._ctx.sas
    head = header(initiator_cookie=sa.initiator_cookie, responder_cookie=sa.responder_cookie)
    if spoil == "strange cookies":
        head = replace(head, responder_cookie=b"q" * 8)
    payloads = [piece(1, last=True)] * (2 if spoil == "two payloads" else 1)
    if spoil == "a fragment inside":
        payloads = [piece(1, encode_message(head, [piece(1, last=True)]), last=True)]
    octets = encode_message(head, payloads)
    end = Endpoint(R3_ADDRESS, 500), Endpoint(R2_ADDRESS, 500)
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(*end, octets))
    counters = site.right.endpoint.counters
    assert counters.unknown_sa + counters.misbehaved == 1
    assert site.right.endpoint._ctx.reassembly.octets == 0
    site.check()
    site.no_errors()


def test_nothing_is_kept_for_those_who_did_not_ask() -> None:
    """Fragmentation is off: fragments for a live SA are passed over."""
    site = Site(r2(policies=(LAB_POLICY,)), r3(policies=(LAB_POLICY,)))
    site.bring_up()
    (sa,) = site.right.endpoint._ctx.sas
    head = header(initiator_cookie=sa.initiator_cookie, responder_cookie=sa.responder_cookie)
    end = Endpoint(R3_ADDRESS, 500), Endpoint(R2_ADDRESS, 500)
    datagram = Datagram(*end, encode_message(head, [piece(1)]))
    site.right.endpoint.receive_datagram(site.clock.now, datagram)
    assert site.right.endpoint._ctx.reassembly.octets == 0
