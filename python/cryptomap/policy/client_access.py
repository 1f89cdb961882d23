"""Remote access as configured: which lines hold for a peer, and what its group is told."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from cryptomap.model.access_list import Action
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import (
    NO_CLIENTS,
    AaaMethod,
    Assignment,
    ClientAccess,
    ClientGroup,
)

_ANY_PREFIX = 0


def client_access(config: RouterConfig, map_names: Iterable[str], profile: str | None) -> ClientAccess:
    """The lines for a peer: its ISAKMP profile's, else those of the crypto maps at the address it came to."""
    bound = config.isakmp_profiles.get(profile or "")
    if bound is not None:
        return bound.client
    maps = (config.crypto_maps[name] for name in map_names if name in config.crypto_maps)
    return next((each.client for each in maps if each.client != NO_CLIENTS), NO_CLIENTS)


def anyone_is_asked(config: RouterConfig, map_names: Iterable[str]) -> bool:
    """Whether a peer that is not known yet may have to do Xauth: by one of those maps, or by any profile."""
    accesses = [client_access(config, map_names, None)]
    accesses += [profile.client for profile in config.isakmp_profiles.values()]
    return any(access.authentication_list is not None for access in accesses)


def authorised_group(config: RouterConfig, access: ClientAccess, name: str | None) -> ClientGroup | None:
    """The client group of that name, if the authorization list looks into the local configuration."""
    methods = config.aaa_authorization.get(access.authorization_list or "", ())
    return config.client_groups.get(name or "") if AaaMethod.LOCAL in methods else None


def told_by_group(config: RouterConfig, group: ClientGroup) -> Assignment:
    """What mode config tells the group's members, without their own address."""
    return Assignment(
        netmask=group.netmask,
        dns=group.dns,
        wins=group.wins,
        banner=group.banner,
        domain=group.domain,
        split_dns=group.split_dns,
        split_include=split_networks(config, group),
        include_local_lan=group.include_local_lan,
        save_password=group.save_password,
        pfs=group.pfs,
        backup_gateways=group.backup_gateways,
    )


def split_networks(config: RouterConfig, group: ClientGroup) -> tuple[IPv4Network, ...]:
    """The sources that the group's access list permits; none where it is missing, or permits any."""
    networks = permitted_sources(config, group.acl)
    return () if any(network.prefixlen == _ANY_PREFIX for network in networks) else networks


def permitted_sources(config: RouterConfig, acl: str | None) -> tuple[IPv4Network, ...]:
    """The networks that are sources of an access list's `permit` lines, each once."""
    access_list = config.access_lists.get(acl or "")
    networks = []
    for ace in access_list.aces if access_list else ():
        wildcard = int(ace.source.wildcard)
        if ace.action is Action.PERMIT and not wildcard & (wildcard + 1):
            network = int(ace.source.address) & ~wildcard, 32 - wildcard.bit_length()
            networks.append(IPv4Network(network))
    return tuple(dict.fromkeys(networks))
