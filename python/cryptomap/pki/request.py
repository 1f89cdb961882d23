"""Certificate requests (PKCS #10, RFC 2986)."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID

from cryptomap.crypto.rsa import RsaKeyPair, RsaPublicKey
from cryptomap.model.error import MalformedError
from cryptomap.pki.certificate import UNREADABLE
from cryptomap.pki.name import UNSTRUCTURED_ADDRESS, UNSTRUCTURED_NAME
from cryptomap.pki.scep.suite import OLD_DIGESTS, Digest

MOST_OCTETS = 16384


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom a certificate is to be for. Name and address go into the subject and into subjectAltName."""

    subject: x509.Name | None = None
    full_name: str | None = None
    address: IPv4Address | None = None

    @property
    def name(self) -> x509.Name:
        """The subject; what IOS adds to it is shown first, and so stands last."""
        parts = list(self.subject.rdns) if self.subject is not None else []
        if self.address is not None:
            attribute = x509.NameAttribute(UNSTRUCTURED_ADDRESS, str(self.address))
            parts.append(x509.RelativeDistinguishedName([attribute]))
        if self.full_name is not None:
            attribute = x509.NameAttribute(UNSTRUCTURED_NAME, self.full_name)
            parts.append(x509.RelativeDistinguishedName([attribute]))
        return x509.Name(parts)

    @property
    def alternatives(self) -> x509.SubjectAlternativeName | None:
        names: list[x509.GeneralName] = []
        names += [x509.DNSName(self.full_name)] if self.full_name is not None else []
        names += [x509.IPAddress(self.address)] if self.address is not None else []
        return x509.SubjectAlternativeName(names) if names else None


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose signature is good: whoever made it has the key."""

    der: bytes = field(repr=False)
    parsed: x509.CertificateSigningRequest = field(compare=False)
    key: RsaPublicKey = field(compare=False)
    old: bool = field(default=False, compare=False)
    """Whether it is signed over a weak hash, MD5 or SHA-1."""

    @classmethod
    def from_der(cls, der: bytes) -> "CertificateRequest":
        """Raises `MalformedError` for what is no request for an RSA key, or has a bad signature."""
        if len(der) > MOST_OCTETS:
            raise MalformedError(f"a request of {len(der)} octets is too long")
        try:
            parsed = x509.load_der_x509_csr(der)
            key, kind, _ = parsed.public_key(), parsed.signature_algorithm_oid, parsed.extensions
            old = next((each for each in OLD_DIGESTS if each.signature == kind), None)
            good = isinstance(key, RSAPublicKey) and _is_good(parsed, key, old)
        except UNREADABLE as error:
            raise MalformedError(f"no certificate request: {error}") from error
        if not isinstance(key, RSAPublicKey) or not good:
            raise MalformedError("a certificate request without an RSA key, or not signed by it")
        return cls(der, parsed, RsaPublicKey.of(key), old is not None)

    @property
    def alternatives(self) -> x509.SubjectAlternativeName | None:
        try:
            return self.parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return None


def _is_good(parsed: x509.CertificateSigningRequest, key: RSAPublicKey, old: Digest | None) -> bool:
    """The library does not check signatures over MD5 and SHA-1 itself."""
    if old is None:
        return parsed.is_signature_valid
    try:
        key.verify(parsed.signature, parsed.tbs_certrequest_bytes, PKCS1v15(), old.hash)
    except InvalidSignature:
        return False
    return True


USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=True,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
"""What a router's key is for."""


def build_request(wish: Wish, pair: RsaKeyPair, password: str = "") -> bytes:
    """The request in DER, signed over SHA-256; `password` is the challenge password."""
    builder = x509.CertificateSigningRequestBuilder(wish.name).add_extension(USAGE, critical=True)
    if wish.alternatives is not None:
        builder = builder.add_extension(wish.alternatives, critical=False)
    if password:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, password.encode())
    return builder.sign(pair.private, hashes.SHA256()).public_bytes(Encoding.DER)
