"""A certificate as a value (RFC 5280)."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from cryptomap.crypto.rsa import RsaPublicKey
from cryptomap.model.error import MalformedError
from cryptomap.pki.name import first_value, name_text

E = TypeVar("E", bound=x509.ExtensionType)

UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)
"""What the library raises for octets that are not what they should be."""
MOST_OCTETS = 16384
"""Of one certificate; longer ones are not looked at."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A parsed certificate with an RSA key, and its DER. Nothing about it is trusted by itself."""

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(compare=False)
    key: RsaPublicKey = field(compare=False)
    extensions: x509.Extensions = field(compare=False, repr=False)

    @classmethod
    def from_der(cls, der: bytes) -> "Certificate":
        """Raises `MalformedError` for what is no certificate, or has no RSA key."""
        if len(der) > MOST_OCTETS:
            raise MalformedError(f"a certificate of {len(der)} octets is too long")
        try:
            parsed = x509.load_der_x509_certificate(der)
            key, extensions = parsed.public_key(), parsed.extensions
            _ = parsed.subject, parsed.issuer, parsed.not_valid_after_utc, parsed.not_valid_before_utc
        except UNREADABLE as error:
            raise MalformedError(f"no certificate: {error}") from error
        if not isinstance(key, RSAPublicKey):
            raise MalformedError("a certificate whose key is not of RSA")
        return cls(der, parsed, RsaPublicKey.of(key), extensions)

    @property
    def serial(self) -> int:
        return self.parsed.serial_number

    @property
    def subject(self) -> bytes:
        """The subject's distinguished name in DER."""
        return self.parsed.subject.public_bytes()

    @property
    def title(self) -> str:
        """The subject in one line, for a person."""
        return name_text(self.parsed.subject)

    @property
    def unit(self) -> str | None:
        """The first organisational unit of the subject."""
        return first_value(self.parsed.subject, x509.NameOID.ORGANIZATIONAL_UNIT_NAME)

    @property
    def begins(self) -> datetime:
        return self.parsed.not_valid_before_utc

    @property
    def ends(self) -> datetime:
        return self.parsed.not_valid_after_utc

    @property
    def self_issued(self) -> bool:
        return self.parsed.subject == self.parsed.issuer

    @property
    def hash(self) -> str:
        """The hash that it is signed over, such as `sha256`; `unknown` when we do not know it."""
        try:
            algorithm = self.parsed.signature_hash_algorithm
        except UnsupportedAlgorithm:
            return "unknown"
        return algorithm.name if algorithm else "unknown"

    def extension(self, kind: type[E]) -> E | None:
        """The extension of that kind, or None."""
        try:
            return self.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None

    @property
    def dns_names(self) -> tuple[str, ...]:
        names = self.extension(x509.SubjectAlternativeName)
        return tuple(names.get_values_for_type(x509.DNSName)) if names else ()

    @property
    def mail_names(self) -> tuple[str, ...]:
        names = self.extension(x509.SubjectAlternativeName)
        return tuple(names.get_values_for_type(x509.RFC822Name)) if names else ()

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        names = self.extension(x509.SubjectAlternativeName)
        found = names.get_values_for_type(x509.IPAddress) if names else ()
        return tuple(each for each in found if isinstance(each, IPv4Address | IPv6Address))


@lru_cache(maxsize=256)
def configured(der: bytes) -> Certificate:
    """The same as `Certificate.from_der`, remembered. For certificates of the configuration only."""
    return Certificate.from_der(der)
