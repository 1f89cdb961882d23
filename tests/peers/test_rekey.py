"""SAs are replaced under traffic that runs both ways, by either side, and no packet is lost."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from tests.peers.echoes import answered
from tests.peers.site import HOST, PEER_INSIDE, Settings, Site, connection, settles
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]


@contextmanager
def none_lost(site: Site, seconds: float, *, every: float = 0.02, size: int = 56) -> Iterator[None]:
    """Echoes from both ends run while the block does, `seconds` in all, and every one is answered."""
    site.ready()
    routes = [(site.host, [PEER_INSIDE]), (site.peer, ["-I", PEER_INSIDE, HOST])]
    with answered(routes, seconds, site.failure, every=every, size=size):
        yield


def spis(site: Site) -> set[str]:
    return set(re.findall(r"spi: (0x[0-9A-F]+)\(\d+\)\n +transform", site.console("show crypto ipsec sa")))


def wait_for(site: Site, what: Callable[[], bool], seconds: float) -> None:
    assert settles(what, seconds), site.failure()


def replacements_seen(site: Site, count: int, seconds: float) -> None:
    """So many times new IPsec SAs come to be, each within `seconds` of the one before."""
    known: set[str] = spis(site)

    def more() -> bool:
        before = len(known)
        known.update(spis(site))
        return len(known) > before

    for _ in range(count):
        wait_for(site, more, seconds)


def test_strongswan_replaces_the_ipsec_sas(start: Start) -> None:
    """Every 3 s, by its own clock."""
    with start(Settings(), connection(esp_rekey="3s", esp_life="8s")) as site:
        assert site.charon.initiate(), site.failure()
        with none_lost(site, 11):
            replacements_seen(site, 3, 5)
        assert site.pings() == [3, 3], site.failure()


def test_strongswan_replaces_the_isakmp_sa(start: Start) -> None:
    """In IKEv1 that is a new main mode. strongSwan deletes the old SA 10 s later, and the IPsec SAs, which
    belonged to it, go on; the next quick mode is under a new one."""
    with start(Settings(), connection(ike_rekey="5s")) as site:
        assert site.charon.initiate(), site.failure()
        (first,) = site.charon.isakmp_sas()
        pair = spis(site)
        with none_lost(site, 18):
            wait_for(site, lambda: site.our_isakmp_sas() == 2, 8)
            wait_for(site, lambda: first not in site.charon.isakmp_sas(), 14)
            assert spis(site) == pair, site.failure()
            site.charon.rekey_child()
            wait_for(site, lambda: bool(spis(site) - pair), 3)
        assert site.pings() == [3, 3], site.failure()


def test_we_replace_the_ipsec_sas_by_time(start: Start) -> None:
    """strongSwan asks for a short life and never replaces the pair itself. We do so before its end,
    and shall have the longer life of our own configuration then."""
    with start(Settings(), connection(esp_rekey="0s", esp_life="8s")) as site:
        assert site.charon.initiate(), site.failure()
        with none_lost(site, 10):
            replacements_seen(site, 1, 9)
        assert site.pings() == [3, 3], site.failure()


@pytest.mark.timeout(240)
def test_we_replace_both_kinds(start: Start) -> None:
    """IPsec SAs by volume, the smallest that IOS takes: 2560 kB. The ISAKMP SA by time, likewise: 60 s. Its
    successor comes before its end, since strongSwan drops the IPsec SAs of one that ends."""
    ours = Settings(
        policy=(*Settings().policy, "lifetime 60"),
        extra="crypto ipsec security-association lifetime kilobytes 2560",
    )
    with start(ours, connection()) as site:
        assert settles(site.host_reaches_peer), site.failure()
        (first,) = site.charon.isakmp_sas()
        with none_lost(site, 62, size=1300):
            replacements_seen(site, 2, 30)
            wait_for(site, lambda: site.charon.isakmp_sas() not in ([], [first]), 50)
            wait_for(site, lambda: first not in site.charon.isakmp_sas(), 15)
            replacements_seen(site, 1, 30)
        assert site.our_isakmp_sas() == 1, site.failure()
        assert site.pings() == [3, 3], site.failure()


def test_replaced_again_and_again(site: Site) -> None:
    """Five times in a row, faster than any clock would."""
    assert site.charon.initiate(), site.failure()
    with none_lost(site, 3):
        for _ in range(5):
            site.charon.rekey_child()
    assert site.pings() == [3, 3], site.failure()
