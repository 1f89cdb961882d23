"""What nobody proved changes nothing, whatever it says, and costs little."""

from collections.abc import Callable
from ipaddress import IPv4Address
from random import Random

import pytest
from tests.effort import trials
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Router, Site

from cryptomap.ikev1.doorkeeper import MOST_OF_ADDRESS
from cryptomap.ikev1.endpoint import Endpoint as Core
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.status import Role
from cryptomap.wire.isakmp import HEADER_SIZE, decode_payloads, split
from cryptomap.wire.numbers import ExchangeType, NotifyType
from cryptomap.wire.payload import NotifyPayload

AT = Endpoint(R3_ADDRESS, 500)
STEPS = range(10)
"""How many datagrams of main and quick mode have arrived when the attack comes."""
MUTATIONS = trials(100_000)


def stop_after(site: Site, count: int) -> None:
    """Lets `count` datagrams of a bring-up through, then nothing."""
    left = [count]

    def drop(parcel: object) -> bool:
        left[0] -= isinstance(parcel, Datagram)
        return left[0] < 0

    site.network.drop = drop
    site.ping()
    site.run(0.9)


def state(router: Router) -> object:
    """Everything that an attacker must not change."""
    return (
        [
            (sa.handle, sa.state, sa.packet_state, sa.phase, sa.protection, sa.iv, sa.remote, sa.deleted)
            for sa in router.endpoint._ctx.sas
        ],
        dict(router.plane.sas),
        dict(router.endpoint._ctx.half_open._records),
    )


def mutations(random: Random, samples: list[bytes], count: int) -> list[bytes]:
    """Real messages with octets changed, cut, added, repeated, or headers of others."""
    mutated: list[bytes] = []
    while len(mutated) < count:
        data = bytearray(random.choice(samples))
        kind = random.randrange(5)
        if kind == 0:
            for _ in range(random.randrange(1, 5)):
                data[random.randrange(len(data))] = random.randrange(256)
        elif kind == 1:
            del data[random.randrange(len(data)) :]
        elif kind == 2:
            at = random.randrange(len(data))
            data[at:at] = random.randbytes(random.randrange(1, 40))
        elif kind == 3:
            other = random.choice(samples)
            data[HEADER_SIZE:] = other[HEADER_SIZE:]
        else:
            data[16:20] = random.randbytes(4)
        if random.random() < 0.8 and len(data) >= HEADER_SIZE:
            data[24:28] = len(data).to_bytes(4, "big")
        if bytes(data) not in samples:
            mutated.append(bytes(data))
    return mutated


@pytest.mark.parametrize("steps", STEPS)
def test_cve_2018_0159_mutated_messages_in_every_state(steps: int) -> None:
    """10^4 in each of ten states: no handler fails, and what is established stays as it is."""
    random = Random(steps)
    sample = Site(r2(), r3(), seed=5)
    sample.bring_up()
    samples = [datagram.data for datagram in sample.network.sent]
    batch, batches = 500, MUTATIONS // len(STEPS) // 500
    for number in range(batches):
        site = Site(r2(), r3(), seed=5)
        stop_after(site, steps)
        router = site.both[number % 2]
        peer = site.both[1 - number % 2]
        before = state(router)
        for count, data in enumerate(mutations(random, samples, batch)):
            at, source = Endpoint(router.address, 500), Endpoint(peer.address, 500)
            now = site.clock.now + count / MOST_OF_ADDRESS
            router.endpoint.receive_datagram(now, Datagram(at, source, data))
            while router.endpoint.poll() is not None:
                pass
        site.no_errors()
        if steps == 9:
            after = state(router)
            assert isinstance(before, tuple)
            assert isinstance(after, tuple)
            assert after[0][: len(before[0])] == before[0]
            assert after[1] == before[1]


def first_messages(count: int) -> list[bytes]:
    """Message 1 with that many cookies."""
    site = Site(r2(), r3())
    stop_after(site, 0)
    data = site.network.sent[0].data
    return [number.to_bytes(8, "big") + data[8:] for number in range(1, count + 1)]


def test_our_own_messages_come_back() -> None:
    """Who reflects all that we send does not become the peer: we do not answer our own first message."""
    #  MM1 -->       <-- the same MM1, and whatever follows
    site = Site(r2(), r3())

    def reflect(parcel: object) -> bool:
        if isinstance(parcel, Datagram):
            back = Datagram(parcel.local, parcel.remote, parcel.data)
            site.clock.after(0.01, lambda: site.left.endpoint.receive_datagram(site.clock.now, back))
            site.clock.after(0.02, site.left.turn)
        return True

    site.network.drop = reflect
    site.traffic(50)
    assert site.left.established == []
    assert site.left.pairs == []
    assert {sa.role for sa in site.left.endpoint._ctx.sas} <= {Role.INITIATOR}
    assert all(datagram.data[8:16] == bytes(8) for datagram in site.network.sent)
    site.no_errors()


