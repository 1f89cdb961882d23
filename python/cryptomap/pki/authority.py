"""What a certification authority signs: its own certificate, those of others, and its revocation list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.party import Party
from cryptomap.pki.request import USAGE, CertificateRequest, Wish

FIRST_SERIAL = 1
"""The authority's own."""
_CA_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=True,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when."""

    begins: datetime
    ends: datetime


def make_root(name: x509.Name, pair: RsaKeyPair, validity: Validity) -> bytes:
    """The authority's certificate, signed by itself, in DER."""
    key = pair.private.public_key()
    builder = (
        x509.CertificateBuilder(name, name, key, FIRST_SERIAL, validity.begins, validity.ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_CA_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    return builder.sign(pair.private, hashes.SHA256()).public_bytes(Encoding.DER)


def make_self_signed(wish: Wish, pair: RsaKeyPair, serial: int, validity: Validity) -> bytes:
    """A router's certificate that only says what its key is, in DER."""
    key = pair.private.public_key()
    builder = x509.CertificateBuilder(wish.name, wish.name, key, serial, validity.begins, validity.ends)
    if wish.alternatives is not None:
        builder = builder.add_extension(wish.alternatives, critical=False)
    return builder.sign(pair.private, hashes.SHA256()).public_bytes(Encoding.DER)


def issue(
    authority: Party, request: CertificateRequest, serial: int, validity: Validity, cdp: str | None = None
) -> bytes:
    """The certificate for a request, in DER: it has the subject, key and subjectAltName of that."""
    key = request.key.library
    builder = (
        x509.CertificateBuilder(
            authority.certificate.parsed.subject,
            request.parsed.subject,
            key,
            serial,
            validity.begins,
            validity.ends,
        )
        .add_extension(USAGE, critical=True)
        .add_extension(_key_identifier(authority.certificate), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if request.alternatives is not None:
        builder = builder.add_extension(request.alternatives, critical=not list(request.parsed.subject))
    if cdp is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(cdp)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(authority.pair.private, hashes.SHA256()).public_bytes(Encoding.DER)


def make_crl(
    authority: Party, revoked: Iterable[tuple[int, datetime]], number: int, validity: Validity
) -> bytes:
    """The list of revoked serial numbers, each with the time, in DER."""
    subject = authority.certificate.parsed.subject
    builder = x509.CertificateRevocationListBuilder(subject, validity.begins, validity.ends)
    for serial, when in revoked:
        entry = x509.RevokedCertificateBuilder(serial, when).build()
        builder = builder.add_revoked_certificate(entry)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(_key_identifier(authority.certificate), critical=False)
    return builder.sign(authority.pair.private, hashes.SHA256()).public_bytes(Encoding.DER)


def _key_identifier(certificate: Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(certificate.key.library)
