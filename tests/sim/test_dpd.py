"""Dead peer detection, both roles (RFC 3706)."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Router, Site
from tests.sim.network import EspPacket, Parcel

from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.config import IsakmpProfile, Keepalive, MatchIdentity, RouterConfig
from cryptomap.model.sa import Expired

DPD = bytes.fromhex("afcad71368a1f1c96b8696fc7757 0100")
"""RFC 3706 section 5.1, version 1.0."""
ON_DEMAND, PERIODIC = Keepalive(10, 2), Keepalive(10, 2, periodic=True)


def watched(keepalive: Keepalive | None, config: Callable[[], RouterConfig] = r2) -> RouterConfig:
    return replace(config(), keepalive=keepalive)


def questions(router: Router) -> int:
    return sum(sent.name == "R_U_THERE" for sent in router.of(ev.NotifySent))


def answers(router: Router) -> int:
    return sum(sent.name == "R_U_THERE_ACK" for sent in router.of(ev.NotifySent))


def up(left: RouterConfig, right: RouterConfig) -> Site:
    site = Site(left, right)
    site.bring_up()
    return site


def test_periodic_asks_at_every_interval() -> None:
    #  HDR*, HASH, N(R-U-THERE, 1) -->
    #                              <-- HDR*, HASH, N(R-U-THERE-ACK, 1)
    site = up(watched(PERIODIC), r3())
    site.run(100)
    assert 9 <= questions(site.left) <= 10
    assert answers(site.right) == questions(site.left)
    assert questions(site.right) == 0, "the other side is not configured to ask"
    assert site.left.established


def test_on_demand_asks_nobody_while_nothing_is_sent() -> None:
    site = up(watched(ON_DEMAND), r3())
    site.run(600)
    assert questions(site.left) == 0


def test_on_demand_asks_nobody_while_packets_come_back() -> None:
    site = up(watched(ON_DEMAND), r3())
    site.traffic(120, 1, back=True)
    assert questions(site.left) == 0


def test_on_demand_asks_when_packets_leave_and_none_come_back() -> None:
    site = up(watched(ON_DEMAND), r3())
    site.traffic(62, 1)
    assert 4 <= questions(site.left) <= 6
    assert site.left.established


def test_show_tells_whose_peer_is_asked() -> None:
    """The end with `crypto isakmp keepalive` shows D; the other, which only answers, does not."""
    site = up(watched(PERIODIC), r3())
    (left,), (right,) = site.left.established, site.right.established
    assert (left.capabilities, right.capabilities) == ("D", "")


def test_both_sides_may_ask() -> None:
    site = up(watched(PERIODIC), watched(PERIODIC, r3))
    site.run(55)
    assert questions(site.left) == questions(site.right) == 5
    site.check()


@pytest.mark.parametrize("keepalive", [ON_DEMAND, PERIODIC])
def test_a_dead_peer_is_noticed(keepalive: Keepalive) -> None:
    """10 s until it is asked, then five retries 2 s apart: gone within 22 s, and a packet starts anew."""
    site = up(watched(keepalive), r3())
    site.right.alive = False
    site.traffic(32, 0.5)
    assert site.left.of(ev.PeerDead)
    assert len(site.left.of(ev.DpdUnanswered)) == 5
    deleted = site.left.of(ev.SaDeleted)
    assert deleted[0].reason == "P1 errcounter exceeded (PEERS_ALIVE_TIMER)"
    assert site.left.pairs == []
    site.right.boot()
    site.right.alive = True
    site.traffic(60, 0.5)
    site.check()


def test_a_peer_without_the_vendor_id_is_not_asked() -> None:
    """No HASH covers vendor ids, so that a test may spoil the one in message 4."""
    site = Site(watched(PERIODIC), r3())
    deliver = site.left.receive

    def spoil(parcel: Parcel) -> None:
        if isinstance(parcel, Datagram):
            parcel = replace(parcel, data=parcel.data.replace(DPD, bytes(len(DPD))))
        deliver(parcel)

    site.network.attach(R2_ADDRESS, spoil)
    site.bring_up()
    site.run(60)
    assert questions(site.left) == 0


def test_esp_is_a_sign_of_life() -> None:
    """Every IKE message is lost, ESP passes: the peer lives."""
    site = up(watched(ON_DEMAND), r3())
    site.network.drop = lambda parcel: not isinstance(parcel, EspPacket)
    site.traffic(120, 1, back=True)
    assert not site.left.of(ev.PeerDead)
    assert len(site.left.pairs) == 1


def test_a_profile_has_its_own_interval() -> None:
    left = watched(PERIODIC, lambda: r2(isakmp_profile="L2L"))

    match = MatchIdentity(network=IPv4Network("13.1.1.3/32"))
    profile = IsakmpProfile("L2L", (match,), keepalive=Keepalive(20, 2, periodic=True))
    site = up(replace(left, isakmp_profiles={"L2L": profile}), r3())
    site.run(61)
    assert questions(site.left) == 3


def test_the_next_peer_is_called() -> None:
    """R3 is the first peer of R2's entry and dies."""
    ghost = IPv4Address("9.9.9.9")
    left = watched(ON_DEMAND, lambda: r2(peers=(R3_ADDRESS, ghost)))
    left = replace(left, keyrings=global_keys(key("wolf", "0.0.0.0/0")))
    site = up(left, r3())
    site.right.alive = False
    seen: list[IPv4Address] = []

    def watch(parcel: Parcel) -> bool:
        if not isinstance(parcel, EspPacket) and parcel.local.address == R2_ADDRESS:
            assert isinstance(parcel.remote.address, IPv4Address)
            seen.append(parcel.remote.address)
        return False

    site.network.drop = watch
    site.traffic(40, 0.5)
    assert seen[-1] == ghost


def test_an_older_isakmp_sa_that_the_peer_has_lost() -> None:
    """Its delete did not arrive: the peer is silent under that SA, and lives under the newer one."""
    #  HDR*, HASH(1), D(ISAKMP) --> (lost)     MM1..6, QM1*..3*
    #       <-- HDR*, HASH, N(R-U-THERE) under the newer SA      HDR*, HASH, N(R-U-THERE-ACK) -->
    site = up(r2(), watched(PERIODIC, r3))
    site.network.drop = lambda parcel: True
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.turn()
    site.network.drop = lambda parcel: False
    site.left.tell(Expired(site.left.pair.outbound.key, False, "seconds"))
    site.run(3)
    assert len(site.right.established) == 2
    site.run(300)
    assert not site.right.of(ev.PeerDead)
    site.check_passes()
    assert questions(site.right) > 20
    site.no_errors()
