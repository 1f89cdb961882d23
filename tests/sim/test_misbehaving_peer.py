"""A peer that holds the right key and talks nonsense: it gets an error notify at most, and nothing breaks."""

from itertools import product
from random import Random

import pytest
from tests.sim.configs import r2, r3
from tests.sim.harness import Site

from cryptomap.crypto.cipher import encrypt
from cryptomap.crypto.keys import hash_1
from cryptomap.ikev1.message import chain, first_iv, header, protection_of
from cryptomap.model.address import Datagram
from cryptomap.wire.isakmp import encode_payloads, with_body
from cryptomap.wire.numbers import SIT_IDENTITY_ONLY, Doi, ExchangeType, IdType, NotifyType, Protocol
from cryptomap.wire.payload import (
    Attribute,
    DeletePayload,
    HashPayload,
    IdPayload,
    KePayload,
    NoncePayload,
    NotifyPayload,
    Payload,
    Proposal,
    SaPayload,
    Transform,
    VendorPayload,
)

QUICK, INFORMATIONAL = ExchangeType.QUICK_MODE, ExchangeType.INFORMATIONAL
TUNNEL_AES = Transform(1, 12, (Attribute(4, 1), Attribute(5, 5), Attribute(6, 256)))
OFFER = SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, (Proposal(1, 3, b"\1\2\3\4", (TUNNEL_AES,)),))
NONCE = NoncePayload(b"n" * 20)


def deliver(
    site: Site,
    exchange: ExchangeType,
    payloads: list[Payload],
    spoil: Random | None = None,
    message_id: int = 0,
) -> None:
    """A message of the left router's, proved by its keys; `spoil` changes octets before encryption."""
    sa = next(sa for sa in site.left.endpoint._ctx.sas if sa.usable)
    protection = protection_of(sa)
    message_id = message_id or site.left.endpoint._ctx.new_message_id(sa)
    sa.used_ids.add(message_id)
    proof = hash_1(protection.hash, protection.keys.skeyid_a, message_id, chain(payloads))
    first, body = encode_payloads([HashPayload(proof), *payloads])
    if spoil is not None:
        octets = bytearray(body)
        for _ in range(spoil.randrange(1, 4)):
            octets[spoil.randrange(4 + len(proof), len(octets))] = spoil.randrange(256)
        rest = bytes(octets[4 + len(proof) :])
        octets[4 : 4 + len(proof)] = hash_1(protection.hash, protection.keys.skeyid_a, message_id, rest)
        body = bytes(octets)
    ciphertext = encrypt(protection.cipher, protection.key, first_iv(sa, message_id), body)
    data = with_body(header(sa, exchange, message_id, encrypted=True), first, ciphertext)
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(sa.remote, sa.local, data))
    site.right.turn()


@pytest.fixture
def site() -> Site:
    site = Site(r2(), r3())
    site.bring_up()
    return site


def healthy(site: Site) -> None:
    site.no_errors()
    site.right.turn()
    site.run(60)
    site.check_passes()
    site.no_errors()


IDS = [
    IdPayload(kind, 0, 0, data)
    for kind, data in (
        (IdType.IPV4_ADDR, b"\2\2\2\2"),
        (IdType.FQDN, b"name"),
        (IdType.USER_FQDN, b"a@b"),
        (IdType.IPV4_ADDR_SUBNET, b"\2\2\2\0\xff\xff\xff\0"),
        (IdType.IPV4_ADDR_SUBNET, b"\2\2\2\0\xff\0\xff\0"),
        (IdType.IPV6_ADDR, bytes(16)),
        (IdType.IPV6_ADDR_SUBNET, bytes(32)),
        (IdType.IPV4_ADDR_RANGE, b"\2\2\2\0\2\2\2\xff"),
        (IdType.IPV6_ADDR_RANGE, bytes(32)),
        (IdType.DER_ASN1_DN, b"0\0"),
        (IdType.DER_ASN1_GN, b"0\0"),
        (IdType.KEY_ID, b"key"),
        (IdType(99), b"what"),
    )
]


