"""ISAKMP profiles: which one a peer's phase 1 identity binds an SA to."""

from dataclasses import dataclass

from cryptomap.model.address import Address
from cryptomap.model.config import DEFAULT_KEYRING, IsakmpProfile, MatchIdentity, RouterConfig
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.certificate_map import fits
from cryptomap.wire.numbers import IdType
from cryptomap.wire.payload import IdPayload


@dataclass(frozen=True, slots=True)
class Identity:
    """A peer's phase 1 identity. One field is set, none for kinds we cannot match."""

    address: Address | None = None
    host: str | None = None
    user: str | None = None
    group: str | None = None


def claimed(payload: IdPayload) -> Identity:
    """The identity of an ID payload; an empty one for kinds that nothing can match."""
    if payload.address is not None:
        return Identity(address=payload.address)
    text = payload.text()
    match payload.id_type:
        case IdType.FQDN:
            return Identity(host=text)
        case IdType.USER_FQDN:
            return Identity(user=text)
        case IdType.KEY_ID:
            return Identity(group=text)
    return Identity()


def find_profile(
    config: RouterConfig, identity: Identity, certificate: Certificate | None = None
) -> IsakmpProfile | None:
    """The first profile in configuration order with a `match identity` or `match certificate` that holds."""
    for profile in config.isakmp_profiles.values():
        if any(_matches(rule, identity) for rule in profile.match_identities):
            return profile
        maps = [config.certificate_maps.get(name) for name in profile.match_certificates]
        if certificate is not None and any(each is not None and fits(certificate, each) for each in maps):
            return profile
    return None


def allows_keyring(profile: IsakmpProfile, keyring: str) -> bool:
    """Whether a key of that keyring, the profile's own or else the global one, may prove its peers."""
    return (profile.keyring or DEFAULT_KEYRING) == keyring


def _matches(rule: MatchIdentity, identity: Identity) -> bool:
    if rule.network is not None:
        return identity.address is not None and identity.address in rule.network
    if rule.group is not None:
        return identity.group == rule.group
    host, user = (identity.host or "").lower(), (identity.user or "").lower()
    if rule.host is not None:
        return host == rule.host.lower()
    if rule.host_domain is not None:
        return host.endswith("." + rule.host_domain.lower())
    if rule.user is not None:
        return user == rule.user.lower()
    return rule.user_domain is not None and user.endswith("@" + rule.user_domain.lower())
