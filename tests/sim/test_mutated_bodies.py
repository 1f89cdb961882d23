"""Messages whose encryption and proof are right and whose content is not: what only the peer itself can send.

A body is decrypted, changed, and encrypted again under the SA's key. The comparison of the HASH is left out
here, as if the peer had computed it over the changed body.
"""

from collections.abc import Callable
from random import Random

import pytest
from tests.effort import trials
from tests.sim.configs import r2, r3
from tests.sim.harness import Router, Site
from tests.sim.test_attacks import stop_after

from cryptomap.crypto.cipher import decrypt, encrypt
from cryptomap.ikev1 import lifecycle, negotiation, receive
from cryptomap.ikev1.exchange import notices
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.exchange.quick_mode import AwaitChoice
from cryptomap.ikev1.message import first_iv, header, protection_of
from cryptomap.ikev1.method import base
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.address import Datagram
from cryptomap.model.algorithm import Group
from cryptomap.model.sa import SaSpec
from cryptomap.wire.isakmp import Header, split, with_body
from cryptomap.wire.numbers import ExchangeType, NotifyType

MUTANTS = trials(4000)
"""Of each message; fewer where each costs a key exchange."""
FRESH_AFTER = 250
"""Mutants that one pair of routers takes."""
MAIN, QUICK, INFORMATIONAL = (
    ExchangeType.IDENTITY_PROTECTION,
    ExchangeType.QUICK_MODE,
    ExchangeType.INFORMATIONAL,
)


@pytest.fixture(autouse=True)
def _every_hash_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (receive, notices, base):
        monkeypatch.setattr(module, "check_hash_payload", lambda payload, expected: None)


def mutate(random: Random, body: bytes) -> bytes:
    """One to three octets changed, or some taken out or put in."""
    data = bytearray(body)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data))
        kind = random.randrange(8)
        if kind < 5:
            data[at] = random.choice((0, 1, data[at] ^ 1 << random.randrange(8), random.randrange(256), 255))
        elif kind == 5:
            del data[at : at + random.randrange(1, 9)]
        elif kind == 6:
            data[at:at] = random.randbytes(random.randrange(1, 9))
        else:
            data[at:] = data[at:] * 2
    return bytes(data) or b"\0"


def only_sa(router: Router) -> IsakmpSa:
    (sa,) = router.endpoint._ctx.sas
    return sa


def opened(sa: IsakmpSa, data: bytes, iv: bytes) -> tuple[Header, bytes]:
    protection = protection_of(sa)
    head, body = split(data)
    return head, decrypt(protection.cipher, protection.key, iv, body)


def deliver(router: Router, sa: IsakmpSa, head: Header, body: bytes, iv: bytes) -> None:
    protection = protection_of(sa)
    sealed = with_body(head, head.next_payload, encrypt(protection.cipher, protection.key, iv, body))
    router.endpoint.receive_datagram(router.clock.now, Datagram(sa.local, sa.remote, sealed))
    router.turn()


def healthy(site: Site) -> None:
    """Nothing of ours failed, and in the end the two can come to terms."""
    site.no_errors()
    for router in site.both:
        router.endpoint.clear_sa(site.clock.now)
        router.endpoint.clear_isakmp(site.clock.now)
        router.turn()
    site.network.drop = lambda parcel: False
    site.run(100)
    site.bring_up()
    site.no_errors()


