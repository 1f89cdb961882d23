"""Informational messages that come again or come back, as they were and as whoever repeats them may change
them: the header and the padding are covered by no HASH, and the HASH says nothing of the direction."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Router, Site
from tests.sim.test_dpd import ON_DEMAND, PERIODIC, answers, questions, up, watched
from tests.sim.test_misbehaving_peer import deliver

from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram
from cryptomap.model.config import Keepalive
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import Doi, ExchangeType, NotifyType, Protocol
from cryptomap.wire.payload import DeletePayload, NotifyPayload, Payload

INFORMATIONAL = ExchangeType.INFORMATIONAL
_VERSION, _EXCHANGE, _FLAGS = 17, 18, 19
Change = Callable[[bytes], bytes]


def octet(at: int, value: int) -> Change:
    return lambda data: data[:at] + bytes([value]) + data[at + 1 :]


def longer(data: bytes) -> bytes:
    """Another block of padding."""
    data += bytes(16)
    return data[:24] + len(data).to_bytes(4, "big") + data[28:]


CHANGES = {
    "as it was": lambda data: data,
    "of version 1.1": octet(_VERSION, 0x11),
    "with the commit bit": octet(_FLAGS, 3),
    "with the authentication bit": octet(_FLAGS, 5),
    "as quick mode": octet(_EXCHANGE, ExchangeType.QUICK_MODE),
    "as new group mode": octet(_EXCHANGE, ExchangeType.NEW_GROUP_MODE),
    "as transaction": octet(_EXCHANGE, ExchangeType.TRANSACTION),
    "with more padding": longer,
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def only(router: Router) -> IsakmpSa:
    (sa,) = (sa for sa in router.endpoint._ctx.sas if sa.usable)
    return sa


def memory(sa: IsakmpSa) -> tuple[object, ...]:
    """What an informational message may change."""
    live = sa.liveness
    assert live is not None
    asked = live.sequence, live.heard, live.unanswered, live.asked, live.theirs, frozenset(live.proofs)
    return *asked, frozenset(sa.used_ids), frozenset(sa.notices), frozenset(sa.nodes), sa.deleted


def informational(site: Site, source: Address) -> list[Datagram]:
    sent = (one for one in site.network.sent if one.local.address == source)
    return [one for one in sent if split(one.data)[0].exchange is INFORMATIONAL]


def again(site: Site, router: Router, datagrams: list[Datagram], change: Change) -> None:
    """The router gets them, from its peer: nothing changes, and nothing is answered."""
    sa = only(router)
    before, pairs, sent = memory(sa), site.spis(), len(site.network.sent)
    assert datagrams
    for one in datagrams:
        copy = Datagram(sa.local, sa.remote, change(one.data))
        router.endpoint.receive_datagram(site.clock.now, copy)
    router.turn()
    assert memory(sa) == before
    assert site.spis() == pairs
    assert len(site.network.sent) == sent
    site.no_errors()


@every_change
def test_questions_and_answers_come_again(change: Change) -> None:
    """Old ones by their numbers, the last question by its HASH, the last answer since it was taken."""
    #  HDR*, HASH, N(R-U-THERE) <-->  HDR*, HASH, N(R-U-THERE-ACK)       ten times, and all of R3's again
    site = up(watched(PERIODIC), watched(PERIODIC, r3))
    site.run(105)
    assert questions(site.right) == answers(site.right) == 10
    site.network.drop = lambda parcel: True
    again(site, site.left, informational(site, R3_ADDRESS), change)


@every_change
@pytest.mark.parametrize("theirs", [PERIODIC, ON_DEMAND], ids=["both ask", "R2 asks"])
def test_our_own_questions_and_answers_come_back(theirs: Keepalive, change: Change) -> None:
    """Where R3 has asked nothing yet, any number would be good."""
    #  HDR*, HASH, N(R-U-THERE) <-->  HDR*, HASH, N(R-U-THERE-ACK)       ten times, and all of R2's come back
    site = up(watched(PERIODIC), watched(theirs, r3))
    site.run(105)
    assert questions(site.left) == 10
    site.network.drop = lambda parcel: True
    again(site, site.left, informational(site, R2_ADDRESS), change)


def test_a_dead_peer_is_noticed_whatever_is_replayed_and_reflected() -> None:
    """R3 is gone. All that either has ever said under the SA comes to R2 over and over again."""
    #  HDR*, HASH, N(R-U-THERE) -->  X      <-- every message of R3's, and every one of R2's
    site = up(watched(PERIODIC), watched(PERIODIC, r3))
    site.run(105)
    site.network.drop = lambda parcel: True
    sa = only(site.left)
    for _ in range(30):
        site.run(1)
        for one in tuple(site.network.sent):
            copy = Datagram(sa.local, sa.remote, one.data)
            site.left.endpoint.receive_datagram(site.clock.now, copy)
        site.left.turn()
    assert site.left.of(ev.PeerDead)
    assert not [sa for sa in site.left.endpoint._ctx.sas if sa.usable]


def delete(site: Site) -> Payload:
    spi = site.left.pair.inbound.spi.to_bytes(4, "big")
    return DeletePayload(Doi.IPSEC, Protocol.ESP, (spi,))


def notify(kind: NotifyType) -> Callable[[Site], Payload]:
    def make(site: Site) -> Payload:
        sa = only(site.left)
        cookies = sa.initiator_cookie + sa.responder_cookie
        return NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, cookies, kind)

    return make


KINDS = {
    "delete": delete,
    "INITIAL-CONTACT": notify(NotifyType.INITIAL_CONTACT),
    "error": notify(NotifyType.NO_PROPOSAL_CHOSEN),
    "R-U-THERE without a number": notify(NotifyType.R_U_THERE),
}


@every_change
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_other_informational_messages_come_again(
    kind: Callable[[Site], Payload], change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2's delete, INITIAL-CONTACT or error comes to R3 once more, when other IPsec SAs are there."""
    #  HDR*, HASH, D or N -->           new IPsec SAs           the same -->
    site = Site(r2(), r3())
    site.bring_up()
    came: list[Datagram] = []
    receive = site.right.endpoint.receive_datagram

    def record(now: float, datagram: Datagram) -> None:
        came.append(datagram)
        receive(now, datagram)

    with monkeypatch.context() as patched:
        patched.setattr(site.right.endpoint, "receive_datagram", record)
        deliver(site, INFORMATIONAL, [kind(site)])
    assert len(only(site.right).notices) == 1
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    site.run(60)
    again(site, site.right, came, change)


