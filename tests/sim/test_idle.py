"""Idle timers (`idle-time`): SA pairs that carry no data end, whatever IKE says meanwhile."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site
from tests.sim.star import Star, hub_config, protected, spoke_config, template

from cryptomap.model import event as ev
from cryptomap.model.config import Keepalive, RouterConfig

GHOST = IPv4Address("9.9.9.9")


def globally(seconds: int, config: RouterConfig | None = None) -> RouterConfig:
    return replace(config or r2(), idle_time=seconds)


def up(left: RouterConfig, right: RouterConfig | None = None) -> Site:
    site = Site(left, right or r3())
    site.bring_up()
    return site


@pytest.mark.parametrize("left", [globally(60), r2(idle_time=60), globally(600, r2(idle_time=60))])
def test_a_pair_without_packets_ends_and_the_peer_is_told(left: RouterConfig) -> None:
    #  HDR*, HASH, D(SPI) -->
    site = up(left)
    site.run(59)
    assert [len(router.pairs) for router in site.both] == [1, 1]
    site.run(3)
    assert [router.pairs for router in site.both] == [[], []]
    assert [len(router.established) for router in site.both] == [1, 1], "the ISAKMP SA stays"
    site.bring_up()
    site.no_errors()


@pytest.mark.parametrize("back", [False, True])
def test_packets_of_either_direction_keep_a_pair(back: bool) -> None:
    site = up(globally(60))
    pair = site.left.pair
    for _ in range(10):
        if back:
            site.ping_back()
        else:
            site.ping()
        site.run(55)
    assert site.left.pairs == [pair]
    site.run(10)
    assert site.left.pairs == []


def test_questions_of_life_are_no_data() -> None:
    left = replace(globally(60), keepalive=Keepalive(10, 2, periodic=True))
    site = up(left)
    site.run(70)
    assert any(sent.name == "R_U_THERE" for sent in site.left.of(ev.NotifySent))
    assert site.left.pairs == []


def test_no_limit_is_no_limit() -> None:
    site = up(r2())
    site.run(3000)
    assert len(site.left.pairs) == 1


def test_a_limit_that_is_configured_later_counts_from_the_last_packet() -> None:
    site = up(r2())
    site.run(50)
    site.left.reconfigure(globally(60))
    site.run(12)
    assert site.left.pairs == []


def test_a_limit_that_is_taken_away_no_longer_counts() -> None:
    site = up(globally(60))
    site.left.reconfigure(r2())
    site.run(600)
    assert len(site.left.pairs) == 1


def test_the_temporary_entry_of_an_idle_peer_goes() -> None:
    site = Star(hub_config(template(idle_time=60)), [spoke_config(1), spoke_config(2)])
    site.bring_up(1)
    site.bring_up(2)
    for _ in range(3):
        site.call(2)
        site.run(50)
    assert [line.entry.peers for line in site.hub.plane.temporary] == [(site.spokes[1].address,)]
    assert len(protected(site.hub)) == 1
    assert site.spokes[0].pairs == []


@pytest.mark.parametrize(("back", "called"), [(True, GHOST), (False, R3_ADDRESS)])
def test_after_idling_the_default_peer_is_called(back: bool, called: IPv4Address) -> None:
    """`set security-association idle-time 60 default`: the first peer was silent, the second one serves."""
    #  MM1 --> 9.9.9.9 (no answer)      MM1 --> 13.1.1.3 ... idle for 60 s      MM1 --> 9.9.9.9 or 13.1.1.3
    left = r2(peers=(GHOST, R3_ADDRESS), idle_time=60, idle_default=back)
    site = Site(replace(left, keyrings=global_keys(key("wolf", "0.0.0.0/0"))), r3())
    site.traffic(60)
    assert site.left.pair.peer.address == R3_ADDRESS
    site.run(70)
    assert site.left.pairs == []
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.turn()
    site.run(1)
    count = len(site.network.sent)
    site.ping()
    begun = [one for one in site.network.sent[count:] if one.local.address == R2_ADDRESS]
    assert begun[0].remote.address == called
