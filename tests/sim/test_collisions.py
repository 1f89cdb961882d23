"""Both ends begin at once, ten thousand times: of each kind of SA one is left, the same at both ends."""

from random import Random

import pytest
from tests.sim.configs import r2, r3
from tests.sim.harness import Router, Site, lost
from tests.sim.network import Faults

from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.sa import Expired

CHEAP = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA, AuthMethod.PRE_SHARE, Group.MODP_768)
CHUNKS, SEEDS_IN_CHUNK = 20, 500


def collide(seed: int) -> None:
    """Main mode and quick mode from both ends within a second; then both replace the pair within a second."""
    chance = Random(seed)
    faults = Faults(latency=chance.uniform(0.001, 0.4), jitter=chance.choice((0.0, 0.0, 0.3)))
    site = Site(r2(policies=(CHEAP,)), r3(policies=(CHEAP,)), seed, faults)
    apart = chance.choice((0.0, chance.uniform(0, 1)))
    #  MM1 -->   <-- MM1   ...   QM1* -->   <-- QM1*
    site.ping()
    site.run(apart)
    site.ping_back()
    site.run(30)
    alone(site, seed)
    #  QM1* -->   <-- QM1*
    tell(site.left)
    site.run(chance.choice((0.0, chance.uniform(0, 1))))
    tell(site.right)
    for _ in range(10):
        site.ping()
        site.ping_back()
        site.run(1)
    assert lost(site.both) == 0, (seed, site.trouble())
    alone(site, seed)
    site.no_errors()


def tell(router: Router) -> None:
    (pair,) = (each for each in router.pairs if each.in_use)
    router.tell(Expired(pair.inbound.key, False, "seconds"))


def alone(site: Site, seed: int) -> None:
    left, right = ([pair for pair in router.pairs if pair.in_use] for router in site.both)
    assert len(left) == len(right) == 1, (seed, site.trouble())
    ours, theirs = left[0], right[0]
    same = (ours.inbound.spi, ours.outbound.spi) == (theirs.outbound.spi, theirs.inbound.spi)
    assert same, (seed, site.trouble())
    cookies = [{sa.cookies for sa in router.endpoint._ctx.sas if sa.usable} for router in site.both]
    assert len(cookies[0]) == 1, (seed, site.trouble())
    assert cookies[0] == cookies[1], (seed, site.trouble())


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_one_of_each_kind_is_left(chunk: int) -> None:
    for seed in range(chunk * SEEDS_IN_CHUNK, (chunk + 1) * SEEDS_IN_CHUNK):
        collide(seed)
