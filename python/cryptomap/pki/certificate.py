"""A certificate as a value (RFC 5280)."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from cryptomap.crypto.rsa import RsaPublicKey
from cryptomap.model.error import MalformedError


@dataclass(frozen=True, slots=True)
class Certificate:
    """A parsed certificate with an RSA key, and its DER. Nothing about it is trusted yet."""

    der: bytes = field(repr=False)
    parsed: x509.Certificate = field(compare=False)
    key: RsaPublicKey

    @classmethod
    def from_der(cls, der: bytes) -> "Certificate":
        """Raises `MalformedError` for what is no certificate, or has no RSA key."""
        try:
            parsed = x509.load_der_x509_certificate(der)
            key = parsed.public_key()
        except (ValueError, UnsupportedAlgorithm) as error:
            raise MalformedError(f"no certificate: {error}") from error
        if not isinstance(key, RSAPublicKey):
            raise MalformedError("a certificate whose key is not of RSA")
        return cls(der, parsed, RsaPublicKey.of(key))
