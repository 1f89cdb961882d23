"""Values and algorithms that are none, and keys that give themselves away."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.certificates import key
from tests.sim.attacks.exchanges import Exchange, Stopped, closed, everything, opened, ping
from tests.sim.configs import AES_POLICY, r2, r3
from tests.sim.harness import Site
from tests.sim.pki import R2_CERTIFICATE
from tests.sim.pki import site as signing_site
from tests.sim.test_aggressive import calling

from cryptomap.config.load import load
from cryptomap.crypto.prf import available
from cryptomap.crypto.primes import PRIMES
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.method.base import Transcript
from cryptomap.ikev1.method.signature import RsaSignature
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy
from cryptomap.wire.isakmp import decode_payloads, split
from cryptomap.wire.numbers import NotifyType, PayloadType
from cryptomap.wire.payload import (
    CertPayload,
    IdPayload,
    NotifyPayload,
    Payload,
    SignaturePayload,
    UnknownPayload,
)

GROUPS = (Group.MODP_768, Group.MODP_2048, Group.ECP_256)


def public_values(group: Group) -> list[bytes]:
    """That no honest peer sends: Libreswan's no-, zero- and empty-ike-ke among them."""
    prime = PRIMES.get(group, 0)
    size = (prime.bit_length() + 7) // 8 or 64
    values = [bytes(size), bytes(size - 1) + b"\1", b"\xff" * size, bytes(size - 1), bytes(size + 1)]
    values += [b"", b"\0"]
    if not prime:
        return [*values, b"\1" * size]
    return values + [value.to_bytes(size, "big") for value in (prime - 1, prime, prime + 1)]


def forged(payloads: tuple[Payload, ...], value: bytes) -> list[Payload]:
    """With that for a public value."""
    kind = PayloadType.KEY_EXCHANGE
    return [UnknownPayload(kind, value) if one.number is kind else one for one in payloads]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("step", [2, 3], ids=["message 3", "message 4"])
def test_logjam_public_values_that_are_none(group: Group, step: int) -> None:
    #  HDR, KE of 0, 1, p - 1, p, nothing, ..., Ni -->      (no answer, nothing kept)
    policy = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA, AuthMethod.PRE_SHARE, group)
    exchange = Exchange("main", lambda: Site(r2(policies=(policy,)), r3(policies=(policy,))), ping)
    stopped = Stopped(exchange, step)
    head, payloads = opened(stopped.receiver, stopped.next.data)
    before = everything(stopped.receiver)
    for value in public_values(group):
        assert stopped.deliver(closed(stopped.receiver, head, forged(payloads, value))) == []
        assert everything(stopped.receiver) == before
    assert stopped.deliver(stopped.next.data), "the true one is taken"
    stopped.site.no_errors()


@pytest.mark.usefixtures("_every_hash_fits")
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("step", [6, 7], ids=["message 1", "message 2"])
def test_logjam_public_values_that_are_none_in_quick_mode(group: Group, step: int) -> None:
    """Perfect forward secrecy with nothing secret about it: no pair comes of it."""
    #  HDR*, HASH(1), SA, Ni, KE of 0, 1, p - 1, ..., IDci, IDcr -->      <-- HDR*, HASH(1), N
    exchange = Exchange("main", lambda: Site(r2(pfs=group), r3(pfs=group)), ping)
    for value in public_values(group):
        stopped = Stopped(exchange, step)
        head, payloads = opened(stopped.receiver, stopped.next.data)
        stopped.deliver(closed(stopped.receiver, head, forged(payloads, value)))
        assert stopped.receiver.pairs == []
        assert stopped.receiver.plane.sas == {}
        stopped.site.no_errors()


