"""`show crypto isakmp profile`."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import IsakmpProfile, MatchIdentity, Personality


@dataclass(frozen=True, slots=True)
class ProfileUse:
    """`users` counts the crypto map entries that name the profile."""

    profile: IsakmpProfile
    users: int


def collect(router: Router) -> Sequence[ProfileUse]:
    entries = [entry for map_ in router.config.crypto_maps.values() for entry in map_.ordered]
    return [
        ProfileUse(profile, sum(entry.isakmp_profile == profile.name for entry in entries))
        for profile in router.config.isakmp_profiles.values()
    ]


def render(profiles: Sequence[ProfileUse], personality: Personality) -> str:
    word = "ISAKMP" if personality is Personality.IOS_12_3 else "IKEv1"
    lines = []
    for use in profiles:
        lines += ["", f"{word} PROFILE {use.profile.name}", *_profile(use)]
    return block(lines)


def _profile(use: ProfileUse) -> list[str]:
    lines = [f"   Ref Count = {1 + use.users}"]
    if use.profile.description:
        lines.append(f"   Description: {use.profile.description}")
    identities = [f"    {_identity(identity)} " for identity in use.profile.match_identities]
    certificates = [f"    {name} " for name in use.profile.match_certificates]
    lines += ["   Identities matched are:", *identities, "   Certificate maps matched are:", *certificates]
    if use.profile.self_identity:
        lines.append(f"   self identity: {use.profile.self_identity}")
    trustpoints = " ".join(use.profile.trustpoints) or "<all>"
    return [*lines, f"   keyring(s): {use.profile.keyring or '<none>'}", f"   trustpoint(s): {trustpoints}"]


def _identity(identity: MatchIdentity) -> str:
    if identity.network is not None:
        return f"ip-address {identity.network.network_address} {identity.network.netmask}"
    named = {
        "group": identity.group,
        "fqdn": identity.host,
        "fqdn domain": identity.host_domain,
        "user-fqdn": identity.user,
        "user-fqdn domain": identity.user_domain,
    }
    return next((f"{word} {value}" for word, value in named.items() if value is not None), "")


COMMANDS = [
    show(
        "show crypto isakmp profile",
        {"profile": "Show ISAKMP profiles"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
