"""How many half-open SAs there may be, and that they keep nobody out."""

from dataclasses import replace
from ipaddress import IPv4Address

from tests.sim.configs import R2_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site
from tests.sim.test_attacks import AT, first_messages, state

from cryptomap.ikev1.tables import HALF_OPEN_IN_ALL, HALF_OPEN_PER_ADDRESS
from cryptomap.model.address import Datagram, Endpoint


def test_half_open_flood_from_one_address_is_remembered_in_part() -> None:
    #  MM1 x 100 -->      <-- MM2 x 100, 5 are remembered
    site = Site(r2(), r3())
    for data in first_messages(100):
        source = Endpoint(IPv4Address("12.1.1.2"), 500)
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, data))
    assert len(site.right.isakmp_sas) == HALF_OPEN_PER_ADDRESS
    site.right.turn()
    site.bring_up()
    site.run(60)
    assert len(site.right.isakmp_sas) == 1


def test_half_open_flood_with_a_message_that_is_dropped_pushes_nobody_out() -> None:
    """The oldest half-open SA makes room for a message that is taken, not for one that is dropped."""
    #  MM1 x 5 -->      MM1, malformed -->      MM1, nothing in common -->
    site = Site(r2(), r3())
    source = Endpoint(R2_ADDRESS, 500)
    *good, last = first_messages(HALF_OPEN_PER_ADDRESS + 1)
    for data in good:
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, data))
    before = state(site.right)
    for spoilt in (last[:40] + b"\xff" * 4 + last[44:], last[:28] + last[28:].replace(b"\x80", b"\x90")):
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, spoilt))
    assert state(site.right) == before
    counters = site.right.endpoint.counters
    assert (counters.malformed, counters.incompatible) == (1, 1)
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, last))
    assert state(site.right) != before


def test_half_open_flood_is_bounded_in_all() -> None:
    #  MM1 --> from 3000 addresses      1000 are remembered
    right = replace(r3(), keyrings=r3().keyrings)
    site = Site(r2(), replace(right, keyrings=global_keys(key("wolf", "0.0.0.0/0"))))
    for number, data in enumerate(first_messages(3000)):
        source = Endpoint(IPv4Address(0x14000000 + number), 500)
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, data))
        site.run(0.005)
    assert len(site.right.isakmp_sas) == HALF_OPEN_IN_ALL
    site.right.turn()
    site.bring_up()
    site.no_errors()


def test_half_open_flood_does_not_keep_an_established_peer_out() -> None:
    #  MM1 x 1000 -->  in the name of a peer      ESP both ways as before
    site = Site(r2(), r3())
    site.bring_up()
    for data in first_messages(1000):
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, Endpoint(R2_ADDRESS, 500), data))
    site.right.turn()
    site.check()
