"""Certificates in the configuration (`crypto pki certificate chain`)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from cryptomap.crypto.rsa import RsaPublicKey
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import MalformedError
from cryptomap.model.pki import CertificateKind, StoredCertificate
from cryptomap.pki.certificate import Certificate, configured


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate of a trustpoint's chain, parsed."""

    trustpoint: str
    kind: CertificateKind
    certificate: Certificate


def kept(config: RouterConfig, trustpoint: str | None = None) -> Iterator[Kept]:
    """Those of one trustpoint, or of all. What cannot be read is passed over."""
    for name, chain in config.certificates.items():
        for stored in chain if trustpoint in (None, name) else ():
            try:
                yield Kept(name, stored.kind, configured(stored.der))
            except MalformedError:
                continue


def authorities(config: RouterConfig, trustpoint: str) -> tuple[Certificate, ...]:
    """The certificates of the authorities of a trustpoint."""
    return tuple(each.certificate for each in kept(config, trustpoint) if each.kind is CertificateKind.CA)


def with_certificate(
    config: RouterConfig, trustpoint: str, kind: CertificateKind, der: bytes
) -> RouterConfig:
    """One more certificate: an authority's beside the others, our own instead of the one before."""
    chain = config.certificates.get(trustpoint, ())
    left = tuple(
        stored
        for stored in chain
        if stored.der != der and (kind is CertificateKind.CA or stored.kind is CertificateKind.CA)
    )
    stored = StoredCertificate(kind, der)
    both = (*left, stored) if kind is CertificateKind.CA else (stored, *left)
    return replace(config, certificates={**config.certificates, trustpoint: both})


def without_certificates_of(config: RouterConfig, keys: Collection[RsaPublicKey]) -> RouterConfig:
    """The configuration without our own certificates for any of these keys."""
    left = {
        name: tuple(stored for stored in chain if not _is_of(stored, keys))
        for name, chain in config.certificates.items()
    }
    return replace(config, certificates={name: chain for name, chain in left.items() if chain})


def _is_of(stored: StoredCertificate, keys: Collection[RsaPublicKey]) -> bool:
    try:
        return stored.kind is not CertificateKind.CA and Certificate.from_der(stored.der).key in keys
    except MalformedError:
        return False
