"""Certificates for tests, made with `cryptography`: good ones, and such as no authority would issue.

ca = Authority("CN=lab CA")
r2 = ca.issue("CN=R2", key("r2"), dns="r2.lab.com")
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from itertools import count

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from cryptomap.crypto.rsa import RsaKeyPair

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
_serials: "Iterator[int]" = count(0x1001)


@cache
def key(name: str, bits: int = 2048) -> RsaKeyPair:
    """The same key for the same name."""
    return RsaKeyPair(rsa.generate_private_key(65537, bits))


def name(text: str) -> x509.Name:
    return x509.Name.from_rfc4514_string(text)


class Authority:
    """A certification authority. Without an issuer it is a root. `now` is within what it signs."""

    def __init__(
        self,
        subject: str,
        issuer: "Authority | None" = None,
        *,
        bits: int = 2048,
        pair: RsaKeyPair | None = None,
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
        ca: bool | None = True,
        path_length: int | None = None,
        now: datetime = NOW,
    ) -> None:
        self.now = now
        self.subject = name(subject)
        self.pair = pair or key(subject, bits)
        constraints = [] if ca is None else [(x509.BasicConstraints(ca, path_length), True)]
        parent = issuer or self
        self.certificate = parent.sign(self.subject, self.pair, [*constraints, *extensions])

    @property
    def parsed(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.certificate)

    def sign(
        self,
        subject: x509.Name,
        pair: RsaKeyPair,
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
        *,
        begins: datetime | None = None,
        ends: datetime | None = None,
        serial: int | None = None,
    ) -> bytes:
        """A certificate of ours over anything, in DER."""
        builder = (
            x509.CertificateBuilder(self.subject, subject)
            .public_key(pair.private.public_key())
            .serial_number(serial or next(_serials))
            .not_valid_before(begins or self.now - DAY)
            .not_valid_after(ends or self.now + 365 * DAY)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.pair.private, hashes.SHA256()).public_bytes(Encoding.DER)

    def issue(
        self,
        subject: str,
        pair: RsaKeyPair,
        *,
        dns: str | None = None,
        address: str | None = None,
        mail: str | None = None,
        more: Iterable[tuple[x509.ExtensionType, bool]] = (),
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> bytes:
        """A router's certificate in DER."""
        names: list[x509.GeneralName] = []
        names += [x509.DNSName(dns)] if dns else []
        names += [x509.IPAddress(ip_address(address))] if address else []
        names += [x509.RFC822Name(mail)] if mail else []
        extensions = [(x509.SubjectAlternativeName(names), False)] if names else []
        return self.sign(name(subject), pair, [*extensions, *more], begins=begins, ends=ends)

    def crl(
        self,
        *revoked: bytes,
        begins: datetime | None = None,
        ends: datetime | None = None,
        signer: RsaKeyPair | None = None,
    ) -> bytes:
        """The list of revoked certificates, in DER."""
        begins, ends = begins or self.now - DAY, ends or self.now + 7 * DAY
        builder = x509.CertificateRevocationListBuilder(self.subject, begins, ends)
        for der in revoked:
            entry = x509.RevokedCertificateBuilder().revocation_date(begins)
            serial = x509.load_der_x509_certificate(der).serial_number
            builder = builder.add_revoked_certificate(entry.serial_number(serial).build())
        return builder.sign((signer or self.pair).private, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(
        self,
        certificate: bytes,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
        *,
        begins: datetime = NOW - DAY,
        ends: datetime | None = NOW + DAY,
        signer: tuple[bytes, RsaKeyPair] | None = None,
    ) -> bytes:
        """The answer of a responder: the authority itself, or the one whose certificate and key are given."""
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        responder, pair = signer or (self.certificate, self.pair)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=x509.load_der_x509_certificate(certificate),
                issuer=self.parsed,
                algorithm=hashes.SHA1(),
                cert_status=status,
                this_update=begins,
                next_update=ends,
                revocation_time=begins if revoked else None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, x509.load_der_x509_certificate(responder))
        )
        if signer:
            builder = builder.certificates([x509.load_der_x509_certificate(responder)])
        return builder.sign(pair.private, hashes.SHA256()).public_bytes(Encoding.DER)