@pytest.fixture
def _no_md5(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where OpenSSL keeps to FIPS 140."""
    new, digest = hashlib.new, hmac.digest

    def strict_new(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "md5":
            raise ValueError("[digital envelope routines] unsupported")
        return new(name, *arguments, **more)

    def strict_digest(key: bytes, octets: bytes, name: str) -> bytes:
        if name == "md5":
            raise ValueError("[digital envelope routines] unsupported")
        return digest(key, octets, name)

    monkeypatch.setattr(hashlib, "new", strict_new)
    monkeypatch.setattr(hmac, "digest", strict_digest)
    available.cache_clear()
    yield
    monkeypatch.undo()
    available.cache_clear()


WITH_MD5 = replace(AES_POLICY, priority=5, hash=Hash.MD5)


@pytest.mark.usefixtures("_no_md5")
def test_cve_2018_10811_a_hash_that_this_machine_has_not() -> None:
    """charon went on without a PRF where the library had none."""
    #  MM1 with MD5 and SHA-256 -->      <-- MM2 with SHA-256
    both = (WITH_MD5, AES_POLICY)
    site = Site(r2(policies=both), r3(policies=both))
    site.bring_up()
    assert [router.established[0].hash for router in site.both] == [Hash.SHA256] * 2
    site.no_errors()


def test_cve_2018_10811_a_hash_that_only_the_peer_has(request: pytest.FixtureRequest) -> None:
    #  MM1 with MD5 -->      <-- HDR, N(NO-PROPOSAL-CHOSEN)
    site = Site(r2(policies=(WITH_MD5,)), r3(policies=(WITH_MD5,)))
    site.network.drop = lambda parcel: True
    site.ping()
    request.getfixturevalue("_no_md5")
    first = site.network.sent[0]
    site.right.endpoint.receive_datagram(
        site.clock.now, replace(first, local=first.remote, remote=first.local)
    )
    site.right.turn()
    head, body = split(site.network.sent[-1].data)
    (payload,) = decode_payloads(head.next_payload, body)
    assert isinstance(payload, NotifyPayload)
    assert payload.notify == NotifyType.NO_PROPOSAL_CHOSEN
    site.no_errors()


def test_cve_2018_5389_a_key_that_can_be_guessed_is_told() -> None:
    """Felsch and others: aggressive mode gives a pre-shared key away to guessing, main mode to who is in the
    middle. That psk-crack finds such a key here as with a Cisco is in tests/peers."""
    (problem,) = load("crypto isakmp key abc123 address 13.1.1.3\n").problems
    assert "can be guessed" in problem.message
    assert load("crypto isakmp key Zw8kq0Jc5vTt2mYe address 13.1.1.3\n").problems == ()


def test_cve_2018_5389_aggressive_mode_with_a_key_has_to_be_asked_for() -> None:
    """charon's option for it is called i_dont_care_about_security_and_use_aggressive_mode_psk."""
    #  AM1 -->      <-- HDR, N(NO-PROPOSAL-CHOSEN): no HASH_R to guess at
    site = Site(calling(), replace(r3(), compliance_shield=True))
    site.ping()
    site.run(5)
    kinds = {
        one.number
        for datagram in site.network.sent
        if datagram.local.address == site.right.address
        for one in decode_payloads(*_first_and_body(datagram.data))
    }
    assert kinds == {PayloadType.NOTIFICATION}


def _first_and_body(data: bytes) -> tuple[int, bytes]:
    head, body = split(data)
    return head.next_payload, body


def test_cve_2026_14957_a_certificate_whose_key_has_exponent_0(monkeypatch: pytest.MonkeyPatch) -> None:
    """charon asserted that it was not. What the certificate says of its key is read before its signature is
    looked at."""
    exponent = bytes.fromhex("0203010001")
    assert R2_CERTIFICATE.count(exponent) == 1
    for forged_exponent in ("0203000000", "0203000001", "0203000003", "0203010000"):
        der = R2_CERTIFICATE.replace(exponent, bytes.fromhex(forged_exponent))

        def prove(
            self: RsaSignature,
            ctx: Context,
            sa: IsakmpSa,
            transcript: Transcript,
            identity: IdPayload,
            der: bytes = der,
        ) -> list[Payload]:
            digest = transcript.hash(sa, sa.role, identity.raw)
            return [CertPayload(4, der), SignaturePayload(key("r2").sign(digest))]

        with monkeypatch.context() as patched:
            site = signing_site()
            patched.setattr(RsaSignature, "prove", prove)
            site.ping()
            site.run(2)
        assert site.right.established == []
        assert site.right.endpoint.counters.unauthenticated
        site.no_errors()
