"""Messages that broke other implementations, after each message of every exchange."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from tests.sim.attacks.exchanges import EXCHANGES, STEPS, Exchange, Stopped, closed, everything, opened
from tests.sim.configs import AES_POLICY, R2_ADDRESS, r2, r3
from tests.sim.harness import Router, Site
from tests.sim.test_aggressive import calling
from tests.sim.test_attacks import AT, mutations, stop_after
from tests.sim.test_misbehaving_peer import IDS, NONCE, QUICK, deliver, healthy

from cryptomap.cli.debug import console_lines
from cryptomap.cli.router import DebugFlag
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import Group
from cryptomap.model.config import Personality
from cryptomap.wire.isakmp import HEADER_SIZE, decode_payloads, split
from cryptomap.wire.numbers import SIT_IDENTITY_ONLY, Doi, ExchangeType, Flag, IdType, PayloadType
from cryptomap.wire.payload import (
    Attribute,
    IdPayload,
    Payload,
    Proposal,
    SaPayload,
    Transform,
    UnknownPayload,
)

MUTANTS = 150
"""Of each message of every exchange."""
EVERY_DEBUG = frozenset(DebugFlag)
CLOCK = datetime(2026, 1, 1, tzinfo=UTC)


def shown(router: Router, personality: Personality) -> int:
    """Puts every event so far into words, as if every debug were on; how many lines that makes."""
    events, router.events = router.events, []
    return sum(len(list(console_lines(each, personality, EVERY_DEBUG, CLOCK))) for each in events)


@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2020_1763_cve_2022_23094_cve_2015_3204_what_is_rejected_can_be_told(
    exchange: Exchange, step: int
) -> None:
    """pluto fell over the line that told of a packet it had refused."""
    stopped, random = Stopped(exchange, step), Random(step)
    samples = [datagram.data for datagram in stopped.site.network.sent]
    lines = 0
    for number, mutant in enumerate(mutations(random, samples, MUTANTS)):
        stopped.deliver(mutant)
        lines += shown(stopped.receiver, list(Personality)[number % len(Personality)])
    assert lines > MUTANTS / 4
    stopped.site.no_errors()


def trusted(router: Router) -> set[tuple[int, bool, bool]]:
    """Which SAs are authenticated, and which authorised."""
    return {(sa.handle, sa.usable, sa.authorised) for sa in router.endpoint._ctx.sas if sa.usable}


@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2014_2338_no_message_establishes_an_sa_but_the_one_that_is_due(
    exchange: Exchange, step: int
) -> None:
    """Every message of every exchange, under the cookies of this one, and this one's in other exchanges.

    charon took a rekeying of an SA that was not established, and had it established.
    """
    stopped = Stopped(exchange, step)
    router, due = stopped.receiver, stopped.next.data
    before, held = trusted(router), set(router.plane.sas)
    others = [data for data in RECORDED if data[:16] != due[:16]]
    kinds = [due[:18] + bytes([kind]) + due[19:] for kind in range(256) if kind != due[18]]
    flags = [due[:19] + bytes([due[19] ^ bit]) + due[20:] for bit in (Flag.E, Flag.E | 128)]
    numbers = [due[:20] + number + due[24:] for number in (bytes(4), b"\1\2\3\4") if number != due[20:24]]
    if split(due)[0].exchange is ExchangeType.AGGRESSIVE or due[8:16] == bytes(8):
        kinds = flags = []  # message 3 may come with or without E; what is no first message is unknown
    for data in (*others, *kinds, *flags, *numbers):
        stopped.deliver(due[:16] + data[16:])
        assert trusted(router) <= before
        assert set(router.plane.sas) <= held
    stopped.site.no_errors()


RECORDED = [
    datagram.data for exchange in EXCHANGES for datagram in Stopped(exchange, 1000).sent[: exchange.most]
]


@pytest.mark.parametrize("mode", ["group", "proposal"])
def test_cve_2023_30570_a_refusal_leaves_no_cookie_to_come_back_with(mode: str) -> None:
    """pluto told its cookie in the refusal of an aggressive offer, and fell over what came under it."""
    #  AM1 with what we do not take -->      <-- HDR, N, without a responder's cookie      AM3 under any -->
    other = (
        replace(AES_POLICY, group=Group.MODP_2048) if mode == "group" else replace(AES_POLICY, key_bits=128)
    )
    site = Site(replace(calling(), isakmp_policies={10: other}), r3())
    stop_after(site, 1)
    first, refusal = site.network.sent
    head, body = split(refusal.data)
    assert head.responder_cookie == bytes(8)
    assert [one.number for one in decode_payloads(head.next_payload, body)] == [PayloadType.NOTIFICATION]
    before = everything(site.right)
    for cookie in (bytes(8), b"\1" * 8, first.data[:8]):
        for data in (first.data, refusal.data):
            again = first.data[:8] + cookie + data[16:]
            site.right.endpoint.receive_datagram(
                site.clock.now, Datagram(AT, Endpoint(R2_ADDRESS, 500), again)
            )
    assert everything(site.right) == before
    assert site.right.isakmp_sas == []
    site.no_errors()


LENGTHS = (0, 1, 4, 5, 8, 16, 32, 40)


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize(
    ("exchange", "step"), [one for one in STEPS if "encryption" not in one.id and "Xauth" not in one.id]
)
def test_cve_2023_38711_identities_of_every_kind_and_length(exchange: Exchange, step: int) -> None:
    """pluto took a name where quick mode has an address for one."""
    kinds = [*range(14), 99, 255]
    stopped = None
    for kind in kinds:
        for length in LENGTHS:
            if stopped is None:
                stopped = Stopped(exchange, step)
                router = stopped.receiver
                before = everything(router)
                head, payloads = opened(router, stopped.next.data)
            places = [at for at, one in enumerate(payloads) if one.number is PayloadType.IDENTIFICATION]
            if not places:
                return
            forged = UnknownPayload(PayloadType.IDENTIFICATION, bytes([kind, 17, 1, 0xF4]) + bytes(length))
            for at in places:
                mine = [*payloads[:at], forged, *payloads[at + 1 :]]
                stopped.deliver(closed(router, head, mine))
            stopped.site.no_errors()
            if everything(router) != before:
                stopped = None


KEY_LENGTHS = (None, 0, 1, 40, 56, 64, 112, 128, 160, 168, 192, 224, 256, 448, 65535)


def test_cve_2024_3652_every_transform_with_every_key_length() -> None:
    """pluto asserted that a key of length 0 could not be asked for."""
    #  HDR*, HASH(1), SA with any cipher and key length, Ni, IDci, IDcr -->      <-- HDR*, HASH(1), SA or N
    site = Site(r2(), r3())
    site.bring_up()
    ids: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]
    for transform_id in range(256):
        for bits in KEY_LENGTHS:
            sized = () if bits is None else (Attribute(6, bits),)
            transform = Transform(1, transform_id, (Attribute(4, 1), Attribute(5, 5), *sized))
            proposal = Proposal(1, 3, b"\1\2\3\4", (transform,))
            deliver(site, QUICK, [SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, (proposal,)), NONCE, *ids])
    assert len(site.right.pairs) == 2, "AES with 256 bits, once: an SPI comes once"
    assert site.right.pairs[-1].inbound.encryption_key != b""
    healthy(site)


PROVED = [
    one
    for one in STEPS
    if one.values[0].name in ("deletes", "liveness", "new group")
    or (one.values[0].name == "main" and one.values[1] > 5)
    or (one.values[0].name.startswith("Xauth") and one.values[1] > 2)
]


@pytest.mark.parametrize(("exchange", "step"), PROVED)
def test_cve_2019_10155_a_hash_that_is_not_quite_right(exchange: Exchange, step: int) -> None:
    """pluto did not look at the HASH of informational exchanges."""
    #  HDR*, HASH with one bit changed, or none, or short, or empty, ... -->      (no answer)
    stopped = Stopped(exchange, step, bystander=True)
    router = stopped.receiver
    before, sent = everything(router), len(stopped.site.network.sent)
    head, (proof, *rest) = opened(router, stopped.next.data)
    assert proof.number is PayloadType.HASH
    right = proof.raw
    wrong = [right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :] for at in range(len(right))]
    wrong += [right[:-1], right + b"\0", b"", bytes(len(right)), right[::-1]]
    for octets in wrong:
        stopped.deliver(closed(router, head, [UnknownPayload(PayloadType.HASH, octets), *rest]))
    for chain in (rest, [*rest, proof], [proof], rest[::-1]):
        if chain != [proof, *rest]:
            stopped.deliver(closed(router, head, chain))
    assert everything(router) == before
    assert len(stopped.site.network.sent) == sent
    counters = router.endpoint.counters
    assert counters.unauthenticated + counters.misbehaved >= len(wrong)
    stopped.site.no_errors()


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2005_3671_cve_2005_3732_payloads_missing_doubled_or_in_another_order(
    exchange: Exchange, step: int
) -> None:
    """What the PROTOS suite sent to everybody's aggressive and main mode (CVE-2005-3671 to 3674)."""
    first = Stopped(exchange, step)
    count = len(opened(first.receiver, first.next.data)[1])
    changes: list[Callable[[list[Payload]], list[Payload]]] = [lambda chain: chain[::-1], lambda chain: []]
    for at in range(count):
        changes.append(lambda chain, at=at: chain[:at] + chain[at + 1 :])  # type: ignore[misc]
        changes.append(lambda chain, at=at: [*chain[: at + 1], *chain[at:]])  # type: ignore[misc]
        changes.append(lambda chain, at=at: [*chain[at:], *chain[:at]])  # type: ignore[misc]
    for change in changes:
        stopped = Stopped(exchange, step, bystander=True)
        head, payloads = opened(stopped.receiver, stopped.next.data)
        stopped.deliver(closed(stopped.receiver, head, change(list(payloads))))
        stopped.site.no_errors()


BAD_LENGTHS = (0, 1, 2, 3, 5, 0x7FFF, 0xFFFF)


@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2004_0218_cve_2004_0222_cve_2004_0183_cve_2004_0184_lengths_that_lie(
    exchange: Exchange, step: int
) -> None:
    """Lengths of 0 had isakmpd (CVE-2004-0218 to 0222) in a loop, and tcpdump beyond its buffer. What is
    encrypted comes with a length in front of the noise."""
    stopped = Stopped(exchange, step, bystander=True)
    router = stopped.receiver
    before = everything(router)
    _, payloads = opened(router, stopped.next.data)
    at = HEADER_SIZE
    data = stopped.next.data
    for payload in payloads:
        for length in BAD_LENGTHS:
            if length != 4 + len(payload.raw):
                stopped.deliver(data[: at + 2] + length.to_bytes(2, "big") + data[at + 4 :])
        at += 4 + len(payload.raw)
    for length in (0, 27, 28, 29, len(data) - 1, len(data) + 1, 0xFFFFFFFF):
        stopped.deliver(data[:24] + length.to_bytes(4, "big") + data[28:])
    for size in range(0, min(len(data), 100)):
        stopped.deliver(data[:size])
    assert everything(router) == before
    stopped.site.no_errors()
