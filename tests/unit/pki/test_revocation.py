"""`revocation-check`: the methods in order, and what makes a list or an answer useless."""

from collections.abc import Mapping

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import (
    OCSPCertStatus,
    OCSPResponseBuilder,
    OCSPResponseStatus,
    load_der_ocsp_request,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from tests.certificates import DAY, NOW, Authority, key

from cryptomap.model.error import AuthenticationFailedError
from cryptomap.model.pki import Enrollment, Revocation, Trustpoint
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.fetch import CrlFetch, Fetch, Fetched, OcspFetch, Verdict
from cryptomap.pki.ocsp import ocsp_request
from cryptomap.pki.revocation import NotThereYetError, check_revocation, fetched, verdict_of

CDP, AIA = "http://ca.lab/lab.crl", "http://ocsp.lab"
CA = Authority("CN=lab CA")
OTHER = Authority("CN=other CA")


def uri(text: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


def points(*urls: str) -> tuple[x509.ExtensionType, bool]:
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint([uri(url)], None, None, None) for url in urls]
    ), False


def responder(url: str = AIA) -> tuple[x509.ExtensionType, bool]:
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri(url))
    return x509.AuthorityInformationAccess([access]), False


LEAF = CA.issue("CN=R2", key("r2"), more=[points(CDP), responder()])
CHAIN = Certificate.from_der(LEAF), Certificate.from_der(CA.certificate)
CRL = CrlFetch(CDP, CHAIN[1], CHAIN[0])
OCSP = OcspFetch(AIA, CHAIN[1], CHAIN[0])
GOOD, REVOKED, USELESS = Verdict.GOOD, Verdict.REVOKED, Verdict.USELESS


def check(
    methods: str,
    came: Mapping[Fetch, bytes | None],
    chain: tuple[Certificate, ...] = CHAIN,
    **more: object,
) -> None:
    order = tuple(Revocation(word) for word in methods.split())
    trustpoint = Trustpoint("lab", revocation=order, **more)  # type: ignore[arg-type]
    kept = {fetch: fetched(fetch, octets, NOW) for fetch, octets in came.items()}
    check_revocation(chain, trustpoint, kept.get, NOW)


def wanted(methods: str, came: Mapping[Fetch, bytes | None], **more: object) -> tuple[Fetch, ...]:
    with pytest.raises(NotThereYetError) as caught:
        check(methods, came, **more)
    return caught.value.wanted


def refused(methods: str, came: Mapping[Fetch, bytes | None], **more: object) -> str:
    with pytest.raises(AuthenticationFailedError) as caught:
        check(methods, came, **more)
    assert not isinstance(caught.value, NotThereYetError)
    return str(caught.value)


def test_what_is_not_there_is_asked_for() -> None:
    assert wanted("crl", {}) == (CRL,)
    assert wanted("ocsp crl", {}) == (OCSP,)
    assert wanted("crl ocsp none", {CRL: None}) == (OCSP,)


def test_a_method_that_finds_out_decides() -> None:
    check("crl", {CRL: CA.crl()})
    check("ocsp", {OCSP: CA.ocsp(LEAF)})
    check("ocsp crl", {OCSP: CA.ocsp(LEAF), CRL: CA.crl(LEAF)})
    assert "is revoked" in refused("crl none", {CRL: CA.crl(LEAF)})
    assert "is revoked" in refused("ocsp none", {OCSP: CA.ocsp(LEAF, OCSPCertStatus.REVOKED)})
    assert "is revoked" in refused("ocsp crl none", {OCSP: None, CRL: CA.crl(LEAF)})


def test_a_method_that_cannot_leaves_it_to_the_next() -> None:
    check("crl none", {CRL: None})
    check("crl ocsp", {CRL: b"nonsense", OCSP: CA.ocsp(LEAF)})
    check("ocsp none", {OCSP: CA.ocsp(LEAF, OCSPCertStatus.UNKNOWN)})
    check("none", {})
    assert "cannot be found out" in refused("crl", {CRL: None})
    assert "cannot be found out" in refused("crl ocsp", {CRL: None, OCSP: b""})


def test_no_address_is_no_answer() -> None:
    plain = Certificate.from_der(CA.issue("CN=R2", key("r2"))), CHAIN[1]
    ldap = Certificate.from_der(CA.issue("CN=R2", key("r2"), more=[points("ldap://ca/cn=x")])), CHAIN[1]
    for chain in (plain, ldap):
        check("crl none", {}, chain)
        check("ocsp none", {}, chain)
        assert "cannot be found out" in refused("crl ocsp", {}, chain=chain)


def test_lists_of_the_authority_that_we_enrolled_with() -> None:
    plain = Certificate.from_der(CA.issue("CN=R2", key("r2"))), CHAIN[1]
    fetches = wanted("crl", {}, chain=plain, enrollment=Enrollment.URL, url="http://12.1.1.1/")
    assert [each.url for each in fetches] == ["http://12.1.1.1/cgi-bin/pkiclient.exe?operation=GetCRL"]


