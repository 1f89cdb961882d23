"""SCEP with what came before AES and SHA-256, and its messages as OpenSSL makes and reads them."""

import subprocess
from dataclasses import replace
from os import urandom
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from tests.certificates import NOW, key
from tests.unit.pki.test_scep import AUTO, NONCE, PARTY, ROOT, WISH, ask

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.request import CertificateRequest
from cryptomap.pki.scep.client import Enrolment, RefusedError
from cryptomap.pki.scep.envelope import seal, unseal
from cryptomap.pki.scep.message import read_request
from cryptomap.pki.scep.service import serve
from cryptomap.pki.scep.suite import (
    AES,
    CIPHERS,
    DES,
    MD5,
    SHA1,
    SHA256,
    SHA512,
    STANDARD,
    TRIPLE_DES,
    Suite,
    agreed,
)

OLD_TOO = replace(AUTO, takes_old=True)
OLD_SUITES = [Suite(TRIPLE_DES, SHA1), Suite(DES, MD5), Suite(AES, SHA1), Suite(DES, SHA256)]
NAMES = {
    "-des": DES,
    "-des3": TRIPLE_DES,
    "-aes128": AES,
    "-aes256": CIPHERS[x509.ObjectIdentifier("2.16.840.1.101.3.4.1.42")],
}
LEGACY = ("-provider", "legacy", "-provider", "default")


def enrolment(suite: Suite) -> Enrolment:
    return Enrolment.begin(ROOT, WISH, key("r2"), "secret", NOW, urandom, suite)


@pytest.mark.parametrize(
    ("capabilities", "suite"),
    [
        (b"", Suite(DES, MD5)),
        (b"POSTPKIOperation\nRenewal\nSHA-1\nDES3\n", Suite(TRIPLE_DES, SHA1)),
        (b"GetNextCACert\r\nDES3\r\nSHA-1\r\nSHA-512\r\n", Suite(TRIPLE_DES, SHA512)),
        (b"AES\nSHA-256\nSHA-1\nDES3\n", STANDARD),
        (b"SCEPStandard\n", STANDARD),
        (b"<html>\xff no such thing </html>", Suite(DES, MD5)),
    ],
)
def test_what_an_authority_takes(capabilities: bytes, suite: Suite) -> None:
    """RFC 8894 section 3.5.2."""
    assert agreed(capabilities) == suite


@pytest.mark.parametrize("suite", OLD_SUITES)
def test_a_request_is_answered_in_kind(suite: Suite) -> None:
    #  PKCSReq, with DES over MD5 -->
    #                             <-- CertRep, with the same
    client = enrolment(suite)
    message = client.ask(NONCE)
    assert read_request(message, PARTY, old=True).suite == suite
    body, ledger = ask(OLD_TOO, Ledger(), message)
    certificate = client.read(body, NONCE, NOW)
    assert certificate is not None
    assert [each.der for each in ledger.issued] == [certificate.der]
    with pytest.raises((AuthenticationFailedError, MalformedError), match=r"weak|not in a way that is taken"):
        replace(client, suite=STANDARD).read(body, NONCE, NOW)


@pytest.mark.parametrize("suite", OLD_SUITES)
def test_an_authority_that_takes_no_weak_algorithm(suite: Suite) -> None:
    client = enrolment(suite)
    answer, ledger = serve(AUTO, Ledger(), "PKIOperation", client.ask(NONCE), NOW, urandom)
    assert ledger == Ledger()
    if suite.digest.old:
        assert answer.status == 400
    else:
        with pytest.raises(RefusedError, match="BAD_MESSAGE_CHECK"):
            client.read(answer.body, NONCE, NOW)
    inside = replace(client, suite=STANDARD)
    if suite.digest.old:
        answer, ledger = serve(AUTO, Ledger(), "PKIOperation", inside.ask(NONCE), NOW, urandom)
        assert ledger == Ledger()
        with pytest.raises(RefusedError, match="BAD_ALGORITHM"):
            inside.read(answer.body, NONCE, NOW)
    capabilities, _ = serve(AUTO, Ledger(), "GetCACaps", b"", NOW, urandom)
    assert b"DES3" not in capabilities.body


def openssl(folder: Path, *words: str, given: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *words], cwd=folder, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the authority's certificate and key."""
    (tmp_path / "ca.pem").write_bytes(ROOT.parsed.public_bytes(Encoding.PEM))
    pem = PARTY.pair.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (tmp_path / "ca.key").write_bytes(pem)
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_we_open_what_openssl_has_encrypted(folder: Path, name: str) -> None:
    made = openssl(
        folder, "cms", "-encrypt", "-binary", name, "-outform", "DER", *LEGACY, "ca.pem", given=b"a request"
    )
    assert unseal(made, PARTY, old=True) == (b"a request", NAMES[name])


@pytest.mark.parametrize("name", NAMES)
def test_openssl_opens_what_we_have_encrypted(folder: Path, name: str) -> None:
    made = seal(b"a certificate", ROOT, NAMES[name], urandom)
    opened = ("-decrypt", "-binary", "-inform", "DER", "-inkey", "ca.key", "-recip", "ca.pem")
    assert openssl(folder, "cms", *opened, *LEGACY, given=made) == b"a certificate"


@pytest.mark.parametrize("suite", [STANDARD, *OLD_SUITES])
def test_openssl_reads_a_whole_request(folder: Path, suite: Suite) -> None:
    """The signature, the content and the signature of the certificate request in it."""
    sealed = openssl(
        folder, "cms", "-verify", "-noverify", "-binary", "-inform", "DER", given=enrolment(suite).ask(NONCE)
    )
    opened = ("-decrypt", "-binary", "-inform", "DER", "-inkey", "ca.key", "-recip", "ca.pem")
    request = openssl(folder, "cms", *opened, *LEGACY, given=sealed)
    text = openssl(folder, "req", "-inform", "DER", "-noout", "-verify", "-text", given=request).decode()
    assert "challengePassword" in text
    signature = {"md5": "md5With", "sha1": "sha1With"}.get(suite.digest.hash.name, "sha256With")
    assert f"Signature Algorithm: {signature}RSAEncryption" in text


@pytest.mark.parametrize("digest", ["-md5", "-sha1"])
def test_a_request_that_openssl_has_signed_over_an_old_hash(folder: Path, digest: str) -> None:
    made = openssl(folder, "req", "-new", "-key", "ca.key", "-subj", "/CN=R2", digest, "-outform", "DER")
    request = CertificateRequest.from_der(made)
    assert (request.key, request.old) == (PARTY.pair.public, True)
    with pytest.raises(MalformedError):
        CertificateRequest.from_der(made[:-1] + bytes([made[-1] ^ 1]))


def test_nothing_tells_at_what_an_envelope_fails() -> None:
    """Another key's, another cipher's, padding that is none: the same words."""
    good = seal(b"secret", ROOT, TRIPLE_DES, urandom)
    bad = [
        good[:-1] + bytes([good[-1] ^ 1]),
        seal(b"secret", enrolment(STANDARD).client.certificate, AES, urandom),
    ]
    bad.append(
        good.replace(b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07", b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x02")
    )
    told = set()
    for octets in bad:
        with pytest.raises(MalformedError) as raised:
            unseal(octets, PARTY, old=True)
        told.add(str(raised.value))
    assert len(told) == 1
