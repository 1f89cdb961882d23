"""SAs end, and are replaced before they do, without a packet lost."""

from dataclasses import replace
from secrets import token_bytes

import pytest
from tests.sim.configs import AES_POLICY, lab1, r2, r3
from tests.sim.harness import Site, lost
from tests.sim.network import Faults

from cryptomap.ikev1.feature import vendor_ids
from cryptomap.model import event as ev
from cryptomap.model.config import Lifetime


def test_phase_1_lifetime_of_60_seconds() -> None:
    """The note's `lifetime 60`: after it the ISAKMP SA is gone at both ends, the IPsec SAs work on."""
    #  MM1..6  QM1..3    60 s later:  HDR*, HASH(1), D(ISAKMP) -->    ESP both ways as before
    site = Site(*lab1())
    site.bring_up()
    spis = site.spis()
    assert all(router.established[0].lifetime_left <= 60 for router in site.both)  # type: ignore[operator]
    site.traffic(70, back=True)
    assert site.left.established == site.right.established == []
    assert site.spis() == spis
    site.check()
    assert lost(site.both) == 0
    gone = site.left.endpoint.isakmp_sas(site.clock.now)
    assert [(sa.state, sa.deleted) for sa in gone] == [("MM_NO_STATE", True)]
    site.run(60)
    assert site.left.endpoint.isakmp_sas(site.clock.now) == []
    assert site.left.of(ev.SaPurged)


