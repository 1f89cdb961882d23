"""What `show crypto isakmp sa` and `show crypto ipsec sa` are made of."""

from dataclasses import replace
from ipaddress import IPv4Network

from tests.sim.configs import R2_ADDRESS, R2_LAN, R3_ADDRESS, R3_LAN, lab1, permit, r2, r3, router
from tests.sim.harness import Site

from cryptomap.model.algorithm import Group, Hash, IkeCipher
from cryptomap.model.config import CryptoMap, Lifetime
from cryptomap.model.selector import Selector


def test_isakmp_sas() -> None:
    site = Site(*lab1())
    site.bring_up()
    (left,), (right,) = site.left.established, site.right.established
    assert (left.dst, left.src, left.state) == (R3_ADDRESS, site.left.address, "QM_IDLE")
    assert (right.dst, right.src) == (left.dst, left.src)
    assert (left.encryption, left.hash, left.group) == (IkeCipher.TRIPLE_DES, Hash.MD5, Group.MODP_1024)
    assert left.connection_id == 1001


def test_a_flow_without_sas() -> None:
    site = Site(*lab1())
    (flow,) = site.left.endpoint.ipsec_flows(site.clock.now)
    assert (flow.selector, flow.peer, flow.peer_port) == (Selector(R2_LAN, R3_LAN), R3_ADDRESS, 500)
    assert (flow.inbound, flow.outbound, flow.pfs_group) == ((), (), None)


def test_counters_are_sums_over_every_sa_the_flow_had() -> None:
    life = Lifetime(120, 4608000)
    site = Site(r2(lifetime=life), r3(lifetime=life))
    site.bring_up()
    site.traffic(1000, back=True)
    (flow,) = site.left.endpoint.ipsec_flows(site.clock.now)
    assert flow.encapsulated == site.left.plane.sent - 1
    assert flow.decapsulated == len(site.left.plane.received)
    site.left.endpoint.clear_counters()
    (flow,) = site.left.endpoint.ipsec_flows(site.clock.now)
    assert (flow.encapsulated, flow.decapsulated) == (0, 0)
    site.traffic(200, back=True)
    (flow,) = site.left.endpoint.ipsec_flows(site.clock.now)
    assert flow.encapsulated == flow.decapsulated == 200


def test_the_sas_of_a_flow() -> None:
    site = Site(*lab1())
    site.bring_up()
    site.run(10)
    (flow,) = site.left.endpoint.ipsec_flows(site.clock.now)
    (inbound,), (outbound,) = flow.inbound, flow.outbound
    assert flow.pfs_group is Group.MODP_768
    assert (inbound.connection_id, outbound.connection_id) == (2000, 2001)
    assert (inbound.flow_id, outbound.flow_id) == (1, 2)
    assert 3580 <= inbound.seconds_left <= 3590
    assert 4607990 <= inbound.kilobytes_left <= 4608000
    assert (inbound.iv_size, inbound.replay_window) == (8, 64)
    # 1500 less IP 20, ESP 8, IV 8, ICV 12, cut to blocks of 8, less pad length and next header.
    assert flow.plaintext_mtu == 1446


def test_a_narrower_pair_is_a_flow_of_its_own() -> None:
    one = IPv4Network("2.2.2.2/32")
    site = Site(router("R2", R2_ADDRESS, R3_ADDRESS, (permit(one, R3_LAN),)), r3())
    site.bring_up()
    selectors = [flow.selector for flow in site.right.endpoint.ipsec_flows(site.clock.now)]
    assert selectors == [Selector(R3_LAN, R2_LAN), Selector(R3_LAN, one)]


def test_lines_that_go_take_their_sums_along() -> None:
    config = r2()
    site = Site(config, r3())
    site.bring_up()
    site.left.reconfigure(replace(config, crypto_maps={"huawei": CryptoMap("huawei")}))
    assert site.left.endpoint.ipsec_flows(site.clock.now) == []
    site.left.reconfigure(config)
    (flow,) = site.left.endpoint.ipsec_flows(site.clock.now)
    assert flow.encapsulated == 0
