"""NAT traversal: found, floated, encapsulated, kept open, and followed when the NAT changes its mind."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, global_keys, key, lab1, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Nat, Parcel

from cryptomap.ikev1.api import Send
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.feature import vendor_ids
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram, Endpoint
from cryptomap.model.config import RouterConfig
from cryptomap.model.sa import UdpEncapsulation
from cryptomap.wire.isakmp import decode_payloads, encode_message, split
from cryptomap.wire.numbers import ExchangeType, NotifyType
from cryptomap.wire.payload import VendorPayload

PUBLIC = IPv4Address("20.1.1.20")


def behind_nat(left: RouterConfig | None = None) -> Site:
    """R2 is behind a NAT; R3 knows its public address only, and lets it begin."""
    right = r3(peers=(PUBLIC,))
    site = Site(left or r2(), replace(right, keyrings=global_keys(key("wolf", f"{PUBLIC}/32"))))
    site.network.nat = Nat(R2_ADDRESS, PUBLIC)
    return site


def test_a_nat_is_found_and_traversed() -> None:
    #  MM1..4 500      MM5* 4500 -->  <-- MM6* 4500      quick mode and ESP 4500
    site = behind_nat()
    site.bring_up()
    ours = [datagram for datagram in site.network.sent if datagram.local.address == R2_ADDRESS]
    assert [datagram.local.port for datagram in ours] == [500, 500, 4500, 4500, 4500]
    assert [datagram.remote.port for datagram in ours] == [500, 500, 4500, 4500, 4500]
    (left,), (right,) = site.left.of(ev.NatDetected), site.right.of(ev.NatDetected)
    assert (left.local_behind_nat, left.remote_behind_nat) == (True, False)
    assert (right.local_behind_nat, right.remote_behind_nat) == (False, True)
    assert site.left.pair.inbound.encapsulation == UdpEncapsulation(4500, 4500)
    outside = site.right.pair.outbound.encapsulation
    assert outside is not None
    assert outside.local_port == 4500
    assert outside.remote_port >= 20000
    assert site.right.pair.outbound.remote == PUBLIC
    texts = {identity.port for identity in site.left.of(ev.IdentityShown)}
    assert texts == {0}, "the ID payload has port 0 once a NAT is found"
    words = [a.text for check in site.right.of(ev.IpsecProposalChecked) for a in check.attributes]
    assert "3 (Tunnel-UDP)" in words
    site.no_errors()


def test_without_a_nat_nothing_is_encapsulated() -> None:
    #  MM3 with NAT-D -->  <-- MM4 with NAT-D: all fit      MM5* 500 -->      ESP as protocol 50
    site = Site(r2(), r3())
    site.bring_up()
    assert site.left.pair.inbound.encapsulation is None
    assert not site.left.established[0].nat_detected


def test_keepalives_keep_the_mapping_open() -> None:
    #  0xFF -->  every 20 s, from 4500 to 4500, without a non-ESP marker
    site = behind_nat()
    site.bring_up()
    count = len(site.network.sent)
    site.run(100)
    kept = site.network.sent[count:]
    assert [datagram.data for datagram in kept] == [b"\xff"] * 5
    assert {(datagram.local, datagram.remote) for datagram in kept} == {
        (Endpoint(R2_ADDRESS, 4500), Endpoint(R3_ADDRESS, 4500))
    }


def test_keepalives_end_with_the_sas() -> None:
    #  HDR*, HASH(1), D -->      and no 0xFF after that
    site = behind_nat()
    site.bring_up()
    site.left.endpoint.shutdown(site.clock.now)
    site.left.turn()
    count = len(site.network.sent)
    site.run(200)
    assert len(site.network.sent) == count


def test_a_keepalive_is_raw() -> None:
    site = behind_nat()
    site.bring_up()
    site.left.endpoint.handle_timeout(site.clock.now + 20)
    outputs = []
    while (output := site.left.endpoint.poll()) is not None:
        outputs.append(output)
    assert (
        Send(Datagram(Endpoint(R2_ADDRESS, 4500), Endpoint(R3_ADDRESS, 4500), b"\xff"), raw=True) in outputs
    )


def test_a_changed_mapping_is_followed() -> None:
    """Only what is proved moves the peer: here a data packet, then IKE goes there too."""
    #  ESP --> (from a new port)      <-- ESP to it      <-- HDR*, HASH(1), D(ESP) to it
    site = behind_nat()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    nat.forget()
    site.ping()
    site.run(1)
    site.check()
    moved = site.right.pair.outbound.encapsulation
    assert moved is not None
    assert site.right.established[0].remote == Endpoint(PUBLIC, moved.remote_port)
    site.right.endpoint.clear_sa(site.clock.now)
    site.right.turn()
    site.run(1)
    assert site.left.pairs == []
    site.no_errors()


def test_a_mapping_that_changes_every_5_seconds() -> None:
    #  ESP --> (port 1)   <-- ESP   ESP --> (port 2)   <-- ESP ...
    site = behind_nat()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    for _ in range(100):
        nat.forget()
        site.traffic(5, every=0.5)
        site.check_passes()
    assert len(site.left.established) == 1
    site.no_errors()


def test_replacement_through_a_nat() -> None:
    #  ESP in UDP both ways      QM1* 4500 -->  <-- QM2*  QM3* -->
    site = behind_nat()
    site.bring_up()
    site.traffic(3700, every=5, back=True)
    site.check()
    assert site.left.plane.dropped == 1


@pytest.mark.parametrize("side", [0, 1])
def test_an_end_that_does_not_traverse(side: int) -> None:
    """`no crypto ipsec nat-transparency udp-encapsulation`: no vendor id, no NAT-D, plain ESP."""
    #  MM1 with or without vendor ids -->   <-- MM2 without      no NAT-D in MM3 and MM4
    configs = [r2(), r3()]
    configs[side] = replace(configs[side], udp_encapsulation=False)
    site = Site(*configs)
    site.bring_up()
    assert not site.left.of(ev.NatDetected)
    if side == 0:
        assert not site.left.of(ev.VendorIdSent)


def test_vendor_ids() -> None:
    #  MM1, four ids --> <-- MM2, the best   MM3, Unity, DPD, ours -->  <-- MM4, the same three
    site = Site(*lab1())
    site.bring_up()
    assert [event.name for event in site.left.of(ev.VendorIdSent)] == ["rfc3947", "07", "03", "02"]
    seen = [(event.name, event.major) for event in site.right.of(ev.VendorIdSeen)]
    offered = [("RFC 3947", 69), ("v7", 245), ("v3", 157), ("v2", 123)]
    assert seen[:8] == [*offered, *offered], "looked at before and after the policy"
    assert [name for name, _ in seen[8:]] == ["Unity", "DPD", "IOS"]
    first = split(site.network.sent[0].data)[0]
    assert first.exchange is ExchangeType.IDENTITY_PROTECTION


BEHIND, MOVED = IPv4Address("30.1.1.30"), IPv4Address("20.1.1.21")


def responder_behind_nat() -> Site:
    """R3 is behind a NAT that forwards UDP 500 and 4500 to it; R2 knows the public address."""
    left = replace(r2(peers=(BEHIND,)), keyrings=global_keys(key("wolf", f"{BEHIND}/32")))
    site = Site(left, r3())
    site.network.far_nat = Nat(R3_ADDRESS, BEHIND, forwarded=(500, 4500))
    return site


def both_behind_nats() -> Site:
    left = replace(r2(peers=(BEHIND,)), keyrings=global_keys(key("wolf", f"{BEHIND}/32")))
    right = replace(r3(peers=(PUBLIC, MOVED)), keyrings=global_keys(key("wolf", "20.0.0.0/8")))
    site = Site(left, right)
    site.network.nat = Nat(R2_ADDRESS, PUBLIC)
    site.network.far_nat = Nat(R3_ADDRESS, BEHIND, forwarded=(500, 4500))
    return site


def found(site: Site) -> list[tuple[bool, bool]]:
    """Whether each router is behind a NAT, and its peer, as it sees it."""
    events = [router.of(ev.NatDetected)[0] for router in site.both]
    return [(event.local_behind_nat, event.remote_behind_nat) for event in events]


def test_a_nat_at_the_responder() -> None:
    #  MM1..4 500      MM5* 4500 -->  <-- MM6* 4500      quick mode and ESP 4500
    site = responder_behind_nat()
    site.bring_up()
    assert found(site) == [(False, True), (True, False)]
    assert {one.local.port for one in site.network.sent[4:]} == {4500}
    count = len(site.network.sent)
    site.run(100)
    kept = site.network.sent[count:]
    assert {(one.local.address, one.data) for one in kept} == {(R3_ADDRESS, b"\xff")}, (
        "who is behind it keeps it"
    )
    site.no_errors()


def test_a_nat_at_both_ends() -> None:
    #  MM1..4 500      MM5* 4500 -->  <-- MM6* 4500      quick mode and ESP 4500, keepalives from both
    site = both_behind_nats()
    site.bring_up()
    assert found(site) == [(True, True), (True, True)]
    count = len(site.network.sent)
    site.run(100)
    kept = site.network.sent[count:]
    assert {(one.local.address, one.data) for one in kept} == {(R2_ADDRESS, b"\xff"), (R3_ADDRESS, b"\xff")}
    site.traffic(3700, every=5, back=True)
    site.check()
    site.no_errors()


@pytest.mark.parametrize(
    ("wanted", "encapsulation"),
    [
        (vendor_ids.NAT_T_07, "3 (Tunnel-UDP)"),
        (vendor_ids.NAT_T_03, "61443 (Tunnel-UDP)"),
        (vendor_ids.NAT_T_02, "61443 (Tunnel-UDP)"),
    ],
)
def test_peers_of_the_drafts(wanted: bytes, encapsulation: str) -> None:
    """A peer that knows one draft only: 02 and 03 have private numbers for NAT-D and the encapsulation."""
    #  MM1 with the ids of 4 documents --> (3 are lost on the way)   <-- MM2 with that one
    #  MM3 with NAT-D 20 or 130 -->
    site = behind_nat()
    send = site.network._carry

    def with_one_id(parcel: Parcel, to: Address) -> None:
        if isinstance(parcel, Datagram) and parcel.data[8:16] == bytes(8):
            head, body = split(parcel.data)
            others = vendor_ids.NAT_T_SENT.keys() - {wanted}
            payloads = decode_payloads(head.next_payload, body)
            left = [one for one in payloads if not (isinstance(one, VendorPayload) and one.data in others)]
            parcel = Datagram(parcel.local, parcel.remote, encode_message(head, left))
        send(parcel, to)

    site.network._carry = with_one_id  # type: ignore[method-assign]
    site.bring_up()
    message_3 = site.network.sent[2].data
    numbers = [one.number for one in decode_payloads(split(message_3)[0].next_payload, split(message_3)[1])]
    assert numbers[-2:] == ([20, 20] if wanted == vendor_ids.NAT_T_07 else [130, 130])
    words = [one.text for check in site.right.of(ev.IpsecProposalChecked) for one in check.attributes]
    assert encapsulation in words
    assert site.left.pair.inbound.encapsulation == UdpEncapsulation(4500, 4500)
    site.no_errors()


def test_a_mapping_that_changed_is_followed_by_ike_alone() -> None:
    """Traffic flows towards the NAT only: what R2 says by IKE shows R3 where its packets must go."""
    #  HDR*, HASH(1), N --> (from a new port)      <-- ESP to the new port
    site = behind_nat()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    nat.forget()
    ctx = site.left.endpoint._ctx
    (sa,) = ctx.sas
    cookies = sa.initiator_cookie + sa.responder_cookie
    send_notify(ctx, sa, NotifyType.R_U_THERE, cookies, (77).to_bytes(4, "big"))
    site.left.turn()
    site.run(1)
    before = len(site.left.plane.received)
    site.ping_back()
    site.run(1)
    assert len(site.left.plane.received) == before + 1
    site.no_errors()


def test_a_replayed_message_moves_nobody() -> None:
    """An old message from elsewhere is no proof of where the peer is."""
    #  MM1..QM3* again --> from somewhere else      <-- ESP to the place that was proved
    site = behind_nat()
    site.bring_up()
    for datagram in list(site.network.sent):
        if datagram.local.address == R2_ADDRESS:
            from_elsewhere = Datagram(
                Endpoint(R3_ADDRESS, datagram.remote.port),
                Endpoint(IPv4Address("66.6.6.6"), 666),
                datagram.data,
            )
            site.right.endpoint.receive_datagram(site.clock.now, from_elsewhere)
            site.right.turn()
    assert site.right.established[0].remote.address == PUBLIC
    assert site.right.pair.peer.address == PUBLIC
    site.check()


def test_the_address_of_the_nat_changes() -> None:
    """To the engine the SA stays the one that was installed, wherever its packets go."""
    #  ESP --> (from another address, twice)      <-- ESP      <-- HDR*, HASH(1), D(ESP)
    site = both_behind_nats()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    for address in (MOVED, PUBLIC, MOVED):
        nat.outside = address
        nat.forget()
        site.ping()
        site.run(1)
        site.check()
        assert site.right.pair.peer.address == site.right.established[0].remote.address == address
    count = len(site.network.sent)
    site.run(100)
    kept = {one.remote for one in site.network.sent[count:] if one.local.address == R3_ADDRESS}
    assert kept == {site.right.pair.peer}, "its own mapping is kept open to where the peer is by now"
    site.right.endpoint.clear_sa(site.clock.now)
    site.right.turn()
    site.run(1)
    assert [router.pairs for router in site.both] == [[], []]
    assert [router.plane.sas for router in site.both] == [{}, {}]
    site.no_errors()


def test_a_peer_that_moved_may_still_delete() -> None:
    #  ESP --> (from another address)     HDR*, HASH(1), D(ESP) -->
    site = both_behind_nats()
    site.bring_up()
    nat = site.network.nat
    assert nat is not None
    nat.outside = MOVED
    site.ping()
    site.run(1)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    assert [router.plane.sas for router in site.both] == [{}, {}]


def test_our_own_address_does_not_move() -> None:
    """A message to another address of ours is not under this SA, NAT or none."""
    #  QM3* again --> to another address of R3
    site = behind_nat()
    site.bring_up()
    message = site.network.sent[-1]
    elsewhere = Datagram(Endpoint(IPv4Address("13.1.1.33"), 4500), message.local, message.data)
    before = site.right.endpoint.counters.unknown_sa
    site.right.endpoint.receive_datagram(site.clock.now, elsewhere)
    assert site.right.endpoint.counters.unknown_sa == before + 1


@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.parametrize("behind", [False, True])
def test_a_nat_d_payload_that_was_spoilt(number: int, behind: bool) -> None:
    """Messages 3 and 4 are not proved: what the initiator made of them counts, by the port of message 5."""
    #  MM3, NAT-D spoilt -->       or       <-- MM4, NAT-D spoilt       MM5* to 500 or 4500 -->
    site = behind_nat() if behind else Site(r2(), r3())
    carry = site.network._carry

    def spoil(parcel: Parcel, to: Address) -> None:
        hit = [one.data for one in site.network.sent[number - 1 : number]]
        if isinstance(parcel, Datagram) and parcel.data in hit:
            parcel = Datagram(parcel.local, parcel.remote, parcel.data[:-1] + bytes([parcel.data[-1] ^ 1]))
        carry(parcel, to)

    site.network._carry = spoil  # type: ignore[method-assign]
    site.ping()
    site.run(0.9)
    site.check()
    assert {sa.nat_detected for router in site.both for sa in router.established} in ({True}, {False})
    site.no_errors()
