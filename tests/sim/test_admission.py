"""How many ISAKMP SAs there may be (`crypto call admission limit ike`)."""

from dataclasses import replace
from ipaddress import IPv4Address

from tests.sim.configs import R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site

from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.config import CallAdmission


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
    calls = site.right.endpoint.calls
    assert (calls.incoming.accepted, calls.incoming.rejected) == (3, 7)


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
    assert site.left.endpoint.calls.outgoing.rejected == 1
