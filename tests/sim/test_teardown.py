"""Deletes, notifies, restarts: what one end does reaches the other, and what is broken heals."""

from dataclasses import replace
from ipaddress import IPv4Address

from tests.sim.configs import R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site

from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.model import event as ev
from cryptomap.model.config import CryptoMap
from cryptomap.model.sa import Expired
from cryptomap.wire.numbers import NotifyType


def test_clear_crypto_sa() -> None:
    #  HDR*, HASH(1), D(ESP) -->
    site = Site(r2(), r3())
    site.bring_up()
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    assert site.left.pairs == site.right.pairs == []
    assert site.spis() == (set(), set())
    assert site.left.established
    assert site.right.of(ev.KeyEngineDelete)
    site.bring_up()


def test_clear_crypto_sa_without_an_isakmp_sa() -> None:
    """The peer cannot be told; it hears of it by the delete that answers the next first contact."""
    #  HDR*, HASH(1), D(ISAKMP) -->
    #  MM1 to MM5, with INITIAL-CONTACT -->   <-- HDR*, HASH(1), D(ESP)
    site = Site(r2(), r3())
    site.bring_up()
    spi = site.left.pair.inbound.spi
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    (told,) = site.left.of(ev.DeleteNotSent)
    assert (told.local, told.remote, told.spi) == (site.left.address, R3_ADDRESS, spi)
    assert (len(site.left.pairs), len(site.right.pairs)) == (0, 1)
    site.bring_up()
    assert site.left.of(ev.KeyEngineDelete)


def test_clear_crypto_sa_of_a_peer_a_map_or_one_sa() -> None:
    #  HDR*, HASH(1), D(ESP) -->  when something fits
    site = Site(r2(), r3())
    site.bring_up()
    endpoint, now = site.left.endpoint, site.clock.now
    endpoint.clear_sa(now, peer=IPv4Address("9.9.9.9"))
    endpoint.clear_sa(now, map_name="other")
    assert len(site.left.pairs) == 1
    endpoint.clear_sa(now, key=site.left.pair.outbound.key)
    assert site.left.pairs == []


def test_clear_crypto_isakmp() -> None:
    #  HDR*, HASH(1), D(ISAKMP) -->
    site = Site(r2(), r3())
    site.bring_up()
    number = site.right.established[0].connection_id
    site.right.endpoint.clear_isakmp(site.clock.now, number + 1)
    assert site.right.established
    site.right.endpoint.clear_isakmp(site.clock.now, number)
    site.right.turn()
    site.run(1)
    assert site.left.isakmp_sas == site.right.isakmp_sas == []
    site.check()


def test_shutdown() -> None:
    #  HDR*, HASH(1), D(ESP) -->   HDR*, HASH(1), D(ISAKMP) -->
    site = Site(r2(), r3())
    site.bring_up()
    site.left.endpoint.shutdown(site.clock.now)
    site.left.turn()
    site.run(1)
    for router in site.both:
        assert (router.isakmp_sas, router.pairs, router.plane.sas) == ([], [], {})
    site.traffic(3, back=True)
    assert site.left.isakmp_sas == []
    site.no_errors()


def test_shutdown_amid_everything() -> None:
    #  MM1 -->  <-- MM2  MM3 --> ...  at any point:   D(ESP) -->   D(ISAKMP) -->
    site = Site(r2(), r3())
    for pause in (0.0, 0.06, 0.12, 0.18, 0.24, 0.30, 0.36, 0.42):
        site.ping()
        site.run(pause)
        site.left.endpoint.shutdown(site.clock.now)
        site.left.turn()
        site.left.reconfigure(site.left.config)
        assert site.left.plane.sas == {}
        site.run(100)
        assert site.right.plane.sas == {}
    site.no_errors()


def test_a_restarted_peer_is_a_first_contact() -> None:
    """INITIAL-CONTACT: the end that stayed up forgets what the other does not know any more."""
    #  MM1..4      MM5* with N(INITIAL-CONTACT) -->      <-- MM6*      QM1*..3*
    site = Site(r2(), r3())
    site.bring_up()
    site.left.boot()
    site.bring_up()
    assert site.right.of(ev.InitialContactReceived)
    assert len(site.right.isakmp_sas) == 1
    site.no_errors()


