"""A tunnel comes up: main mode, quick mode, and packets through it."""

from tests.sim.configs import lab1, r2, r3
from tests.sim.harness import Site


def test_lab_1() -> None:
    #  MM1..4    MM5* -->  <-- MM6*    QM1* with KE -->  <-- QM2* with KE  QM3* -->    ESP both ways
    site = Site(*lab1())
    site.bring_up()
    site.no_errors()


def test_without_pfs() -> None:
    #  MM1..4    MM5* -->  <-- MM6*    QM1* -->  <-- QM2*  QM3* -->    ESP both ways
    site = Site(r2(), r3())
    site.bring_up()
    assert site.left.pair.pfs_group is None
    site.no_errors()
