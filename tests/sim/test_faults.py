"""Bad links: whatever they do, a tunnel comes up, and what is up stays whole."""

import pytest
from tests.sim.configs import r2, r3
from tests.sim.harness import Site
from tests.sim.network import Faults, Parcel

from cryptomap.model.address import Datagram
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType

LIMIT = 165.0
"""Seconds: where strongSwan gives up a single exchange."""


def comes_up(site: Site) -> float:
    """Pings until one gets an answer each way; the seconds that took."""
    begun = site.clock.now
    while site.clock.now < begun + LIMIT:
        site.ping()
        site.run(1)
        site.ping_back()
        site.run(1)
        if site.left.plane.received and site.right.plane.received:
            return site.clock.now - begun
    raise AssertionError(site.trouble())


@pytest.mark.parametrize("seed", range(50))
def test_30_percent_loss_each_way(seed: int) -> None:
    #  MM1 --> (lost)   MM1 -->   (lost) <-- MM2   MM1 -->  <-- MM2 ...   each of nine messages may go missing
    site = Site(r2(), r3(), seed, Faults(loss=0.3))
    comes_up(site)
    site.no_errors()


@pytest.mark.parametrize("seed", range(50))
def test_30_percent_loss_each_way_in_bursts(seed: int) -> None:
    """Three in a row on average."""
    #  MM1 --> (lost)  MM1 --> (lost)  MM1 --> (lost)  MM1 -->   <-- MM2 ...
    site = Site(r2(), r3(), seed, Faults(loss=0.3, burst=3))
    comes_up(site)
    site.no_errors()


@pytest.mark.parametrize("seed", range(20))
def test_30_percent_corruption(seed: int) -> None:
    #  MM1 --> (spoilt: dropped)   MM1 -->   <-- MM2 (spoilt: dropped) ...
    site = Site(r2(), r3(), seed, Faults(corruption=0.3))
    comes_up(site)
    site.no_errors()


@pytest.mark.parametrize("seed", range(20))
def test_duplication_and_reordering(seed: int) -> None:
    #  MM1 -->  MM1 -->   <-- MM2  <-- MM2   QM3* --> overtakes QM1* -->
    site = Site(r2(), r3(), seed, Faults(duplication=0.3, jitter=0.5))
    site.ping()
    site.run(10)
    site.check()
    site.no_errors()


@pytest.mark.parametrize("seed", range(20))
def test_everything_at_once(seed: int) -> None:
    #  MM1 --> (lost)   MM1 --> --> (twice)   <-- MM2 (spoilt) ...   ESP both ways, lost and doubled too
    site = Site(r2(), r3(), seed, Faults(0.15, 0.2, 0.1, 0.02, 0.3))
    comes_up(site)
    site.traffic(120, back=True)
    site.network.faults = Faults()
    site.run(60)
    site.check_passes()
    site.no_errors()


class LoseFirst:
    """Loses the first `count` datagrams that a test names."""

    def __init__(self, exchange: ExchangeType, number: int, count: int = 1) -> None:
        self.exchange, self.number, self.left = exchange, number, count
        self._seen: list[bytes] = []

    def __call__(self, parcel: Parcel) -> bool:
        if not isinstance(parcel, Datagram) or split(parcel.data)[0].exchange is not self.exchange:
            return False
        if parcel.data not in self._seen:
            self._seen.append(parcel.data)
        hit = self._seen.index(parcel.data) == self.number - 1 and self.left > 0
        self.left -= hit
        return hit


@pytest.mark.parametrize("number", range(1, 7))
def test_each_main_mode_message_lost_once(number: int) -> None:
    """The initiator sends its last message again; the responder repeats its answer."""
    #  MM3 -->  (lost)
    #  MM3 -->  <-- MM4 (lost)
    #  MM3 -->  <-- MM4 again
    site = Site(r2(), r3())
    site.network.drop = LoseFirst(ExchangeType.IDENTITY_PROTECTION, number)
    site.bring_up()
    assert len(site.left.isakmp_sas) == 1
    site.no_errors()


@pytest.mark.parametrize("number", range(1, 4))
def test_each_quick_mode_message_lost_once(number: int) -> None:
    #  HDR*, HASH(3)   -->  (lost)
    #                  <--  message 2 again
    #  HDR*, HASH(3)   -->
    site = Site(r2(), r3())
    site.network.drop = LoseFirst(ExchangeType.QUICK_MODE, number)
    site.bring_up()
    site.no_errors()


def test_last_message_lost_thrice() -> None:
    #  HDR*, HASH(3) --> (lost)   <-- QM2* again   HDR*, HASH(3) --> (lost)   and a third time
    site = Site(r2(), r3())
    site.network.drop = LoseFirst(ExchangeType.QUICK_MODE, 3, count=3)
    site.ping()
    site.run(2)
    site.ping()
    site.run(0.5)
    assert len(site.right.plane.received) == 1, "the responder reads what it cannot answer yet"
    site.run(10)
    site.check()
    site.no_errors()


def test_last_message_always_lost() -> None:
    """The responder gives its half-made pair up, and says so."""
    #  HDR*, HASH(3) --> (lost)   <-- QM2* six times    <-- HDR*, HASH(1), D(ISAKMP)
    site = Site(r2(), r3())
    site.network.drop = LoseFirst(ExchangeType.QUICK_MODE, 3, count=99)
    site.ping()
    site.run(60)
    assert site.right.pairs == []
    assert site.left.pairs == []
    site.network.drop = lambda parcel: False
    site.bring_up()
    site.no_errors()


def test_a_pair_that_is_deleted_before_its_last_message_comes() -> None:
    """The delete overtakes HASH(3): no half of the pair stays at the responder."""
    #  HDR*, HASH(3)      --> (late)
    #  HDR*, HASH(1), D   -->
    site = Site(r2(), r3())
    late = LoseFirst(ExchangeType.QUICK_MODE, 3)
    site.network.drop = late
    site.ping()
    site.run(0.45)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(10)
    assert late.left == 0
    assert site.spis() == (set(), set())
    assert [router.plane.sas for router in site.both] == [{}, {}]
    site.bring_up()
    site.no_errors()


@pytest.mark.parametrize("seed", range(10))
def test_link_that_comes_and_goes(seed: int) -> None:
    """5 s there, 2 s not, for an hour."""
    #  ESP both ways   (2 s of nothing)   ESP both ways ...
    site = Site(r2(), r3(), seed)
    site.network.drop = lambda parcel: site.clock.now % 7 >= 5
    comes_up(site)
    for _ in range(12):
        site.traffic(300, every=2.5, back=True)
        assert site.left.established, site.trouble()
    assert len(site.left.established) == 1
    site.network.drop = lambda parcel: False
    site.run(40)
    site.check_passes()
    site.no_errors()


def test_peer_that_is_silent_is_called_five_times_more() -> None:
    #  MM1 -->   MM1 -->   MM1 -->   MM1 -->   MM1 -->   MM1 -->   (no answer)
    site = Site(r2(), r3())
    site.network.drop = lambda parcel: True
    site.ping()
    site.run(200)
    assert len(site.network.sent) == 6
    assert len(set(datagram.data for datagram in site.network.sent)) == 1
    assert site.left.isakmp_sas == []
