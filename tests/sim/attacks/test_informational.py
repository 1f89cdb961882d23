"""Informational exchanges that nobody proved, after each message of every exchange: nothing changes."""

from random import Random

import pytest
from tests.sim.attacks.exchanges import STEPS, Exchange, Stopped, everything
from tests.sim.harness import Router, Site

from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.sa import Direction
from cryptomap.wire.isakmp import Header, encode_message, with_body
from cryptomap.wire.numbers import Doi, ExchangeType, Flag, NotifyType, PayloadType, Protocol
from cryptomap.wire.payload import DeletePayload, NotifyPayload, Payload

NOTIFIES = (*range(1, 32), 8192, 16384, 24576, 24577, 24578, 36136, 36137, 40501, 65535)
"""Every error of RFC 2408, CONNECTED, the status types of RFC 2407, R-U-THERE and its ACK, others."""


def cookies(router: Router) -> list[tuple[bytes, bytes]]:
    """Of all its SAs, those included that have been deleted, and those half open."""
    ctx = router.endpoint._ctx
    sas = [*ctx.sas, *(kept.sa for kept in ctx.half_open)]
    return [(sa.initiator_cookie, sa.responder_cookie) for sa in sas] or [(b"\1" * 8, b"\2" * 8)]


def message_ids(router: Router) -> list[int]:
    """None, a new one, and those of its exchanges."""
    return [0, 7, *(number for sa in router.endpoint._ctx.sas for number in sa.nodes)]


def payloads(router: Router, both: bytes) -> list[Payload]:
    outbound = [spec.spi.to_bytes(4, "big") for spec in router.plane.of(Direction.OUTBOUND)]
    inbound = [spec.spi.to_bytes(4, "big") for spec in router.plane.of(Direction.INBOUND)]
    return [
        DeletePayload(Doi.IPSEC, Protocol.ISAKMP, (both,)),
        *(DeletePayload(Doi.IPSEC, Protocol.ESP, (spi,)) for spi in outbound + inbound),
        *(NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, both, NotifyType(each), bytes(4)) for each in NOTIFIES),
        *(NotifyPayload(Doi.IPSEC, Protocol.ESP, spi, NotifyType.INVALID_SPI) for spi in outbound),
    ]


def hear(site: Site, router: Router, data: bytes) -> None:
    """As from the other of the two, on the ports that they use now."""
    peer = next(end for end in site.both if end is not router)
    ends = Endpoint(router.address, 500), Endpoint(peer.address, 500)
    router.endpoint.receive_datagram(site.clock.now, Datagram(*ends, data))
    router.turn()


@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2004_0164_walpuski_nothing_in_clear_changes_anything(exchange: Exchange, step: int) -> None:
    """racoon and isakmpd took deletes and INITIAL-CONTACT from anybody."""
    #  HDR, D or N -->      (no answer)
    stopped = Stopped(exchange, step, bystander=True)
    site = stopped.site
    for router in site.both:
        before, sent = everything(router), len(site.network.sent)
        for initiator, responder in cookies(router):
            for message_id in message_ids(router):
                head = Header(
                    initiator, responder, PayloadType.NONE, ExchangeType.INFORMATIONAL, Flag(0), message_id
                )
                for each in payloads(router, initiator + responder):
                    hear(site, router, encode_message(head, [each]))
        assert everything(router) == before
        assert len(site.network.sent) == sent
    site.no_errors()


@pytest.mark.parametrize(("exchange", "step"), STEPS)
def test_cve_2009_0790_what_is_encrypted_for_no_living_sa(exchange: Exchange, step: int) -> None:
    """Openswan looked for the exchange of an R-U-THERE under an SA that was gone, or was somebody else's."""
    #  HDR*, noise -->  with no cookies, strange ones, and those of every SA      (no answer)
    stopped = Stopped(exchange, step, bystander=True)
    site, random = stopped.site, Random(step)
    for router in site.both:
        before, sent = everything(router), len(site.network.sent)
        known = cookies(router)
        strange = [(bytes(8), bytes(8)), (b"x" * 8, bytes(8)), (b"x" * 8, b"y" * 8)]
        mixed = [(known[0][1], known[0][0]), (known[0][0], b"y" * 8)]
        for initiator, responder in (*known, *strange, *mixed):
            for first in (PayloadType.HASH, PayloadType.DELETE, PayloadType.NOTIFICATION, PayloadType(0)):
                for size in (0, 8, 15, 16, 64, 80):
                    for message_id in message_ids(router):
                        head = Header(
                            initiator,
                            responder,
                            first,
                            ExchangeType.INFORMATIONAL,
                            Flag.E,
                            message_id,
                        )
                        hear(site, router, with_body(head, first, random.randbytes(size)))
        assert everything(router) == before
        assert len(site.network.sent) == sent
    site.no_errors()
