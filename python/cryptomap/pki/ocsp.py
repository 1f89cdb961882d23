"""The Online Certificate Status Protocol (RFC 6960): what is asked, and what an answer says."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.certificate import UNREADABLE, Certificate
from cryptomap.pki.chain import find_chain
from cryptomap.pki.fetch import Verdict

MOST_OCTETS = 65536
"""Of an answer."""
_SKEW = timedelta(minutes=5)
_LIFE = timedelta(hours=1)
"""Of an answer that does not say when there is a newer one."""


def ocsp_request(certificate: Certificate, issuer: Certificate) -> bytes:
    """The question in DER. It has no nonce, so that responders may answer out of what they prepared."""
    return _question(certificate, issuer, SHA1()).public_bytes(Encoding.DER)


def _question(certificate: Certificate, issuer: Certificate, algorithm: HashAlgorithm) -> ocsp.OCSPRequest:
    return ocsp.OCSPRequestBuilder().add_certificate(certificate.parsed, issuer.parsed, algorithm).build()


def ocsp_verdict(octets: bytes, certificate: Certificate, issuer: Certificate, when: datetime) -> Verdict:
    """What an answer says of the certificate, which must be good itself and signed by `issuer`."""
    answer = _load(octets)
    if answer is None or not _is_about(answer, certificate, issuer) or not _is_of_now(answer, when):
        return Verdict.USELESS
    if not _is_signed(answer, issuer, when):
        return Verdict.USELESS
    match answer.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return Verdict.GOOD
        case ocsp.OCSPCertStatus.REVOKED:
            return Verdict.REVOKED
    return Verdict.USELESS


def ocsp_expiry(octets: bytes) -> datetime | None:
    """When a newer answer is there."""
    answer = _load(octets)
    if answer is None:
        return None
    return answer.next_update_utc or answer.this_update_utc + _LIFE


def _load(octets: bytes) -> ocsp.OCSPResponse | None:
    if len(octets) > MOST_OCTETS:
        return None
    try:
        answer = ocsp.load_der_ocsp_response(octets)
        successful = answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        return answer if successful and len(list(answer.responses)) == 1 else None
    except UNREADABLE:
        return None


def _is_about(answer: ocsp.OCSPResponse, certificate: Certificate, issuer: Certificate) -> bool:
    """Whether its CertID is the one that we would ask for by the hash it chose."""
    try:
        asked = _question(certificate, issuer, answer.hash_algorithm)
    except UNREADABLE:
        return False
    return (
        asked.serial_number == answer.serial_number
        and asked.issuer_name_hash == answer.issuer_name_hash
        and asked.issuer_key_hash == answer.issuer_key_hash
    )


def _is_of_now(answer: ocsp.OCSPResponse, when: datetime) -> bool:
    """RFC 6960 section 4.2.2.1, with some tolerance for a responder whose clock is ahead."""
    until = answer.next_update_utc or answer.this_update_utc + _LIFE
    return answer.this_update_utc - _SKEW <= when < until


def _is_signed(answer: ocsp.OCSPResponse, issuer: Certificate, when: datetime) -> bool:
    """By the issuer, or by whom the issuer's certificate names for that (RFC 6960 section 4.2.2.2)."""
    if _signed_with(answer, issuer):
        return True
    return any(_signed_with(answer, each) and _delegated(each, issuer, when) for each in _enclosed(answer))


def _enclosed(answer: ocsp.OCSPResponse) -> list[Certificate]:
    try:
        return [Certificate.from_der(each.public_bytes(Encoding.DER)) for each in answer.certificates]
    except (ValueError, MalformedError):
        return []


def _delegated(signer: Certificate, issuer: Certificate, when: datetime) -> bool:
    usage = signer.extension(x509.ExtendedKeyUsage)
    if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
        return False
    try:
        return len(find_chain(signer, (), (issuer,), when)) == 2
    except AuthenticationFailedError:
        return False


def _signed_with(answer: ocsp.OCSPResponse, signer: Certificate) -> bool:
    try:
        algorithm = answer.signature_hash_algorithm
        if algorithm is None:
            return False
        signer.key.library.verify(answer.signature, answer.tbs_response_bytes, PKCS1v15(), algorithm)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True
