"""When packets go over to a new pair: a responder may be ready for them only after message 3."""

from tests.sim.configs import r2, r3
from tests.sim.harness import Site, lost
from tests.sim.remote_access import RemoteSite, up

from cryptomap.ikev1.sa import ChildSa
from cryptomap.ikev1.timers import SWITCH_AFTER
from cryptomap.model.config import Lifetime
from cryptomap.model.sa import Expired

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


def test_to_a_remote_client_right_behind_message_3() -> None:
    """It may have room for one pair, and has let the older one go by then."""
    #  gateway QM1* -->   <-- QM2*   QM3* -->   ESP, new SPI -->
    site = up(RemoteSite())
    (old,) = site.gateway.pairs
    site.gateway.tell(Expired(old.inbound.key, False, "bytes"))
    while len(site.gateway.pairs) == 1:
        site.run(STEP / 50)
    new = site.gateway.pairs[-1]
    assert new.initiator
    assert new.in_use
    assert old.superseded
    site.traffic(10, back=True)
    assert lost(site.both) == 0
    site.no_errors()
