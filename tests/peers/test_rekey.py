"""SAs are replaced under running traffic, by either side, and no packet is lost."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.peers.site import HOST, PEER_INSIDE, Settings, Site, connection, settles
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]


@contextmanager
def none_lost(site: Site, count: int = 150, interval: float = 0.02, size: int = 56) -> Iterator[None]:
    """`count` echoes of our host run while the block does and to their end, and all are answered."""
    words = ("-c", str(count), "-i", str(interval), "-s", str(size), "-W", "1")
    ping = site.host.start("ping", "-n", "-q", *words, PEER_INSIDE, output=subprocess.PIPE)
    yield
    text, _ = ping.communicate(timeout=60)
    assert f"{count} packets transmitted, {count} received" in text, f"{text}\n{site.failure()}"


def spis(site: Site) -> set[str]:
    return set(re.findall(r"spi: (0x[0-9A-F]+)", site.console("show crypto ipsec sa")))


def test_strongswan_replaces_the_ipsec_sas(site: Site) -> None:
    assert site.charon.initiate(), site.failure()
    assert site.pings() == [3, 3], site.failure()
    before = spis(site)
    with none_lost(site):
        for _ in range(3):
            site.charon.rekey_child()
            assert settles(lambda: not before & spis(site) or len(spis(site)) > len(before)), site.failure()
    assert spis(site) - before, site.failure()
    assert site.pings() == [3, 3], site.failure()


def test_strongswan_replaces_the_isakmp_sa(site: Site) -> None:
    """In IKEv1 that is a new main mode; the old SA is deleted and its IPsec SAs go on under the new one."""
    assert site.charon.initiate(), site.failure()
    assert site.pings() == [3, 3], site.failure()
    cookies = site.charon.list_sas().splitlines()[0]
    with none_lost(site):
        site.charon.rekey_ike()
        assert settles(lambda: site.charon.list_sas().splitlines()[0] != cookies), site.failure()
        site.charon.rekey_child()
        assert settles(lambda: site.charon.list_sas().count("REKEYED") >= 1), site.failure()
    assert site.our_isakmp_sas() >= 1, site.failure()
    assert site.pings() == [3, 3], site.failure()


def test_we_replace_the_ipsec_sas(start: Start) -> None:
    """The smallest volume that IOS takes: 2560 kB are over in 2 s of big packets, a new pair comes before."""
    ours = Settings(extra="crypto ipsec security-association lifetime kilobytes 2560")
    with start(ours, connection()) as site:
        assert settles(site.host_reaches_peer), site.failure()
        before = spis(site)
        with none_lost(site, 2500, 0.002, 1300):
            assert settles(lambda: bool(spis(site) - before), 30), site.failure()
        assert site.pings() == [3, 3], site.failure()


def test_replaced_again_and_again(site: Site) -> None:
    """Both directions carry echoes of their own while strongSwan replaces the SAs five times in a row."""
    assert site.charon.initiate(), site.failure()
    assert site.pings() == [3, 3], site.failure()
    back = site.peer.start(
        "ping", "-n", "-q", "-i", "0.02", "-c", "150", "-I", PEER_INSIDE, HOST, output=subprocess.PIPE
    )
    with none_lost(site):
        for _ in range(5):
            site.charon.rekey_child()
        text, _ = back.communicate(timeout=30)
    assert "150 received" in text, f"{text}\n{site.failure()}"
