"""Temporary entries of dynamic maps: replaced by either side, taken over, changed, and gone in the end."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import (
    R2_ADDRESS,
    R2_LAN,
)
from tests.sim.harness import Router, lost
from tests.sim.network import Nat
from tests.sim.remote_access import RemoteSite, up
from tests.sim.star import hub_config, lan, moved, protected, spoke_address, spoke_config, star, template

from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.algorithm import Group
from cryptomap.model.config import (
    CryptoMapEntry,
    Keepalive,
)
from cryptomap.model.sa import Direction, Expired
from cryptomap.model.selector import Selector


def soften(router: Router) -> None:
    """The pair in use nears its end."""
    pair = next(pair for pair in router.pairs if pair.in_use)
    router.tell(Expired(pair.outbound.key, False, "seconds"))


@pytest.mark.parametrize("side", ["hub", "spoke"])
def test_either_side_replaces_the_sas(side: str) -> None:
    """The hub knows the peer of a temporary entry, so it may begin the quick mode that replaces its SAs."""
    #  side QM1* -->   <-- QM2*   QM3* -->
    site = star()
    site.bring_up()
    line = protected(site.hub)
    old = site.hub.pair
    soften(site.hub if side == "hub" else site.spoke)
    site.run(3)
    site.check()
    new = next(pair for pair in site.hub.pairs if pair.in_use)
    assert new.number != old.number
    assert new.initiator is (side == "hub")
    assert protected(site.hub) == line
    assert new.line.entry.sequence == 65536
    site.run(90)
    assert site.hub.pairs == [new]
    site.no_errors()


def test_the_hub_replaces_sas_after_the_isakmp_sa_is_gone() -> None:
    #  hub MM1 --> spoke ... QM1* -->
    site = star()
    site.bring_up()
    for router in (site.hub, site.spoke):
        router.endpoint.clear_isakmp(site.clock.now)
        router.turn()
    site.run(1)
    soften(site.hub)
    site.run(5)
    site.check()
    assert any(pair.initiator for pair in site.hub.pairs)


@pytest.mark.parametrize("ended_by", ["hub", "spoke"])
def test_a_pair_that_ends_before_its_successor_is_there(ended_by: str) -> None:
    """By volume that may be a moment after the soft limit: the entry stays, shut, and the successor takes its
    place."""
    #  hub QM1* --> lost   HDR*, HASH(1), D(ESP) --> or <--   QM1* -->   <-- QM2*   QM3* -->
    site = star()
    site.bring_up()
    line = protected(site.hub)
    site.network.drop = lambda parcel: isinstance(parcel, Datagram) and parcel.local.address == R2_ADDRESS
    soften(site.hub)
    ending = site.hub if ended_by == "hub" else site.spoke
    ending.tell(Expired(ending.pair.outbound.key, True, "bytes"))
    site.run(0.5)
    site.network.drop = lambda parcel: False
    assert site.hub.pairs == []
    assert protected(site.hub) == line
    site.run(5)
    assert len(site.hub.pairs) == 1
    site.check()
    site.no_errors()


def test_a_pair_that_ends_while_the_peer_answers_nothing() -> None:
    """The entry goes once the negotiation is given up."""
    site = star()
    site.bring_up()
    old = site.hub.pair
    site.network.drop = lambda parcel: isinstance(parcel, Datagram)
    soften(site.hub)
    site.hub.tell(Expired(old.outbound.key, True, "bytes"))
    assert protected(site.hub)
    site.run(120)
    assert site.hub.pairs == []
    assert protected(site.hub) == []


def test_nothing_is_begun_when_the_sas_went_away_while_they_were_replaced() -> None:
    site = star()
    site.bring_up()
    site.network.drop = lambda parcel: isinstance(parcel, Datagram) and parcel.local.address != R2_ADDRESS
    soften(site.hub)
    site.run(1)
    site.hub.endpoint.clear_sa(site.clock.now)
    site.hub.turn()
    assert protected(site.hub) == []
    site.network.drop = lambda parcel: False
    site.run(120)
    assert site.hub.pairs == []
    assert protected(site.hub) == []
    site.no_errors()


def test_a_peer_that_comes_back_from_another_address_takes_its_line_over() -> None:
    #  13.0.1.3 ... up     then from 13.0.77.3: MM1 -->  ... MM5* with INITIAL-CONTACT, QM1* -->
    site = star()
    site.bring_up()
    site.spoke.alive = False
    again = site._spoke(moved(spoke_config(1), spoke_address(77)), 99)
    site.spokes = [again]
    site.bring_up()
    assert protected(site.hub) == [Selector(R2_LAN, lan(1))]
    (used,) = [pair for pair in site.hub.pairs if pair.in_use]
    assert used.peer.address == spoke_address(77)
    assert used.line.entry.peers == (spoke_address(77),)
    site.run(90)
    assert site.hub.pairs == [used], "the pair of the old address is of no use"
    site.check()


def test_a_dead_peer_takes_its_entry_along() -> None:
    site = star(replace(hub_config(), keepalive=Keepalive(10, 2, periodic=True)))
    site.bring_up()
    site.spoke.alive = False
    site.run(40)
    assert site.hub.of(ev.PeerDead)
    assert protected(site.hub) == []


def test_a_peer_behind_a_nat_that_moves_keeps_its_entry() -> None:
    public, other = IPv4Address("20.1.1.20"), IPv4Address("20.1.1.21")
    site = star()
    site.network.nat = Nat(spoke_address(1), public)
    site.bring_up()
    assert site.hub.pair.line.entry.peers == (public,)
    site.network.nat = Nat(spoke_address(1), other)
    site.call()
    site.run(1)
    site.check()
    assert site.hub.pair.line.entry.peers == (other,)
    assert protected(site.hub) == [Selector(R2_LAN, lan(1))]
    site.hub.reconfigure(replace(site.hub.config, hostname="renamed"))
    site.check()
    soften(site.hub)
    site.run(3)
    site.check()
    assert site.hub.pairs[-1].initiator


def test_an_entry_whose_packets_cannot_be_protected_ends() -> None:
    """The host refused the policy: rather no tunnel than packets in clear."""
    #  hub: AddPolicy fails      HDR*, HASH, D(SPI) -->
    site = star()
    site.bring_up()
    (line,) = site.hub.plane.temporary
    site.hub.endpoint.policy_failed(site.clock.now, line.policy_id)
    site.hub.turn()
    site.run(1)
    assert (site.hub.pairs, site.spoke.pairs, protected(site.hub)) == ([], [], [])
    site.bring_up()
    site.no_errors()


CHANGES: Sequence[tuple[CryptoMapEntry | None, bool]] = [
    (template(pfs=Group.MODP_2048), True),
    (template(peers=(spoke_address(1),)), True),
    (template(peers=(IPv4Address("9.9.9.9"),)), False),
    (template(20), False),
    (None, False),
]


@pytest.mark.parametrize(("changed", "stays"), CHANGES)
def test_a_changed_configuration_decides_about_temporary_entries(
    changed: CryptoMapEntry | None, stays: bool
) -> None:
    site = star()
    site.bring_up()
    hub = hub_config(changed) if changed else replace(hub_config(), dynamic_maps={})
    site.hub.reconfigure(hub)
    assert bool(site.hub.pairs) is stays
    assert bool(protected(site.hub)) is stays
    if changed and stays:
        assert site.hub.pair.line.entry.pfs == changed.pfs
        site.check()
    site.no_errors()


def test_many_spokes_come_and_go_and_leave_nothing() -> None:
    numbers = range(1, 61)
    site = star(None, *(spoke_config(number) for number in numbers))
    for number in numbers:
        site.call(number)
        site.run(0.1)
    site.run(3)
    for number in numbers:
        site.check(number)
    assert len(protected(site.hub)) == len(numbers)
    for spoke in site.spokes:
        spoke.endpoint.shutdown(site.clock.now)
        spoke.turn()
    site.run(200)
    ctx = site.hub.endpoint._ctx
    assert protected(site.hub) == []
    assert (ctx.temporary._ids, ctx.held, ctx.wanted, ctx.peer_choice) == ({}, {}, {}, {})
    assert not list(ctx.children)
    assert site.hub.plane.of(Direction.INBOUND) == site.hub.plane.of(Direction.OUTBOUND) == []
    site.no_errors()


def test_a_remote_clients_pair_that_ends_without_a_warning_is_followed_by_another() -> None:
    """By volume soft and hard limit may be the same moment. The client is not told, for it may begin a quick
    mode of its own then; however short the life of the old pair was, the new one is used."""
    #  gateway QM1* -->   <-- QM2*   QM3* -->
    site = up(RemoteSite())
    for _ in range(3):
        (old,) = (pair for pair in site.gateway.pairs if pair.in_use)
        site.ping_back()
        site.run(0.5)
        site.gateway.tell(Expired(old.inbound.key, True, "bytes"))
        site.run(0.5)
        (new,) = site.gateway.pairs
        assert new.initiator
        assert new.in_use
        assert any(pair.outbound.key.spi == old.inbound.key.spi for pair in site.client.pairs), "not told"
        site.traffic(1, every=0.1, back=True)
    assert lost(site.both) == 0
    site.no_errors()
