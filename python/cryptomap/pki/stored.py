"""Certificates in the configuration (`crypto pki certificate chain`)."""

from collections.abc import Collection
from dataclasses import replace

from cryptomap.crypto.rsa import RsaPublicKey
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import MalformedError
from cryptomap.model.pki import CertificateKind, StoredCertificate
from cryptomap.pki.certificate import Certificate


def without_certificates_of(config: RouterConfig, keys: Collection[RsaPublicKey]) -> RouterConfig:
    """The configuration without our own certificates for any of these keys."""
    kept = {
        name: tuple(stored for stored in chain if not _is_of(stored, keys))
        for name, chain in config.certificates.items()
    }
    return replace(config, certificates={name: chain for name, chain in kept.items() if chain})


def _is_of(stored: StoredCertificate, keys: Collection[RsaPublicKey]) -> bool:
    try:
        return stored.kind is not CertificateKind.CA and Certificate.from_der(stored.der).key in keys
    except MalformedError:
        return False
