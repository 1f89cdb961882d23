"""SCEP between our client and our authority, and what either does with messages that are not right."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from os import urandom

import pytest
from cryptography import x509
from tests.certificates import DAY, NOW, Authority, key

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.model.pki import PkiServer
from cryptomap.pki import scep
from cryptomap.pki.authority import Validity, make_root, make_self_signed
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.chain import check_leaf, find_chain
from cryptomap.pki.crl import crl_verdict
from cryptomap.pki.fetch import Verdict
from cryptomap.pki.ledger import MOST_WAITING, Ledger
from cryptomap.pki.name import parse_name
from cryptomap.pki.party import Party
from cryptomap.pki.request import CertificateRequest, Wish, build_request
from cryptomap.pki.scep.client import Enrolment, RefusedError
from cryptomap.pki.scep.cms import sign, verify
from cryptomap.pki.scep.message import MESSAGE_TYPE, MessageType, Request, read_request
from cryptomap.pki.scep.message import build_request as build_message
from cryptomap.pki.scep.service import Authority as Service
from cryptomap.pki.scep.service import serve

NONCE, OTHER_NONCE = bytes(range(16)), bytes(range(16, 32))
ROOT = Certificate.from_der(
    make_root(parse_name("CN=lab CA, O=lab"), key("ca"), Validity(NOW - DAY, NOW + 365 * DAY))
)
PARTY = Party(ROOT, key("ca"))
SERVER = PkiServer("lab", grant_auto=True, shutdown=False)
AUTO, MANUAL = Service(SERVER, PARTY), Service(replace(SERVER, grant_auto=False), PARTY)
WISH = Wish(parse_name("CN=R2, O=lab"), "R2.lab.com", IPv4Address("12.1.1.2"))


def enrolment(name: str = "r2", wish: Wish = WISH) -> Enrolment:
    return Enrolment.begin(ROOT, wish, key(name), "", NOW, urandom)


def ask(service: Service, ledger: Ledger, message: bytes) -> tuple[bytes, Ledger]:
    answer, after = serve(service, ledger, "PKIOperation", message, NOW, urandom)
    assert answer.content_type == "application/x-pki-message"
    return answer.body, after


def test_granted_at_once() -> None:
    #  PKCSReq -->
    #          <-- CertRep SUCCESS
    client = enrolment()
    body, ledger = ask(AUTO, Ledger(), client.ask(NONCE))
    certificate = client.read(body, NONCE, NOW)
    assert certificate is not None
    assert find_chain(certificate, (), (ROOT,), NOW) == (certificate, ROOT)
    check_leaf(certificate)
    assert certificate.title == "hostname=R2.lab.com,ipaddress=12.1.1.2,cn=R2,o=lab"
    assert (certificate.dns_names, certificate.addresses) == (("R2.lab.com",), (WISH.address,))
    assert certificate.serial == 2
    assert [each.der for each in ledger.issued] == [certificate.der]


def test_granted_later() -> None:
    #  PKCSReq  -->  <-- PENDING      CertPoll -->  <-- PENDING
    #  (granted)                      CertPoll -->  <-- SUCCESS
    client = enrolment()
    body, ledger = ask(MANUAL, Ledger(), client.ask(NONCE))
    assert client.read(body, NONCE, NOW) is None
    body, ledger = ask(MANUAL, ledger, client.poll(NONCE))
    assert client.read(body, NONCE, NOW) is None
    (waiting,) = ledger.waiting
    ledger = MANUAL.grant(ledger, waiting.number, NOW)
    for message in (client.poll(NONCE), client.ask(NONCE)):
        body, after = ask(MANUAL, ledger, message)
        certificate = client.read(body, NONCE, NOW)
        assert certificate is not None
        assert after == ledger, "the same certificate again, not another one"


def test_rejected() -> None:
    client = enrolment()
    _, ledger = ask(MANUAL, Ledger(), client.ask(NONCE))
    body, _ = ask(MANUAL, ledger.without_request(1), client.poll(NONCE))
    with pytest.raises(RefusedError, match="BAD_REQUEST"):
        client.read(body, NONCE, NOW)


def test_another_subject_is_another_request() -> None:
    _, ledger = ask(AUTO, Ledger(), enrolment().ask(NONCE))
    _, ledger = ask(AUTO, ledger, enrolment(wish=Wish(parse_name("CN=R2b"))).ask(NONCE))
    assert [each.serial for each in ledger.issued] == [2, 3]


def test_nobody_asks_for_anothers_case() -> None:
    """With the transaction of R2 and a key of its own: neither its certificate, nor in its way."""
    honest, thief = enrolment(), enrolment("thief")
    _, ledger = ask(MANUAL, Ledger(), honest.ask(NONCE))
    stolen = Enrolment(ROOT, thief.client, thief.request, urandom)
    forged = build_message(
        MessageType.CERT_POLL, honest.transaction, NONCE, b"\x30\x00", stolen.client, ROOT, urandom
    )
    answer, _ = serve(MANUAL, MANUAL.grant(ledger, 1, NOW), "PKIOperation", forged, NOW, urandom)
    attributes = verify(answer.body).attributes
    assert verify(answer.body).content is None
    assert attributes[scep.message.PKI_STATUS] == "2"
    own = build_message(
        MessageType.PKCS_REQ, honest.transaction, NONCE, thief.request, thief.client, ROOT, urandom
    )
    _, ledger = ask(MANUAL, ledger, own)
    body, _ = ask(MANUAL, MANUAL.grant(ledger, 1, NOW), honest.poll(NONCE))
    assert honest.read(body, NONCE, NOW) is not None


def test_a_request_for_another_key_than_the_signers() -> None:
    thief = enrolment("thief")
    message = build_message(
        MessageType.PKCS_REQ, "T", NONCE, build_request(WISH, key("r2")), thief.client, ROOT, urandom
    )
    body, ledger = ask(AUTO, Ledger(), message)
    assert verify(body).attributes[scep.message.FAIL_INFO] == "1"
    assert ledger == Ledger()


def test_what_was_overheard_and_signed_anew_says_nothing() -> None:
    """The same answer whether it opens or not: no oracle for the password in it."""
    thief = enrolment("thief")
    overheard = verify(enrolment().ask(NONCE)).content
    assert overheard is not None
    broken = overheard[:-1] + bytes([overheard[-1] ^ 1])
    answers = []
    for content in (overheard, broken, overheard[:-20], b"nonsense"):
        attributes = {MESSAGE_TYPE: "19", scep.message.TRANSACTION: "T", scep.message.SENDER_NONCE: NONCE}
        message = sign(content, attributes, thief.client.certificate, thief.client.pair)
        answer, ledger = serve(AUTO, Ledger(), "PKIOperation", message, NOW, urandom)
        assert ledger == Ledger()
        told = verify(answer.body)
        told_of = told.attributes[scep.message.PKI_STATUS], told.attributes[scep.message.FAIL_INFO]
        answers.append((answer.status, told.content, told_of))
    assert answers == [(200, None, ("2", "1"))] * 4


def test_an_authority_that_is_full() -> None:
    ledger = Ledger()
    for number in range(MOST_WAITING):
        ledger = ledger.with_request(f"case {number}", b"")
    body, after = ask(MANUAL, ledger, enrolment().ask(NONCE))
    assert after == ledger
    with pytest.raises(RefusedError):
        enrolment().read(body, NONCE, NOW)


def test_what_a_request_may_not_choose() -> None:
    """CA:TRUE and a usage of its own stay out of the certificate."""
    builder = x509.CertificateSigningRequestBuilder(parse_name("CN=R2"))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    greedy = builder.sign(key("r2").private, x509_hash()).public_bytes(encoding())
    client = Enrolment(ROOT, enrolment().client, greedy, urandom)
    body, _ = ask(AUTO, Ledger(), client.ask(NONCE))
    certificate = client.read(body, NONCE, NOW)
    assert certificate is not None
    assert certificate.extension(x509.BasicConstraints) is None
    usage = certificate.extension(x509.KeyUsage)
    assert usage is not None
    assert not usage.key_cert_sign


def x509_hash():  # type: ignore[no-untyped-def]
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()


def encoding():  # type: ignore[no-untyped-def]
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def test_a_certificate_does_not_outlive_its_authority() -> None:
    long = Service(replace(SERVER, lifetime_certificate=1825), PARTY)
    _, ledger = ask(long, Ledger(), enrolment().ask(NONCE))
    assert Certificate.from_der(ledger.issued[0].der).ends == ROOT.ends


def test_answers_that_are_not_the_authoritys() -> None:
    client = enrolment()
    body, _ = ask(AUTO, Ledger(), client.ask(NONCE))
    with pytest.raises(AuthenticationFailedError, match="another request"):
        client.read(body, OTHER_NONCE, NOW)
    with pytest.raises(AuthenticationFailedError, match="another request"):
        enrolment("r3").read(body, NONCE, NOW)
    other = Authority("CN=lab CA,O=lab", pair=key("other"))
    fake = Service(SERVER, Party(Certificate.from_der(other.certificate), key("other")))
    forged = replace(client, authority=fake.party.certificate)
    body, _ = ask(fake, Ledger(), forged.ask(NONCE))
    with pytest.raises(AuthenticationFailedError, match="not the authority's"):
        client.read(body, NONCE, NOW)


def test_a_message_with_any_octet_changed() -> None:
    """No octet may change without being noticed, and none makes the authority fail."""
    message = enrolment().ask(NONCE)
    good = read_request(message, PARTY, old=False)
    for at in range(0, len(message), 3):
        broken = message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]
        answer, ledger = serve(AUTO, Ledger(), "PKIOperation", broken, NOW, urandom)
        if answer.status == 400:
            assert ledger == Ledger()
            continue
        request = read_request(broken, PARTY, old=False)
        assert isinstance(request, Request)
        assert replace(request, signer=good.signer) == good


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"nonsense", ROOT.der])
def test_no_message(octets: bytes) -> None:
    answer, ledger = serve(AUTO, Ledger(), "PKIOperation", octets, NOW, urandom)
    assert (answer.status, ledger) == (400, Ledger())
    with pytest.raises((MalformedError, AuthenticationFailedError)):
        enrolment().read(octets, NONCE, NOW)


def test_signed_data_without_a_signer_of_its_own() -> None:
    own = Certificate.from_der(make_self_signed(WISH, key("r2"), 1, Validity(NOW, NOW + DAY)))
    message = sign(b"content", {MESSAGE_TYPE: "19"}, own, key("r3"))
    with pytest.raises(AuthenticationFailedError):
        verify(message)


def test_lists_and_certificates_for_everybody() -> None:
    client = enrolment()
    body, ledger = ask(AUTO, Ledger(), client.ask(NONCE))
    certificate = client.read(body, NONCE, NOW)
    assert certificate is not None
    answer, _ = serve(AUTO, ledger, "GetCACert", b"", NOW, urandom)
    assert answer.body == ROOT.der
    answer, _ = serve(AUTO, ledger, "GetCRL", b"", NOW, urandom)
    assert crl_verdict(answer.body, certificate, ROOT, NOW) is Verdict.GOOD
    revoked = ledger.with_revoked(certificate.serial, NOW)
    assert revoked is not None
    assert revoked.with_revoked(certificate.serial, NOW) is None
    assert ledger.with_revoked(99, NOW) is None
    answer, _ = serve(AUTO, revoked, "GetCRL", b"", NOW, urandom)
    assert crl_verdict(answer.body, certificate, ROOT, NOW) is Verdict.REVOKED
    later = NOW + timedelta(hours=SERVER.lifetime_crl + 1)
    assert crl_verdict(answer.body, certificate, ROOT, later) is Verdict.USELESS
    answer, _ = serve(AUTO, ledger, "Sing", b"", NOW, urandom)
    assert answer.status == 400


def test_a_request_must_be_signed_by_its_key() -> None:
    der = build_request(WISH, key("r2"), "secret")
    assert CertificateRequest.from_der(der).key == key("r2").public
    for wrong in (b"", der[:-1], der[:-4] + b"\0\0\0\0", ROOT.der):
        with pytest.raises(MalformedError):
            CertificateRequest.from_der(wrong)
