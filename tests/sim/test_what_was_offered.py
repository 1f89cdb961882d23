"""The initiator checks what the responder chose, and both say what they must: the octets of the answers."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import AES_POLICY, LAB_POLICY, LAB_SET, R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Parcel

from cryptomap.crypto.cipher import decrypt
from cryptomap.ikev1.exchange import phase2, quick_mode_responder
from cryptomap.ikev1.exchange.attributes import ipsec_offer
from cryptomap.ikev1.message import first_iv, protection_of
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram
from cryptomap.model.algorithm import Group
from cryptomap.model.config import IdentityKind, Lifetime
from cryptomap.wire.isakmp import decode_payloads, encode_message, split
from cryptomap.wire.payload import (
    Attribute,
    IdPayload,
    KePayload,
    NotifyPayload,
    Payload,
    SaPayload,
    Transform,
)

Change = Callable[[Transform], tuple[Transform, ...]]


def with_attribute(number: int, value: int) -> Change:
    def change(transform: Transform) -> tuple[Transform, ...]:
        kept = [one for one in transform.attributes if one.type != number]
        return (replace(transform, attributes=(*kept, Attribute(number, value))),)

    return change


def without_attribute(number: int) -> Change:
    return lambda one: (replace(one, attributes=tuple(a for a in one.attributes if a.type != number)),)


CHANGES = [
    pytest.param(with_attribute(1, 5), id="another cipher"),
    pytest.param(with_attribute(14, 128), id="a shorter key"),
    pytest.param(without_attribute(14), id="no key length"),
    pytest.param(with_attribute(2, 1), id="another hash"),
    pytest.param(with_attribute(3, 3), id="another way to authenticate"),
    pytest.param(with_attribute(4, 1), id="another group"),
    pytest.param(lambda one: (one, one), id="two transforms"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_message_2_of_main_mode_is_not_what_was_offered(change: Change) -> None:
    """It is not proved, so that it changes nothing: the genuine one is taken when it comes."""
    #  MM1 -->     <-- MM2 (changed on the way)      MM1 -->     <-- MM2     MM3 --> ...
    site = Site(r2(), r3())
    carry, spoilt = site.network._carry, [0]

    def with_change(parcel: Parcel, to: Address) -> None:
        if isinstance(parcel, Datagram) and to == R2_ADDRESS and not spoilt[0]:
            spoilt[0] += 1
            head, body = split(parcel.data)
            sa, *rest = decode_payloads(head.next_payload, body)
            assert isinstance(sa, SaPayload)
            (proposal,) = sa.proposals
            answer = replace(proposal, transforms=change(proposal.transforms[0]))
            data = encode_message(head, [replace(sa, proposals=(answer,)), *rest])
            parcel = Datagram(parcel.local, parcel.remote, data)
        carry(parcel, to)

    site.network._carry = with_change  # type: ignore[method-assign]
    site.ping()
    site.run(0.9)
    counters = site.left.endpoint.counters
    assert counters.incompatible + counters.misbehaved == 1
    assert [sa.state for sa in site.left.isakmp_sas] == ["MM_NO_STATE"]
    site.bring_up()
    assert (site.left.established[0].key_bits, site.left.established[0].group) == (256, AES_POLICY.group)
    site.no_errors()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(with_attribute(6, 128), id="a shorter key"),
        pytest.param(with_attribute(5, 2), id="another integrity"),
        pytest.param(with_attribute(4, 2), id="transport mode"),
        pytest.param(with_attribute(3, 2), id="a group where none was"),
        pytest.param(lambda one: (replace(one, transform_id=11),), id="null encryption"),
    ],
)
def test_message_2_of_quick_mode_is_not_what_was_offered(
    monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """The peer itself answers so: no SA comes of it, and it is told."""
    #  QM1* -->   <-- QM2*      HDR*, HASH(1), N(NO-PROPOSAL-CHOSEN) -->
    site = Site(r2(), r3())
    choose = phase2.choose

    def another(*arguments: object) -> object:
        chosen = choose(*arguments)  # type: ignore[arg-type]
        return replace(chosen, transform=change(chosen.transform)[0])

    monkeypatch.setattr(quick_mode_responder.phase2, "choose", another)
    site.ping()
    site.run(3)
    assert site.left.pairs == site.right.pairs == []
    assert site.left.plane.sas == site.right.plane.sas == {}
    assert site.right.of(ev.NotifyReceived)[0].name == "NO_PROPOSAL_CHOSEN"
    assert site.left.established
    monkeypatch.undo()
    site.run(5)
    site.bring_up()
    site.no_errors()


def test_the_responder_answers_with_the_offer_as_it_was() -> None:
    """RFC 2409 section 5: attributes are not changed; a smaller lifetime is said apart."""
    #  MM1, transforms 1 and 2 -->      <-- MM2, transform 2, octet for octet
    site = Site(
        r2(policies=(replace(LAB_POLICY, priority=1), AES_POLICY)),
        r3(policies=(replace(AES_POLICY, lifetime=600),)),
    )
    site.bring_up()
    offered, answered = (sa_payload(site.network.sent[number].data) for number in (0, 1))
    assert [one.number for one in offered.proposals[0].transforms] == [1, 2]
    assert answered.proposals[0].transforms == offered.proposals[0].transforms[1:]


def sa_payload(data: bytes) -> SaPayload:
    head, body = split(data)
    (sa,) = (one for one in decode_payloads(head.next_payload, body) if isinstance(one, SaPayload))
    return sa


def opened(site: Site) -> list[tuple[IPv4Address | Address, tuple[Payload, ...]]]:
    """The senders and payloads of the quick mode's messages."""
    (sa,) = site.left.endpoint._ctx.sas
    protection = protection_of(sa)
    messages, iv = [], b""
    for datagram in site.network.sent[6:9]:
        head, body = split(datagram.data)
        iv = iv or first_iv(sa, head.message_id)
        plain = decrypt(protection.cipher, protection.key, iv, body)
        messages.append((datagram.local.address, decode_payloads(head.next_payload, plain, padded=True)))
        iv = body[-protection.cipher.block_size :]
    return messages