def test_a_peer_of_another_kind_gets_a_new_isakmp_sa_before_the_old_one_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It might end its IPsec SAs with the ISAKMP SA. As long as there are some, there is always an SA."""
    monkeypatch.setattr(vendor_ids, "_own_kind", lambda cookies: token_bytes(16))
    site = Site(*lab1())
    site.bring_up()
    for _ in range(200):
        site.traffic(1, back=True)
        assert site.left.established
        assert site.right.established
    assert lost(site.both) == 0
    assert len(site.left.pairs) == 1, "IPsec SAs are not renegotiated with it"
    assert not any(sa.lifetime_left is None or sa.lifetime_left > 60 for sa in site.left.established)
    site.no_errors()


def test_without_ipsec_sas_an_isakmp_sa_has_no_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor_ids, "_own_kind", lambda cookies: token_bytes(16))
    site = Site(*lab1())
    site.bring_up()
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(61)
    assert site.left.established == site.right.established == []


def test_replacement_makes_a_new_isakmp_sa_when_the_old_one_has_gone() -> None:
    #  D(ISAKMP) -->  at 60 s      MM1..6  QM1*..3*  before the hour is over      ESP both ways throughout
    site = Site(*lab1())
    site.bring_up()
    spis = site.spis()
    site.traffic(3590, back=True)
    assert lost(site.both) == 0
    assert site.left.plane.dropped == 1, "the packet that began it all, and no other"
    assert site.spis() != spis
    site.traffic(60, back=True)
    site.check()
    site.no_errors()


@pytest.mark.parametrize("seed", range(10))
def test_replacement_at_the_soft_lifetime(seed: int) -> None:
    """Ten lives of 120 s under traffic both ways: not one packet is dropped, none arrives in vain."""
    #  ESP, first SPI -->   QM1* -->  <-- QM2*  QM3* -->   ESP, first SPI -->   0.2 s   ESP, second SPI -->
    life = Lifetime(120, 4608000)
    site = Site(r2(lifetime=life), r3(lifetime=life), seed, Faults(jitter=0.05))
    site.bring_up()
    begun = site.left.plane.sent, site.right.plane.sent
    site.traffic(1200, every=0.25, back=True)
    site.run(1)
    assert lost(site.both) == 0
    assert site.left.plane.dropped == 1
    assert site.right.plane.dropped == 0
    assert len(site.right.plane.received) == site.left.plane.sent - 1
    assert site.left.plane.sent - begun[0] == 4800
    assert 10 <= len(site.left.of(ev.IpsecSasCreated)) <= 16
    assert len([pair for pair in site.left.pairs if pair.in_use]) == 1
    site.no_errors()


def test_replacement_by_volume() -> None:
    """11 MB through SAs of 2560 kB."""
    #  ESP ... 2304 kB -->   QM1* -->  <-- QM2*  QM3* -->   ESP, second SPI -->
    life = Lifetime(3600, 2560)
    site = Site(r2(lifetime=life), r3(lifetime=life))
    site.bring_up()
    for _ in range(11_000):
        site.ping()
        site.run(0.001)
    site.run(1)
    assert lost(site.both) == 0
    assert len(site.right.plane.received) == site.left.plane.sent - 1
    assert len(site.left.of(ev.IpsecSasCreated)) >= 4
    site.no_errors()


@pytest.mark.parametrize("seed", range(10))
def test_replacement_on_a_bad_link(seed: int) -> None:
    """A replacement that fails is tried again while there is time."""
    #  QM1* --> (lost)   QM1* -->  <-- QM2* (lost)   QM1* --> ...
    life = Lifetime(300, 4608000)
    site = Site(r2(lifetime=life), r3(lifetime=life), seed)
    site.bring_up()
    site.network.faults = Faults(loss=0.3)
    site.traffic(1500, every=1, back=True)
    site.network.faults = Faults()
    site.run(40)
    site.check_passes()
    assert site.left.plane.dropped < 30
    site.no_errors()


def test_idle_sas_are_not_replaced() -> None:
    #  (120 s of nothing)   HDR*, HASH(1), D(ESP) -->      MM or QM only with the next packet
    life = Lifetime(120, 4608000)
    site = Site(r2(lifetime=life), r3(lifetime=life))
    site.ping()
    site.run(119)
    assert len(site.left.of(ev.IpsecSasCreated)) == 1
    site.run(10)
    assert site.left.pairs == site.right.pairs == []
    assert site.spis() == (set(), set())
    site.bring_up()


def test_soft_limits_come_before_hard_ones_and_differ_by_role() -> None:
    #  QM1* --> of the initiator comes first, so that both seldom begin at once
    site = Site(r2(), r3())
    site.bring_up()
    left, right = (router.pair.outbound.limits for router in site.both)
    assert left.hard_seconds == right.hard_seconds == 3600
    assert 3570 <= (left.soft_seconds or 0) < (right.soft_seconds or 0) < 3600
    assert (left.soft_bytes or 0) < (right.soft_bytes or 0) < (right.hard_bytes or 0)


def test_the_side_with_the_shorter_phase_1_deletes_first() -> None:
    #  HDR*, HASH(1), D -->
    site = Site(r2(policies=(replace(AES_POLICY, lifetime=600),)), r3())
    site.right.reconfigure(r3(policies=(replace(AES_POLICY, lifetime=300),)))
    site.bring_up()
    site.run(310)
    assert site.left.isakmp_sas == site.right.isakmp_sas == []
    assert [event.reason for event in site.left.of(ev.SaDeleted)] == ["Deleted by the peer"]
    assert len(site.left.pairs) == 1


@pytest.mark.parametrize(("offered", "own", "fits"), [(60, 600, True), (600, 600, True), (601, 600, False)])
def test_lifetime_check_refuses_what_lives_longer(offered: int, own: int, fits: bool) -> None:
    """The rule of old texts, and of `crypto isakmp lifetime-check`: the shorter life may call, the longer
    may not."""
    site = Site(
        r2(policies=(replace(AES_POLICY, lifetime=offered),)),
        replace(r3(policies=(replace(AES_POLICY, lifetime=own),)), lifetime_check=True),
    )
    site.ping()
    site.run(5)
    assert bool(site.right.established) is fits
    if not fits:
        assert site.right.of(ev.PolicyChecked)[0].mismatch == "lifetime"
