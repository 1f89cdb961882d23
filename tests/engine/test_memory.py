"""The engine that simulators use: it records, and raises what it is told to."""

import select
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from cryptomap.engine.memory import Call, MemoryEngine
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.error import MisuseError
from cryptomap.model.sa import (
    Direction,
    Expired,
    PolicyAction,
    PolicySpec,
    SaCounters,
    SaSpec,
    UdpEncapsulation,
)
from cryptomap.model.selector import Selector

SELECTOR = Selector(IPv4Network("10.1.0.0/24"), IPv4Network("10.2.0.0/24"))
SPEC = SaSpec(
    Direction.OUTBOUND,
    IPv4Address("192.0.2.1"),
    IPv4Address("192.0.2.2"),
    0x1001,
    SELECTOR,
    7,
    EspCipher.AES,
    bytes(16),
    EspAuth.SHA,
    bytes(20),
)
POLICY = PolicySpec(7, PolicyAction.PROTECT, SELECTOR)


def test_calls_are_recorded_in_order() -> None:
    engine = MemoryEngine()
    engine.attach("Ethernet0/0", "cm0", 1400)
    engine.set_policies("Ethernet0/0", [POLICY])
    engine.add_sa(SPEC)
    assert engine.calls == [
        Call("attach", ("Ethernet0/0", "cm0", 1400)),
        Call("set_policies", ("Ethernet0/0", (POLICY,))),
        Call("add_sa", (SPEC,)),
    ]
    assert engine.attached == {"Ethernet0/0": "cm0"}
    assert engine.policies == {"Ethernet0/0": (POLICY,)}
    assert engine.sas == {SPEC.key: SPEC}
    engine.detach("Ethernet0/0", remove=True)
    assert engine.attached == {}


def test_the_newest_outbound_sa_serves_its_policy() -> None:
    engine = MemoryEngine()
    assert engine.outbound_sa(7) is None
    newer = replace(SPEC, spi=0x1002)
    engine.add_sa(SPEC)
    engine.add_sa(newer)
    engine.add_sa(replace(SPEC, direction=Direction.INBOUND, spi=0x1003))
    assert engine.outbound_sa(7) == newer
    engine.delete_sa(newer.key)
    assert engine.outbound_sa(7) == SPEC


def test_injected_events_and_datagrams_make_the_descriptor_readable() -> None:
    engine = MemoryEngine()
    event = Expired(SPEC.key, False, "seconds")
    datagram = Datagram(
        Endpoint(IPv4Address("192.0.2.1"), 4500), Endpoint(IPv4Address("192.0.2.2"), 4500), b"x"
    )
    engine.inject(event)
    engine.inject_datagram(datagram)
    assert select.select([engine.event_fd()], [], [], 0)[0]
    assert engine.poll_events() == [event]
    assert select.select([engine.event_fd()], [], [], 0)[0]
    assert engine.receive_datagrams() == [datagram]
    assert not select.select([engine.event_fd()], [], [], 0)[0]


def test_counters_and_drops_are_what_a_test_says() -> None:
    engine = MemoryEngine()
    with pytest.raises(MisuseError, match="install it first"):
        engine.set_counters(SPEC.key, SaCounters(packets=1))
    engine.add_sa(SPEC)
    engine.set_counters(SPEC.key, SaCounters(packets=1))
    engine.set_policy_drops("Ethernet0/0", 5)
    engine.set_unserved(1, 4)
    assert engine.counters(SPEC.key) == SaCounters(packets=1)
    assert engine.policy_drops("Ethernet0/0") == 5
    assert engine.unserved() == {1: 4}


def test_a_redirect_shows_in_the_sa() -> None:
    engine = MemoryEngine()
    engine.add_sa(SPEC)
    ports = UdpEncapsulation(4500, 61000)
    engine.redirect_sa(SPEC.key, IPv4Address("192.0.2.77"), ports)
    assert engine.sas[SPEC.key].remote == IPv4Address("192.0.2.77")
    assert engine.sas[SPEC.key].encapsulation == ports
