"""Trustpoints at the console: authenticate, enroll, import, export, and what a certificate server decides."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from tests.certificates import Authority, key

from cryptomap.cli.session import Session
from cryptomap.crypto.rsa import load_pem
from cryptomap.model.pki import (
    CertificateKind,
    Enrollment,
    KeyUsage,
    PkiServer,
    StoredCertificate,
    Trustpoint,
)
from cryptomap.pki.authority import Validity, make_root
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.name import parse_name
from cryptomap.pki.party import Party
from cryptomap.pki.paste import base64_lines, octets_of, pem_of
from cryptomap.pki.request import CertificateRequest, Wish, build_request
from cryptomap.pki.scep.service import Authority as Service
from cryptomap.policy.own_keys import OwnKey, OwnKeys

Typed = Callable[[Session, str], str]
NOW = datetime(1993, 3, 1, 0, 55, 40, tzinfo=UTC)
KEY = load_pem((Path(__file__).parents[2] / "data/rsa/key1024.pem").read_text())
"""What the fake router generates."""
YEAR = timedelta(days=365)
ROOT = Certificate.from_der(
    make_root(parse_name("CN=lab CA, O=lab"), key("ca"), Validity(NOW - YEAR, NOW + 3 * YEAR))
)
SERVER = PkiServer("CA", grant_auto=True, shutdown=False)
SERVICE = Service(SERVER, Party(ROOT, key("ca")))
CA = Authority("CN=lab CA,O=lab", pair=key("ca"), now=NOW)
URL = Trustpoint("lab", Enrollment.URL, "http://13.1.1.3", subject_name="CN=R2, O=lab", ip_address="none")
TERMINAL = replace(URL, enrollment=Enrollment.TERMINAL, url=None)


class Script:
    """A script at a router with one trustpoint, in configuration mode."""

    def __init__(self, session: Session, typed: Typed) -> None:
        self.session = Session(session.router, interactive=False)
        self.router = session.router
        self._typed = typed
        self.type("configure terminal")

    def type(self, *lines: str) -> str:
        return "".join(self._typed(self.session, line) for line in lines)

    def paste(self, text: str) -> str:
        return self.type(*text.splitlines(), "quit")

    def trustpoint(self, trustpoint: Trustpoint, *stored: StoredCertificate) -> None:
        config = replace(
            self.router.config,
            domain_name="lab.com",
            trustpoints={trustpoint.name: trustpoint},
            certificates={trustpoint.name: stored} if stored else {},
        )
        self.router.commit(config)

    def stored(self, name: str = "lab") -> Sequence[StoredCertificate]:
        return self.router.config.certificates.get(name, ())


@pytest.fixture
def script(session: Session, typed: Typed) -> Script:
    return Script(session, typed)


def ca(der: bytes = ROOT.der) -> StoredCertificate:
    return StoredCertificate(CertificateKind.CA, der)


def own(der: bytes) -> StoredCertificate:
    return StoredCertificate(CertificateKind.OWN, der)


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_authenticate_by_hand(script: Script, answer: str) -> None:
    script.trustpoint(TERMINAL)
    assert "Enter the base 64 encoded CA certificate." in script.type("crypto pki authenticate lab")
    told = script.paste(pem_of(ROOT.der))
    assert re.search(r"Fingerprint SHA1: ([0-9A-F]{8} ){5}\n", told)
    assert script.session.prompt == "% Do you accept this certificate? [yes/no]: "
    script.type(answer)
    assert script.stored() == ((ca(),) if answer == "yes" else ())


def test_authenticate_without_the_lines_of_pem(script: Script) -> None:
    script.trustpoint(TERMINAL)
    script.type("crypto ca authenticate lab")
    script.type(*base64_lines(ROOT.der).splitlines(), "", "y")
    assert script.stored() == (ca(),)


def test_authenticate_over_http(script: Script) -> None:
    script.trustpoint(URL)
    script.router.far_authority = SERVICE
    script.type("crypto pki authenticate lab")
    told = script.type("yes")
    assert told == "Trustpoint CA certificate accepted.\n"
    assert script.stored() == (ca(),)
    assert (
        "http",
        "http://13.1.1.3/cgi-bin/pkiclient.exe?operation=GetCACert&message=lab",
    ) in script.router.calls


def test_authenticate_is_refused(script: Script) -> None:
    assert "not defined" in script.type("crypto pki authenticate lab")
    script.trustpoint(Trustpoint("lab"))
    assert "enrollment" in script.type("crypto pki authenticate lab")
    script.trustpoint(URL)
    assert "does not answer" in script.type("crypto pki authenticate lab")
    script.trustpoint(TERMINAL, ca())
    assert "delete your existing CA certificate" in script.type("crypto pki authenticate lab")
    script.trustpoint(TERMINAL)
    script.type("crypto pki authenticate lab")
    assert "no certificate" in script.paste("AAAA")
    assert script.session.refused
    assert script.session.prompt == "R2(config)#"


@pytest.mark.parametrize("old", [False, True], ids=["posted", "in the address"])
def test_enroll_over_http(script: Script, old: bool) -> None:
    script.trustpoint(URL, ca())
    script.router.far_authority = replace(SERVICE, takes_old=old)
    script.router.far_takes_no_post = old
    told = script.type("crypto pki enroll lab", "yes")
    assert "% The subject name in the certificate will include: CN=R2, O=lab\n" in told
    assert "% The subject name in the certificate will include: R2.lab.com\n" in told
    (mine, _) = script.stored()
    certificate = Certificate.from_der(mine.der)
    assert (mine.kind, certificate.key) == (CertificateKind.OWN, KEY.public)
    assert certificate.title == "hostname=R2.lab.com,cn=R2,o=lab"
    assert [each.label for each in script.router.keys.keys] == ["R2.lab.com"]
    assert script.router.lines[-1].startswith("%PKI-6-CERTRET")


def test_enroll_with_weak_algorithms_only_without_the_shield(script: Script) -> None:
    script.trustpoint(URL, ca())
    script.router.far_authority, script.router.far_takes_no_post = SERVICE, True
    script.router.commit(replace(script.router.config, compliance_shield=True))
    assert "`crypto engine compliance shield disable` allows it" in script.type(
        "crypto pki enroll lab", "yes"
    )
    assert ("http", f"{URL}?operation=PKIOperation") not in script.router.calls
    assert len(script.stored()) == 1


def test_enroll_that_is_granted_later(script: Script) -> None:
    script.trustpoint(URL, ca())
    manual = Service(replace(SERVER, grant_auto=False), SERVICE.party)
    script.router.far_authority = manual
    assert "pending" in script.type("crypto pki enroll lab", "yes")
    assert script.stored() == (ca(),)
    script.router.far_ledger = manual.grant(script.router.far_ledger, 1, NOW)
    script.type("crypto pki enroll lab", "yes")
    assert len(script.stored()) == 2


def test_enroll_asks_a_person(session: Session, typed: Typed) -> None:
    """The password twice, an address where no line says, and whether to go on."""
    script = Script(session, typed)
    script.trustpoint(replace(URL, ip_address=None), ca())
    script.router.far_authority = SERVICE
    typed(session, "configure terminal")
    prompts = []
    for line in ("crypto pki enroll lab", "one", "two", "secret", "secret", "yes", "Ethernet0/0", "y"):
        typed(session, line)
        prompts.append(session.prompt)
    assert prompts == [
        "Password: ",
        "Re-enter password: ",
        "Password: ",
        "Re-enter password: ",
        "% Include an IP address in the subject name? [no]: ",
        "Enter Interface name or IP Address[]: ",
        "Request certificate from CA? [yes/no]: ",
        "R2(config)#",
    ]
    assert [str(each) for each in Certificate.from_der(script.stored()[0].der).addresses] == ["12.1.1.2"]


def test_enroll_by_hand_and_import(script: Script) -> None:
    script.trustpoint(TERMINAL, ca(CA.certificate))
    told = script.type("crypto pki enroll lab", "yes")
    text = told.split("Certificate Request follows:\n\n")[1].split("\n---End")[0]
    request = CertificateRequest.from_der(octets_of(text))
    assert request.key == KEY.public
    der = CA.sign(request.parsed.subject, KEY)
    assert "Enter the base 64 encoded certificate." in script.type("crypto pki import lab certificate")
    assert script.paste(pem_of(der)) == "% Router Certificate successfully imported\n\n"
    assert script.stored() == (own(der), ca(CA.certificate))


def test_request_in_pem(script: Script) -> None:
    script.trustpoint(replace(TERMINAL, pem=True), ca())
    assert "-----BEGIN CERTIFICATE REQUEST-----" in script.type("crypto pki enroll lab", "yes")


def test_import_of_a_certificate_that_is_not_ours(script: Script) -> None:
    script.trustpoint(TERMINAL, ca(CA.certificate))
    script.type("crypto pki enroll lab", "yes")
    other = Authority("CN=other", now=NOW)
    for der, reason in (
        (CA.issue("CN=R2", key("r2")), "none of our keys"),
        (other.issue("CN=R2", KEY), "issuer certificate"),
        (CA.issue("CN=R2", KEY, ends=NOW - timedelta(hours=1)), "expired"),
    ):
        script.type("crypto pki import lab certificate")
        assert reason in script.paste(pem_of(der))
    assert script.stored() == (ca(CA.certificate),)


def test_self_signed(script: Script) -> None:
    script.trustpoint(replace(URL, enrollment=Enrollment.SELF_SIGNED, url=None))
    told = script.type("crypto pki enroll lab", "yes")
    assert told.endswith("Router Self Signed Certificate successfully created\n\n")
    (stored,) = script.stored()
    assert stored.kind is CertificateKind.SELF_SIGNED
    assert Certificate.from_der(stored.der).self_issued


def test_enroll_is_refused(script: Script) -> None:
    script.trustpoint(Trustpoint("lab"))
    assert "enrollment" in script.type("crypto pki enroll lab")
    script.trustpoint(URL)
    assert "must authenticate the Certificate Authority" in script.type("crypto pki enroll lab")
    script.trustpoint(replace(URL, subject_name=None, fqdn="none"), ca())
    assert "for nobody" in script.type("crypto pki enroll lab")
    script.trustpoint(replace(URL, subject_name="XX=1"), ca())
    assert "no part of a name" in script.type("crypto pki enroll lab")
    script.trustpoint(replace(URL, ip_address="Ethernet9/9"), ca())
    assert "neither an address nor an interface" in script.type("crypto pki enroll lab")


def test_an_authority_that_answers_nonsense(script: Script) -> None:
    """Another authority answers at that address: its answer is not believed."""
    script.trustpoint(URL, ca())
    other = Certificate.from_der(make_root(parse_name("CN=lab CA"), key("x"), Validity(NOW, NOW + YEAR)))
    script.router.far_authority = Service(SERVER, Party(other, key("x")))
    script.type("crypto pki enroll lab", "yes")
    assert script.session.refused
    assert script.stored() == (ca(),)


def exportable(script: Script) -> None:
    row = OwnKey("lab", KeyUsage.GENERAL, KEY, NOW, exportable=True)
    script.router.store_keys(OwnKeys((row,)))


def test_pem_out_and_in(script: Script) -> None:
    der = CA.issue("CN=R2", KEY)
    script.trustpoint(TERMINAL, own(der), ca(CA.certificate))
    exportable(script)
    exported = script.type("crypto pki export lab pem terminal 3des cisco123")
    blocks = re.findall(r"-----BEGIN .*?-----END [A-Z ]+-----\n", exported, re.DOTALL)
    assert len(blocks) == 3
    script.router.store_keys(OwnKeys())
    script.type("crypto pki import new pem terminal cisco123")
    script.paste(blocks[0])
    script.paste(blocks[1])
    assert script.paste(blocks[2]) == "% PEM files import succeeded.\n"
    assert script.stored("new") == (own(der), ca(CA.certificate))
    assert script.router.config.trustpoints["new"].rsakeypair == "new"
    assert [each.label for each in script.router.keys.keys] == ["new"]


def test_pkcs12_out_and_in(script: Script) -> None:
    der = CA.issue("CN=R2", KEY)
    script.trustpoint(TERMINAL, own(der), ca(CA.certificate))
    exportable(script)
    exported = script.type("crypto pki export lab pkcs12 terminal password cisco123")
    body = exported.split("follows:\n\n")[1].split("\n---End")[0]
    script.router.store_keys(OwnKeys())
    script.type("crypto pki import new pkcs12 terminal cisco123")
    assert script.paste(body) == "CRYPTO_PKI: Imported PKCS12 file successfully.\n"
    assert script.stored("new") == (own(der), ca(CA.certificate))
    script.type("crypto pki import other pkcs12 terminal wrong123")
    assert "passphrase is wrong" in script.paste(body)


def test_a_bundle_whose_parts_do_not_belong_together(script: Script) -> None:
    der = CA.issue("CN=R2", key("r2"))
    script.type("crypto pki import new pem terminal cisco123")
    script.paste(pem_of(CA.certificate))
    script.paste(KEY.pem())
    assert "not for the key" in script.paste(pem_of(der))
    alone = pkcs12.serialize_key_and_certificates(
        b"x", KEY.private, None, None, BestAvailableEncryption(b"cisco123")
    )
    script.type("crypto pki import new pkcs12 terminal cisco123")
    assert "no RSA key with a certificate" in script.paste(base64_lines(alone))
    assert not script.router.keys.keys
    assert "new" not in script.router.config.trustpoints


def test_export_is_refused(script: Script) -> None:
    der = CA.issue("CN=R2", KEY)
    script.trustpoint(TERMINAL, own(der), ca(CA.certificate))
    command = "crypto pki export lab pkcs12 terminal password"
    assert "not exportable" in script.type(f"{command} cisco123")
    exportable(script)
    assert "at least 8" in script.type(f"{command} cisco")
    script.trustpoint(TERMINAL, ca(CA.certificate))
    assert "no certificate of this router" in script.type(f"{command} cisco123")
    assert pem_of(CA.certificate) in script.type("crypto pki export lab pem terminal")


def test_crl_request(script: Script) -> None:
    assert "not defined" in script.type("crypto pki crl request lab")
    script.trustpoint(TERMINAL)
    assert "no CA certificate" in script.type("crypto pki crl request lab")
    script.trustpoint(TERMINAL, ca())
    assert "where the CRL is" in script.type("crypto pki crl request lab")
    script.trustpoint(URL, ca())
    assert "could not be had" in script.type("crypto pki crl request lab")
    assert script.session.refused
    script.router.far_authority = SERVICE
    script.router.far_ledger = Ledger()
    script.type("crypto pki enroll lab", "yes")
    assert script.type("crypto pki crl request lab") == ""
    assert not script.session.refused
    assert "cn=lab CA" in script.type("do show crypto pki crls")


def waiting(script: Script, *names: str) -> None:
    """A certificate server with requests that wait."""
    script.router.own_authority = Service(replace(SERVER, grant_auto=False), SERVICE.party)
    ledger = Ledger()
    for name in names:
        ledger = ledger.with_request(name, build_request(Wish(parse_name(f"CN={name}")), key(name)))
    script.router.store_ledger("CA", ledger)
    script.type("end")


def test_decisions_of_a_certificate_server(script: Script) -> None:
    waiting(script, "r2", "r3", "r4", "r5")
    told = script.type("crypto pki server CA info requests")
    assert re.search(r"^2 +pending +[0-9A-F ]+ cn=r3$", told, re.MULTILINE)
    script.type(
        "crypto pki server CA grant 2", "crypto pki server CA reject 3", "crypto pki server CA grant all"
    )
    ledger = script.router.ledgers["CA"]
    assert [each.decision.value for each in ledger.waiting] == ["granted", "granted", "rejected", "granted"]
    assert [each.serial for each in ledger.waiting] == [3, 2, None, 4]
    assert "% No request 2 waits" in script.type("crypto pki server CA grant 2")
    assert script.type("crypto pki server CA revoke 3") == "% Certificate 03 succesfully revoked.\n"
    assert "is there to be revoked" in script.type("crypto pki server CA revoke 0x3")
    assert [serial for serial, _ in script.router.ledgers["CA"].revoked] == [3]


@pytest.mark.parametrize("what", ["info requests", "grant all", "reject 1", "revoke 2"])
def test_a_certificate_server_that_does_not_run(script: Script, what: str) -> None:
    script.type("end")
    assert "% Certificate server CA is not enabled" in script.type(f"crypto pki server CA {what}")
    assert script.session.refused
