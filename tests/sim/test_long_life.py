"""A hub and twenty spokes for a thousand virtual days, with restarts, dead links and lossy ones.

What must hold at every hour: a spoke whose link has been good for a while is heard at the hub and hears it,
however the ends had fallen apart; and what the hub remembers is bounded by what there is.
"""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import Random

import pytest
from tests.sim.configs import AES_SET, OUTSIDE, global_keys, key, permit, router
from tests.sim.harness import Router
from tests.sim.network import Clock, Faults, Network, Parcel, ends

from cryptomap.model.access_list import AccessList
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import (
    CryptoMap,
    CryptoMapEntry,
    Interface,
    IsakmpPolicy,
    Keepalive,
    Lifetime,
    RouterConfig,
)

SPOKES = 20
SEEDS, DAYS = 10, 100
HOUR = 3600.0
HUB = IPv4Address("12.1.1.2")
HUB_LAN = IPv4Network("2.2.2.0/24")
CHEAP = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA, AuthMethod.PRE_SHARE, Group.MODP_768, lifetime=86400)
LIFETIME = Lifetime(seconds=28800)
WATCH = Keepalive(300, 10)
HEALS_WITHIN = 500.0
"""Seconds of traffic: dead peer detection (300 s and 6 times 10 s), then a new exchange's retransmissions."""
STEP = 5.0


def address(number: int) -> IPv4Address:
    return IPv4Address(f"20.0.{number}.1")


def lan(number: int) -> IPv4Network:
    return IPv4Network(f"10.{number}.0.0/24")


def spoke(number: int) -> RouterConfig:
    lines = (permit(lan(number), HUB_LAN),)
    config = router(f"S{number}", address(number), HUB, lines, policies=(CHEAP,), lifetime=LIFETIME)
    return replace(config, keepalive=WATCH, invalid_spi_recovery=True)


def hub() -> RouterConfig:
    numbers = range(1, SPOKES + 1)
    entries = {
        number: CryptoMapEntry(
            number, (address(number),), (AES_SET.name,), f"{100 + number}", lifetime=LIFETIME
        )
        for number in numbers
    }
    lists = {
        f"{100 + number}": AccessList(f"{100 + number}", (permit(HUB_LAN, lan(number)),))
        for number in numbers
    }
    return RouterConfig(
        hostname="HUB",
        interfaces={OUTSIDE: Interface(OUTSIDE, IPv4Interface((HUB, 24)), crypto_map="hub")},
        access_lists=lists,
        isakmp_policies={10: CHEAP},
        keyrings=global_keys(key("wolf", "0.0.0.0/0")),
        transform_sets={AES_SET.name: AES_SET},
        crypto_maps={"hub": CryptoMap("hub", entries)},
        compliance_shield=False,
        keepalive=WATCH,
        invalid_spi_recovery=True,
    )


