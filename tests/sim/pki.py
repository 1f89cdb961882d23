"""R2 and R3 with certificates of one authority, and whatever a test wants different."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Network
from itertools import count
from typing import Any

import pytest
from tests.certificates import NOW, Authority, key
from tests.sim.configs import AES_POLICY, r2, r3
from tests.sim.harness import Site

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.method.hybrid import HybridClient
from cryptomap.ikev1.method.signature import RsaSignature
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import IsakmpProfile, MatchIdentity, RouterConfig
from cryptomap.model.pki import (
    CertificateField,
    CertificateKind,
    CertificateMap,
    CertificateOperator,
    CertificateRule,
    KeyUsage,
    Revocation,
    StoredCertificate,
    Trustpoint,
)
from cryptomap.policy.own_keys import OwnKey, OwnKeys
from cryptomap.wire.payload import CertRequestPayload, NoncePayload, Payload

CA = Authority("CN=lab CA,O=lab")
SIGNING = replace(AES_POLICY, authentication=AuthMethod.RSA_SIG)
R2_CERTIFICATE = CA.issue("CN=R2,O=lab", key("r2"), dns="R2.lab.com", address="12.1.1.2", mail="r2@lab.com")
R3_CERTIFICATE = CA.issue("CN=R3,O=lab", key("r3"), dns="R3.lab.com", address="13.1.1.3", mail="r3@lab.com")
NO_CHECK = (Revocation.NONE,)
_labels = count(1)


def own_keys(*pairs: RsaKeyPair, made: datetime = NOW) -> OwnKeys:
    return OwnKeys(tuple(OwnKey(f"key {next(_labels)}", KeyUsage.GENERAL, pair, made) for pair in pairs))


def chain(*own: bytes, ca: Iterable[bytes] = (CA.certificate,)) -> tuple[StoredCertificate, ...]:
    return (
        *(StoredCertificate(CertificateKind.OWN, der) for der in own),
        *(StoredCertificate(CertificateKind.CA, der) for der in ca),
    )


def enrolled(
    config: RouterConfig,
    *own: bytes,
    ca: Iterable[bytes] = (CA.certificate,),
    trustpoint: Trustpoint | None = None,
) -> RouterConfig:
    """A router that signs, whose trustpoint has these certificates. It has no pre-shared key."""
    trustpoint = trustpoint or Trustpoint("lab", revocation=NO_CHECK)
    return replace(
        config,
        domain_name="lab.com",
        isakmp_policies={10: SIGNING},
        keyrings={},
        trustpoints={trustpoint.name: trustpoint},
        certificates={trustpoint.name: chain(*own, ca=ca)},
    )


def asks_late(monkeypatch: pytest.MonkeyPatch, method: type[RsaSignature] | type[HybridClient]) -> None:
    """With that method nobody asks for certificates beside a nonce, but beside the proof."""
    nonce_payloads, prove = method.nonce_payloads, method.prove

    def nonce_alone(self: Any, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        return [each for each in nonce_payloads(self, ctx, sa, nonce) if isinstance(each, NoncePayload)]

    def prove_and_ask(self: Any, ctx: Context, sa: IsakmpSa, *rest: Any) -> list[Payload]:
        asked = [
            each for each in nonce_payloads(self, ctx, sa, bytes(20)) if isinstance(each, CertRequestPayload)
        ]
        return [*prove(self, ctx, sa, *rest), *asked]

    monkeypatch.setattr(method, "nonce_payloads", nonce_alone)
    monkeypatch.setattr(method, "prove", prove_and_ask)


ANY = IPv4Network("0.0.0.0/0")
_ALL = CertificateMap(
    "all", {10: (CertificateRule(CertificateField.ISSUER, CertificateOperator.CONTAINS, "lab"),)}
)


def everybody(config: RouterConfig, **more: object) -> RouterConfig:
    """The map entry has an ISAKMP profile that every peer fits."""
    profile = IsakmpProfile("sig", (MatchIdentity(network=ANY),), match_certificates=("all",))
    maps = {
        name: replace(each, entries={10: replace(each.entries[10], isakmp_profile="sig")})
        for name, each in config.crypto_maps.items()
    }
    profiles = {"sig": replace(profile, **more)}  # type: ignore[arg-type]
    return replace(config, isakmp_profiles=profiles, crypto_maps=maps, certificate_maps={"all": _ALL})


def aggressive(config: RouterConfig) -> RouterConfig:
    """The same, and calls in aggressive mode."""
    return everybody(config, initiate_aggressive=True)


def left(certificate: bytes = R2_CERTIFICATE, **more: object) -> RouterConfig:
    return replace(enrolled(r2(), certificate), **more)  # type: ignore[arg-type]


def right(certificate: bytes = R3_CERTIFICATE, **more: object) -> RouterConfig:
    return replace(enrolled(r3(), certificate), **more)  # type: ignore[arg-type]


def site(
    ours: RouterConfig | None = None,
    theirs: RouterConfig | None = None,
    *,
    pairs: tuple[RsaKeyPair, RsaKeyPair] | None = None,
    seed: int = 1,
) -> Site:
    """R2 calls R3."""
    one, other = pairs or (key("r2"), key("r3"))
    return Site(ours or left(), theirs or right(), seed, keys=(own_keys(one), own_keys(other)))
