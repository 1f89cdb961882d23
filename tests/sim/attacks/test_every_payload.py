"""Payloads of every number in every message of every exchange; messages lost, doubled, late.

What is encrypted is opened, changed and closed again under the peer's keys, and every HASH counts as right:
so the peer itself would be the one that sends it.
"""

from collections.abc import Iterator
from random import Random

import pytest
from tests.effort import trials
from tests.sim.attacks.exchanges import (
    R4_ADDRESS,
    STEPS,
    Exchange,
    Stopped,
    closed,
    opened,
    sealed_body,
)
from tests.sim.harness import Router
from tests.sim.network import Parcel
from tests.sim.test_mutated_bodies import mutate

from cryptomap.model.address import Address, Datagram
from cryptomap.wire.isakmp import encode_payloads
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload import BY_NUMBER, Payload, UnknownPayload

BODIES = {
    PayloadType.SA: bytes.fromhex("00000001 00000001 00000028 01010001 00000020 01010000 80010007 800e0080")
    + bytes.fromhex("80020004 80030001 80040013 800b0001 800c0e10"),
    PayloadType.IDENTIFICATION: bytes.fromhex("011101f4 0c010102"),
    PayloadType.CERTIFICATE: b"\4" + bytes(40),
    PayloadType.CERTIFICATE_REQUEST: b"\4",
    PayloadType.NOTIFICATION: bytes.fromhex("00000001 01000018"),
    PayloadType.DELETE: bytes.fromhex("00000001 03040001 01020304"),
    PayloadType.ATTRIBUTES: bytes.fromhex("01000000 00010000"),
    PayloadType.FRAGMENT: bytes.fromhex("00010101") + bytes(60),
}
"""A well-formed body of each kind that is no mere string of octets."""


MUTANTS = trials(100)
"""Of each message."""
PASSED_OVER = [number for number in range(128, 256) if PayloadType(number) not in BY_NUMBER]
"""Of the private range, so that they may come anywhere."""


def payload(number: int) -> Payload:
    kind = PayloadType(number)
    return UnknownPayload(kind, BODIES.get(kind, bytes(range(20))))


def variants(payloads: tuple[Payload, ...]) -> Iterator[list[Payload]]:
    """The message with one more payload of each number, behind and in front, and with each number on its
    first payload. What is passed over comes by the forty."""
    first, *rest = payloads
    for number in range(256):
        yield [UnknownPayload(PayloadType(number), first.raw), *rest]
        if number not in PASSED_OVER:
            yield [*payloads, payload(number)]
        if number in BODIES:
            yield [payload(number), *payloads]
            yield [payload(number), *rest]
    for at in range(0, len(PASSED_OVER), 40):
        yield [*payloads, *map(payload, PASSED_OVER[at : at + 40])]


def of_r4(router: Router) -> object:
    """What the router shares with the bystander."""
    ctx = router.endpoint._ctx
    return (
        [(sa.handle, sa.state, sa.iv) for sa in ctx.sas if sa.remote.address == R4_ADDRESS and sa.usable],
        [pair.number for pair in router.pairs if pair.peer.address == R4_ADDRESS],
        [one for key, one in router.plane.sas.items() if R4_ADDRESS in (one.spec.local, one.spec.remote)],
    )


def progress(router: Router) -> object:
    """What tells whether a message was taken."""
    sas = [
        (sa.handle, sa.phase, sa.deleted, [(node, each.phase) for node, each in sa.nodes.items()])
        for sa in router.endpoint._ctx.sas
    ]
    return sas, router.pairs, len(router.endpoint._ctx.half_open)


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2015_3991_cve_2015_3204_a_payload_of_every_number(exchange: Exchange, step: int) -> None:
    """Numbers of IKEv2 (33 to 53), of GDOI (15 to 17) and of nobody among them."""
    first = Stopped(exchange, step)
    count = len(list(variants(opened(first.receiver, first.next.data)[1])))
    stopped = None
    for number in range(count):
        if stopped is None:
            stopped = Stopped(exchange, step, bystander=True)
            router, others, before = stopped.receiver, of_r4(stopped.receiver), progress(stopped.receiver)
            head, payloads = opened(router, stopped.next.data)
            changed = list(variants(payloads))
        stopped.deliver(closed(router, head, changed[number]))
        stopped.site.no_errors()
        assert of_r4(router) == others
        if progress(router) != before:
            stopped = None


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2005_3732_mutants_of_every_message(exchange: Exchange, step: int) -> None:
    """Octets of the body changed, taken out and put in, below the encryption."""
    random, stopped = Random(step), None
    for _ in range(MUTANTS):
        if stopped is None:
            stopped = Stopped(exchange, step, bystander=True)
            router, others, before = stopped.receiver, of_r4(stopped.receiver), progress(stopped.receiver)
            head, payloads = opened(router, stopped.next.data)
            first, body = encode_payloads(payloads)
        stopped.deliver(sealed_body(router, head, first, mutate(random, body)))
        stopped.site.no_errors()
        assert of_r4(router) == others
        if progress(router) != before:
            stopped = None


@pytest.mark.parametrize(("exchange", "step"), STEPS)
@pytest.mark.parametrize("fate", ["lost", "doubled", "late", "swapped"])
def test_cve_2005_3671_every_message_lost_doubled_or_late(exchange: Exchange, step: int, fate: str) -> None:
    """Late is after it has been sent again, and after what came of that; swapped is after the next one of
    either side."""
    site = exchange.make()
    sent, carry = [0], site.network._carry
    held: list[tuple[Parcel, Address]] = []

    def fated(parcel: Parcel, to: Address) -> None:
        sent[0] += isinstance(parcel, Datagram)
        if not isinstance(parcel, Datagram) or sent[0] != step + 1:
            carry(parcel, to)
            while held:
                carry(*held.pop())
        elif fate == "swapped":
            held.append((parcel, to))
        elif fate == "doubled":
            carry(parcel, to)
            carry(parcel, to)
        elif fate == "late":
            site.clock.after(1.5, lambda: carry(parcel, to))

    had = [len(end.pairs) for end in site.both]
    site.network._carry = fated  # type: ignore[method-assign]
    exchange.begin(site)
    site.run(30)
    if had == [0, 0]:
        assert [len(end.pairs) for end in site.both] == [1, 1], site.trouble()
        site.check_passes()
    site.no_errors()