def test_two_deletes_under_one_message_id(site: Site) -> None:
    """vpnc draws one octet for the id of each of its deletes: the second must not be taken for the first."""
    #  HDR*, HASH(1), D(ESP) -->      HDR*, HASH(1), D(ESP) again -->      HDR*, HASH(1), D(ISAKMP) -->
    sa = next(sa for sa in site.left.endpoint._ctx.sas if sa.usable)
    (pair,) = site.left.pairs
    children = DeletePayload(Doi.IPSEC, Protocol.ESP, (pair.inbound.spi.to_bytes(4, "big"),))
    itself = DeletePayload(Doi.IPSEC, Protocol.ISAKMP, (sa.initiator_cookie + sa.responder_cookie,))
    deliver(site, INFORMATIONAL, [children], message_id=111)
    assert not site.right.pairs
    deliver(site, INFORMATIONAL, [children], message_id=111)
    assert site.right.endpoint.counters.misbehaved == 1, "a replay"
    deliver(site, INFORMATIONAL, [itself], message_id=111)
    assert not site.right.established


def test_every_kind_of_identity_in_both_places(site: Site) -> None:
    #  HDR*, HASH(1), SA, Ni, IDci, IDcr of any kinds -->      <-- HDR*, HASH(1), N
    for pair in product(IDS, IDS):
        deliver(site, QUICK, [OFFER, NONCE, *pair])
    assert site.right.endpoint.counters.incompatible == len(IDS) ** 2
    assert len(site.right.pairs) == 1
    healthy(site)


def variants() -> list[list[Payload]]:
    """Quick mode's first message with each payload missing, doubled, or one too many."""
    ids: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]
    whole: list[Payload] = [OFFER, NONCE, *ids]
    missing = [whole[:at] + whole[at + 1 :] for at in range(len(whole))]
    doubled = [[*whole[:at], whole[at], *whole[at:]] for at in range(len(whole))]
    more: list[Payload] = [KePayload(b"\1" * 64), DeletePayload(1, 3, (b"abcd",)), HashPayload(b"h" * 32)]
    return missing + doubled + [[*whole, one] for one in more] + [whole[::-1], []]


def test_payloads_missing_doubled_or_too_many(site: Site) -> None:
    #  HDR*, HASH(1), what does not belong -->      <-- HDR*, HASH(1), N(PAYLOAD-MALFORMED)
    for payloads in variants():
        deliver(site, QUICK, payloads)
    healthy(site)


def odd_transforms() -> list[Transform]:
    """Every transform id and key length that is out of the way, and lives of every size."""
    ids = [Transform(1, number, TUNNEL_AES.attributes) for number in range(256)]
    sizes = [
        Transform(1, 12, (Attribute(4, 1), Attribute(5, 5), Attribute(6, bits))) for bits in (0, 1, 64, 65535)
    ]
    long = Attribute(2, b"\xff" * 200)
    lives = [Transform(1, 12, (Attribute(1, kind), long, *TUNNEL_AES.attributes)) for kind in (0, 1, 2, 3)]
    huge = [Transform(1, 12, (Attribute(number, b"\xff" * 9),)) for number in range(16)]
    modes = [
        Transform(1, 12, (Attribute(4, mode), Attribute(5, 5), Attribute(6, 256))) for mode in (0, 2, 3, 9)
    ]
    groups = [Transform(1, 12, (*TUNNEL_AES.attributes, Attribute(3, group))) for group in (0, 3, 99, 65535)]
    return [*ids, *sizes, *lives, *huge, *modes, *groups, Transform(1, 12)]


def test_transforms_out_of_the_way(site: Site) -> None:
    #  HDR*, HASH(1), SA with odd transforms, Ni, IDci, IDcr -->      <-- HDR*, HASH(1), N
    ids: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]
    for transform in odd_transforms():
        for spi in (b"", b"\0\0\0\1", b"\1\2\3\4", b"\1" * 8):
            proposals = (Proposal(1, 3, spi, (transform,)),)
            deliver(site, QUICK, [SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, proposals), NONCE, *ids])
    site.no_errors()


