"""Fragments, and messages of too many payloads (Cisco's fragmentation, `wire/fragment.py`)."""

from random import Random
from struct import pack

import pytest
from tests.sim.attacks.exchanges import EXCHANGES, Stopped, closed, everything, opened
from tests.sim.configs import R2_ADDRESS, r2, r3
from tests.sim.harness import Site
from tests.sim.test_attacks import AT, first_messages
from tests.sim.test_fragmentation import splitting

from cryptomap.ikev1.reassembly import MOST_OCTETS
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.wire.isakmp import (
    HEADER_SIZE,
    MOST_PAYLOADS,
    Header,
    decode_payloads,
    encode_message,
    split,
    with_body,
)
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType
from cryptomap.wire.payload import FragmentPayload, Payload, UnknownPayload, VendorPayload

LENGTHS = (*range(10), 0x7FFF, 0x8000, 0xFFFF)


def between_fragments() -> tuple[Site, bytes]:
    """Both take fragments and have an SA; the header of a fragment for R3 under it."""
    site = Site(splitting(r2()), splitting(r3()))
    site.bring_up()
    (sa,) = site.right.endpoint._ctx.sas
    head = Header(
        sa.initiator_cookie,
        sa.responder_cookie,
        PayloadType.FRAGMENT,
        ExchangeType.QUICK_MODE,
        Flag(0),
        0,
    )
    return site, with_body(head, PayloadType.FRAGMENT, b"")[:24]


def hear(site: Site, data: bytes) -> None:
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, Endpoint(R2_ADDRESS, 500), data))
    site.right.turn()


def test_cve_2016_1287_lengths_of_a_fragment_that_lie() -> None:
    """An ASA subtracted 8 from the length of a fragment, whatever it was, and copied that much."""
    #  HDR, FRAG of length 0..9, 32767, 65535 with any number of octets behind -->      (dropped)
    site, head = between_fragments()
    before, random = everything(site.right), Random(1)
    for length in LENGTHS:
        for size in range(40):
            for number in (0, 1, 2, 255):
                generic = pack("!BBH", 0, 0, length)
                body = pack("!HBB", 1, number, random.randrange(2)) + random.randbytes(size)
                data = generic + body[:size]
                hear(site, head + (HEADER_SIZE + len(data)).to_bytes(4, "big") + data)
    ctx = site.right.endpoint._ctx
    assert ctx.reassembly.octets <= MOST_OCTETS
    for sa in ctx.sas:
        ctx.reassembly.forget(sa.handle)
    assert everything(site.right) == before
    site.check()
    site.no_errors()


def test_cve_2013_6076_a_fragment_with_other_payloads() -> None:
    """charon took what stood before the fragment for one."""
    #  HDR, FRAG, X -->   HDR, X, FRAG -->      (dropped)
    site, head = between_fragments()
    before = everything(site.right)
    fragment: Payload = FragmentPayload(1, 1, 1, b"x" * 40)
    for number in range(1, 256):
        other = UnknownPayload(PayloadType(number), bytes(20))
        for chain in ([fragment, other], [other, fragment]):
            message = encode_message(Header.decode(head + bytes(4)), chain)
            hear(site, message)
    assert everything(site.right) == before
    site.check()
    site.no_errors()


@pytest.mark.parametrize("count", [MOST_PAYLOADS - 1, MOST_PAYLOADS, MOST_PAYLOADS + 1, 255])
def test_cve_2026_12413_so_many_payloads(count: int) -> None:
    """Libreswan had room for fewer than may come."""
    #  MM1 with 49, 50, 51, 255 payloads -->      <-- MM2, MM2, nothing, nothing
    site = Site(r2(), r3())
    head, body = split(first_messages(1)[0])
    offer, *_ = decode_payloads(head.next_payload, body)
    hear(site, encode_message(head, [offer, *[VendorPayload(b"v" * 16)] * (count - 1)]))
    assert len(site.network.sent) == (count <= MOST_PAYLOADS)
    assert site.right.endpoint.counters.malformed == (count > MOST_PAYLOADS)
    site.no_errors()


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize("count", [MOST_PAYLOADS - 1, MOST_PAYLOADS, MOST_PAYLOADS + 1, 255])
def test_cve_2026_12413_so_many_payloads_under_the_encryption(count: int) -> None:
    #  HDR*, HASH, D, VID x 48.. -->
    (deletes,) = (each for each in EXCHANGES if each.name == "deletes")
    stopped = Stopped(deletes, 0, bystander=True)
    router = stopped.receiver
    head, payloads = opened(router, stopped.next.data)
    before, many = len(router.pairs), [VendorPayload(b"v" * 16)] * (count - len(payloads))
    stopped.deliver(closed(router, head, [*payloads, *many]))
    assert len(router.pairs) == before - (count <= MOST_PAYLOADS)
    stopped.site.no_errors()
