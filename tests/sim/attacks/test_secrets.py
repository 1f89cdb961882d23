"""No secret is in a datagram, an event, a line of debug or a repr, whatever comes in.

The canaries are the configured keys and passwords, and all that is derived from them.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from random import Random

import pytest
from tests.sim.attacks.exchanges import EXCHANGES, STEPS, Exchange, Stopped, closed, opened
from tests.sim.harness import Router, Site
from tests.sim.test_attacks import mutations

from cryptomap.cli.debug import console_lines
from cryptomap.cli.router import DebugFlag
from cryptomap.model.config import Personality
from cryptomap.wire.payload import Payload, UnknownPayload

WORDS = (b"wolf", b"alicepw", b"groupkey")
"""The keys and passwords of the configurations."""
MUTANTS = 100
EVERY_DEBUG = frozenset(DebugFlag)
CLOCK = datetime(2026, 1, 1, tzinfo=UTC)


def keys_of(router: Router) -> Iterator[bytes]:
    """What this router's SAs are protected by, and its private RSA keys."""
    for sa in router.endpoint._ctx.sas:
        if sa.protection is not None:
            keys = sa.protection.keys
            yield from (sa.protection.key, keys.skeyid, keys.skeyid_a, keys.skeyid_d, keys.skeyid_e)
    for one in router.plane.sas.values():
        yield from (one.spec.encryption_key, one.spec.auth_key)
    for each in router.keys.keys:
        private = each.pair.private.private_numbers()
        for number in (private.d, private.p, private.q, private.dmp1, private.dmq1, private.iqmp):
            yield number.to_bytes((number.bit_length() + 7) // 8, "big")


def canaries(site: Site) -> set[bytes]:
    return {*WORDS, *(each for router in site.both for each in keys_of(router))}


def spellings(secret: bytes) -> set[bytes]:
    """As octets and as anybody would print them."""
    number = str(int.from_bytes(secret, "big")).encode()
    return {
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        b64encode(secret).rstrip(b"="),
        repr(secret)[2:-1].encode(),
        number,
    }


def found(secrets: Iterable[bytes], shown: bytes) -> list[bytes]:
    return [one for secret in secrets for one in spellings(secret) if one in shown]


def told(site: Site) -> bytes:
    """All that events, debug and reprs say."""
    texts: list[str] = []
    for router in site.both:
        ctx = router.endpoint._ctx
        texts += map(repr, (*router.events, ctx, *ctx.sas, *ctx.children, *ctx.half_open, router.config))
        texts += map(repr, (*router.asked, *router.isakmp_sas, *ctx.sessions, router.keys, router.endpoint))
        for event in router.events:
            for personality in Personality:
                texts += console_lines(event, personality, EVERY_DEBUG, CLOCK)
    return "\n".join(texts).encode()


def sent(site: Site) -> bytes:
    return b"\n".join(datagram.data for datagram in site.network.sent)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.name)
def test_every_exchange_keeps_its_secrets(exchange: Exchange) -> None:
    site = Stopped(exchange, 1000).site
    secrets = canaries(site)
    assert len(secrets) >= len(WORDS) + 4
    assert found(secrets, sent(site)) == []
    assert found(secrets, told(site)) == []


def test_a_canary_would_be_found() -> None:
    """Each spelling of each secret is recognised."""
    site = Stopped(EXCHANGES[1], 1000).site
    for secret in canaries(site):
        for shown in (repr(secret), secret.hex(), str(int.from_bytes(secret, "big"))):
            assert found([secret], f"... {shown} ...".encode())


@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2016_6415_nothing_spoilt_is_answered_with_more_than_there_was(
    exchange: Exchange, step: int
) -> None:
    """BENIGNCERTAIN: a PIX answered a length that lied with what its memory held behind the message."""
    stopped, random = Stopped(exchange, step), Random(step)
    site = stopped.site
    samples = [datagram.data for datagram in site.network.sent]
    for mutant in mutations(random, samples, MUTANTS):
        stopped.deliver(mutant)
    secrets = canaries(site)
    assert found(secrets, sent(site)) == []
    assert found(secrets, told(site)) == []
    site.no_errors()


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2016_6415_nothing_spoilt_under_the_encryption(exchange: Exchange, step: int) -> None:
    """The same from the peer itself: every payload cut short, emptied, or of noise."""
    first = Stopped(exchange, step)
    count = len(opened(first.receiver, first.next.data)[1])
    random = Random(step)
    for at in range(count):
        for size, noisy in ((2, False), (10_000, False), (1, True)):
            stopped = Stopped(exchange, step)
            site = stopped.site
            head, payloads = opened(stopped.receiver, stopped.next.data)
            mine: list[Payload] = list(payloads)
            raw = random.randbytes(len(mine[at].raw)) if noisy else mine[at].raw
            mine[at] = UnknownPayload(mine[at].number, raw[: len(raw) // size])
            stopped.deliver(closed(stopped.receiver, head, mine))
            secrets = canaries(site)
            assert found(secrets, sent(site)) == []
            assert found(secrets, told(site)) == []
            site.no_errors()