@pytest.mark.parametrize(
    ("theirs", "data"),
    [
        # life type seconds or kilobytes in basic form, the duration in four octets (RFC 2407 section 4.6.3.1)
        (Lifetime(600, 4608000), "80010001 00020004 00000258"),
        (Lifetime(3600, 10240), "80010002 00020004 00002800"),
        (Lifetime(600, 10240), "80010001 00020004 00000258 80010002 00020004 00002800"),
        (Lifetime(3600, 4608000), None),
        (Lifetime(7200, 4608000), None),
    ],
)
def test_responder_lifetime(theirs: Lifetime, data: str | None) -> None:
    #  QM1*, 3600 s, 4608000 kB -->
    #                          <-- QM2*, N(RESPONDER-LIFETIME) where R3's own is smaller
    site = Site(r2(), r3(lifetime=theirs))
    site.bring_up()
    (_, first), (sender, second), _ = opened(site)
    assert sender == R3_ADDRESS
    assert not [one for one in first if isinstance(one, NotifyPayload)]
    notifies = [one for one in second if isinstance(one, NotifyPayload)]
    assert [one.data.hex() for one in notifies] == ([data.replace(" ", "")] if data else [])
    spi = site.right.pair.inbound.spi.to_bytes(4, "big")
    assert {(one.doi, one.protocol, one.notify, one.spi) for one in notifies} <= {(1, 3, 24576, spi)}


