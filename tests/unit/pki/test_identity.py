"""An identity must stand in the certificate, whole (RFC 4945 section 3.1)."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from tests.certificates import Authority, key

from cryptomap.pki.certificate import Certificate
from cryptomap.pki.distinguished import shown
from cryptomap.pki.identity import is_for
from cryptomap.pki.name import UNSTRUCTURED_ADDRESS, UNSTRUCTURED_NAME
from cryptomap.wire.numbers import IdType
from cryptomap.wire.payload import IdPayload

CA = Authority("CN=lab CA")
R2 = Certificate.from_der(
    CA.issue("CN=R2,O=lab", key("r2"), dns="R2.lab.com", address="12.1.1.2", mail="r2@lab.com")
)
IOS_SUBJECT = x509.Name(
    [
        x509.NameAttribute(x509.NameOID.COMMON_NAME, "R2"),
        x509.NameAttribute(UNSTRUCTURED_ADDRESS, "12.1.1.2"),
        x509.NameAttribute(UNSTRUCTURED_NAME, "R2.lab.com"),
    ]
)
IOS = Certificate.from_der(CA.sign(IOS_SUBJECT, key("r2")))


def text(kind: IdType, data: str | bytes) -> IdPayload:
    return IdPayload(kind, 17, 500, data if isinstance(data, bytes) else data.encode())


def address(words: str) -> IdPayload:
    return IdPayload.for_address(ip_address(words), 17, 500)


@pytest.mark.parametrize("certificate", [R2, IOS])
def test_names_and_addresses(certificate: Certificate) -> None:
    assert is_for(certificate, address("12.1.1.2"))
    assert is_for(certificate, text(IdType.FQDN, "R2.lab.com"))
    assert is_for(certificate, text(IdType.FQDN, "r2.LAB.com"))
    assert is_for(certificate, text(IdType.DER_ASN1_DN, certificate.subject))
    assert not is_for(certificate, address("12.1.1.3"))
    assert not is_for(certificate, address("2001:db8::1"))


def test_mail_name() -> None:
    assert is_for(R2, text(IdType.USER_FQDN, "r2@lab.com"))
    assert not is_for(R2, text(IdType.FQDN, "r2@lab.com"))
    assert not is_for(R2, text(IdType.USER_FQDN, "R2.lab.com"))
    assert not is_for(IOS, text(IdType.USER_FQDN, ""))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "lab.com",
        "*.lab.com",
        "R2.lab.com.",
        "R2.lab.com\0",
        "R2.lab.co",
        "XR2.lab.com",
        "R2\u212a.lab.com",
    ],
)
def test_names_that_are_not_quite_it(name: str) -> None:
    assert not is_for(R2, text(IdType.FQDN, name))


def test_wildcards_of_a_certificate_stand_for_themselves() -> None:
    wild = Certificate.from_der(CA.issue("CN=wild", key("r2"), dns="*.lab.com"))
    assert not is_for(wild, text(IdType.FQDN, "r2.lab.com"))


def test_the_whole_distinguished_name() -> None:
    """CVE-2013-6075: truncated, padded, a prefix of the right one, another's."""
    subject = R2.subject
    for wrong in (
        b"\x30\x80\x00\x00",
        b"\x30" * 300,
        b"",
        subject[:-1],
        subject + b"\0",
        subject[:4],
        b"\x30\x00",
        CA.subject.public_bytes(),
    ):
        assert not is_for(R2, text(IdType.DER_ASN1_DN, wrong))


def test_the_same_name_in_other_strings_and_case() -> None:
    """RFC 5280 section 7.1: strongSwan sends what it was configured with, in printable strings."""
    kinds = _ASN1Type.UTF8String, _ASN1Type.PrintableString, _ASN1Type.BMPString, _ASN1Type.T61String
    pairs = (NameOID.ORGANIZATION_NAME, "  LAB"), (NameOID.COMMON_NAME, "r2 ")
    for kind in kinds:
        name = x509.Name([x509.NameAttribute(oid, value, kind) for oid, value in pairs])
        assert is_for(R2, text(IdType.DER_ASN1_DN, name.public_bytes()))
    for others in (pairs[:1], pairs[::-1], (pairs[0], (NameOID.COMMON_NAME, "r 2")), (*pairs, pairs[1])):
        name = x509.Name([x509.NameAttribute(oid, value) for oid, value in others])
        assert not is_for(R2, text(IdType.DER_ASN1_DN, name.public_bytes()))


def test_a_certificate_without_a_subject_is_for_no_name() -> None:
    nobody = Certificate.from_der(CA.sign(x509.Name([]), key("r2")))
    assert not is_for(nobody, text(IdType.DER_ASN1_DN, nobody.subject))


def test_names_as_they_are_shown() -> None:
    assert shown(R2.subject) == "cn=R2,o=lab"
    assert shown(b"\x30\x00") == "3000"
    strange = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "\x1b[2J")]).public_bytes()
    assert shown(strange) == "cn=\\x1b[2J"


@pytest.mark.parametrize("kind", [IdType.KEY_ID, IdType.DER_ASN1_GN, IdType(200)])
def test_kinds_that_no_certificate_holds(kind: IdType) -> None:
    for data in (b"R2.lab.com", R2.subject, b""):
        assert not is_for(R2, text(kind, data))


def test_subnets_and_ranges_are_nobody() -> None:
    for kind in (IdType.IPV4_ADDR_SUBNET, IdType.IPV4_ADDR_RANGE):
        assert not is_for(R2, IdPayload(kind, 0, 0, ip_address("12.1.1.2").packed * 2))