class World:
    """The hub, the spokes, and what happens to them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.clock = Clock()
        self.network = Network(self.clock, seed, Faults(latency=0.02, jitter=0.02))
        self.network.drop = self._drop
        self.hub = Router("hub", hub(), self.network, seed)
        self.spokes = {
            number: Router(f"S{number}", spoke(number), self.network, seed * 100 + number)
            for number in range(1, SPOKES + 1)
        }
        self.loss: dict[int, float] = {}
        """Spoke to the share of packets that its link loses; 1 is a dead link."""
        self.troubled_until = dict.fromkeys(self.spokes, 0.0)

    def _drop(self, parcel: Parcel) -> bool:
        source, destination = ends(parcel)
        for end in (source, destination):
            number = int(end.address) >> 8 & 0xFF
            if end.address != HUB and self.chance.random() < self.loss.get(number, 0.0):
                return True
        return False

    def run(self, seconds: float) -> None:
        self.clock.run_until(self.clock.now + seconds)

    def hour(self) -> None:
        """Something happens, time passes, everybody whose link is good talks."""
        number = self.chance.choice(list(self.spokes))
        trouble = self.chance.choice(TROUBLES)
        trouble(self, number)
        self.run(HOUR - HEALS_WITHIN)
        for number in self.spokes:
            if self.clock.now >= self.troubled_until[number]:
                self.loss.pop(number, None)
        for number in [each for each in self.spokes if each not in self.loss]:
            self._talk(number)
        self.run(HEALS_WITHIN)
        self._tidy()

    def _talk(self, number: int) -> None:
        """Echoes both ways until both have arrived."""
        there, here = self.spokes[number], self.hub
        begun = self.clock.now
        while True:
            before = len(there.plane.received), len(here.plane.received)
            here.ping("2.2.2.2", f"10.{number}.0.9")
            there.ping(f"10.{number}.0.9", "2.2.2.2")
            self.run(0.2)
            if len(there.plane.received) > before[0] and len(here.plane.received) > before[1]:
                break
            assert self.clock.now - begun < HEALS_WITHIN, self._trouble(number)
            self.run(STEP)

    def _tidy(self) -> None:
        for router_ in (self.hub, *self.spokes.values()):
            counters = router_.endpoint.counters
            assert counters.internal_errors == 0, (self.seed, counters.traces)
            router_.events.clear()
            router_.plane.received.clear()
            router_.plane.refused.clear()
        self.network.sent.clear()

    def bounded(self) -> None:
        """The hub holds no more than twenty live peers need."""
        ctx = self.hub.endpoint._ctx
        assert len(list(ctx.sas)) <= 4 * SPOKES, self.seed
        assert len(list(ctx.children)) <= 3 * SPOKES, self.seed
        assert len(ctx.reserved_spis) <= 6 * SPOKES, self.seed
        assert len(self.hub.plane.sas) <= 6 * SPOKES, self.seed
        assert len(ctx.wanted) <= SPOKES, self.seed
        assert len(ctx.timers._current) <= 40 * SPOKES, self.seed

    def _trouble(self, number: int) -> str:
        pairs = [pair for pair in self.hub.pairs if pair.peer.address == address(number)]
        there = self.spokes[number]
        return f"seed {self.seed}, spoke {number}: hub {pairs}, spoke {there.pairs} {there.isakmp_sas}"


def nothing(world: World, number: int) -> None:
    """A quiet hour."""


def restart(world: World, number: int) -> None:
    """The spoke forgets everything; its next first contact says so."""
    world.spokes[number].boot()


def dead_link(world: World, number: int) -> None:
    world.loss[number] = 1.0
    world.troubled_until[number] = world.clock.now + world.chance.uniform(60, 5 * HOUR)


def lossy_link(world: World, number: int) -> None:
    world.loss[number] = world.chance.uniform(0.1, 0.6)
    world.troubled_until[number] = world.clock.now + world.chance.uniform(60, 3 * HOUR)


def restart_behind_a_dead_link(world: World, number: int) -> None:
    dead_link(world, number)
    world.spokes[number].boot()


def cleared(world: World, number: int) -> None:
    """The administrator of one end clears everything, and its deletes get lost."""
    dead_link(world, number)
    router_ = world.chance.choice((world.hub, world.spokes[number]))
    router_.endpoint.clear_sa(world.clock.now, peer=address(number) if router_ is world.hub else HUB)
    router_.endpoint.clear_isakmp(world.clock.now) if router_ is not world.hub else None
    router_.turn()


def hub_restart(world: World, number: int) -> None:
    """Seldom."""
    if world.chance.random() < 0.1:
        world.hub.boot()


TROUBLES: tuple[Callable[[World, int], None], ...] = (
    nothing,
    restart,
    dead_link,
    lossy_link,
    restart_behind_a_dead_link,
    cleared,
    hub_restart,
)


def run_days(seed: int, days: int) -> None:
    world = World(seed)
    for _ in range(days):
        for _ in range(24):
            world.hour()
        world.bounded()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_hub_and_twenty_spokes(seed: int) -> None:
    run_days(seed, DAYS)
