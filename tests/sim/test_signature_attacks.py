"""Who must not get in with RSA signatures: each fault in each role and mode, and what it leaves behind."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.certificates import DAY, NOW, Authority, key
from tests.sim.configs import r2
from tests.sim.harness import Site
from tests.sim.pki import CA, R2_CERTIFICATE, R3_CERTIFICATE, aggressive, enrolled, left, right, site

from cryptomap.crypto.rsa import RsaKeyPair, RsaPublicKey
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.main_mode_rules import MAIN
from cryptomap.ikev1.message import header, protect
from cryptomap.ikev1.method.base import Transcript
from cryptomap.ikev1.method.signature import RsaSignature
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.model.status import Role
from cryptomap.pki.certificate import configured
from cryptomap.wire.numbers import IdType
from cryptomap.wire.payload import CertPayload, IdPayload, Payload, SignaturePayload

Forge = Callable[[bytes], list[Payload]]
"""From the hash that should be signed to what the liar sends as its proof."""
ROLES = pytest.mark.parametrize("liar", list(Role), ids=lambda role: f"liar={role.name.lower()}")
STRANGER = Authority("CN=lab CA,O=lab", pair=key("stranger"))
NAMES = {"dns": "R2.lab.com", "address": "12.1.1.2"}


def certificate(authority: Authority = CA, pair: RsaKeyPair | None = None, **more: object) -> bytes:
    """One that is for both routers, so that either may lie with it."""
    pair = pair or key("r9")
    both = {"address": "12.1.1.2", "dns": "R2.lab.com", **more}
    return authority.issue("CN=R9,O=lab", pair, **both)  # type: ignore[arg-type]


def proof(der: bytes, pair: RsaKeyPair) -> Forge:
    return lambda digest: [CertPayload(4, der), SignaturePayload(pair.sign(digest))]


def bare(signature: Callable[[bytes, RsaPublicKey], bytes], der: bytes = R2_CERTIFICATE) -> Forge:
    """A good certificate of R2, and a signature that is none."""
    return lambda digest: [CertPayload(4, der), SignaturePayload(signature(digest, key("r2").public))]


def as_octets(value: int, public: RsaPublicKey, more: int = 0) -> bytes:
    return value.to_bytes(public.size + more, "big")


SMALL = RsaKeyPair(rsa.generate_private_key(3, 2048))
FAULTS: dict[str, Forge] = {
    "another router's certificate": lambda digest: [
        CertPayload(4, R3_CERTIFICATE),
        SignaturePayload(key("r2").sign(digest)),
    ],
    "a wrong key": proof(R2_CERTIFICATE, key("r9")),
    "a signature of something else": lambda digest: proof(R2_CERTIFICATE, key("r2"))(digest[::-1]),
    "expired": proof(certificate(ends=NOW - DAY / 2), key("r9")),
    "not valid yet": proof(certificate(begins=NOW + DAY), key("r9")),
    "an unknown authority": proof(certificate(Authority("CN=elsewhere")), key("r9")),
    "an authority of the same name": proof(certificate(STRANGER), key("r9")),
    "self-signed": proof(certificate(Authority("CN=R9,O=lab", pair=key("r9"), ca=None)), key("r9")),
    "signed by a router": lambda digest: [
        CertPayload(4, certificate(Authority("CN=R3,O=lab", CA, pair=key("r3"), ca=False))),
        CertPayload(4, R3_CERTIFICATE),
        SignaturePayload(key("r9").sign(digest)),
    ],
    "exponent 3": proof(certificate(pair=SMALL), SMALL),
    "no certificate": lambda digest: [SignaturePayload(key("r2").sign(digest))],
    "no certificate of that kind": lambda digest: [
        CertPayload(7, R2_CERTIFICATE),
        SignaturePayload(key("r2").sign(digest)),
    ],
    "a broken certificate": lambda digest: [
        CertPayload(4, R2_CERTIFICATE[:-1]),
        SignaturePayload(key("r2").sign(digest)),
    ],
    "an empty certificate": lambda digest: [CertPayload(4, b""), SignaturePayload(key("r2").sign(digest))],
    "signature 0": bare(lambda digest, public: bytes(public.size)),
    "signature n": bare(lambda digest, public: as_octets(public.n, public)),
    "signature 1": bare(lambda digest, public: as_octets(1, public)),
    "signature n - 1": bare(lambda digest, public: as_octets(public.n - 1, public)),
    "signature n + s": bare(
        lambda digest, public: as_octets(int.from_bytes(key("r2").sign(digest), "big") + public.n, public, 1)
    ),
    "an empty signature": bare(lambda digest, public: b""),
    "a short signature": bare(lambda digest, public: key("r2").sign(digest)[1:]),
    "a long signature": bare(lambda digest, public: b"\0" + key("r2").sign(digest)),
    "the hash itself": bare(lambda digest, public: digest),
}


@pytest.fixture
def lie(monkeypatch: pytest.MonkeyPatch) -> Callable[[Role, Forge], None]:
    """Makes the router of one role send a forged proof."""
    honest = RsaSignature.prove

    def install(liar: Role, forge: Forge) -> None:
        def prove(
            self: RsaSignature, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload
        ) -> list[Payload]:
            if sa.role is not liar:
                return honest(self, ctx, sa, transcript, identity)
            return forge(transcript.hash(sa, sa.role, identity.raw))

        monkeypatch.setattr(RsaSignature, "prove", prove)

    return install


def call(liar: Role, mode: Callable[[RouterConfig], RouterConfig]) -> Site:
    """The liar is R2, whichever role it has; R3's certificate is for R2's address too where that matters."""
    return site(mode(left())) if liar is Role.INITIATOR else swapped(mode)


def swapped(mode: Callable[[RouterConfig], RouterConfig]) -> Site:
    """R3 is the honest one and calls R2."""
    return site(left(), mode(right()))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("mode", [lambda config: config, aggressive], ids=["main", "aggressive"])
@ROLES
def test_cve_2004_0155_cve_2004_0607_cve_2026_35331_faults(
    lie: Callable[[Role, Forge], None], liar: Role, mode: Callable[[RouterConfig], RouterConfig], fault: str
) -> None:
    lie(liar, FAULTS[fault])
    lab = call(liar, mode)
    honest = lab.right
    if liar is Role.INITIATOR:
        lab.ping()
    else:
        lab.ping_back()
    lab.run(60)
    assert not honest.of(ev.Authenticated)
    assert not honest.pairs
    assert honest.endpoint.counters.unauthenticated
    assert any(each.mnemonic == "IKMP_INVAL_CERT" for each in honest.of(ev.LogMessage))
    lab.no_errors()


@ROLES
def test_the_same_without_a_fault(lie: Callable[[Role, Forge], None], liar: Role) -> None:
    """What the faults differ from: a certificate of R9's key that is for R2 is as good as R2's own."""
    lie(liar, proof(certificate(), key("r9")))
    lab = call(liar, aggressive)
    if liar is Role.INITIATOR:
        lab.ping()
    else:
        lab.ping_back()
    lab.run(5)
    lab.check()


@pytest.mark.parametrize(
    "claim",
    [
        IdPayload(IdType.IPV4_ADDR, 17, 500, bytes([12, 1, 1, 3])),
        IdPayload.for_fqdn("R3.lab.com", 17, 500),
        IdPayload.for_fqdn("lab.com", 17, 500),
        IdPayload(IdType.USER_FQDN, 17, 500, b"r3@lab.com"),
        IdPayload(IdType.DER_ASN1_DN, 17, 500, configured(R3_CERTIFICATE).subject),
        IdPayload(IdType.DER_ASN1_DN, 17, 500, configured(R2_CERTIFICATE).subject[:-1]),
        IdPayload(IdType.DER_ASN1_DN, 17, 500, b""),
        IdPayload(IdType.KEY_ID, 17, 500, b"R2"),
        IdPayload(IdType.IPV4_ADDR_SUBNET, 17, 500, bytes([12, 1, 1, 2, 255, 255, 255, 255])),
    ],
    ids=lambda claim: f"{claim.id_type.name}-{claim.text()[:16]}",
)
@pytest.mark.parametrize("mode", [lambda config: config, aggressive], ids=["main", "aggressive"])
def test_cve_2013_6075_an_identity_that_is_not_in_the_certificate(
    monkeypatch: pytest.MonkeyPatch, mode: Callable[[RouterConfig], RouterConfig], claim: IdPayload
) -> None:
    """CVE-2013-6075 among them: everything is good but the claim."""
    honest = RsaSignature.own_identity

    def claims(self: RsaSignature, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        return claim if sa.role is Role.INITIATOR else honest(self, ctx, sa, wanted)

    monkeypatch.setattr(RsaSignature, "own_identity", claims)
    prove = RsaSignature.prove
    anyone = IdPayload.for_fqdn("R2.lab.com")

    def proves(
        self: RsaSignature, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload
    ) -> list[Payload]:
        if sa.role is not Role.INITIATOR:
            return prove(self, ctx, sa, transcript, identity)
        ours = self._credential(ctx, sa, anyone)
        return proof(ours.certificate.der, ours.pair)(transcript.hash(sa, sa.role, identity.raw))

    monkeypatch.setattr(RsaSignature, "prove", proves)
    lab = site(mode(left()))
    lab.ping()
    lab.run(40)
    assert not lab.right.of(ev.Authenticated)
    assert "is not for the identity" in "".join(each.text for each in lab.right.of(ev.LogMessage))
    lab.no_errors()


def test_keys_and_hashes_that_the_shield_refuses() -> None:
    """A key of 1024 bits: refused under the shield, taken without it."""
    pair = key("r2", 1024)
    short = CA.issue("CN=R2,O=lab", pair, address="12.1.1.2")
    for shield in (True, False):
        lab = site(
            replace(enrolled(r2(), short), compliance_shield=shield),
            right(compliance_shield=shield),
            pairs=(pair, key("r3")),
        )
        lab.ping()
        lab.run(5)
        assert bool(lab.right.established) is not shield


class _CapturedError(PeerIncompatibleError):
    """The initiator stops before message 5."""


def captured(monkeypatch: pytest.MonkeyPatch) -> tuple[Site, IsakmpSa, Callable[[bytes], bytes]]:
    """R3 waits for message 5; the SA of R2 as it would send it, and message 5 with any certificate."""
    found: list[tuple[IsakmpSa, Transcript, IdPayload]] = []

    def prove(
        self: RsaSignature, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload
    ) -> list[Payload]:
        found.append((copy.copy(sa), transcript, identity))
        raise _CapturedError("captured")

    with monkeypatch.context() as patched:
        patched.setattr(RsaSignature, "prove", prove)
        lab = site()
        lab.ping()
        lab.run(0.5)
    sa, transcript, identity = found[-1]
    signature = key("r2").sign(transcript.hash(sa, Role.INITIATOR, identity.raw))

    def message5(der: bytes) -> bytes:
        payloads = [identity, CertPayload(4, der), SignaturePayload(signature)]
        return protect(sa, header(sa, MAIN, encrypted=True), payloads, sa.iv)[0]

    return lab, sa, message5


def resident() -> int:
    """Octets of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_cve_2021_41991_ten_thousand_bad_certificates_leave_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """CVE-2021-41991: each is another one, with a good signature of its key. The good one still works."""
    lab, sa, message5 = captured(monkeypatch)
    endpoint, clock = lab.right.endpoint, lab.clock
    cached = configured.cache_info().currsize

    def flood(first: int, last: int) -> None:
        for number in range(first, last):
            forged = R2_CERTIFICATE[:-4] + number.to_bytes(4, "big")
            endpoint.receive_datagram(clock.now, Datagram(sa.remote, sa.local, message5(forged)))
            while endpoint.poll() is not None:
                pass

    flood(0, 2000)
    before = resident()
    flood(2000, 10_000)
    assert resident() - before < 4 << 20
    assert endpoint.counters.unauthenticated == 10_000
    assert configured.cache_info().currsize == cached
    assert [each.state for each in lab.right.isakmp_sas] == ["MM_KEY_EXCH"]
    endpoint.receive_datagram(clock.now, Datagram(sa.remote, sa.local, message5(R2_CERTIFICATE)))
    assert [each.state for each in lab.right.isakmp_sas] == ["QM_IDLE"]
    lab.no_errors()
