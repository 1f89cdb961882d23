"""What PKITS does not have: anchors that are no roots, what IKE asks of a certificate, and strength."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.certificates import DAY, NOW, Authority, key

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.certificate import MOST_OCTETS, Certificate
from cryptomap.pki.chain import check_leaf, check_strength, find_chain

ROOT = Authority("CN=root,O=lab")
SUB = Authority("CN=sub,O=lab", ROOT)
LEAF = SUB.issue("CN=R2,O=lab", key("r2"), dns="r2.lab.com")


def parsed(*ders: bytes) -> tuple[Certificate, ...]:
    return tuple(Certificate.from_der(der) for der in ders)


def refused(leaf: bytes, *others: bytes, anchor: bytes = ROOT.certificate, days: int = 0) -> str:
    with pytest.raises(AuthenticationFailedError) as caught:
        find_chain(*parsed(leaf), parsed(*others), parsed(anchor), NOW + days * DAY)
    return str(caught.value)


def test_path_to_a_root_and_to_an_authority_below_it() -> None:
    leaf, sub, root = parsed(LEAF, SUB.certificate, ROOT.certificate)
    assert find_chain(leaf, (sub,), (root,), NOW) == (leaf, sub, root)
    assert find_chain(leaf, (), (sub,), NOW) == (leaf, sub)
    assert find_chain(leaf, (root, sub, leaf), (root,), NOW) == (leaf, sub, root)


def test_paths_that_lead_nowhere() -> None:
    stranger = Authority("CN=root,O=lab2")
    twin = Authority("CN=sub,O=lab", pair=key("twin"))
    assert "issuer" in refused(LEAF)
    assert "issuer" in refused(LEAF, SUB.certificate, anchor=stranger.certificate)
    assert "self-signed" in refused(stranger.certificate)
    assert "signature" in refused(twin.issue("CN=R2,O=lab", key("r3")), SUB.certificate)


def test_who_is_no_authority_issues_nothing() -> None:
    """CVE-2004-0155, CVE-2026-35331: a router's own certificate, CA:FALSE, no basic constraints."""
    for ca in (False, None):
        false = Authority("CN=false,O=lab", ROOT, ca=ca)
        assert "invalid CA" in refused(false.issue("CN=R2,O=lab", key("r2")), false.certificate)
    short = Authority("CN=short,O=lab", ROOT, path_length=0)
    below = Authority("CN=below,O=lab", short)
    assert "path length" in refused(below.issue("CN=R2", key("r2")), below.certificate, short.certificate)


def test_name_constraints() -> None:
    only = x509.NameConstraints([x509.DNSName("lab.com")], None)
    bound = Authority("CN=bound,O=lab", ROOT, extensions=[(only, True)])
    good, bad = (bound.issue("CN=R2", key("r2"), dns=f"r2.{domain}") for domain in ("lab.com", "lab.org"))
    assert find_chain(*parsed(good), parsed(bound.certificate), parsed(ROOT.certificate), NOW)
    assert "permitted subtree" in refused(bad, bound.certificate)


def test_dates() -> None:
    assert "expired" in refused(LEAF, SUB.certificate, days=366)
    assert "not yet valid" in refused(LEAF, SUB.certificate, days=-2)
    begins = NOW + timedelta(hours=1)
    late = SUB.issue("CN=R2", key("r2"), begins=begins, ends=begins + DAY)
    assert "not yet valid" in refused(late, SUB.certificate)


def test_critical_extension_that_nobody_knows() -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
    assert "critical" in refused(SUB.issue("CN=R2", key("r2"), more=[(strange, True)]), SUB.certificate)


def usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


@pytest.mark.parametrize(
    ("extension", "good"),
    [
        (usage(digital_signature=True), True),
        (usage(content_commitment=True), True),
        (usage(key_encipherment=True), False),
        (usage(key_cert_sign=True, crl_sign=True), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.IPSEC_IKE]), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), True),
        (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.8.2.2")]), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
    ],
)
def test_usages_for_ike(extension: x509.ExtensionType, good: bool) -> None:
    """RFC 4945 sections 5.1.3.2 and 5.1.3.12."""
    (leaf,) = parsed(SUB.issue("CN=R2", key("r2"), more=[(extension, True)]))
    if good:
        check_leaf(leaf)
    else:
        with pytest.raises(AuthenticationFailedError):
            check_leaf(leaf)


def test_a_certificate_without_usages_is_for_ike() -> None:
    check_leaf(*parsed(LEAF))


def test_strength() -> None:
    check_strength(parsed(LEAF, SUB.certificate, ROOT.certificate))
    short = Authority("CN=short key", bits=1024)
    with pytest.raises(AuthenticationFailedError, match="1024 bits"):
        check_strength(parsed(short.issue("CN=R2", key("r2")), short.certificate))
    with pytest.raises(AuthenticationFailedError, match="1024 bits"):
        check_strength(parsed(ROOT.issue("CN=R2", key("r2", 1024)), ROOT.certificate))


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"\x30\x82\xff\xff", LEAF[:-1], LEAF + b"\0"])
def test_no_certificate(octets: bytes) -> None:
    with pytest.raises(MalformedError):
        Certificate.from_der(octets)


def test_certificates_that_are_too_long() -> None:
    filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(MOST_OCTETS))
    with pytest.raises(MalformedError, match="too long"):
        Certificate.from_der(ROOT.issue("CN=R2", key("r2"), more=[(filler, False)]))