def test_a_bundle_is_passed_over(site: Site) -> None:
    """Two protocols under one number belong together, and we have no AH."""
    #  HDR*, HASH(1), SA with AH and ESP of one number, Ni, IDci, IDcr -->      <-- N(NO-PROPOSAL-CHOSEN)
    ids: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]
    ah = Proposal(1, Protocol.AH, b"\1\2\3\5", (Transform(1, 3, (Attribute(4, 1), Attribute(5, 2))),))
    offer = SaPayload(Doi.IPSEC, SIT_IDENTITY_ONLY, (ah, *OFFER.proposals))
    deliver(site, QUICK, [offer, NONCE, *ids])
    assert len(site.right.pairs) == 1
    healthy(site)


def test_spoilt_octets_under_a_right_hash(site: Site) -> None:
    #  HDR*, HASH(1), anything -->
    random = Random(1)
    ids: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]
    cookies = site.left.endpoint._ctx.sas.with_peer(site.left.address, site.right.address)[0]
    both = cookies.initiator_cookie + cookies.responder_cookie
    shapes: list[tuple[ExchangeType, list[Payload]]] = [
        (QUICK, [OFFER, NONCE, *ids]),
        (INFORMATIONAL, [NotifyPayload(1, 1, both, NotifyType.R_U_THERE, b"\0\0\0\1")]),
        (INFORMATIONAL, [DeletePayload(1, 3, (b"\1\2\3\4", b"\4\3\2\1"))]),
        (INFORMATIONAL, [VendorPayload(b"v" * 16), NotifyPayload(1, 3, b"\1\2\3\4", NotifyType(14))]),
    ]
    for number in range(2000):
        exchange, payloads = shapes[number % len(shapes)]
        deliver(site, exchange, payloads, random)
        if not site.right.established:
            break
    site.no_errors()


def test_cve_2023_38712_nothing_is_used_after_a_delete_in_the_same_message(site: Site) -> None:
    #  HDR*, HASH(1), D(ISAKMP), D(ISAKMP), D(ESP), N(R-U-THERE), N(INITIAL-CONTACT) -->
    (sa,) = site.left.endpoint._ctx.sas
    both = sa.initiator_cookie + sa.responder_cookie
    spi = site.right.pair.outbound.spi.to_bytes(4, "big")
    gone = DeletePayload(Doi.IPSEC, Protocol.ISAKMP, (both,))
    count = len(site.network.sent)
    deliver(
        site,
        INFORMATIONAL,
        [
            DeletePayload(Doi.IPSEC, Protocol.ESP, (spi, spi)),
            gone,
            gone,
            NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, both, NotifyType.R_U_THERE, b"\0\0\0\1"),
            NotifyPayload(Doi.IPSEC, Protocol.ISAKMP, both, NotifyType.INITIAL_CONTACT),
        ],
    )
    assert site.right.isakmp_sas == []
    assert site.right.pairs == []
    assert len(site.network.sent) == count
    site.no_errors()


def test_quick_mode_without_identities_is_between_the_peers(site: Site) -> None:
    """RFC 2409 section 5.5: the peers' own addresses, which no line of the list permits."""
    #  HDR*, HASH(1), SA, Ni -->      <-- HDR*, HASH(1), N
    deliver(site, QUICK, [OFFER, NONCE])
    assert site.right.endpoint.counters.incompatible == 1
    assert len(site.right.pairs) == 1


@pytest.mark.parametrize(("size", "taken"), [(7, False), (8, True), (256, True), (257, False)])
def test_nonces_of_every_size(site: Site, size: int, taken: bool) -> None:
    """RFC 2409 section 5: 8 to 256 octets."""
    #  HDR*, HASH(1), SA, Ni of 7 to 257 octets, IDci, IDcr -->
    ids: list[Payload] = [IDS[3], IdPayload(IdType.IPV4_ADDR_SUBNET, 0, 0, b"\3\3\3\0\xff\xff\xff\0")]
    deliver(site, QUICK, [OFFER, NoncePayload(b"n" * size), *ids])
    assert len(site.right.pairs) == 1 + taken
    site.no_errors()
