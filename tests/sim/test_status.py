"""What `show crypto isakmp sa` and `show crypto ipsec sa` ask the core for."""

from tests.sim.configs import R3_ADDRESS, lab1
from tests.sim.harness import Site

from cryptomap.model.algorithm import Group, Hash, IkeCipher


def test_isakmp_sas() -> None:
    #  MM1..6 of R2: dst is R3, src is R2, at both ends
    site = Site(*lab1())
    site.bring_up()
    (left,), (right,) = site.left.established, site.right.established
    assert (left.dst, left.src, left.state) == (R3_ADDRESS, site.left.address, "QM_IDLE")
    assert (right.dst, right.src) == (left.dst, left.src)
    assert (left.encryption, left.hash, left.group) == (IkeCipher.TRIPLE_DES, Hash.MD5, Group.MODP_1024)
    assert left.connection_id == 1001


def test_ipsec_sas() -> None:
    site = Site(*lab1())
    assert site.left.endpoint.ipsec_sas() == ()
    site.bring_up()
    pair = site.left.pair
    assert (pair.inbound_connection_id, pair.outbound_connection_id) == (2000, 2001)
    assert (pair.inbound_flow_id, pair.outbound_flow_id) == (1, 2)
    assert (pair.pfs_group, pair.transform_set.words) == (1, "esp-des esp-sha-hmac")
    assert (pair.lifetime.seconds, pair.lifetime.kilobytes) == (3600, 4608000)
    assert pair.selector == pair.line.proxy == pair.inbound.selector.reversed()
    assert pair.in_use
