"""What certificates and RSA keys are configured with (`crypto pki ...`, `crypto key pubkey-chain rsa`).

Certificates are octets of DER; private keys are no part of a configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address


class Enrollment(StrEnum):
    """How a trustpoint comes by its certificate, the word of `enrollment`."""

    URL = "url"
    TERMINAL = "terminal"
    SELF_SIGNED = "selfsigned"
    PKCS12 = "pkcs12"


class Revocation(StrEnum):
    """The words of `revocation-check`, tried in order."""

    CRL = "crl"
    OCSP = "ocsp"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Trustpoint:
    """`crypto pki trustpoint NAME`: a certification authority, and our certificate from it."""

    name: str
    enrollment: Enrollment | None = None
    url: str | None = None
    pem: bool = False
    """`enrollment terminal pem`: what is shown for copying has PEM headers."""
    subject_name: str | None = None
    """X.500, as typed (`CN=R2, O=lab`)."""
    fqdn: str | None = None
    """A name, or `none`; None is the router's own."""
    ip_address: str | None = None
    """An address or an interface's name, or `none`."""
    serial_number: bool = False
    rsakeypair: str | None = None
    """Label of the key pair; None is the router's general one."""
    rsakeypair_bits: int | None = None
    revocation: tuple[Revocation, ...] = (Revocation.CRL,)
    ocsp_url: str | None = None
    match_certificate: str | None = None
    """A certificate map that a peer's certificate must fit."""


class CertificateKind(StrEnum):
    """What a stored certificate is to its trustpoint, the word in `crypto pki certificate chain`."""

    CA = "ca"
    OWN = ""
    SELF_SIGNED = "self-signed"


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """`certificate [ca|self-signed] SERIAL`, then its DER in hexadecimal, then `quit`."""

    kind: CertificateKind
    der: bytes = field(repr=False)


class CertificateField(StrEnum):
    """What a line of a certificate map looks at."""

    SUBJECT = "subject-name"
    ISSUER = "issuer-name"
    ALT_SUBJECT = "alt-subject-name"
    SERIAL = "serial-number"
    NAME = "name"
    UNSTRUCTURED = "unstructured-subject-name"


class CertificateOperator(StrEnum):
    """Equal, not equal, contains, does not contain."""

    EQUAL = "eq"
    NOT_EQUAL = "ne"
    CONTAINS = "co"
    NOT_CONTAINS = "nc"


@dataclass(frozen=True, slots=True)
class CertificateRule:
    """One line of a certificate map; `value` is compared without regard to case."""

    field: CertificateField
    operator: CertificateOperator
    value: str


@dataclass(frozen=True, slots=True)
class CertificateMap:
    """`crypto pki certificate map NAME SEQ`: any entry whose rules all hold fits, but none without rules."""

    name: str
    entries: Mapping[int, tuple[CertificateRule, ...]] = field(default_factory=dict)


class KeyUsage(StrEnum):
    """What a peer's RSA key is for; general covers both."""

    GENERAL = ""
    ENCRYPTION = "encryption"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class PeerPublicKey:
    """`addressed-key` or `named-key` of a public key chain: a peer's RSA key as SubjectPublicKeyInfo."""

    name: str | None = None
    address: IPv4Address | None = None
    usage: KeyUsage = KeyUsage.GENERAL
    serial_number: str | None = None
    spki: bytes | None = field(default=None, repr=False)
    """DER; None until the `key-string` is there."""


@dataclass(frozen=True, slots=True)
class PkiServer:
    """`crypto pki server NAME`: a small certification authority."""

    name: str
    issuer_name: str | None = None
    grant_auto: bool = False
    lifetime_ca: int = 1095
    """Days."""
    lifetime_certificate: int = 365
    """Days."""
    lifetime_crl: int = 168
    """Hours."""
    cdp_url: str | None = None
    shutdown: bool = True