def test_no_first_contact_while_sas_are_shared() -> None:
    """An ISAKMP SA made anew under living IPsec SAs must not kill them at the other end."""
    #  D(ISAKMP) -->      MM5* without N(INITIAL-CONTACT) -->
    site = Site(r2(), r3())
    site.bring_up()
    site.left.endpoint.clear_isakmp(site.clock.now)
    site.left.turn()
    site.run(1)
    site.right.of(ev.InitialContactReceived)
    before = len(site.right.of(ev.InitialContactReceived))
    site.left.events.clear()
    site.left.endpoint.clear_sa(site.clock.now, map_name="none")
    site.left.tell(Expired(site.left.pair.outbound.key, False, "seconds"))
    site.run(2)
    assert not site.left.of(ev.InitialContactSent)
    assert len(site.right.of(ev.InitialContactReceived)) == before
    assert len(site.right.pairs) == 2
    site.check_passes()


def test_invalid_spi() -> None:
    """A peer that uses an SA we do not have is told under the ISAKMP SA, and gives it up."""
    #  ESP, unknown SPI -->
    #                   <-- HDR*, HASH(1), N(INVALID-SPI)
    site = Site(r2(), r3())
    site.bring_up()
    site.network.drop = lambda parcel: True
    site.right.endpoint.clear_sa(site.clock.now)
    site.right.turn()
    site.network.drop = lambda parcel: False
    assert len(site.left.pairs) == 1, "the delete was lost"
    site.ping()
    site.run(1)
    assert site.left.pairs == []
    site.bring_up()


def test_dead_peer_detection_is_answered() -> None:
    #  HDR*, HASH(1), N(R-U-THERE) -->
    #                              <-- HDR*, HASH(1), N(R-U-THERE-ACK)
    site = Site(r2(), r3())
    site.bring_up()
    ctx = site.left.endpoint._ctx
    (sa,) = ctx.sas
    cookies = sa.initiator_cookie + sa.responder_cookie
    send_notify(ctx, sa, NotifyType.R_U_THERE, cookies, (77).to_bytes(4, "big"))
    site.left.turn()
    site.run(1)
    assert [sent.name for sent in site.right.of(ev.NotifySent) if sent.notify == 36137] == ["R_U_THERE_ACK"]


def test_a_peer_that_died_is_noticed_by_the_next_quick_mode() -> None:
    #  QM1* --> six times, no answer      MM1 -->  <-- MM2 ...
    site = Site(r2(), r3())
    site.bring_up()
    site.right.boot()
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.traffic(60, every=1)
    site.run(3)
    site.check()
    assert "Death by retransmission P2" in [event.reason for event in site.left.of(ev.SaDeleted)]


def test_the_next_peer_is_called_when_the_first_is_silent() -> None:
    #  MM1 --> 14.1.1.4  six times, no answer      MM1 --> 13.1.1.3  <-- MM2 ...
    config = r2(peers=(IPv4Address("14.1.1.4"), R3_ADDRESS))
    config = replace(config, keyrings=global_keys(key("wolf", "0.0.0.0/0")))
    site = Site(config, r3())
    site.traffic(50)
    site.run(1)
    site.check()
    assert site.left.pair.peer.address == R3_ADDRESS


def test_a_change_of_the_configuration() -> None:
    """SAs stay while their line does; they go, and the peer is told, when it does not."""
    #  HDR*, HASH(1), D(ESP) -->  when the line is gone
    config = r2()
    site = Site(config, r3())
    site.bring_up()
    site.left.reconfigure(replace(config, hostname="other"))
    site.check()
    site.left.reconfigure(replace(config, crypto_maps={"huawei": CryptoMap("huawei")}))
    site.run(1)
    assert site.left.pairs == site.right.pairs == []
    site.left.reconfigure(config)
    site.bring_up()
    site.left.reconfigure(replace(config, isakmp_enabled=False))
    site.run(1)
    for router in site.both:
        assert router.isakmp_sas == []
        assert router.pairs == []
    site.ping()
    site.ping_back()
    site.run(3)
    assert site.left.isakmp_sas == site.right.established == []
