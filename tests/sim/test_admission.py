"""How many ISAKMP SAs there may be (`crypto call admission limit ike`)."""

from dataclasses import replace
from ipaddress import IPv4Address

from tests.sim.configs import R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site

from cryptomap.ikev1.tables import HALF_OPEN_PER_ADDRESS
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.config import CallAdmission, IsakmpPeer, Secret, TransformSet
from cryptomap.model.status import RequestCounts
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import Flag


def strangers(site: Site, count: int) -> None:
    """First messages like R2's, from as many addresses."""
    site.ping()
    first = site.network.sent[0]
    for number in range(count):
        end = Endpoint(IPv4Address(f"77.1.1.{number + 1}"), 500)
        data = bytes([number + 1]) + first.data[1:]
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(first.remote, end, data))
    site.right.turn()


def test_incoming_requests_in_negotiation() -> None:
    right = replace(r3(), call_admission=CallAdmission(in_negotiation=3))
    site = Site(r2(), replace(right, keyrings=global_keys(key("wolf", "0.0.0.0/0"))))
    strangers(site, 10)
    assert len(site.right.isakmp_sas) == 3
    denied = [log for log in site.right.of(ev.LogMessage) if log.mnemonic == "IKE_DENY_SA_REQ"]
    assert len(denied) == 7
    assert denied[0].text == (
        "IKE denies an INCOMING SA request from 77.1.1.4 to 13.1.1.3 due to IN-NEGOTIATION SA LIMIT REACHED"
    )
    calls = site.right.endpoint.call_statistics()
    assert calls.incoming == RequestCounts(accepted=3, rejected=7)
    assert (calls.rejected_by_negotiation_limit, calls.rejected_by_sa_limit) == (7, 0)
    assert (calls.active, calls.negotiating, calls.negotiation_limit) == (0, 3, 3)


def test_the_place_of_one_that_failed_is_free_again() -> None:
    right = replace(r3(), call_admission=CallAdmission(in_negotiation=1))
    site = Site(r2(), replace(right, keyrings=global_keys(key("wolf", "0.0.0.0/0"))))
    site.network.drop = lambda parcel: True
    strangers(site, 1)
    site.run(31)
    site.network.drop = lambda parcel: False
    site.traffic(30, 1)
    site.check()


def test_all_sas_count() -> None:
    site = Site(r2(), replace(r3(), call_admission=CallAdmission(sas=1)))
    site.bring_up()
    strangers(site, 2)
    assert len(site.right.isakmp_sas) == 1


def test_outgoing_requests() -> None:
    site = Site(replace(r2(), call_admission=CallAdmission(sas=0)), r3())
    site.ping()
    site.run(3)
    assert site.network.sent == []
    (denied,) = [log for log in site.left.of(ev.LogMessage) if log.mnemonic == "IKE_DENY_SA_REQ"]
    assert denied.text == (
        f"IKE denies an OUTGOING SA request from 12.1.1.2 to {R3_ADDRESS} due to IKE SA LIMIT REACHED"
    )
    calls = site.left.endpoint.call_statistics()
    assert calls.outgoing == RequestCounts(rejected=1)
    assert (calls.rejected_by_sa_limit, calls.sa_limit, calls.active) == (1, 0, 0)


def test_what_is_counted_of_a_tunnel() -> None:
    """Both ends count one ISAKMP SA and one pair, each in its direction; a clear keeps what there is."""
    site = Site(r2(), r3())
    site.ping()
    calls = site.left.endpoint.call_statistics()
    assert (calls.negotiating, calls.ipsec_negotiating, calls.active, calls.ipsec_active) == (1, 1, 0, 0)
    site.run(3)
    one, none = RequestCounts(accepted=1), RequestCounts()
    calls = site.left.endpoint.call_statistics()
    assert (calls.outgoing, calls.incoming) == (one, none)
    assert (calls.ipsec_outgoing, calls.ipsec_incoming) == (one, none)
    calls = site.right.endpoint.call_statistics()
    assert (calls.outgoing, calls.incoming) == (none, one)
    assert (calls.ipsec_outgoing, calls.ipsec_incoming) == (none, one)
    assert (calls.negotiating, calls.ipsec_negotiating, calls.active, calls.ipsec_active) == (0, 0, 1, 1)
    site.right.endpoint.clear_call_statistics()
    calls = site.right.endpoint.call_statistics()
    assert (calls.incoming, calls.ipsec_incoming) == (none, none)
    assert (calls.active, calls.ipsec_active) == (1, 1)


def test_a_refused_quick_mode_is_counted_as_rejected() -> None:
    right = r3()
    other = TransformSet("cisco", EspCipher.AES, 256, EspAuth.SHA256)
    site = Site(r2(), replace(right, transform_sets={"cisco": other}))
    site.ping()
    site.run(3)
    calls = site.right.endpoint.call_statistics()
    assert calls.ipsec_incoming == RequestCounts(rejected=1)
    assert (calls.active, calls.ipsec_active) == (1, 0)


def test_aggressive_mode_without_room_is_rejected_for_low_resources() -> None:
    """Main modes of one address that have got our answers make room for nobody."""
    #  MM1 to MM4, MM5 lost, x 5      AM1 -->  no answer
    site = Site(r2(), r3())
    site.network.drop = lambda parcel: bool(split(parcel.data)[0].flags & Flag.E)
    while [sa.state for sa in site.right.isakmp_sas].count("MM_KEY_EXCH") < HALF_OPEN_PER_ADDRESS:
        site.left.reconfigure(r2())
        site.ping()
        site.run(1)
        site.left.endpoint.clear_isakmp(site.clock.now)
    peer = IsakmpPeer(R3_ADDRESS, password=Secret("wolf"), client_endpoint="ipv4-address 12.1.1.2")
    other = Site(replace(r2(), keyrings={}, isakmp_peers=(peer,)), r3(), seed=2)
    other.ping()
    (sent,) = other.network.sent
    before = site.right.endpoint.call_statistics().incoming
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(sent.remote, sent.local, sent.data))
    calls = site.right.endpoint.call_statistics()
    assert calls.incoming == replace(before, rejected=1)
    assert calls.rejected_for_resources == 1