@pytest.mark.parametrize("number", [5, 6])
def test_main_mode(number: int) -> None:
    #  HDR*, IDii, HASH_I --> (message 5)      <-- HDR*, IDir, HASH_R (message 6)
    random, left = Random(number), 0
    for _ in range(MUTANTS // 4):
        if left == 0:
            site = Site(r2(), r3())
            stop_after(site, number - 1)
            router = site.right if number == 5 else site.left
            sa = only_sa(router)
            iv = sa.iv
            head, body = opened(sa, site.network.sent[number - 1].data, iv)
            left = FRESH_AFTER
        deliver(router, sa, head, mutate(random, body), iv)
        left -= 1
        if sa.phase is None:
            site.no_errors()
            left = 0
    healthy(site)


def up(pfs: Group | None = None) -> tuple[Site, list[tuple[Header, bytes]]]:
    """Two routers with a pair, and the bodies of the three messages of its quick mode."""
    site = Site(r2(pfs=pfs), r3(pfs=pfs))
    site.ping()
    site.run(1)
    sa = only_sa(site.left)
    bodies, iv = [], b""
    for datagram in site.network.sent[6:9]:
        head, sealed = split(datagram.data)
        bodies.append(opened(sa, datagram.data, iv or first_iv(sa, head.message_id)))
        iv = sealed[-16:]
    return site, bodies


def sites(pfs: Group | None = None) -> "Callable[[], tuple[Site, list[tuple[Header, bytes]]]]":
    """Gives the same site again, and a fresh one after a while or when its ISAKMP SA is gone."""
    site, bodies = up(pfs)
    used = [0]

    def current() -> tuple[Site, list[tuple[Header, bytes]]]:
        nonlocal site, bodies
        used[0] += 1
        if used[0] % FRESH_AFTER == 0 or not all(router.established for router in site.both):
            site.no_errors()
            site, bodies = up(pfs)
        return site, bodies

    return current


def exchange_head(site: Site, router: Router, exchange: ExchangeType, first: int) -> tuple[IsakmpSa, Header]:
    """A header under an unused message id, from the peer to `router`."""
    sa = next(sa for sa in router.endpoint._ctx.sas if sa.usable)
    head = header(sa, exchange, router.endpoint._ctx.new_message_id(sa), encrypted=True)
    return sa, split(with_body(head, first, b""))[0]


def with_own_spi(spec: SaSpec, random: Random, body: bytes) -> bytes:
    """The same proposal for an SA of its own: an SPI comes once."""
    spi = spec.spi.to_bytes(4, "big")
    assert spi in body
    return body.replace(spi, random.randbytes(4))


@pytest.mark.parametrize("pfs", [None, Group.ECP_256])
def test_quick_mode_message_1(pfs: Group | None) -> None:
    #  HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr] -->
    random, current = Random(1), sites(pfs)
    for _ in range(MUTANTS if pfs is None else MUTANTS // 8):
        site, ((head, body), *_) = current()
        sa, fresh = exchange_head(site, site.right, QUICK, head.next_payload)
        mutant = mutate(random, with_own_spi(site.left.pair.inbound, random, body))
        deliver(site.right, sa, fresh, mutant, first_iv(sa, fresh.message_id))
    healthy(site)


def test_quick_mode_message_2() -> None:
    #       <-- HDR*, HASH(2), SA, Nr [, IDci, IDcr]
    random, current = Random(2), sites()
    for _ in range(MUTANTS):
        site, (_, (head, body), _) = current()
        ctx, sa = site.left.endpoint._ctx, only_sa(site.left)
        site.network.drop = lambda parcel: True
        ctx.held.clear()
        line = ctx.spd.lines(next(iter(ctx.spd.interfaces)))[0]
        negotiation.need(ctx, line, line.proxy)
        (node,) = [node for node in sa.nodes.values() if isinstance(node.phase, AwaitChoice)]
        fresh = header(sa, QUICK, node.message_id, encrypted=True)
        fresh = split(with_body(fresh, head.next_payload, b""))[0]
        own = with_own_spi(site.left.pairs[0].outbound, random, body)
        deliver(site.left, sa, fresh, mutate(random, own), node.iv)
        if isinstance(node.phase, AwaitChoice):
            for request in lifecycle.end_node(ctx, sa, node.message_id):
                negotiation.drop(ctx, request)
        for pair in site.left.pairs[1:]:
            site.left.endpoint.clear_sa(site.clock.now, key=pair.inbound.key)
        assert ctx.wanted == {}
    healthy(site)


def test_quick_mode_message_3() -> None:
    #  HDR*, HASH(3) -->
    random, current = Random(3), sites()
    for _ in range(MUTANTS):
        site, ((first, offer), _, (head, body)) = current()
        sa, fresh = exchange_head(site, site.right, QUICK, first.next_payload)
        own = with_own_spi(site.left.pair.inbound, random, offer)
        deliver(site.right, sa, fresh, own, first_iv(sa, fresh.message_id))
        node = sa.nodes[fresh.message_id]
        third = split(with_body(fresh, head.next_payload, b""))[0]
        deliver(site.right, sa, third, mutate(random, body), node.iv)
    healthy(site)


def test_informational() -> None:
    #  HDR*, HASH(1), D or N -->      <-- HDR*, HASH(1), D or N
    random, current = Random(4), sites()
    for count in range(MUTANTS):
        site, _ = current()
        router, other = site.both if count % 2 else site.both[::-1]
        ctx, sa = other.endpoint._ctx, only_sa(other)
        cookies = sa.initiator_cookie + sa.responder_cookie
        kind = random.choice((NotifyType.R_U_THERE, NotifyType.INITIAL_CONTACT, NotifyType.INVALID_SPI))
        site.network.drop = lambda parcel: True
        send_notify(ctx, sa, kind, cookies if kind != NotifyType.INVALID_SPI else b"", b"\0\0\0\1")
        other.turn()
        data = site.network.sent[-1].data
        head, body = opened(sa, data, first_iv(sa, split(data)[0].message_id))
        theirs = only_sa(router)
        deliver(router, theirs, head, mutate(random, body), first_iv(theirs, head.message_id))
    healthy(site)
