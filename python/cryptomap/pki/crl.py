"""Certificate revocation lists (RFC 5280 section 5), checked by OpenSSL."""

from datetime import UTC, datetime

from cryptography import x509
from OpenSSL import crypto

from cryptomap.pki.certificate import UNREADABLE, Certificate
from cryptomap.pki.fetch import Verdict

MOST_OCTETS = 4 << 20
"""Of a list."""
_REVOKED = 23
"""X509_V_ERR_CERT_REVOKED."""


def load_crl(octets: bytes) -> x509.CertificateRevocationList | None:
    """The list in DER or PEM; None for anything else."""
    if len(octets) > MOST_OCTETS:
        return None
    load = x509.load_pem_x509_crl if octets.lstrip().startswith(b"-----BEGIN") else x509.load_der_x509_crl
    try:
        return load(octets)
    except UNREADABLE:
        return None


def crl_verdict(octets: bytes, certificate: Certificate, issuer: Certificate, when: datetime) -> Verdict:
    """What the list says of a certificate, which must be good itself and signed by `issuer`."""
    crl = load_crl(octets)
    if crl is None:
        return Verdict.USELESS
    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN | crypto.X509StoreFlags.CRL_CHECK)
    store.set_time(when.astimezone(UTC))
    try:
        store.add_cert(crypto.X509.from_cryptography(issuer.parsed))
        store.add_crl(crl)
        crypto.X509StoreContext(store, crypto.X509.from_cryptography(certificate.parsed)).verify_certificate()
    except crypto.X509StoreContextError as error:
        return Verdict.REVOKED if error.errors[0] == _REVOKED else Verdict.USELESS
    except crypto.Error:
        return Verdict.USELESS
    return Verdict.GOOD


def crl_expiry(octets: bytes) -> datetime | None:
    """The list's nextUpdate."""
    crl = load_crl(octets)
    return crl.next_update_utc if crl is not None else None