def test_a_question_with_the_same_number_is_answered_again() -> None:
    """Whose answer was lost may ask again with the number that it asked with."""
    #  <-- HDR*, HASH, N(R-U-THERE, n), another message id          HDR*, HASH, N(R-U-THERE-ACK, n) -->
    site = up(watched(ON_DEMAND), r3())
    sa = only(site.right)
    cookies = sa.initiator_cookie + sa.responder_cookie
    payload = NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, cookies, NotifyType.R_U_THERE, b"\0\0\0\7")
    old = replace(payload, data=b"\0\0\0\6")
    for _ in range(3):
        deliver(site, INFORMATIONAL, [payload])
    assert answers(site.right) == 3
    deliver(site, INFORMATIONAL, [old])
    assert answers(site.right) == 3
    assert site.right.endpoint.counters.misbehaved == 1


def test_questions_take_no_memory() -> None:
    #  HDR*, HASH, N(R-U-THERE) <-->  HDR*, HASH, N(R-U-THERE-ACK)       300 times
    site = up(watched(PERIODIC), watched(PERIODIC, r3))
    sas = [only(router) for router in site.both]
    before = [len(sa.used_ids) + len(sa.notices) for sa in sas]
    site.run(3000)
    for router, sa in zip(site.both, sas, strict=True):
        assert questions(router) >= 290
        live = sa.liveness
        assert live is not None
        assert len(live.proofs) == 1
    assert [len(sa.used_ids) + len(sa.notices) for sa in sas] == before
    site.check()
