"""`set security-association level per-host`: an SA pair for each pair of hosts."""

from dataclasses import replace
from ipaddress import IPv4Network

from tests.sim.configs import R2_LAN, R3_LAN, permit, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Parcel

from cryptomap.ikev1.negotiation import MOST_AT_ONCE
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.sa import Direction, Expired
from cryptomap.model.selector import Selector


def pair(near: str, far: str, protocol: int = 0) -> Selector:
    return Selector(IPv4Network(f"{near}/32"), IPv4Network(f"{far}/32"), protocol)


def per_host(**changes: object) -> Site:
    return Site(r2(per_host=True, **changes), r3())


def passing(site: Site, near: str, far: str) -> None:
    """A packet and its answer go through the tunnel."""
    out, back = (site.left, site.right, (near, far)), (site.right, site.left, (far, near))
    for sender, receiver, ends in (out, back):
        before = len(receiver.plane.received)
        sender.ping(*ends)
        site.run(1)
        assert len(receiver.plane.received) == before + 1, site.trouble()


def test_each_pair_of_hosts_gets_sas_of_its_own() -> None:
    #  QM1*, IDci 2.2.2.2, IDcr 3.3.3.3 -->      <-- QM2*      QM3* -->
    #  QM1*, IDci 2.2.2.4, IDcr 3.3.3.3 -->      <-- QM2*      QM3* -->
    site = per_host()
    for near in ("2.2.2.2", "2.2.2.4"):
        site.left.ping(near, "3.3.3.3")
        site.run(3)
    assert [one.selector for one in site.left.pairs] == [pair(n, "3.3.3.3") for n in ("2.2.2.2", "2.2.2.4")]
    assert len(site.left.established) == 1, "one ISAKMP SA is enough"
    for near in ("2.2.2.2", "2.2.2.4"):
        passing(site, near, "3.3.3.3")
    spis = {spec.selector.source: spec.spi for spec in site.left.plane.of(Direction.OUTBOUND)}
    assert len(set(spis.values())) == 2
    site.no_errors()


def test_two_pairs_that_ask_at_once_both_come_up() -> None:
    """Neither waits for the other; both follow one main mode."""
    site = per_host()
    site.left.ping("2.2.2.2", "3.3.3.3")
    site.left.ping("2.2.2.4", "3.3.3.5")
    site.run(3)
    assert {one.selector for one in site.left.pairs} == {
        pair("2.2.2.2", "3.3.3.3"),
        pair("2.2.2.4", "3.3.3.5"),
    }
    assert len(site.left.of(ev.SaRequest)) == 1


def test_the_rest_of_the_line_stays_as_it_is() -> None:
    """Protocol and ports of the line are proposed, whatever the packet's."""
    left = r2(per_host=True)
    icmp = (permit(R2_LAN, R3_LAN, protocol=1),)
    left = replace(left, access_lists={"101": replace(left.access_lists["101"], lines=icmp)})
    site = Site(left, r3())
    site.left.ping("2.2.2.2", "3.3.3.3")
    site.run(3)
    assert [one.selector for one in site.left.pairs] == [pair("2.2.2.2", "3.3.3.3", 1)]


def test_a_pair_of_hosts_is_replaced_for_itself() -> None:
    site = per_host()
    for near in ("2.2.2.2", "2.2.2.4"):
        site.left.ping(near, "3.3.3.3")
        site.run(3)
        passing(site, near, "3.3.3.3")
    first, second = site.left.pairs
    site.left.tell(Expired(first.outbound.key, False, "seconds"))
    site.run(90)
    assert {one.selector for one in site.left.pairs} == {first.selector, second.selector}
    assert first not in site.left.pairs
    assert second in site.left.pairs
    passing(site, "2.2.2.2", "3.3.3.3")
    passing(site, "2.2.2.4", "3.3.3.3")


def test_a_refused_pair_of_hosts_does_not_hold_up_another() -> None:
    """R3 permits one host only; the other asks again and again."""
    right = r3()
    lines = (permit(R3_LAN, IPv4Network("2.2.2.4/32")),)
    right = replace(right, access_lists={"101": replace(right.access_lists["101"], lines=lines)})
    site = Site(r2(per_host=True), right)
    for _ in range(8):
        site.left.ping("2.2.2.2", "3.3.3.3")
        site.left.ping("2.2.2.4", "3.3.3.3")
        site.run(1)
    assert [one.selector for one in site.left.pairs] == [pair("2.2.2.4", "3.3.3.3")]
    assert len(site.right.of(ev.IpsecProposalInvalid)) <= 2, "and no storm"


def test_the_far_side_may_have_the_whole_networks() -> None:
    """R3 has no per-host: it asks for all, and its packets and R2's take that pair."""
    site = per_host()
    site.ping_back()
    site.run(3)
    assert [one.selector for one in site.left.pairs] == [Selector(R2_LAN, R3_LAN)]
    passing(site, "2.2.2.2", "3.3.3.3")
    assert len(site.left.pairs) == 1


def test_negotiations_at_once_are_bounded() -> None:
    """Somebody on the LAN sends to every address of the far network, and the peer is silent."""
    site = per_host()
    site.left.ping("2.2.2.2", "3.3.3.3")
    site.run(3)
    answered = len(site.left.pairs)

    def silence(parcel: Parcel) -> bool:
        return isinstance(parcel, Datagram) and parcel.local.address == site.right.address

    site.network.drop = silence
    for last in range(4, 204):
        site.left.ping("2.2.2.2", f"3.3.3.{last}")
    ctx = site.left.endpoint._ctx
    assert len(ctx.wanted) == MOST_AT_ONCE
    site.network.drop = lambda parcel: False
    for _ in range(4):
        for last in range(4, 204):
            site.left.ping("2.2.2.2", f"3.3.3.{last}")
        site.run(15)
    assert len(site.left.pairs) == answered + 200
    assert ctx.wanted == {}
    site.no_errors()
