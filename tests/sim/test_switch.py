"""When packets go over to a new pair: a responder may be ready for them only after message 3."""

from tests.sim.configs import r2, r3
from tests.sim.harness import Site, lost

from cryptomap.ikev1.sa import ChildSa
from cryptomap.ikev1.timers import SWITCH_AFTER
from cryptomap.model.config import Lifetime

STEP = 0.05


def replacing() -> tuple[Site, ChildSa]:
    """A site whose first pair is just being replaced, and the initiator's new pair."""
    seconds = 120
    life = Lifetime(seconds, 4608000)
    site = Site(r2(lifetime=life), r3(lifetime=life))
    site.bring_up()
    end = site.clock.now + seconds
    while True:
        site.traffic(STEP, every=STEP, back=True)
        assert site.clock.now < end
        for router in site.both:
            if len(router.pairs) > 1 and router.pairs[-1].initiator:
                return site, router.pairs[-1]


def test_a_moment_after_message_3() -> None:
    #  QM3* -->   ESP, old SPI -->   0.2 s   ESP, new SPI -->
    site, new = replacing()
    assert not new.outbound_installed
    site.traffic(SWITCH_AFTER + STEP, every=STEP, back=True)
    assert new.in_use
    site.traffic(10, back=True)
    assert lost(site.both) == 0
    site.no_errors()


def test_at_once_when_the_old_pair_goes() -> None:
    #  QM3* -->   HDR*, HASH(1), D(ESP), old SPI -->   ESP, new SPI -->
    site, new = replacing()
    router = next(router for router in site.both if new in router.pairs)
    old = router.pairs[0]
    router.endpoint.clear_sa(site.clock.now, key=old.inbound.key)
    assert new.in_use
    site.traffic(10, back=True)
    assert lost(site.both) == 0
    site.no_errors()
