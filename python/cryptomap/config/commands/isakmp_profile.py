"""`crypto isakmp profile NAME` and the lines below it."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from cryptomap.config.command import Command, ModeCommand, texts
from cryptomap.config.commands._keys import peer_network
from cryptomap.config.mode import GLOBAL, ISAKMP_PROFILE, with_entry, without_entry
from cryptomap.model.config import IsakmpProfile, MatchIdentity, RouterConfig


class Profile(ModeCommand):
    mode, enters, order = GLOBAL, ISAKMP_PROFILE, 350
    grammar = "crypto isakmp profile WORD$name"
    help = texts({"profile": "Define ISAKMP profiles", "$name": "Name of the profile"})

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        profile = config.isakmp_profiles.get(name, IsakmpProfile(name))
        return replace(config, isakmp_profiles=with_entry(config.isakmp_profiles, name, profile))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        return replace(config, isakmp_profiles=without_entry(config.isakmp_profiles, name))

    def notices(self, before: RouterConfig, name: str) -> Iterable[str]:
        if name not in before.isakmp_profiles:
            yield '% A profile is deemed incomplete until it has "match identity" statements'

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"crypto isakmp profile {name}", name) for name in config.isakmp_profiles)


class ProfileDescription(Command):
    mode, order, fields = ISAKMP_PROFILE, 1, ("description",)
    grammar = "description ![LINE$text]"
    help = texts({"$text": "Description of the profile"})

    def apply(self, profile: IsakmpProfile, text: str) -> IsakmpProfile:
        return replace(profile, description=text)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.description is not None:
            yield f"description {profile.description}"


class ProfileKeyring(Command):
    mode, order, fields = ISAKMP_PROFILE, 2, ("keyring",)
    grammar = "keyring ![WORD$name]"
    help = texts({"keyring": "Specify keyring to use", "$name": "Name of a key ring, or default"})

    def apply(self, profile: IsakmpProfile, name: str) -> IsakmpProfile:
        return replace(profile, keyring=name)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.keyring is not None:
            yield f"keyring {profile.keyring}"


class SelfIdentity(Command):
    mode, order, fields = ISAKMP_PROFILE, 3, ("self_identity",)
    grammar = "self-identity ![<address|fqdn [WORD$name]|user-fqdn WORD$name>$kind]"
    help = texts(
        {
            "self-identity": "Specify Identity to use",
            "address": "Use the IP address of the interface for the identity",
            "fqdn": "Fully qualified domain name for the identity, the router's own unless given",
            "user-fqdn": "Use a user name for the identity",
            "$name": "The identity",
        }
    )

    def apply(self, profile: IsakmpProfile, kind: str, name: str | None = None) -> IsakmpProfile:
        return replace(profile, self_identity=f"{kind} {name}" if name else kind)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.self_identity is not None:
            yield f"self-identity {profile.self_identity}"


class ProfileTrustpoint(Command):
    mode, order = ISAKMP_PROFILE, 4
    grammar = "ca trust-point WORD$name"
    help = texts(
        {
            "ca": "Specify certificate authorities to trust",
            "trust-point": "Specify a trustpoint",
            "$name": "Name of the trustpoint",
        }
    )

    def apply(self, profile: IsakmpProfile, name: str) -> IsakmpProfile:
        return replace(profile, trustpoints=tuple(dict.fromkeys((*profile.trustpoints, name))))

    def negate(self, profile: IsakmpProfile, name: str) -> IsakmpProfile:
        return replace(profile, trustpoints=tuple(each for each in profile.trustpoints if each != name))

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        return (f"ca trust-point {name}" for name in profile.trustpoints)


class ProfileMatch(Command):
    mode, order = ISAKMP_PROFILE, 5
    grammar = (
        "match identity <address A.B.C.D$address [MASK$mask]|host domain WORD$host_domain|host WORD$host"
        "|user domain WORD$user_domain|user WORD$user|group WORD$group>"
    )
    help = texts(
        {
            "identity": "Match peer identity",
            "address": "Match IP address(es)",
            "host": "Match hostname",
            "user": "Match user FQDN",
            "domain": "Match domain",
            "group": "Match group name",
            "$address": "IP address of the peer",
            "$mask": "Subnet mask",
            "$host": "Fully qualified domain name",
            "$host_domain": "Domain that the peer's name is in",
            "$user": "User name with its domain",
            "$user_domain": "Domain that the user is in",
            "$group": "Group name",
        }
    )

    def apply(self, profile: IsakmpProfile, **arguments: Any) -> IsakmpProfile:
        identity = _identity(**arguments)
        if identity in profile.match_identities:
            return profile
        return replace(profile, match_identities=(*profile.match_identities, identity))

    def negate(self, profile: IsakmpProfile, **arguments: Any) -> IsakmpProfile:
        identity = _identity(**arguments)
        left = tuple(each for each in profile.match_identities if each != identity)
        return replace(profile, match_identities=left)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        return (f"match identity {_words(each)}" for each in profile.match_identities)


class ProfileMatchCertificate(Command):
    mode, order = ISAKMP_PROFILE, 6
    grammar = "match certificate WORD$name"
    help = texts(
        {
            "certificate": "Peer certificate attributes",
            "$name": "Name of a certificate map",
        }
    )

    def apply(self, profile: IsakmpProfile, name: str) -> IsakmpProfile:
        maps = tuple(dict.fromkeys((*profile.match_certificates, name)))
        return replace(profile, match_certificates=maps)

    def negate(self, profile: IsakmpProfile, name: str) -> IsakmpProfile:
        left = tuple(each for each in profile.match_certificates if each != name)
        return replace(profile, match_certificates=left)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        return (f"match certificate {name}" for name in profile.match_certificates)


class InitiateMode(Command):
    mode, order, fields = ISAKMP_PROFILE, 11, ("initiate_aggressive",)
    grammar = "initiate mode ![aggressive]"
    help = texts(
        {
            "initiate": "Initiate the exchange",
            "mode": "Exchange mode",
            "aggressive": "Initiate aggressive mode",
        }
    )

    def apply(self, profile: IsakmpProfile) -> IsakmpProfile:
        return replace(profile, initiate_aggressive=True)

    def render(self, profile: IsakmpProfile) -> Iterable[str]:
        if profile.initiate_aggressive:
            yield "initiate mode aggressive"


def _identity(
    address: IPv4Address | None = None, mask: IPv4Address | None = None, **names: Any
) -> MatchIdentity:
    if address is not None:
        return MatchIdentity(network=peer_network(address, mask))
    return MatchIdentity(**names)


def _words(identity: MatchIdentity) -> str:
    if identity.network is not None:
        return f"address {identity.network.network_address} {identity.network.netmask}"
    named = {
        "host": identity.host,
        "host domain": identity.host_domain,
        "user": identity.user,
        "user domain": identity.user_domain,
        "group": identity.group,
    }
    return next(f"{words} {value}" for words, value in named.items() if value is not None)
