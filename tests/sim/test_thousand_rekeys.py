"""A thousand successors under load, by seconds, by kilobytes and by packets: no packet is lost, and none
comes so late that the window has passed it."""

from collections.abc import Callable

import pytest
from tests.sim.configs import r2, r3
from tests.sim.harness import Site, lost
from tests.sim.network import Faults

from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, Lifetime
from cryptomap.policy import ipsec

REKEYS = 1000
CHEAP = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA, AuthMethod.PRE_SHARE, Group.MODP_768)
JITTERY = Faults(latency=0.03, jitter=0.06)


def site_with(lifetime: Lifetime) -> Site:
    site = Site(
        r2(policies=(CHEAP,), lifetime=lifetime), r3(policies=(CHEAP,), lifetime=lifetime), 7, JITTERY
    )
    site.bring_up()
    return site


def by_seconds(monkeypatch: pytest.MonkeyPatch) -> tuple[Site, float]:
    return site_with(Lifetime(seconds=120)), 1.0


def by_kilobytes(monkeypatch: pytest.MonkeyPatch) -> tuple[Site, float]:
    """2560 kB are 53 packets of 50000 octets."""
    site = site_with(Lifetime(kilobytes=2560))
    for router in site.both:
        router.plane.packet_size = 50_000
    return site, 0.2


def by_packets(monkeypatch: pytest.MonkeyPatch) -> tuple[Site, float]:
    """As if the last sequence number were 200, and the soft limit 60 before it."""
    monkeypatch.setattr(ipsec, "HARD_PACKETS", 200)
    monkeypatch.setattr(ipsec, "SOFT_PACKETS", 60)
    return site_with(Lifetime()), 0.02


@pytest.mark.parametrize("limit", [by_seconds, by_kilobytes, by_packets])
def test_a_thousand_rekeys(
    limit: Callable[[pytest.MonkeyPatch], tuple[Site, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, every = limit(monkeypatch)
    sent = len(site.left.plane.received), len(site.right.plane.received)
    pings = 0
    while site.left.pairs[-1].number <= REKEYS:
        site.ping()
        site.ping_back()
        pings += 1
        site.run(every)
    site.run(1)
    assert lost(site.both) == 0, (site.left.plane.refused[:5], site.right.plane.refused[:5])
    assert [router.plane.dropped for router in site.both] == [1, 0], "but for the one that began it all"
    arrived = len(site.left.plane.received), len(site.right.plane.received)
    assert arrived == (sent[0] + pings, sent[1] + pings)
    assert all(len(router.pairs) <= 30 for router in site.both), "replaced ones go after a minute"
    site.no_errors()