def test_ocsp_url_comes_before_the_certificates() -> None:
    (fetch,) = wanted("ocsp", {}, ocsp_url="http://here")
    assert fetch.url == "http://here"


def test_several_distribution_points() -> None:
    leaf = CA.issue("CN=R2", key("r2"), more=[points("http://one", "http://two")])
    chain = Certificate.from_der(leaf), CHAIN[1]
    one, two = (CrlFetch(url, chain[1], chain[0]) for url in ("http://one", "http://two"))
    assert wanted("crl", {}, chain=chain) == (one,)
    assert wanted("crl", {one: None}, chain=chain) == (two,)
    check("crl", {one: None, two: CA.crl()}, chain)


def test_every_certificate_below_the_anchor_is_looked_at() -> None:
    sub = Authority("CN=sub", CA, extensions=[points("http://root.crl")])
    leaf = sub.issue("CN=R2", key("r2"), more=[points("http://sub.crl")])
    chain = tuple(Certificate.from_der(der) for der in (leaf, sub.certificate, CA.certificate))
    lower, upper = (
        CrlFetch(url, chain[at + 1], chain[at])
        for at, url in enumerate(("http://sub.crl", "http://root.crl"))
    )
    assert wanted("crl", {}, chain=chain) == (lower, upper)
    check("crl", {lower: sub.crl(), upper: CA.crl()}, chain)
    assert "cn=sub is revoked" in refused(
        "crl", {lower: sub.crl(), upper: CA.crl(sub.certificate)}, chain=chain
    )


@pytest.mark.parametrize(
    ("octets", "verdict"),
    [
        (CA.crl(), GOOD),
        (CA.crl(LEAF), REVOKED),
        (CA.crl(begins=NOW - 9 * DAY, ends=NOW - DAY), USELESS),
        (CA.crl(begins=NOW + DAY, ends=NOW + 2 * DAY), USELESS),
        (CA.crl(signer=key("r2")), USELESS),
        (OTHER.crl(), USELESS),
        (OTHER.crl(LEAF), USELESS),
        (CA.crl()[:-1], USELESS),
        (CA.certificate, USELESS),
        (b"", USELESS),
        (b"-----BEGIN X509 CRL-----\n", USELESS),
    ],
)
def test_lists(octets: bytes, verdict: Verdict) -> None:
    assert verdict_of(CRL, octets, CHAIN[0], NOW) is verdict
    kept = fetched(CRL, octets, NOW)
    assert kept == (Fetched(None) if verdict is USELESS else Fetched(octets, NOW + 7 * DAY))


SIGNER = key("responder")
MAY = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)]
DELEGATE = CA.issue("CN=responder", SIGNER, more=MAY), SIGNER
UNASKED = CA.issue("CN=R3", SIGNER), SIGNER
FOREIGN = OTHER.issue("CN=responder", SIGNER, more=MAY), SIGNER
EXPIRED = CA.issue("CN=responder", SIGNER, more=MAY, ends=NOW - DAY / 2), SIGNER
TRY_LATER = OCSPResponseBuilder.build_unsuccessful(OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)
SIBLING = CA.issue("CN=R3", key("r3"))


@pytest.mark.parametrize(
    ("octets", "verdict"),
    [
        (CA.ocsp(LEAF), GOOD),
        (CA.ocsp(LEAF, OCSPCertStatus.REVOKED), REVOKED),
        (CA.ocsp(LEAF, OCSPCertStatus.UNKNOWN), USELESS),
        (CA.ocsp(LEAF, signer=DELEGATE), GOOD),
        (CA.ocsp(LEAF, signer=UNASKED), USELESS),
        (CA.ocsp(LEAF, signer=FOREIGN), USELESS),
        (CA.ocsp(LEAF, signer=EXPIRED), USELESS),
        (CA.ocsp(LEAF)[:-1] + bytes([CA.ocsp(LEAF)[-1] ^ 1]), USELESS),
        (OTHER.ocsp(LEAF), USELESS),
        (CA.ocsp(SIBLING), USELESS),
        (CA.ocsp(LEAF, begins=NOW - 2 * DAY, ends=NOW - DAY), USELESS),
        (CA.ocsp(LEAF, begins=NOW + DAY, ends=NOW + 2 * DAY), USELESS),
        (CA.ocsp(LEAF, begins=NOW - DAY, ends=None), USELESS),
        (TRY_LATER, USELESS),
        (CA.ocsp(LEAF)[:-1], USELESS),
        (b"", USELESS),
    ],
)
def test_answers(octets: bytes, verdict: Verdict) -> None:
    assert verdict_of(OCSP, octets, CHAIN[0], NOW) is verdict
    kept = fetched(OCSP, octets, NOW)
    assert kept == (Fetched(None) if verdict is USELESS else Fetched(octets, NOW + DAY))


def test_what_a_responder_is_asked() -> None:
    question = load_der_ocsp_request(ocsp_request(*CHAIN))
    assert question.serial_number == CHAIN[0].serial
