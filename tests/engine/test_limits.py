"""Soft and hard limits of SAs with real packets: by packets, octets and time."""

import time
from dataclasses import replace

import pytest

from cryptomap.model.sa import Acquire, Expired, Limits, SaKey

from .conftest import INTERFACE, Gateway, Pair

PING_OCTETS = 84
"""20 of IPv4, 8 of ICMP and ping's 56."""


def expiries(gateway: Gateway, key: SaKey) -> list[Expired]:
    return [event for event in gateway.events() if isinstance(event, Expired) and event.key == key]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(soft_packets=3, hard_packets=6), "packets"),
        (Limits(soft_bytes=3 * PING_OCTETS, hard_bytes=6 * PING_OCTETS), "bytes"),
    ],
    ids=["packets", "bytes"],
)
def test_an_outbound_sa_asks_for_its_successor_and_then_ends(
    raw_pair: Pair, limits: Limits, reason: str
) -> None:
    raw_pair.left.protect()
    raw_pair.right.protect()
    outbound, _ = raw_pair.install(raw_pair.left, 0x1001, limits=limits)
    raw_pair.install(raw_pair.right, 0x2002)
    assert raw_pair.left.ping(2) == 2
    assert expiries(raw_pair.left, outbound.key) == []
    assert raw_pair.left.ping(2) == 2
    assert expiries(raw_pair.left, outbound.key) == [Expired(outbound.key, False, reason)]
    assert raw_pair.left.ping(4, wait=0.2) == 2
    assert expiries(raw_pair.left, outbound.key) == [
        Expired(outbound.key, False, reason),
        Expired(outbound.key, True, reason),
    ]
    counters = raw_pair.left.engine.counters(outbound.key)
    assert counters is not None
    assert (counters.packets, counters.bytes) == (6, 6 * PING_OCTETS)
    # What found the SA ended was dropped, and asks for a new one.
    assert raw_pair.left.wait_for(Acquire).policy_id == 1
    assert raw_pair.left.engine.policy_drops(INTERFACE) == 2


def test_an_inbound_sa_ends_too(raw_pair: Pair) -> None:
    raw_pair.left.protect()
    raw_pair.right.protect()
    outbound, inbound = raw_pair.spec(raw_pair.left, 0x1001)
    raw_pair.left.engine.add_sa(outbound)
    raw_pair.right.engine.add_sa(replace(inbound, limits=Limits(soft_packets=1, hard_packets=2)))
    raw_pair.install(raw_pair.right, 0x2002)
    assert raw_pair.left.ping(4, wait=0.2) == 2
    assert expiries(raw_pair.right, inbound.key) == [
        Expired(inbound.key, False, "packets"),
        Expired(inbound.key, True, "packets"),
    ]
    counters = raw_pair.right.engine.counters(inbound.key)
    assert counters is not None
    assert counters.packets == 2


def test_time_alone_expires_an_sa(raw_pair: Pair) -> None:
    raw_pair.left.protect()
    raw_pair.right.protect()
    started = time.monotonic()
    outbound, _ = raw_pair.install(raw_pair.left, 0x1001, limits=Limits(soft_seconds=0.5, hard_seconds=1.25))
    raw_pair.install(raw_pair.right, 0x2002)
    assert raw_pair.left.wait_for(Expired) == Expired(outbound.key, False, "seconds")
    assert 0.5 <= time.monotonic() - started < 1.25
    assert raw_pair.left.ping(1) == 1
    while len(expiries(raw_pair.left, outbound.key)) < 2 and time.monotonic() < started + 5:
        time.sleep(0.05)
    assert 1.25 <= time.monotonic() - started < 2.5
    assert expiries(raw_pair.left, outbound.key)[1] == Expired(outbound.key, True, "seconds")
    assert raw_pair.left.ping(1, wait=0.2) == 0
