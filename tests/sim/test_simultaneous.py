"""Both sides begin at once: both exchanges run to their end, then one of each kind is let go."""

import pytest
from tests.sim.configs import r2, r3
from tests.sim.harness import Site, lost
from tests.sim.network import Faults

from cryptomap.model.sa import Expired


@pytest.mark.parametrize("seed", range(100))
def test_both_begin_at_once(seed: int) -> None:
    #  message 1 -->   <-- message 1
    site = Site(r2(), r3(), seed, Faults(jitter=0.1 if seed % 2 else 0.0))
    site.ping()
    site.ping_back()
    for _ in range(60):
        site.run(0.5)
        site.ping()
        site.ping_back()
    site.run(20)
    assert lost(site.both) == 0, site.trouble()
    assert [len(router.established) for router in site.both] == [1, 1], site.trouble()
    assert site.spis()[0] == {pair.outbound.spi for pair in site.right.pairs}
    site.check()
    site.no_errors()


@pytest.mark.parametrize("seed", range(50))
def test_both_begin_at_once_on_a_bad_link(seed: int) -> None:
    #  MM1 -->   <-- MM1   (a third of all is lost)
    site = Site(r2(), r3(), seed, Faults(loss=0.3, jitter=0.2))
    for _ in range(90):
        site.ping()
        site.ping_back()
        site.run(1)
    site.network.faults = Faults()
    site.run(60)
    site.check_passes()
    site.no_errors()


@pytest.mark.parametrize("seed", range(50))
def test_replacement_from_both_sides_at_once(seed: int) -> None:
    """Soft limits of both ends are told in the same instant: no packet is lost, one pair is left in use."""
    #  QM1* -->   <-- QM1*   both to their end; five seconds later one  HDR*, HASH(1), D(ESP) -->
    site = Site(r2(), r3(), seed, Faults(jitter=0.05))
    site.bring_up()
    for router in site.both:
        router.tell(Expired(router.pair.inbound.key, False, "seconds"))
    for _ in range(400):
        site.ping()
        site.ping_back()
        site.run(0.1)
    assert lost(site.both) == 0
    for router in site.both:
        assert len([pair for pair in router.pairs if pair.in_use]) == 1, site.trouble()
        assert len(router.pairs) == 2, site.trouble()
    site.run(3600)
    site.check_passes()
    site.no_errors()
