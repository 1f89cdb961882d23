"""An end in good order is told to the other side, whichever side ends."""

from tests.peers.site import Site, settles


def test_our_gateway_is_stopped(site: Site) -> None:
    """Deletes go out for the IPsec SAs and for the ISAKMP SA."""
    assert site.charon.initiate(), site.failure()
    assert site.pings() == [3, 3], site.failure()
    site.gateway.stop()
    assert settles(lambda: not site.charon.isakmp_sas()), site.failure()
    log = site.charon.log()
    assert log.count("received DELETE for ESP CHILD_SA") == 1, log
    assert log.count("received DELETE for IKE_SA peer[1]") == 1, log


def test_strongswan_is_stopped(site: Site) -> None:
    assert settles(site.host_reaches_peer), site.failure()
    site.charon.stop()
    assert settles(lambda: site.our_pairs() == site.our_isakmp_sas() == 0), site.failure()
    assert not site.host_reaches_peer()
