"""Whom we trust to say who a peer is, and what we prove ourselves with: trustpoints and certificates."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.model.config import IsakmpProfile, RouterConfig
from cryptomap.model.error import MalformedError
from cryptomap.model.pki import CertificateKind, KeyUsage, Trustpoint
from cryptomap.pki.certificate import Certificate, configured
from cryptomap.policy.own_keys import OwnKeys


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate of ours with its key. `above` are the authorities between it and a root."""

    trustpoint: str
    certificate: Certificate
    above: tuple[Certificate, ...]
    pair: RsaKeyPair = field(repr=False)

    @property
    def issuers(self) -> tuple[bytes, ...]:
        """The names in DER of the authorities that it can be asked for by."""
        first = self.certificate.parsed.issuer.public_bytes()
        return first, *(each.parsed.issuer.public_bytes() for each in self.above)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The certificate of an authority that we trust, and the trustpoint that says so."""

    trustpoint: Trustpoint
    certificate: Certificate


def trustpoints(config: RouterConfig, profile: IsakmpProfile | None) -> tuple[Trustpoint, ...]:
    """Those of the profile's `ca trust-point` lines in their order, or all when it has none."""
    names = profile.trustpoints if profile and profile.trustpoints else tuple(config.trustpoints)
    return tuple(config.trustpoints[name] for name in names if name in config.trustpoints)


def credentials(config: RouterConfig, keys: OwnKeys, profile: IsakmpProfile | None) -> Iterator[Credential]:
    """The certificates that we hold a signing key for."""
    pairs = {key.pair.public: key.pair for key in keys.keys if key.usage is not KeyUsage.ENCRYPTION}
    for trustpoint in trustpoints(config, profile):
        chain = tuple(_stored(config, trustpoint.name))
        above = tuple(each for kind, each in chain if kind is CertificateKind.CA and not each.self_issued)
        for kind, certificate in chain:
            if kind is not CertificateKind.CA and certificate.key in pairs:
                yield Credential(trustpoint.name, certificate, above, pairs[certificate.key])


def anchors(config: RouterConfig, profile: IsakmpProfile | None) -> tuple[Anchor, ...]:
    """The authorities that may have signed a peer's certificate."""
    return tuple(
        Anchor(trustpoint, certificate)
        for trustpoint in trustpoints(config, profile)
        for kind, certificate in _stored(config, trustpoint.name)
        if kind is CertificateKind.CA
    )


def _stored(config: RouterConfig, name: str) -> Iterator[tuple[CertificateKind, Certificate]]:
    """The certificates of a chain that can be read."""
    for stored in config.certificates.get(name, ()):
        try:
            yield stored.kind, configured(stored.der)
        except MalformedError:
            continue
