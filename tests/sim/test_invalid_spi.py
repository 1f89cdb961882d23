"""ESP under an SPI that the receiver does not know: told under an ISAKMP SA, and with
`crypto isakmp invalid-spi-recovery` one is made for it."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Site

from cryptomap.model.config import RouterConfig
from cryptomap.model.sa import InvalidSpi


def recovering(config: RouterConfig) -> RouterConfig:
    return replace(config, invalid_spi_recovery=True)


def forgetful(site: Site) -> None:
    """R3 restarts while R2 goes on sending."""
    site.bring_up()
    site.right.boot()


def test_a_restarted_peer_recovers() -> None:
    #  ESP -->  (unknown SPI)
    #        <-- MM1 ... MM5* with INITIAL-CONTACT ...      <-- HDR*, HASH(1), N(INVALID-SPI)
    #  QM1* --> ...
    site = Site(r2(), recovering(r3()))
    forgetful(site)
    site.traffic(8, 0.5)
    site.check()


def test_without_recovery_it_takes_its_time() -> None:
    """R2 sends into the void until its SA ends or dead peer detection notices."""
    site = Site(r2(), r3())
    forgetful(site)
    site.traffic(30, 0.5)
    assert site.right.pairs == []
    assert site.right.isakmp_sas == []


def test_under_an_isakmp_sa_it_is_said_at_once() -> None:
    site = Site(r2(), r3())
    site.bring_up()
    (pair,) = site.right.pairs
    # R3 loses the pair only, and does not say so.
    site.network.drop = lambda parcel: True
    site.right.endpoint.clear_sa(site.clock.now)
    site.right.turn()
    site.network.drop = lambda parcel: False
    site.traffic(5, 0.5)
    site.check()
    assert site.right.pair.inbound.spi != pair.inbound.spi


@pytest.mark.parametrize("stranger", ["9.9.9.9", "12.1.1.99"])
def test_strangers_make_us_call_nobody(stranger: str) -> None:
    site = Site(r2(), recovering(r3()))
    for spi in range(1000, 1100):
        event = InvalidSpi(IPv4Address(stranger), R3_ADDRESS, 50, spi)
        site.right.tell(event)
    assert site.network.sent == []


def test_a_flood_in_the_peers_name_makes_us_call_it_once() -> None:
    site = Site(r2(), recovering(r3()))
    site.network.drop = lambda parcel: True
    for spi in range(1000, 1100):
        site.right.tell(InvalidSpi(R2_ADDRESS, R3_ADDRESS, 50, spi))
    assert len(site.network.sent) == 1
