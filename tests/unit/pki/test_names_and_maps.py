"""Distinguished names as they are typed and shown, and certificate maps."""

import pytest
from cryptography.x509.oid import NameOID
from tests.certificates import Authority, key

from cryptomap.model.error import ConfigurationError
from cryptomap.model.pki import CertificateField, CertificateMap, CertificateOperator, CertificateRule
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.certificate_map import fits
from cryptomap.pki.name import name_text, parse_name, printable

CA = Authority("CN=lab CA,O=Lab")
R2 = Certificate.from_der(CA.sign(parse_name("CN=R2, OU=Routers, O=Lab"), key("r2"), serial=0xA1B))
NAMED = Certificate.from_der(CA.issue("CN=R3", key("r3"), dns="r3.lab.com", address="13.1.1.3", mail="a@b.c"))
EQUAL, NOT_EQUAL = CertificateOperator.EQUAL, CertificateOperator.NOT_EQUAL
CONTAINS, NOT_CONTAINS = CertificateOperator.CONTAINS, CertificateOperator.NOT_CONTAINS


def test_typed_most_specific_first_as_in_rfc_4514() -> None:
    name = parse_name("cn=R2,  OU = The Lab , O=A\\, B, C=DE")
    assert name.rfc4514_string() == "CN=R2,OU=The Lab,O=A\\, B,C=DE"
    assert [each.oid for each in name] == [
        NameOID.COUNTRY_NAME,
        NameOID.ORGANIZATION_NAME,
        NameOID.ORGANIZATIONAL_UNIT_NAME,
        NameOID.COMMON_NAME,
    ]
    assert name_text(name) == "cn=R2,ou=The Lab,o=A, B,c=DE"


@pytest.mark.parametrize(
    "text", ["", "R2", "CN", "CN=R2,", "XX=R2", "CN=R2;O=x", "C=GERMANY", "CN=", "=R2", "CN=R2, O"]
)
def test_no_name(text: str) -> None:
    if text in ("CN=R2,", "CN=R2;O=x"):
        assert parse_name(text)
        return
    with pytest.raises(ConfigurationError):
        parse_name(text)


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert printable("a\x1b[2Jb\n\u202e") == "a\\x1b[2Jb\\x0a\\x202e"


def rule(field: CertificateField, operator: CertificateOperator, value: str) -> CertificateRule:
    return CertificateRule(field, operator, value)


def matches(*rules: CertificateRule, certificate: Certificate = R2) -> bool:
    return fits(certificate, CertificateMap("m", {10: rules}))


@pytest.mark.parametrize(
    ("field", "operator", "value", "good"),
    [
        (CertificateField.SUBJECT, CONTAINS, "ou=ROUTERS", True),
        (CertificateField.SUBJECT, CONTAINS, "ou = routers", True),
        (CertificateField.SUBJECT, CONTAINS, "ou=hosts", False),
        (CertificateField.SUBJECT, NOT_CONTAINS, "ou=hosts", True),
        (CertificateField.SUBJECT, NOT_CONTAINS, "r2", False),
        (CertificateField.SUBJECT, EQUAL, "CN=r2, ou=routers, O=lab", True),
        (CertificateField.SUBJECT, EQUAL, "cn=r2", False),
        (CertificateField.SUBJECT, NOT_EQUAL, "cn=r2", True),
        (CertificateField.SUBJECT, NOT_EQUAL, "cn=R2,ou=Routers,o=Lab", False),
        (CertificateField.ISSUER, EQUAL, "cn=lab ca, o=lab", True),
        (CertificateField.ISSUER, CONTAINS, "other", False),
        (CertificateField.SERIAL, EQUAL, "A1B", True),
        (CertificateField.SERIAL, NOT_EQUAL, "a1b", False),
        (CertificateField.SERIAL, EQUAL, "A1", False),
        (CertificateField.ALT_SUBJECT, CONTAINS, "", False),
        (CertificateField.UNSTRUCTURED, EQUAL, "r2", False),
    ],
)
def test_rules(field: CertificateField, operator: CertificateOperator, value: str, good: bool) -> None:
    assert matches(rule(field, operator, value)) is good


@pytest.mark.parametrize("value", ["R3.lab.com", "13.1.1.3", "a@b.c"])
def test_alternative_names(value: str) -> None:
    assert matches(rule(CertificateField.ALT_SUBJECT, EQUAL, value), certificate=NAMED)
    assert not matches(rule(CertificateField.ALT_SUBJECT, NOT_EQUAL, value), certificate=NAMED)
    assert matches(rule(CertificateField.NAME, EQUAL, value), certificate=NAMED)


def test_all_rules_of_any_entry() -> None:
    good = rule(CertificateField.SUBJECT, CONTAINS, "r2")
    bad = rule(CertificateField.SUBJECT, CONTAINS, "r9")
    assert matches(good, good)
    assert not matches(good, bad)
    assert fits(R2, CertificateMap("m", {10: (bad,), 20: (good,)}))
    assert not fits(R2, CertificateMap("m", {10: ()}))
    assert not fits(R2, CertificateMap("m"))
