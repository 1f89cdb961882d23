"""Octets changed at random: whatever they are taken for, nothing but the errors that are meant is raised."""

from collections.abc import Callable
from contextlib import suppress
from os import urandom
from random import Random

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.certificates import DAY, NOW, Authority, key

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.model.pki import PkiServer, Revocation, Trustpoint
from cryptomap.pki.authority import Validity, make_root
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.chain import check_leaf, check_strength, find_chain
from cryptomap.pki.crl import crl_expiry, crl_verdict
from cryptomap.pki.distinguished import parse, shown
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.name import parse_name
from cryptomap.pki.ocsp import ocsp_expiry, ocsp_verdict
from cryptomap.pki.party import Party
from cryptomap.pki.request import CertificateRequest, Wish, build_request
from cryptomap.pki.revocation import NotThereYetError, check_revocation
from cryptomap.pki.scep.client import Enrolment
from cryptomap.pki.scep.service import Authority as Service
from cryptomap.pki.scep.service import serve

EACH = 1500
CA = Authority("CN=ca,O=lab")
URL = x509.UniformResourceIdentifier("http://x/")
LEAF = CA.issue(
    "CN=R2,O=lab",
    key("r2"),
    dns="r2.lab.com",
    address="12.1.1.2",
    mail="r2@lab.com",
    more=[
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.IPSEC_IKE]), False),
        (x509.CRLDistributionPoints([x509.DistributionPoint([URL], None, None, None)]), False),
    ],
)
ROOT, GOOD = Certificate.from_der(CA.certificate), Certificate.from_der(LEAF)
OWN_ROOT = Certificate.from_der(make_root(parse_name("CN=own"), key("own"), Validity(NOW - DAY, NOW + DAY)))
SERVICE = Service(PkiServer("own", grant_auto=True), Party(OWN_ROOT, key("own")))
CLIENT = Enrolment.begin(OWN_ROOT, Wish(parse_name("CN=R2")), key("r2"), "", NOW, urandom)
STRICT = Trustpoint("lab", revocation=(Revocation.CRL, Revocation.OCSP))


def as_certificate(octets: bytes) -> None:
    certificate = Certificate.from_der(octets)
    assert isinstance(certificate.title + certificate.hash + str(certificate.addresses), str)
    for check in (
        lambda: check_leaf(certificate),
        lambda: check_strength((certificate,)),
        lambda: find_chain(certificate, (certificate,), (ROOT,), NOW),
        lambda: check_revocation((certificate, ROOT), STRICT, lambda fetch: None, NOW),
    ):
        with suppress(AuthenticationFailedError, NotThereYetError):
            check()


def as_list(octets: bytes) -> None:
    crl_verdict(octets, GOOD, ROOT, NOW)
    crl_expiry(octets)


def as_answer(octets: bytes) -> None:
    ocsp_verdict(octets, GOOD, ROOT, NOW)
    ocsp_expiry(octets)


def as_name(octets: bytes) -> None:
    parse(octets)
    shown(octets)


def as_message(octets: bytes) -> None:
    answer, _ = serve(SERVICE, Ledger(), "PKIOperation", octets, NOW, urandom)
    if answer.status == 200:
        CLIENT.read(answer.body, bytes(16), NOW)


def as_reply(octets: bytes) -> None:
    CLIENT.read(octets, bytes(16), NOW)


MESSAGE = CLIENT.ask(bytes(16))
REPLY = serve(SERVICE, Ledger(), "PKIOperation", MESSAGE, NOW, urandom).answer.body
TAKEN: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "certificate": (LEAF, as_certificate),
    "authority": (CA.certificate, as_certificate),
    "request": (
        build_request(Wish(parse_name("CN=R2"), "r2.lab.com"), key("r2")),
        CertificateRequest.from_der,
    ),
    "revocation list": (CA.crl(LEAF), as_list),
    "OCSP answer": (CA.ocsp(LEAF), as_answer),
    "name": (GOOD.subject, as_name),
    "SCEP request": (MESSAGE, as_message),
    "SCEP reply": (REPLY, as_reply),
}


def changed(octets: bytes, chance: Random) -> bytes:
    broken = bytearray(octets)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(broken))
        match chance.randrange(4):
            case 0:
                broken[at] ^= 1 << chance.randrange(8)
            case 1:
                broken[at] = chance.randrange(256)
            case 2:
                del broken[at]
            case 3:
                broken.insert(at, chance.randrange(256))
    return bytes(broken)


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_mutations(kind: str) -> None:
    chance = Random(kind)
    octets, take = TAKEN[kind]
    take(octets)
    for _ in range(EACH):
        with suppress(MalformedError, AuthenticationFailedError):
            take(changed(octets, chance))
