"""What a peer, or a stranger, can make grow is bounded, and forgotten in the end."""

from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Site, lost
from tests.sim.test_misbehaving_peer import IDS, NONCE, OFFER, QUICK, deliver

from cryptomap.ikev1 import context
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.timers import SUPERSEDED_LIFE
from cryptomap.model import event as ev
from cryptomap.model.config import Lifetime
from cryptomap.model.sa import InvalidSpi
from cryptomap.wire.numbers import IdType
from cryptomap.wire.payload import IdPayload, Payload

IDENTITIES: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]


def test_message_ids_of_one_sa(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets of an unknown SPI, perhaps forged, make us send notifies: each uses up a message id.
    An SA that has used its share ends, and the next quick mode has another."""
    #  ESP, unknown SPI -->   <-- HDR*, HASH(1), N(INVALID-SPI)    again and again
    #                         <-- HDR*, HASH(1), D(ISAKMP)
    monkeypatch.setattr(context, "MOST_MESSAGE_IDS", 100)
    site = Site(r2(), r3())
    site.bring_up()
    for number in range(1000):
        site.right.tell(InvalidSpi(R2_ADDRESS, R3_ADDRESS, 50, 0x10000 + number))
        site.run(0.1)
        for sa in site.right.endpoint._ctx.sas:
            assert len(sa.used_ids) <= 101, "its own delete is the last one"
    site.check()
    assert site.right.of(ev.SaDeleted)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    site.no_errors()


def test_pairs_that_were_replaced_for_their_volume() -> None:
    """Their lifetime in seconds is an hour; they go a minute after their successors came."""
    #  QM1* -->  <-- QM2*  QM3* -->     every 2560 kB        HDR*, HASH(1), D(ESP) -->  a minute later
    life = Lifetime(3600, 2560)
    site = Site(r2(lifetime=life), r3(lifetime=life))
    site.bring_up()
    most = 0
    for _ in range(60_000):
        site.ping()
        site.run(0.005)
        most = max(most, len(site.right.pairs))
    made = len(site.left.of(ev.IpsecSasCreated))
    assert made >= 20
    assert most <= made * SUPERSEDED_LIFE / 300 + 3
    assert lost(site.both) == 0
    site.run(SUPERSEDED_LIFE + 10)
    assert [len(router.pairs) for router in site.both] == [1, 1]
    assert [len(router.plane.sas) for router in site.both] == [2, 2]
    site.check()


def test_an_spi_that_is_in_use_is_not_taken_again() -> None:
    """The engine knows an SA by its destination and SPI: a peer may not have two of one name."""
    #  QM1*, SPI of its pair -->
    #                        <-- HDR*, HASH(1), N
    site = Site(r2(), r3())
    site.bring_up()
    used = site.left.pair.inbound.spi.to_bytes(4, "big")
    (proposal,) = OFFER.proposals
    again = type(OFFER)(OFFER.doi, OFFER.situation, (type(proposal)(1, 3, used, proposal.transforms),))
    deliver(site, QUICK, [again, NONCE, *IDENTITIES])
    assert len(site.right.pairs) == 1
    assert site.right.endpoint.counters.misbehaved == 1
    site.check()


def tables(ctx: Context) -> list[object]:
    """Everything that is kept by peer, by SA or by exchange."""
    sas, children = ctx.sas, ctx.children
    return [
        *(sas._by_handle, sas._by_cookie, sas._by_peer, sas._half_open, sas._half_open_of),
        *(children._by_number, children._by_key, children._by_policy, children._by_traffic),
        children._by_peer,
        *(ctx.wanted, ctx.reserved_spis, ctx.timers._current),
    ]


def test_nothing_is_left_when_all_has_ended() -> None:
    """Tunnels up and down, peers restarted, negotiations broken off: in the end every table is empty."""
    site = Site(r2(), r3())
    for router in (site.left, site.right, site.left):
        site.bring_up()
        router.endpoint.clear_sa(site.clock.now)
        router.endpoint.clear_isakmp(site.clock.now)
        router.turn()
        site.run(100)
    for pause in range(12):
        site.ping()
        site.run(0.05 * pause)
        site.network.drop = lambda parcel: True
        site.run(100)
        site.network.drop = lambda parcel: False
        for router in site.both:
            router.endpoint.clear_sa(site.clock.now)
            router.endpoint.clear_isakmp(site.clock.now)
            router.turn()
        site.run(200)
        for router in site.both:
            assert tables(router.endpoint._ctx) == [{}] * 11 + [set(), {}], pause
    site.no_errors()


def test_strangers_leave_nothing() -> None:
    """Half-open SAs of many addresses are gone after their time, with all that was kept for them."""
    #  MM1 --> from 250 addresses      <-- MM2 or HDR, N(NO-PROPOSAL-CHOSEN), and nothing more
    site = Site(r2(), r3())
    site.ping()
    data = site.network.sent[0].data
    for number in range(1, 500):
        source = R2_ADDRESS if number % 2 else IPv4Address(0x14000000 + number)
        cookie = number.to_bytes(8, "big")
        datagram = site.network.sent[0]
        site.right.endpoint.receive_datagram(
            site.clock.now,
            type(datagram)(datagram.remote, type(datagram.local)(source, 500), cookie + data[8:]),
        )
    site.right.turn()
    site.network.drop = lambda parcel: True
    site.run(100)
    assert tables(site.right.endpoint._ctx) == [{}] * 11 + [set(), {}]
