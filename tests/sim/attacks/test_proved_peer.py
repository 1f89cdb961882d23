"""A peer that has the key, and uses it to wear us out."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.attacks.exchanges import sa_of
from tests.sim.configs import R2_ADDRESS, r2, r3
from tests.sim.harness import Site
from tests.sim.test_attacks import AT
from tests.sim.test_bounds import IDENTITIES
from tests.sim.test_misbehaving_peer import NONCE, OFFER, QUICK, deliver
from tests.sim.test_new_group import sealed, spelled

from cryptomap.ikev1 import negotiation
from cryptomap.ikev1.children import MOST_SUPERSEDED
from cryptomap.ikev1.context import MOST_BAD_MESSAGES_PER_SECOND
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3
from cryptomap.ikev1.message import first_iv, header, protect
from cryptomap.ikev1.node_limits import MOST_KEPT, MOST_UNANSWERED
from cryptomap.ikev1.sa import IsakmpSa, Nat
from cryptomap.ikev1.timers import LINGER
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.wire.numbers import Doi, ExchangeType, NotifyType
from cryptomap.wire.payload import HashPayload, NotifyPayload, Payload


@pytest.fixture
def site() -> Site:
    site = Site(r2(), r3())
    site.bring_up()
    return site


def with_spi(number: int) -> list[Payload]:
    """Message 1 of a quick mode for an SA of its own."""
    (proposal,) = OFFER.proposals
    mine = replace(OFFER, proposals=(replace(proposal, spi=number.to_bytes(4, "big")),))
    return [mine, NONCE, *IDENTITIES]


def theirs(site: Site) -> IsakmpSa:
    """R3's SA with the attacker."""
    return next(sa for sa in site.right.endpoint._ctx.sas if sa.usable)


def unanswered(site: Site) -> int:
    return sum(isinstance(node.phase, AwaitHash3) for node in theirs(site).nodes.values())


def test_quick_modes_without_their_third_message(site: Site) -> None:
    """Beyond the bound they cost a HASH each; what the bound lets in is gone after its time."""
    #  HDR*, HASH(1), SA, Ni, IDci, IDcr --> x 1000      <-- message 2 to 64 of them, and no message 3
    before = len(site.right.plane.sas)
    for number in range(1000):
        deliver(site, QUICK, with_spi(0x10000 + number))
        assert unanswered(site) <= MOST_UNANSWERED
    assert unanswered(site) == MOST_UNANSWERED
    assert len(site.right.plane.sas) == before + MOST_UNANSWERED
    assert len(site.right.endpoint._ctx.reserved_spis) == 1 + MOST_UNANSWERED
    assert site.right.endpoint.counters.misbehaved == 1000 - MOST_UNANSWERED
    site.check_passes()
    site.run(100)
    assert [sa.nodes for sa in site.right.endpoint._ctx.sas if sa.nodes] == []
    assert len(site.right.plane.sas) <= before
    site.traffic(60, 5)
    site.check()
    site.no_errors()


def test_a_quick_mode_that_found_no_room_may_come_again(site: Site) -> None:
    #  QM1* x 64 -->      QM1* of the honest tunnel -->  (no answer)      ... a minute later its repetition is
    for number in range(MOST_UNANSWERED):
        deliver(site, QUICK, with_spi(0x10000 + number))
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.traffic(60, 5)
    site.check()
    site.no_errors()


def test_pairs_without_end_for_the_same_traffic(site: Site) -> None:
    """Those that are replaced are kept for a minute, but not more than some."""

    #  QM1* -->  <-- QM2*  QM3* -->  200 times in 24 seconds, and no delete for any
    def no_notice(parcel: object) -> bool:
        informational = isinstance(parcel, Datagram) and parcel.data[18] == ExchangeType.INFORMATIONAL
        return informational and isinstance(parcel, Datagram) and parcel.local != AT

    site.network.drop = no_notice
    ctx = site.left.endpoint._ctx
    line = ctx.spd.lines(next(iter(ctx.spd.interfaces)))[0]
    for _ in range(200):
        negotiation.need(ctx, line, line.proxy)
        site.left.turn()
        site.run(0.12)
        assert len(site.right.pairs) <= MOST_SUPERSEDED + 2, "and one in use, and one in the making"
    assert len(site.right.of(ev.IpsecSasCreated)) > 5 * MOST_SUPERSEDED
    site.run(2 * LINGER)
    assert len(site.right.plane.sas) <= 2 * (MOST_SUPERSEDED + 1)
    site.check_passes()
    site.no_errors()


def test_exchanges_that_are_over(site: Site) -> None:
    """Each is kept to answer duplicates: the oldest goes for one more."""
    #  HDR*, HASH(1), SA (new group) --> x 1200      <-- HDR*, HASH(2), SA x 1200
    for number in range(1, 1201):
        data = sealed(sa_of(site), spelled(), number)
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, Endpoint(R2_ADDRESS, 500), data))
        site.right.turn()
        assert len(theirs(site).nodes) <= MOST_KEPT
    assert len(theirs(site).nodes) == MOST_KEPT
    site.run(60)
    assert len(theirs(site).nodes) == 0
    site.check()
    site.no_errors()


def bad_messages(site: Site, count: int, source: IPv4Address | None) -> int:
    """Messages under the SA's cookies that nobody proved, in one second; how many lines are logged."""
    before, sa = len(lines(site)), sa_of(site)
    head = header(sa, ExchangeType.INFORMATIONAL, 99, encrypted=True)
    wrong = [HashPayload(bytes(32)), NotifyPayload(Doi.IPSEC, 1, b"", NotifyType.INITIAL_CONTACT)]
    data, _ = protect(sa, head, wrong, first_iv(sa, 99))
    for number in range(count):
        remote = Endpoint(source or IPv4Address(0x14000000 + number), 500)
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, remote, data))
    site.right.turn()
    return len(lines(site)) - before


def lines(site: Site) -> list[ev.LogMessage]:
    return [line for line in site.right.of(ev.LogMessage) if line.mnemonic == "IKMP_BAD_MESSAGE"]


def test_libreswan_41_a_line_of_the_log_for_each_peer_and_second(site: Site) -> None:
    #  HDR*, (any octets) --> x 1000
    assert bad_messages(site, 1000, R2_ADDRESS) == 1
    assert bad_messages(site, 1000, R2_ADDRESS) == 0
    site.run(1)
    assert bad_messages(site, 1000, R2_ADDRESS) == 1
    site.run(1)
    theirs(site).nat = Nat(local=False, remote=True)  # behind one its address may change
    assert bad_messages(site, 1000, None) == MOST_BAD_MESSAGES_PER_SECOND
    assert site.right.endpoint.counters.unauthenticated == 4000
    site.check()
