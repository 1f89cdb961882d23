"""What every engine does, packets aside: one suite, run on each."""

import os
import select
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from cryptomap.engine.backend import Backend
from cryptomap.engine.memory import MemoryEngine
from cryptomap.engine.userspace import UserspaceEngine
from cryptomap.model.algorithm import EspAuth, EspCipher, Mode
from cryptomap.model.error import MisuseError
from cryptomap.model.sa import (
    AH_PROTOCOL,
    Direction,
    PolicyAction,
    PolicySpec,
    SaCounters,
    SaKey,
    SaSpec,
    UdpEncapsulation,
)
from cryptomap.model.selector import Selector

INTERFACE = "Ethernet0/0"
SELECTOR = Selector(IPv4Network("10.1.0.0/24"), IPv4Network("10.2.0.0/24"))
PROTECT = PolicySpec(1, PolicyAction.PROTECT, SELECTOR)
OUTBOUND = SaSpec(
    direction=Direction.OUTBOUND,
    local=IPv4Address("192.0.2.1"),
    remote=IPv4Address("192.0.2.2"),
    spi=0x1001,
    selector=SELECTOR,
    policy_id=1,
    cipher=EspCipher.AES,
    encryption_key=bytes(range(16)),
    auth=EspAuth.SHA,
    auth_key=bytes(range(20)),
)
INBOUND = replace(OUTBOUND, direction=Direction.INBOUND, spi=0x2002, selector=SELECTOR.reversed())
UNKNOWN = SaKey(IPv4Address("192.0.2.9"), 50, 0x9999)


@pytest.fixture(params=["memory", "userspace"])
def engine(request: pytest.FixtureRequest) -> Iterator[Backend]:
    made: Backend
    if request.param == "memory":
        made = MemoryEngine()
    else:
        made = UserspaceEngine(esp_socket=None, udp_socket=None, mark=0)
    yield made
    made.close()


def test_a_new_sa_has_counted_nothing(engine: Backend) -> None:
    engine.set_policies(INTERFACE, [PROTECT])
    for spec in (OUTBOUND, INBOUND):
        engine.add_sa(spec)
        assert engine.counters(spec.key) == SaCounters()


def test_an_sa_may_come_before_its_policy(engine: Backend) -> None:
    engine.add_sa(OUTBOUND)
    engine.set_policies(INTERFACE, [PROTECT])
    assert engine.counters(OUTBOUND.key) == SaCounters()


def test_a_deleted_sa_is_gone_and_may_be_deleted_again(engine: Backend) -> None:
    engine.add_sa(OUTBOUND)
    engine.delete_sa(OUTBOUND.key)
    engine.delete_sa(OUTBOUND.key)
    assert engine.counters(OUTBOUND.key) is None
    engine.add_sa(OUTBOUND)
    assert engine.counters(OUTBOUND.key) == SaCounters()


def test_sas_outlive_a_change_of_policies(engine: Backend) -> None:
    engine.set_policies(INTERFACE, [PROTECT])
    engine.add_sa(OUTBOUND)
    engine.set_policies(INTERFACE, [])
    engine.set_policies(INTERFACE, [replace(PROTECT, policy_id=2), PROTECT])
    assert engine.counters(OUTBOUND.key) == SaCounters()


def test_two_sas_may_not_have_one_key(engine: Backend) -> None:
    engine.add_sa(OUTBOUND)
    with pytest.raises(MisuseError, match="installed"):
        engine.add_sa(OUTBOUND)


def test_a_redirected_sa_keeps_its_key(engine: Backend) -> None:
    engine.add_sa(replace(OUTBOUND, encapsulation=UdpEncapsulation(4500, 4500)))
    engine.redirect_sa(OUTBOUND.key, IPv4Address("192.0.2.77"), UdpEncapsulation(4500, 61000))
    assert engine.counters(OUTBOUND.key) == SaCounters()


def test_only_outbound_sas_that_are_there_are_redirected(engine: Backend) -> None:
    engine.add_sa(INBOUND)
    for key in (UNKNOWN, INBOUND.key):
        with pytest.raises(MisuseError, match="no outbound SA"):
            engine.redirect_sa(key, IPv4Address("192.0.2.77"), UdpEncapsulation(4500, 4500))


