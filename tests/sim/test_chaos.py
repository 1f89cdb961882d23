"""All that can happen, in any order: whatever it was, both sides come to terms again, and keep nothing."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

import pytest
from tests.sim.configs import AES_POLICY, R2_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Router, Site
from tests.sim.network import Faults, Nat
from tests.sim.test_bounds import tables

from cryptomap.model.algorithm import Group
from cryptomap.model.config import CryptoMap, Keepalive, Lifetime, RouterConfig
from cryptomap.model.sa import Expired

PUBLIC = IPv4Address("20.1.1.20")
HOURS = 1
Action = Callable[[Random, Site], None]


def pings(random: Random, site: Site) -> None:
    site.traffic(random.uniform(1, 60), random.uniform(0.05, 5), back=random.random() < 0.5)


def time_passes(random: Random, site: Site) -> None:
    site.run(random.choice((0.0, 0.05, 0.3, 5, 40, 70, 400)))


def clear_sa(random: Random, site: Site) -> None:
    router = random.choice(site.both)
    pairs = router.pairs
    wanted = random.choice(pairs).inbound.key if pairs and random.random() < 0.5 else None
    router.endpoint.clear_sa(site.clock.now, key=wanted)
    router.turn()


def clear_isakmp(random: Random, site: Site) -> None:
    router = random.choice(site.both)
    router.endpoint.clear_isakmp(site.clock.now)
    router.turn()


def restart(random: Random, site: Site) -> None:
    random.choice(site.both).boot()


def bad_weather(random: Random, site: Site) -> None:
    """Nothing is spoilt behind a NAT: vendor ids are not proved, and without them NAT traversal is off."""
    site.network.faults = Faults(
        loss=random.choice((0.0, 0.1, 0.5, 0.99)),
        duplication=random.choice((0.0, 0.3)),
        corruption=0.0 if site.network.nat else random.choice((0.0, 0.2)),
        jitter=random.choice((0.0, 0.5, 3.0)),
    )


def fair_weather(random: Random, site: Site) -> None:
    site.network.faults = Faults()


def soft_limit(random: Random, site: Site) -> None:
    router = random.choice(site.both)
    for pair in router.pairs:
        if random.random() < 0.5:
            router.tell(Expired(random.choice((pair.inbound, pair.outbound)).key, False, "bytes"))


def hard_limit(random: Random, site: Site) -> None:
    router = random.choice(site.both)
    if router.pairs:
        pair = random.choice(router.pairs)
        router.tell(Expired(random.choice((pair.inbound, pair.outbound)).key, True, "bytes"))


def reconfigure(random: Random, site: Site) -> None:
    """For a while something is missing, or another thing is asked for."""
    router = random.choice(site.both)
    good: RouterConfig = router.config
    bad = random.choice(
        (
            replace(good, crypto_maps={"huawei": CryptoMap("huawei")}),
            replace(good, isakmp_policies={10: replace(AES_POLICY, group=Group.ECP_521)}),
            replace(good, keyrings={}),
            replace(good, isakmp_enabled=False),
            replace(good, transform_sets={}),
            replace(good, lifetime=Lifetime(300, 4608000)),
        )
    )
    router.reconfigure(bad)
    site.traffic(random.uniform(0, 30), 0.5, back=False) if bad.crypto_maps == good.crypto_maps else site.run(
        9
    )
    router.reconfigure(good)


def new_mapping(random: Random, site: Site) -> None:
    if site.network.nat is not None:
        site.network.nat.forget()


ACTIONS: list[tuple[Action, int]] = [
    (pings, 12),
    (time_passes, 6),
    (clear_sa, 2),
    (clear_isakmp, 2),
    (restart, 1),
    (bad_weather, 3),
    (fair_weather, 3),
    (soft_limit, 3),
    (hard_limit, 1),
    (reconfigure, 2),
    (new_mapping, 2),
]


def a_site(random: Random, seed: int) -> Site:
    """Lives, PFS, dead peer detection, a NAT: as the seed has it."""
    more = {
        "pfs": random.choice((None, Group.ECP_256)),
        "lifetime": Lifetime(random.choice((120, 600)), 4608000),
    }
    policy = replace(AES_POLICY, lifetime=random.choice((60, 600, 86400)))
    left, right = r2(policies=(policy,), **more), r3(**more)
    if random.random() < 0.7:
        watch = Keepalive(10, 2, periodic=random.random() < 0.5)
        left, right = replace(left, keepalive=watch), replace(right, keepalive=watch)
    if random.random() < 0.3:
        right = replace(right, keyrings=global_keys(key("wolf", f"{PUBLIC}/32")))
        entry = replace(right.crypto_maps["huawei"].entries[10], peers=(PUBLIC,))
        right = replace(right, crypto_maps={"huawei": CryptoMap("huawei", {10: entry})})
        site = Site(left, right, seed)
        site.network.nat = Nat(R2_ADDRESS, PUBLIC)
        return site
    return Site(left, right, seed)


def ends_well(site: Site) -> None:
    """Fair weather, and R2 sends: when the longest life is over at the latest, packets pass both ways. Then
    all is closed, and nothing is left."""
    site.network.faults = Faults()
    site.traffic(700, 1)
    site.check_passes()
    for router in site.both:
        silenced(site, router)
    site.run(300)
    site.no_errors()
    for router in site.both:
        assert tables(router.endpoint._ctx) == [{}] * 11 + [set(), {}], site.trouble()
        assert router.plane.sas == {}


def silenced(site: Site, router: Router) -> None:
    router.endpoint.shutdown(site.clock.now)
    router.turn()


@pytest.mark.parametrize("seed", range(20))
def test_chaos(seed: int) -> None:
    random = Random(seed)
    site = a_site(random, seed)
    actions, weights = zip(*ACTIONS, strict=True)
    while site.clock.now < 1000 + HOURS * 3600:
        (action,) = random.choices(actions, weights)
        action(random, site)
        site.no_errors()
    ends_well(site)
