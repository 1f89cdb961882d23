"""NAT traversal: found, floated, encapsulated, kept open, and followed when the NAT changes its mind."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, global_keys, key, lab1, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Nat

from cryptomap.ikev1.api import Send
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.config import RouterConfig
from cryptomap.model.sa import UdpEncapsulation
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType

PUBLIC = IPv4Address("20.1.1.20")


def behind_nat(left: RouterConfig | None = None) -> Site:
    """R2 is behind a NAT; R3 knows its public address only, and lets it begin."""
    right = r3(peers=(PUBLIC,))
    site = Site(left or r2(), replace(right, keyrings=global_keys(key("wolf", f"{PUBLIC}/32"))))
    site.network.nat = Nat(R2_ADDRESS, PUBLIC)
    return site


def test_a_nat_is_found_and_traversed() -> None:
    #  MM1..4 500      MM5* 4500 -->  <-- MM6* 4500      quick mode and ESP 4500
    site = behind_nat()
    site.bring_up()
    ours = [datagram for datagram in site.network.sent if datagram.local.address == R2_ADDRESS]
    assert [datagram.local.port for datagram in ours] == [500, 500, 4500, 4500, 4500]
    assert [datagram.remote.port for datagram in ours] == [500, 500, 4500, 4500, 4500]
    (left,), (right,) = site.left.of(ev.NatDetected), site.right.of(ev.NatDetected)
    assert (left.local_behind_nat, left.remote_behind_nat) == (True, False)
    assert (right.local_behind_nat, right.remote_behind_nat) == (False, True)
    assert site.left.pair.inbound.encapsulation == UdpEncapsulation(4500, 4500)
    outside = site.right.pair.outbound.encapsulation
    assert outside is not None
    assert outside.local_port == 4500
    assert outside.remote_port >= 20000
    assert site.right.pair.outbound.remote == PUBLIC
    texts = {identity.port for identity in site.left.of(ev.IdentityShown)}
    assert texts == {0}, "the ID payload has port 0 once a NAT is found"
    words = [a.text for check in site.right.of(ev.IpsecProposalChecked) for a in check.attributes]
    assert "3 (Tunnel-UDP)" in words
    site.no_errors()


def test_without_a_nat_nothing_is_encapsulated() -> None:
    site = Site(r2(), r3())
    site.bring_up()
    assert site.left.pair.inbound.encapsulation is None
    assert not site.left.established[0].nat_detected


def test_keepalives_keep_the_mapping_open() -> None:
    site = behind_nat()
    site.bring_up()
    count = len(site.network.sent)
    site.run(100)
    kept = site.network.sent[count:]
    assert [datagram.data for datagram in kept] == [b"\xff"] * 5
    assert {(datagram.local, datagram.remote) for datagram in kept} == {
        (Endpoint(R2_ADDRESS, 4500), Endpoint(R3_ADDRESS, 4500))
    }


def test_keepalives_end_with_the_sas() -> None:
    site = behind_nat()
    site.bring_up()
    site.left.endpoint.shutdown(site.clock.now)
    site.left.turn()
    count = len(site.network.sent)
    site.run(200)
    assert len(site.network.sent) == count


def test_a_keepalive_is_raw() -> None:
    site = behind_nat()
    site.bring_up()
    site.left.endpoint.handle_timeout(site.clock.now + 20)
    outputs = []
    while (output := site.left.endpoint.poll()) is not None:
        outputs.append(output)
    assert (
        Send(Datagram(Endpoint(R2_ADDRESS, 4500), Endpoint(R3_ADDRESS, 4500), b"\xff"), raw=True) in outputs
    )


def test_a_changed_mapping_is_followed() -> None:
    """Only what is proved moves the peer: here a data packet, then IKE goes there too."""
    site = behind_nat()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    nat.forget()
    site.ping()
    site.run(1)
    site.check()
    moved = site.right.pair.outbound.encapsulation
    assert moved is not None
    assert site.right.established[0].remote == Endpoint(PUBLIC, moved.remote_port)
    site.right.endpoint.clear_sa(site.clock.now)
    site.right.turn()
    site.run(1)
    assert site.left.pairs == []
    site.no_errors()


def test_a_mapping_that_changes_every_5_seconds() -> None:
    site = behind_nat()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    for _ in range(100):
        nat.forget()
        site.traffic(5, every=0.5)
        site.check_passes()
    assert len(site.left.established) == 1
    site.no_errors()


def test_replacement_through_a_nat() -> None:
    site = behind_nat()
    site.bring_up()
    site.traffic(3700, every=5, back=True)
    site.check()
    assert site.left.plane.dropped == 1


@pytest.mark.parametrize("side", [0, 1])
def test_an_end_that_does_not_traverse(side: int) -> None:
    """`no crypto ipsec nat-transparency udp-encapsulation`: no vendor id, no NAT-D, plain ESP."""
    configs = [r2(), r3()]
    configs[side] = replace(configs[side], udp_encapsulation=False)
    site = Site(*configs)
    site.bring_up()
    assert not site.left.of(ev.NatDetected)
    if side == 0:
        assert not site.left.of(ev.VendorIdSent)


def test_vendor_ids() -> None:
    site = Site(*lab1())
    site.bring_up()
    assert [event.name for event in site.left.of(ev.VendorIdSent)] == ["rfc3947", "07", "03", "02"]
    seen = [(event.name, event.major) for event in site.right.of(ev.VendorIdSeen)]
    assert seen[:4] == [("RFC 3947", 69), ("v7", 245), ("v3", 157), ("v2", 123)]
    assert [name for name, _ in seen[4:]] == ["Unity", "DPD", "IOS"]
    first = split(site.network.sent[0].data)[0]
    assert first.exchange is ExchangeType.IDENTITY_PROTECTION
