"""Who the peer is, and who we are: keys, identities, certificates, profiles, proofs."""

from dataclasses import dataclass

from cryptomap.model.address import Address
from cryptomap.model.event.base import IsakmpEvent


@dataclass(frozen=True, slots=True)
class KeyLookup(IsakmpEvent):
    """A search for a pre-shared key of `peer`; `keyring` is where it looked. `local` adds the line
    `local preshared key found` (message 2 of main mode, before the policies are checked)."""

    peer: Address
    keyring: str
    found: bool
    local: bool = False


@dataclass(frozen=True, slots=True)
class KeysGenerated(IsakmpEvent):
    """`SKEYID state generated`."""


@dataclass(frozen=True, slots=True)
class IdentityShown(IsakmpEvent):
    """An ID payload of phase 1, ours (`sent`) or the peer's. `length` is the payload's, in octets."""

    sent: bool
    next_payload: int
    id_type: int
    text: str
    protocol: int
    port: int
    length: int


@dataclass(frozen=True, slots=True)
class IdentityReplaced(IsakmpEvent):
    """Our certificate does not hold the configured identity: another goes. Both by their ID type."""

    wanted: int
    used: int


@dataclass(frozen=True, slots=True)
class CertificateRequestSent(IsakmpEvent):
    """`constructing CERT_REQ for issuer NAME`."""

    issuer: str


@dataclass(frozen=True, slots=True)
class CertificateRequested(IsakmpEvent):
    """The peer asked for a certificate of an authority; `trustpoint` is ours that knows it."""

    issuer: str
    trustpoint: str | None


@dataclass(frozen=True, slots=True)
class CertificateSent(IsakmpEvent):
    """`constructing CERT payload for SUBJECT`, and which trustpoint's key signs."""

    subject: str
    trustpoint: str


@dataclass(frozen=True, slots=True)
class CertificateReceived(IsakmpEvent):
    """A certificate payload that could be read. It is not believed yet."""

    subject: str


@dataclass(frozen=True, slots=True)
class ScanningProfiles(IsakmpEvent):
    """`Scanning profiles for xauth ...` and the profiles looked at."""

    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileMatched(IsakmpEvent):
    """`peer matches NAME profile`, or `*none* of the profiles`."""

    profile: str | None


@dataclass(frozen=True, slots=True)
class Authenticated(IsakmpEvent):
    """The peer proved its key."""


@dataclass(frozen=True, slots=True)
class AuthenticationFailed(IsakmpEvent):
    """Message 5 or 6 did not prove the key; `decrypted` tells garbage from a wrong HASH.

    IOS logs `%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from X failed its sanity check or is malformed`.
    """

    decrypted: bool