@pytest.mark.parametrize("exchange", [ExchangeType.QUICK_MODE, ExchangeType.INFORMATIONAL])
def test_our_own_protected_messages_come_back(exchange: ExchangeType) -> None:
    """A HASH says nothing of the direction: a message id that we chose is used up all the same."""
    #  HDR*, HASH(1), D(ESP) -->       <-- the same
    site = Site(r2(), r3())
    site.bring_up()
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    before = state(site.left)
    mine = [one for one in site.network.sent if one.local.address == R2_ADDRESS]
    back = [one for one in mine if split(one.data)[0].exchange is exchange]
    assert back
    for one in back:
        site.left.endpoint.receive_datagram(site.clock.now, Datagram(one.local, one.remote, one.data))
    assert state(site.left) == before
    site.check()


def answers(site: Site, data: bytes, source: IPv4Address) -> list[bytes]:
    before = len(site.network.sent)
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, Endpoint(source, 500), data))
    site.right.turn()
    site.run(60)
    return [datagram.data for datagram in site.network.sent[before:] if datagram.local == AT]


@pytest.mark.parametrize("source", ["12.1.1.2", "99.9.9.9"])
def test_a_forged_first_message_gets_one_answer_and_no_more_octets(source: str) -> None:
    """From the peer's address: message 2, once. From a stranger's: a notify."""
    #  MM1 -->      <-- MM2, or HDR, N(NO-PROPOSAL-CHOSEN): once, and no longer than MM1
    site = Site(r2(), r3())
    (data,) = first_messages(1)
    replies = answers(site, data, IPv4Address(source))
    assert len(replies) == 1
    assert len(replies[0]) <= len(data)
    assert site.right.isakmp_sas == []


def test_refusals_in_clear_are_few() -> None:
    #  MM1 x 1000 -->      <-- HDR, N(NO-PROPOSAL-CHOSEN) x 10
    site = Site(r2(), r3())
    for data in first_messages(1000):
        site.right.endpoint.receive_datagram(
            site.clock.now, Datagram(AT, Endpoint(IPv4Address("99.9.9.9"), 500), data)
        )
    site.right.turn()
    assert len(site.network.sent) == 10
    head, body = split(site.network.sent[0].data)
    assert head.responder_cookie == bytes(8)
    (payload,) = decode_payloads(head.next_payload, body)
    assert isinstance(payload, NotifyPayload)
    assert payload.notify == NotifyType.NO_PROPOSAL_CHOSEN


def test_replayed_messages_change_nothing() -> None:
    """All that was ever sent comes again, much later: no SA comes or goes."""
    #  MM1..QM3*, D(ESP), QM1*..3* again -->  two minutes later
    site = Site(r2(), r3())
    site.bring_up()
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    recorded = list(site.network.sent)
    site.run(120)
    pairs = site.spis()
    for datagram in recorded:
        site.network.send(datagram)
    site.run(1)
    assert site.spis() == pairs
    assert [len(router.established) for router in site.both] == [1, 1]
    site.run(120)
    site.check()
    site.no_errors()


def test_the_replies_to_one_message_are_bounded() -> None:
    #  MM1 x 1000, all the same -->      <-- MM2 x 17
    site = Site(r2(), r3())
    (data,) = first_messages(1)
    source = Endpoint(R2_ADDRESS, 500)
    for _ in range(1000):
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, data))
    site.right.turn()
    assert len(site.network.sent) == 1 + 16


TAMPER: list[tuple[str, Callable[[bytearray], None]]] = [
    ("flag E cleared", lambda data: data.__setitem__(19, 0)),
    ("version 2", lambda data: data.__setitem__(17, 0x20)),
    ("no message id", lambda data: data.__setitem__(slice(20, 24), bytes(4))),
    ("aggressive", lambda data: data.__setitem__(18, 4)),
    ("new group", lambda data: data.__setitem__(18, 33)),
    ("no cookie", lambda data: data.__setitem__(slice(0, 8), bytes(8))),
]


@pytest.mark.parametrize(("name", "tamper"), TAMPER)
def test_headers_that_do_not_fit(name: str, tamper: Callable[[bytearray], None]) -> None:
    site = Site(r2(), r3())
    stop_after(site, 9)
    before = state(site.right)
    for datagram in list(site.network.sent):
        if datagram.local.address == R2_ADDRESS:
            data = bytearray(datagram.data)
            tamper(data)
            here = Datagram(AT, datagram.local, bytes(data))
            if bytes(data) != datagram.data:
                site.right.endpoint.receive_datagram(site.clock.now, here)
                site.right.turn()
    assert state(site.right) == before, name
    site.no_errors()


def test_datagrams_from_elsewhere_are_not_the_peers() -> None:
    #  MM1 -->  <-- MM2      MM3 --> from another address
    site = Site(r2(), r3())
    stop_after(site, 2)
    message_3 = site.network.sent[2].data
    before = state(site.right)
    stranger = Endpoint(IPv4Address("66.6.6.6"), 500)
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, stranger, message_3))
    assert state(site.right) == before
    assert site.right.endpoint.counters.unknown_sa == 1


def test_key_log_is_made_on_request_only() -> None:
    for wanted in (False, True):
        site = Site(r2(), r3())
        left = site.left
        left.endpoint = Core(left.config, left.spd, left.random.randbytes, key_log=wanted)
        site.bring_up()
        assert len(left.of(ev.KeyLog)) == wanted
