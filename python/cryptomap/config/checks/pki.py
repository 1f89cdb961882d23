"""Certificates and RSA keys: trustpoints, maps and keys that are not there, a key that would serve twice."""

from collections.abc import Iterator

from cryptomap.config.finding import Finding, missing
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import RouterConfig
from cryptomap.policy.own_keys import default_label


def check(config: RouterConfig) -> Iterator[Finding]:
    yield from _names(config)
    yield from _incomplete(config)
    yield from _policies(config)


def _names(config: RouterConfig) -> Iterator[Finding]:
    for where, name in _map_names(config):
        if name not in config.certificate_maps:
            yield missing(where, "crypto pki certificate map", name)
    for profile in config.isakmp_profiles.values():
        for name in profile.trustpoints:
            if name not in config.trustpoints:
                yield missing(f"crypto isakmp profile {profile.name}", "crypto pki trustpoint", name)


def _incomplete(config: RouterConfig) -> Iterator[Finding]:
    for certificate_map in config.certificate_maps.values():
        for sequence, rules in certificate_map.entries.items():
            if not rules:
                where = f"crypto pki certificate map {certificate_map.name} {sequence}"
                yield Finding(f"{where}: fits no certificate without a line", False)
    for key in config.public_keys:
        if key.spki is None:
            yield Finding(
                f"public key of {key.name or key.address}: does nothing without a key-string", False
            )


def _map_names(config: RouterConfig) -> Iterator[tuple[str, str]]:
    for trustpoint in config.trustpoints.values():
        if trustpoint.match_certificate is not None:
            yield f"crypto pki trustpoint {trustpoint.name}", trustpoint.match_certificate
    for profile in config.isakmp_profiles.values():
        yield from ((f"crypto isakmp profile {profile.name}", name) for name in profile.match_certificates)


def _policies(config: RouterConfig) -> Iterator[Finding]:
    signing = _first_policy(config, AuthMethod.RSA_SIG)
    encrypting = _first_policy(config, AuthMethod.RSA_ENCR)
    if signing is not None and not config.trustpoints:
        yield Finding(
            f"crypto isakmp policy {signing}: rsa-sig does nothing without a crypto pki trustpoint", False
        )
    if encrypting is not None and not config.public_keys:
        message = "rsa-encr does nothing without the peer's key in crypto key pubkey-chain rsa"
        yield Finding(f"crypto isakmp policy {encrypting}: {message}", False, "rsa-encr")
    own = default_label(config)
    labels = {each.rsakeypair or own for each in config.trustpoints.values()} or {own}
    if signing is not None and encrypting is not None and own in labels:
        message = (
            f"rsa-encr, and policy {signing}: rsa-sig, would use the one RSA key pair {own}, which must not"
            ' serve both: make "usage-keys", or give the trustpoint an "rsakeypair" of its own'
        )
        yield Finding(f"crypto isakmp policy {encrypting}: {message}", False, "rsa-encr")


def _first_policy(config: RouterConfig, method: AuthMethod) -> int | None:
    """The lowest number of a policy with the method."""
    found = (number for number, each in config.isakmp_policies.items() if each.authentication is method)
    return min(found, default=None)
