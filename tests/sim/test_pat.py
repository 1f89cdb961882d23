"""Two gateways behind one address: their SAs are told apart by the port that the NAT gave them."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, R3_LAN, global_keys, key, permit, r2, router
from tests.sim.harness import Router, Site, lost
from tests.sim.network import Nat

from cryptomap.model import event as ev
from cryptomap.model.sa import Direction, Expired
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType

PUBLIC, R4_ADDRESS = IPv4Address("20.1.1.20"), IPv4Address("12.1.1.4")
R2_LAN, R4_LAN = IPv4Network("2.2.2.0/24"), IPv4Network("4.4.4.0/24")


@pytest.fixture
def site() -> Site:
    """R2 and R4 behind the NAT, R3 with one map entry for their address; `fourth` is R4."""
    hub = router("R3", R3_ADDRESS, PUBLIC, (permit(R3_LAN, R2_LAN), permit(R3_LAN, R4_LAN)))
    site = Site(r2(), replace(hub, keyrings=global_keys(key("wolf", f"{PUBLIC}/32"))))
    spoke = router("R4", R4_ADDRESS, R3_ADDRESS, (permit(R4_LAN, R3_LAN),))
    site.fourth = Router("fourth", spoke, site.network, 77)  # type: ignore[attr-defined]
    site.network.nat = Nat(R2_ADDRESS, PUBLIC)
    site.network.far_nat = Nat(R4_ADDRESS, PUBLIC, first=30000)
    return site


def fourth(site: Site) -> Router:
    return site.fourth  # type: ignore[attr-defined,no-any-return]


def bring_up(site: Site) -> None:
    site.ping()
    fourth(site).ping("4.4.4.4", "3.3.3.3")
    site.run(3)
    assert len(site.right.pairs) == 2
    check(site)


def check(site: Site) -> None:
    """Packets between R3's LAN and both others, both ways."""
    counts = [len(each.plane.received) for each in (site.left, fourth(site), site.right)]
    site.ping()
    fourth(site).ping("4.4.4.4", "3.3.3.3")
    site.right.ping("3.3.3.3", "2.2.2.2")
    site.right.ping("3.3.3.3", "4.4.4.4")
    site.run(1)
    after = [len(each.plane.received) for each in (site.left, fourth(site), site.right)]
    assert [new - old for new, old in zip(after, counts, strict=True)] == [1, 1, 2]


def test_both_work(site: Site) -> None:
    #  R2: MM1..4, MM5* 4500 -> 20001 -->      R4: MM1..4, MM5* 4500 -> 30001 -->
    bring_up(site)
    assert len({pair.peer for pair in site.right.pairs}) == 2
    assert len({sa.remote for sa in site.right.established}) == 2
    assert {pair.peer.address for pair in site.right.pairs} == {PUBLIC}
    site.no_errors()


def test_the_address_changes_before_the_pair_is_whole(site: Site) -> None:
    #  QM1* --> (from one address)  <-- QM2*      QM3* --> (from another)      <-- ESP to the other
    nat, moved = site.network.nat, IPv4Address("20.1.1.21")
    assert nat is not None
    site.ping()
    site.run(0.37)
    assert not site.right.pair.outbound_installed
    nat.outside = moved
    site.network.far_nat = None
    site.run(3)
    assert site.right.pair.peer.address == moved
    assert [spec.remote for spec in site.right.plane.of(Direction.OUTBOUND)] == [moved]
    site.check()
    site.no_errors()


def test_one_restarts(site: Site) -> None:
    """INITIAL-CONTACT is for the port that it comes from: the other gateway's SAs stay."""
    #  R2: MM5* with N(INITIAL-CONTACT) -->
    bring_up(site)
    of_fourth = fourth(site).pair.inbound.spi
    site.left.boot()
    site.ping()
    site.run(3)
    assert site.right.of(ev.InitialContactReceived)
    assert fourth(site).pair.inbound.spi == of_fourth
    check(site)


def test_one_deletes(site: Site) -> None:
    #  R2: HDR*, HASH(1), D(ESP) -->   HDR*, HASH(1), D(ISAKMP) -->
    bring_up(site)
    site.left.endpoint.shutdown(site.clock.now)
    site.left.turn()
    site.run(1)
    assert [pair.selector.destination for pair in site.right.pairs] == [R4_LAN]
    assert len(site.right.established) == 1


def test_the_hub_replaces_a_pair_under_the_right_sa(site: Site) -> None:
    """R4's ISAKMP SA is the newer one; R2's pair is replaced under R2's."""
    #  R3: QM1* --> R2      R3: QM1* --> R4
    bring_up(site)
    for pair in site.right.pairs:
        site.right.tell(Expired(pair.outbound.key, False, "bytes"))
    site.run(1)
    check(site)
    quick = [one for one in site.network.sent if split(one.data)[0].exchange is ExchangeType.QUICK_MODE]
    assert len({one.remote for one in quick if one.local.address == R3_ADDRESS}) == 2
    new = [pair for pair in site.right.pairs if pair.initiator]
    assert {pair.selector.destination for pair in new} == {R2_LAN, R4_LAN}
    assert lost((site.left, fourth(site), site.right)) == 0
    site.no_errors()
