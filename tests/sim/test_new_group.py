"""New group mode (RFC 2409 section 5.6): R2's side is written out here, R3 answers."""

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Site

from cryptomap.crypto.primes import PRIMES
from cryptomap.ikev1.exchange import quick_mode
from cryptomap.ikev1.message import first_iv, header, protect, unprotect
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import Group
from cryptomap.wire.isakmp import encode_payloads, split
from cryptomap.wire.numbers import ExchangeType, Flag
from cryptomap.wire.payload import Attribute, HashPayload, NotifyPayload, Proposal, SaPayload, Transform

MODE = ExchangeType.NEW_GROUP_MODE
MESSAGE_ID = 0x01020304
PRIME = PRIMES[Group.MODP_2048].to_bytes(256, "big")


def spelled(number: int = 32769, prime: bytes = PRIME, generator: int = 2, shape: int = 1) -> SaPayload:
    """Attributes 4, 5, 6 and 7 of RFC 2409 appendix A: number, type, prime, generator."""
    attributes = (Attribute(4, number), Attribute(5, shape), Attribute(6, prime), Attribute(7, generator))
    return SaPayload(1, 1, (Proposal(1, 1, b"", (Transform(1, 1, attributes),)),))


def sa_of(site: Site) -> IsakmpSa:
    (sa,) = site.left.endpoint._ctx.sas
    return sa


def sealed(sa: IsakmpSa, offer: SaPayload, message_id: int = MESSAGE_ID) -> bytes:
    """HDR*, HASH(1), SA with HASH(1) = prf(SKEYID_a, M-ID | SA); the policy's hash is SHA-256."""
    assert sa.protection is not None
    _, octets = encode_payloads([offer])
    proof = hmac.digest(sa.protection.keys.skeyid_a, message_id.to_bytes(4, "big") + octets, sha256)
    head = header(sa, MODE, message_id, encrypted=True)
    return protect(sa, head, [HashPayload(proof), offer], first_iv(sa, message_id))[0]


def tell(site: Site, data: bytes) -> list[bytes]:
    """What R3 says to it."""
    before = len(site.network.sent)
    site.right.endpoint.receive_datagram(
        site.clock.now, Datagram(Endpoint(R3_ADDRESS, 500), Endpoint(R2_ADDRESS, 500), data)
    )
    site.network.drop = lambda parcel: True
    site.right.turn()
    site.network.drop = lambda parcel: False
    return [datagram.data for datagram in site.network.sent[before:]]


def up(**right: object) -> Site:
    site = Site(r2(), replace(r3(), **right))  # type: ignore[arg-type]
    site.bring_up()
    return site


def test_a_group_of_ours_gets_a_number() -> None:
    #  HDR*, HASH(1), SA -->
    #                    <-- HDR*, HASH(2), SA
    site = up()
    sa, offer = sa_of(site), spelled()
    request = sealed(sa, offer)
    (reply,) = tell(site, request)
    head, body = split(reply)
    assert (head.exchange, head.message_id, bool(head.flags & Flag.E)) == (MODE, MESSAGE_ID, True)
    message = unprotect(sa, head, body, request[-16:])
    front, answer = message.payloads
    assert answer == offer
    assert isinstance(front, HashPayload)
    assert sa.protection is not None
    _, octets = encode_payloads([answer])
    proof = hmac.digest(sa.protection.keys.skeyid_a, MESSAGE_ID.to_bytes(4, "big") + octets, sha256)
    assert front.data == proof
    assert tell(site, request) == [reply], "a lost answer is repeated"
    site.check()
    site.no_errors()


def test_the_number_serves_for_pfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """R3 wants group 14, and R2 calls it 32769 in quick mode."""
    site = Site(r2(pfs=Group.MODP_2048), r3(pfs=Group.MODP_2048))
    site.bring_up()
    tell(site, sealed(sa_of(site), spelled()))
    sa_of(site).groups[32769] = Group.MODP_2048
    plain = quick_mode.ipsec_transform

    def renamed(*arguments: Any) -> Transform:
        transform = plain(*arguments)
        attributes = [replace(each, value=32769) if each.type == 3 else each for each in transform.attributes]
        return replace(transform, attributes=tuple(attributes))

    monkeypatch.setattr(quick_mode, "ipsec_transform", renamed)
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.bring_up()
    assert [router.pair.pfs_group for router in site.both] == [14, 14]
    words = [word.text for check in site.right.of(ev.IpsecProposalChecked) for word in check.attributes]
    assert "32769" in words


@pytest.mark.parametrize(
    "offer",
    [
        spelled(number=14),
        spelled(prime=(int.from_bytes(PRIME, "big") + 2).to_bytes(256, "big")),
        spelled(prime=b"\x17"),
        spelled(prime=b""),
        spelled(generator=5),
        spelled(shape=2),
        SaPayload(1, 1, (Proposal(1, 1, b"", (Transform(1, 1, ()),)),)),
        SaPayload(1, 1, (Proposal(1, 3, b"", (Transform(1, 1, ()),)),)),
    ],
)
def test_other_groups_are_refused(offer: SaPayload) -> None:
    #  HDR*, HASH(1), SA -->
    #                    <-- HDR*, HASH(1), N(ATTRIBUTES-NOT-SUPPORTED)
    site = up()
    sa = sa_of(site)
    (reply,) = tell(site, sealed(sa, offer))
    head, body = split(reply)
    assert head.exchange is ExchangeType.INFORMATIONAL
    notify = unprotect(sa, head, body, first_iv(sa, head.message_id)).one(NotifyPayload)
    assert notify.notify == 13
    (theirs,) = site.right.endpoint._ctx.sas
    assert theirs.groups == {}
    site.check()
    site.no_errors()


def test_the_compliance_shield_refuses_weak_groups() -> None:
    weak = spelled(prime=PRIMES[Group.MODP_1024].to_bytes(128, "big"))
    site = up(compliance_shield=True)
    tell(site, sealed(sa_of(site), weak))
    (theirs,) = site.right.endpoint._ctx.sas
    assert theirs.groups == {}


def test_nothing_that_is_not_proved() -> None:
    site = up()
    sa, counters = sa_of(site), site.right.endpoint.counters
    good = sealed(sa, spelled())
    assert tell(site, good[:-1] + bytes([good[-1] ^ 1])) == []
    assert counters.unauthenticated + counters.malformed == 1
    plain = sealed(sa, spelled())
    assert tell(site, plain[:19] + b"\x00" + plain[20:]) == []
    assert counters.misbehaved == 1
    site.check()
    site.no_errors()


def test_names_are_bounded() -> None:
    site = up()
    for number in range(20):
        tell(site, sealed(sa_of(site), spelled(32768 + number), 1000 + number))
    (theirs,) = site.right.endpoint._ctx.sas
    assert len(theirs.groups) == 8