def test_what_is_unknown_counts_nothing(engine: Backend) -> None:
    assert engine.counters(UNKNOWN) is None
    assert engine.policy_drops("Ethernet9/9") == 0
    assert engine.unserved() == {}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(OUTBOUND, spi=0),
        replace(OUTBOUND, spi=255),
        replace(OUTBOUND, spi=2**32),
        replace(OUTBOUND, protocol=AH_PROTOCOL),
        replace(OUTBOUND, replay_window=2000),
        replace(OUTBOUND, replay_window=1),
    ],
)
def test_an_sa_that_cannot_be_is_refused(engine: Backend, wrong: SaSpec) -> None:
    with pytest.raises(MisuseError):
        engine.add_sa(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PROTECT, action=PolicyAction.JUMP, jump_to=0),
        replace(PROTECT, source_ports=(20, 10)),
        replace(PROTECT, destination_ports=(0, 65536)),
    ],
)
def test_policies_that_cannot_be_are_refused(engine: Backend, wrong: PolicySpec) -> None:
    with pytest.raises(MisuseError):
        engine.set_policies(INTERFACE, [wrong])


DYNAMIC = replace(PROTECT, policy_id=100, action=PolicyAction.DYNAMIC)
ADDED = replace(PROTECT, policy_id=7)


def test_policies_are_added_to_a_dynamic_line_and_taken_away(engine: Backend) -> None:
    engine.set_policies(INTERFACE, [DYNAMIC])
    engine.add_policy(100, ADDED)
    engine.set_policies(INTERFACE, [PROTECT, DYNAMIC])
    for _ in range(2):
        engine.remove_policy(100, ADDED)
    engine.set_policies(INTERFACE, [])
    engine.remove_policy(100, ADDED)


def test_a_policy_needs_a_dynamic_line_to_be_added_to(engine: Backend) -> None:
    engine.set_policies(INTERFACE, [PROTECT])
    for slot in (100, 1):
        with pytest.raises(MisuseError, match="no dynamic line"):
            engine.add_policy(slot, ADDED)


@pytest.mark.parametrize(
    "wrong", [replace(ADDED, action=PolicyAction.JUMP, jump_to=1), replace(ADDED, source_ports=(20, 10))]
)
def test_only_what_protects_is_added(engine: Backend, wrong: PolicySpec) -> None:
    engine.set_policies(INTERFACE, [DYNAMIC])
    with pytest.raises(MisuseError):
        engine.add_policy(100, wrong)


def test_nothing_happened_yet(engine: Backend) -> None:
    assert engine.poll_events() == []
    assert select.select([engine.event_fd()], [], [], 0)[0] == []


def test_closing_twice_is_harmless_and_ends_everything(engine: Backend) -> None:
    engine.add_sa(OUTBOUND)
    engine.close()
    engine.close()
    with pytest.raises(MisuseError, match="closed"):
        engine.add_sa(INBOUND)


def test_closing_stops_every_thread_and_closes_every_descriptor() -> None:
    threads, descriptors = os.listdir("/proc/self/task"), os.listdir("/proc/self/fd")
    for _ in range(20):
        UserspaceEngine(esp_socket=None, udp_socket=None, mark=0).close()
    assert len(os.listdir("/proc/self/task")) == len(threads)
    assert len(os.listdir("/proc/self/fd")) == len(descriptors)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"encryption_key": b"short"}, "encryption key"),
        ({"auth_key": b"short"}, "integrity key"),
        ({"auth": None, "auth_key": b""}, "without integrity"),
        ({"cipher": EspCipher.GCM, "encryption_key": bytes(20)}, "leave the integrity"),
        ({"mode": Mode.TRANSPORT}, "transport mode"),
    ],
)
def test_the_userspace_engine_says_what_it_cannot_run(changes: dict[str, object], reason: str) -> None:
    engine = UserspaceEngine(esp_socket=None, udp_socket=None, mark=0)
    with pytest.raises(MisuseError, match=reason):
        engine.add_sa(replace(OUTBOUND, **changes))  # type: ignore[arg-type]
    engine.close()
