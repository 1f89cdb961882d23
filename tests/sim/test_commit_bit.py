"""A responder that sets the commit bit in message 2 of quick mode (RFC 2408 section 3.1)."""

from tests.sim.configs import R3_ADDRESS, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Parcel

from cryptomap.crypto.keys import hash_1
from cryptomap.ikev1.message import chain, first_iv, header, protect, protection_of
from cryptomap.ikev1.timers import NODE_LIFE
from cryptomap.model.address import Datagram
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import Doi, ExchangeType, Flag, NotifyType, Protocol
from cryptomap.wire.payload import HashPayload, NotifyPayload

FLAGS = 19


def committing() -> Site:
    """The header is covered by no HASH, so that the bit can be set on the way."""
    site = Site(r2(), r3())
    carry = site.network._carry

    def with_bit(parcel: Parcel, to: object) -> None:
        if isinstance(parcel, Datagram) and _is_message_2(parcel):
            data = bytearray(parcel.data)
            data[FLAGS] |= Flag.C
            parcel = Datagram(parcel.local, parcel.remote, bytes(data))
        carry(parcel, to)  # type: ignore[arg-type]

    site.network._carry = with_bit  # type: ignore[method-assign]
    site.ping()
    site.run(1)
    return site


def _is_message_2(datagram: Datagram) -> bool:
    quick = split(datagram.data)[0].exchange is ExchangeType.QUICK_MODE
    return quick and datagram.local.address == R3_ADDRESS


def test_traffic_waits_a_while_without_connected() -> None:
    #  QM1* -->  <-- QM2* with the commit bit  QM3* -->   5 s   ESP -->
    site = committing()
    assert not site.left.pair.outbound_installed
    assert site.right.pair.outbound_installed
    site.run(6)
    site.check()
    site.no_errors()


def test_connected_lets_it_go() -> None:
    #  HDR*, HASH(1), N(CONNECTED), under the message id of the quick mode
    site = committing()
    (sa,) = site.right.endpoint._ctx.sas
    (message_id,) = sa.nodes
    protection = protection_of(sa)
    cookies = sa.initiator_cookie + sa.responder_cookie
    notify = NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, cookies, NotifyType.CONNECTED)
    proof = hash_1(protection.hash, protection.keys.skeyid_a, message_id, chain([notify]))
    head = header(sa, ExchangeType.INFORMATIONAL, message_id, encrypted=True)
    data, _ = protect(sa, head, [HashPayload(proof), notify], first_iv(sa, message_id))
    site.network.send(Datagram(sa.local, sa.remote, data))
    site.run(0.2)
    site.check()
    site.no_errors()


def test_the_exchange_is_forgotten_in_the_end() -> None:
    #  QM1* -->  <-- QM2* with the commit bit  QM3* -->    5 s without CONNECTED, then 50 s
    site = committing()
    site.run(6)
    (sa,) = site.left.endpoint._ctx.sas
    assert len(sa.nodes) == 1
    site.run(NODE_LIFE)
    assert sa.nodes == {}


def test_the_isakmp_sa_goes_before_the_bit_is_released() -> None:
    """The pair is whole: it is used, not left half-way until its lifetime ends."""
    #  QM1* -->  <-- QM2* with the commit bit  QM3* -->     <-- HDR*, HASH(1), D(ISAKMP)
    site = committing()
    site.right.endpoint.clear_isakmp(site.clock.now)
    site.right.turn()
    site.run(0.2)
    assert site.left.isakmp_sas == []
    site.check()
    site.no_errors()