def test_the_octets_of_a_proposal() -> None:
    """The note's lab 1: tunnel, 3600 s in basic form, 4608000 kB as 0x00465000, HMAC-SHA, group 1."""
    #  QM1*: HASH(1), SA, Ni, KE, IDci, IDcr -->
    site = Site(r2(sets=(LAB_SET,), pfs=Group.MODP_768), r3(sets=(LAB_SET,), pfs=Group.MODP_768))
    site.bring_up()
    (_, payloads), *_ = opened(site)
    (proposal,) = next(one for one in payloads if isinstance(one, SaPayload)).proposals
    assert (proposal.number, proposal.protocol, len(proposal.spi)) == (1, 3, 4)
    (transform,) = proposal.transforms
    assert transform.transform_id == 2, "ESP_DES"
    octets = b"".join(attribute.encode() for attribute in transform.attributes)
    assert octets.hex() == "800400018001000180020e108001000200020004004650008005000280030001"
    assert ipsec_offer(proposal, transform).group == 1
    (ke,) = (one for one in payloads if isinstance(one, KePayload))
    assert len(ke.data) == 96
    ids = [one.encode().hex() for one in payloads if isinstance(one, IdPayload)]
    assert ids == ["0400000002020200ffffff00", "0400000003030300ffffff00"]


@pytest.mark.parametrize("group", list(Group))
def test_pfs_in_every_group(group: Group) -> None:
    """KE payloads in messages 1 and 2 of quick mode, of the group's size."""
    sizes = {1: 96, 2: 128, 5: 192, 14: 256, 15: 384, 16: 512, 19: 64, 20: 96, 21: 132}
    site = Site(r2(pfs=group), r3(pfs=group))
    site.bring_up()
    found = [
        [len(one.data) for one in payloads if isinstance(one, KePayload)] for _, payloads in opened(site)
    ]
    assert found == [[sizes[group]], [sizes[group]], []]
    assert site.left.pair.pfs_group == site.right.pair.pfs_group == group


def test_phase_1_identities() -> None:
    """Type 1, protocol 17, port 500, and with the generic header 12 octets; or the whole name."""
    #  HDR*, IDii = 12.1.1.2, HASH_I -->      <-- HDR*, IDir = R3.example.net, HASH_R
    right = replace(r3(), domain_name="example.net", isakmp_identity=IdentityKind.HOSTNAME)
    site = Site(r2(), right)
    site.bring_up()
    shown = [
        (one.sent, one.id_type, one.text, one.protocol, one.port, one.length)
        for one in site.left.of(ev.IdentityShown)
    ]
    assert shown == [(True, 1, "12.1.1.2", 17, 500, 12), (False, 2, "R3.example.net", 17, 500, 8 + 14)]


def test_a_changed_lifetime_holds_for_what_comes() -> None:
    """A changed global lifetime leaves the pair alone; `clear crypto sa` brings the new one."""
    #  QM1*, 3600 s -->      HDR*, HASH(1), D(ESP) -->      QM1*, 600 s -->
    left, right = r2(), r3()
    site = Site(left, right)
    site.bring_up()
    for router, config in ((site.left, left), (site.right, right)):
        router.reconfigure(replace(config, lifetime=Lifetime(600, 10240)))
    site.check()
    assert site.left.pair.lifetime.seconds == 3600
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    assert (site.left.pair.lifetime.seconds, site.right.pair.lifetime.kilobytes) == (600, 10240)


def test_a_request_is_sent_again_later_each_time() -> None:
    #  MM1 -->   1 s   MM1 -->   2 s   MM1 -->   4 s   8 s   10 s
    site = Site(r2(), r3())
    times: list[float] = []

    def silent(parcel: Parcel) -> bool:
        times.append(site.clock.now)
        return True

    site.network.drop = silent
    site.ping()
    site.run(100)
    assert [round(time - times[0], 3) for time in times] == [0, 1, 3, 7, 15, 25]
    assert site.left.of(ev.SaDeleted)[0].reason == "Death by retransmission P1"
    assert site.left.isakmp_sas == []
