"""What has to be got from elsewhere before a certificate can be judged. The core asks, the daemon gets."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from cryptomap.pki.certificate import Certificate


class Verdict(Enum):
    """What a list or an answer says of a certificate: nothing where it is forged, old or not about it."""

    GOOD = "good"
    REVOKED = "revoked"
    USELESS = "useless"


@dataclass(frozen=True, slots=True)
class CrlFetch:
    """The list of what `issuer` has revoked, over HTTP. `certificate` is one that it is wanted for."""

    url: str
    issuer: Certificate = field(repr=False)
    certificate: Certificate = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class OcspFetch:
    """The answer of an OCSP responder about one certificate of `issuer` (RFC 6960), over HTTP."""

    url: str
    issuer: Certificate = field(repr=False)
    certificate: Certificate = field(repr=False)


Fetch = CrlFetch | OcspFetch


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `octets` is None where nothing came, or nothing of use."""

    octets: bytes | None = field(repr=False)
    expires: datetime | None = None
    """When it has to be got again."""
