"""What packets asked for is negotiated or given up in the end: no request is forgotten, none storms."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.sim.configs import (
    LAB_SET,
    R2_ADDRESS,
    R2_LAN,
    R3_ADDRESS,
    R3_LAN,
    global_keys,
    key,
    permit,
    r2,
    r3,
    router,
)
from tests.sim.harness import Site, lost
from tests.sim.network import Parcel

from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.algorithm import Group
from cryptomap.model.config import CryptoMap, Lifetime
from cryptomap.model.sa import Direction, Expired
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType

DEAD, ALSO_DEAD = IPv4Address("14.1.1.4"), IPv4Address("15.1.1.5")


def exchanges(site: Site, kind: ExchangeType) -> int:
    """How many different messages of that kind were sent."""
    return len({one.data for one in site.network.sent if split(one.data)[0].exchange is kind})


def test_a_request_under_an_sa_that_initial_contact_ends() -> None:
    """The peer restarted while our quick mode waited for it: the request goes on under the new SA."""
    #  QM1* -->  (the peer does not know the SA any more)
    #       <-- MM1 .. MM5* with INITIAL-CONTACT
    #  QM1* -->  under the new SA
    site = Site(r2(), r3())
    site.bring_up()
    site.right.boot()
    site.left.tell(Expired(site.left.pair.outbound.key, False, "seconds"))
    site.run(0.2)
    site.ping_back()
    site.run(60)
    assert site.left.of(ev.InitialContactReceived)
    site.check_passes()
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    site.no_errors()


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_the_next_peer_is_called_once_for_all_lines(lines: int) -> None:
    """Several lines wait for a peer that is silent: the entry goes on to its next peer, not past it."""
    #  MM1 --> 14.1.1.4  (six times, no answer)
    #  MM1 --> 13.1.1.3
    more = [(IPv4Network(f"2.2.{n}.0/24"), IPv4Network(f"3.3.{n}.0/24")) for n in range(10, 9 + lines)]
    pairs = [(R2_LAN, R3_LAN), *more]
    left = router("R2", R2_ADDRESS, R3_ADDRESS, [permit(*pair) for pair in pairs])
    left = replace(left, keyrings=global_keys(key("wolf", "0.0.0.0/0")))
    entry = replace(left.crypto_maps["huawei"].entries[10], peers=(DEAD, R3_ADDRESS))
    left = replace(left, crypto_maps={"huawei": CryptoMap("huawei", {10: entry})})
    site = Site(left, router("R3", R3_ADDRESS, R2_ADDRESS, [permit(b, a) for a, b in pairs]))
    for _ in range(50):
        for source, destination in pairs:
            site.left.ping(str(source[2]), str(destination[3]))
        site.run(1)
    assert len(site.left.pairs) == lines
    assert {pair.peer.address for pair in site.left.pairs} == {R3_ADDRESS}
    called = {one.remote.address for one in site.network.sent if one.local.address == R2_ADDRESS}
    assert called == {DEAD, R3_ADDRESS}


def test_peers_are_called_in_turn_and_the_one_that_answers_is_kept() -> None:
    #  MM1 --> 14.1.1.4   MM1 --> 15.1.1.5   MM1 --> 13.1.1.3  <-- MM2
    left = replace(r2(peers=(DEAD, ALSO_DEAD, R3_ADDRESS)), keyrings=global_keys(key("wolf", "0.0.0.0/0")))
    site = Site(left, r3())
    site.traffic(90)
    site.check()
    order = [one.remote.address for one in site.network.sent if one.local.address == R2_ADDRESS]
    assert list(dict.fromkeys(order)) == [DEAD, ALSO_DEAD, R3_ADDRESS]
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.turn()
    site.run(1)
    count = len(site.network.sent)
    site.bring_up()
    assert {one.remote.address for one in site.network.sent[count:]} == {R2_ADDRESS, R3_ADDRESS}


def test_a_silent_peer_that_called_us_does_not_turn_the_wheel_wrongly() -> None:
    """The second peer made the pair; when its replacement fails, the entry's turn is still the first's."""
    #       <-- MM1 .. QM3* from 13.1.1.3, which falls silent
    #  MM1 --> 13.1.1.3  (the replacement)      MM1 --> 14.1.1.4  (the next packet)
    left = replace(r2(peers=(DEAD, R3_ADDRESS)), keyrings=global_keys(key("wolf", "0.0.0.0/0")))
    site = Site(left, r3())
    site.ping_back()
    site.run(3)
    site.check()
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.network.drop = lambda parcel: True
    site.left.tell(Expired(site.left.pair.outbound.key, False, "seconds"))
    site.run(40)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(60)
    site.ping()
    site.run(1)
    assert site.network.sent[-1].remote.address == DEAD


def test_a_peer_that_deletes_the_sa_at_every_quick_mode_is_not_stormed() -> None:
    """Each try is a whole main mode: a second one follows at once, a third after a rest."""
    #  MM1..6   QM1* -->   <-- HDR*, HASH(1), D(ISAKMP)      again and again
    site = Site(r2(), r3())

    def deletes(parcel: Parcel) -> bool:
        quick = isinstance(parcel, Datagram) and split(parcel.data)[0].exchange is ExchangeType.QUICK_MODE
        if quick:
            site.right.endpoint.clear_isakmp(site.clock.now)
            site.right.turn()
        return quick

    site.network.drop = deletes
    site.traffic(20)
    main = exchanges(site, ExchangeType.IDENTITY_PROTECTION)
    assert main <= 6 * 2 * 5
    site.network.drop = lambda parcel: False
    site.traffic(10)
    site.check()
    site.no_errors()


def test_a_refused_replacement_is_tried_again_before_the_end() -> None:
    #  QM1* -->   <-- N(NO-PROPOSAL-CHOSEN)    a rest, then again: the far end was put right
    life = Lifetime(120, 4608000)
    site = Site(r2(lifetime=life), r3(lifetime=life))
    site.bring_up()
    broken = replace(r3(lifetime=life, pfs=None), transform_sets={"strong": replace(LAB_SET, name="strong")})
    site.right.reconfigure(broken)
    site.traffic(100, every=0.5, back=True)
    assert site.left.of(ev.NotifyReceived)
    site.right.reconfigure(r3(lifetime=life))
    site.traffic(60, every=0.5, back=True)
    assert lost(site.both) == 0
    assert site.left.plane.dropped == 1
    assert site.right.plane.dropped == 0


def test_the_responder_replaces_a_pair_for_the_traffic_that_it_has() -> None:
    """R2's list is a part of R3's: R3 may not offer its whole line when its pair comes to its end."""
    #  pair for 2.2.2.2 <-> 3.3.3.3
    #       <-- QM1*, IDci 3.3.3.3, IDcr 2.2.2.2
    ours = permit(IPv4Network("2.2.2.2/32"), IPv4Network("3.3.3.3/32"))
    site = Site(router("R2", R2_ADDRESS, R3_ADDRESS, (ours,)), r3())
    site.bring_up()
    site.right.tell(Expired(site.right.pair.outbound.key, False, "bytes"))
    site.traffic(3, every=0.1, back=True)
    new = site.right.pairs[-1]
    assert new.initiator
    assert new.in_use
    assert new.selector == site.right.pairs[0].selector
    assert lost(site.both) == 0
    site.no_errors()


def test_two_pairs_of_one_line_are_replaced_at_the_same_time() -> None:
    #  2.2.2.2 <-> 3.3.3.3 and 2.2.2.4 <-> 3.3.3.3, both of R3's one line
    hosts = [IPv4Network("2.2.2.2/32"), IPv4Network("2.2.2.4/32")]
    far = IPv4Network("3.3.3.3/32")
    site = Site(router("R2", R2_ADDRESS, R3_ADDRESS, [permit(one, far) for one in hosts]), r3())
    site.ping()
    site.left.ping("2.2.2.4", "3.3.3.3")
    site.run(3)
    site.ping()
    site.left.ping("2.2.2.4", "3.3.3.3")
    site.run(1)
    assert len(site.right.pairs) == 2
    for pair in site.right.pairs:
        site.right.tell(Expired(pair.outbound.key, False, "bytes"))
    site.run(3)
    assert [pair.initiator for pair in site.right.pairs] == [False, False, True, True]
    assert {pair.selector.destination for pair in site.right.pairs[2:]} == set(hosts)
    site.no_errors()


def test_a_line_that_goes_while_it_is_negotiated_leaves_nothing() -> None:
    """In each step of the two exchanges `no crypto map` comes, and the line returns later."""
    #  MM1 .. QM1* -->  (no crypto map)  <-- QM2*    HDR*, HASH(1), N(NO-PROPOSAL-CHOSEN) -->
    for steps in range(10):
        site = Site(r2(), r3())
        left = [steps]

        def drop(parcel: object, left: list[int] = left) -> bool:
            left[0] -= isinstance(parcel, Datagram)
            return left[0] < 0

        site.network.drop = drop
        site.ping()
        site.run(0.9)
        site.network.drop = lambda parcel: False
        site.left.reconfigure(replace(r2(), crypto_maps={"huawei": CryptoMap("huawei")}))
        site.run(100)
        assert site.left.pairs == site.right.pairs == [], steps
        assert [router.plane.sas for router in site.both] == [{}, {}], steps
        site.left.reconfigure(r2())
        site.bring_up()
        site.no_errors()


def test_a_line_whose_peer_changes_while_it_is_negotiated() -> None:
    #  MM1 .. QM1* --> 13.1.1.3  (set peer 14.1.1.4)      MM1 --> 14.1.1.4
    for steps in range(9):
        site = Site(r2(), r3())
        left = [steps]

        def drop(parcel: object, left: list[int] = left) -> bool:
            left[0] -= isinstance(parcel, Datagram)
            return left[0] < 0

        site.network.drop = drop
        site.ping()
        site.run(0.9)
        other = replace(r2(peers=(DEAD,)), keyrings=global_keys(key("wolf", "0.0.0.0/0")))
        site.network.drop = lambda parcel: False
        site.left.reconfigure(other)
        site.run(12)
        assert site.left.pairs == [], steps
        assert site.right.pairs == [], steps
        count = len(site.network.sent)
        site.ping()
        site.run(1)
        assert {one.remote.address for one in site.network.sent[count:]} == {DEAD}, steps


def test_negotiations_use_the_configuration_of_the_moment() -> None:
    """The map entry is put right while main mode goes on: quick mode offers what holds by then."""
    #  MM1 -->  <-- MM2   (set transform-set, set pfs)   MM3 --> ...   QM1* with the other set and KE -->
    site = Site(r2(sets=(LAB_SET,)), r3(pfs=Group.ECP_256))
    site.ping()
    site.run(0.15)
    site.left.reconfigure(r2(pfs=Group.ECP_256))
    site.run(3)
    site.check()
    assert site.left.pair.pfs_group == Group.ECP_256


def test_configuration_changes_forget_whose_turn_it_was() -> None:
    #  MM1 --> 14.1.1.4 (silent)   MM1 --> 13.1.1.3   (the peers are changed, and back)   MM1 --> 14.1.1.4
    left = replace(r2(peers=(DEAD, R3_ADDRESS)), keyrings=global_keys(key("wolf", "0.0.0.0/0")))
    site = Site(left, r3())
    site.traffic(40)
    site.left.reconfigure(replace(left, crypto_maps={"huawei": CryptoMap("huawei")}))
    site.run(1)
    site.left.reconfigure(replace(r2(), keyrings=left.keyrings))
    site.bring_up()
    site.left.reconfigure(left)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.turn()
    site.run(1)
    count = len(site.network.sent)
    site.ping()
    site.run(1)
    assert site.network.sent[count].remote.address == DEAD


def test_shutdown_amid_a_replacement_leaves_nothing_in_the_engine() -> None:
    #  QM1* -->  <-- QM2*  QM3* -->     and at any point:   HDR*, HASH(1), D(ESP) -->   D(ISAKMP) -->
    for pause in (0.0, 0.1, 0.15, 0.3, 1.0):
        site = Site(r2(), r3())
        site.bring_up()
        site.left.tell(Expired(site.left.pair.outbound.key, False, "seconds"))
        site.run(pause)
        site.left.endpoint.shutdown(site.clock.now)
        site.left.turn()
        assert site.left.plane.of(Direction.INBOUND) == [], pause
        assert site.left.plane.sas == {}, pause
        assert site.left.endpoint._ctx.reserved_spis == set(), pause
        assert site.left.endpoint._ctx.wanted == {}, pause
        site.run(100)
        site.no_errors()


def test_a_refused_answer_ends_the_half_made_pair_at_the_responder() -> None:
    """The initiator will not have message 2; the responder neither waits for message 3 nor blames the SA."""
    #  QM1* -->  <-- QM2*    HDR*, HASH(1), N(NO-PROPOSAL-CHOSEN), naming the initiator's SPI -->
    site = Site(r2(), r3())
    site.ping()
    site.run(0.37)
    assert len(site.right.pairs) == 1
    site.left.reconfigure(replace(r2(), crypto_maps={"huawei": CryptoMap("huawei")}))
    site.run(0.2)
    assert site.right.pairs == []
    site.run(60)
    assert site.left.established
    assert site.right.established
