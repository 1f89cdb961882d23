"""Remote access: lists, groups, pools and users that lead nowhere, and what a group key gives away."""

from collections.abc import Iterator

from cryptomap.config.finding import Finding, missing
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import SERVED, AaaMethod, ClientAccess, RadiusServer


def check(config: RouterConfig) -> Iterator[Finding]:
    accesses = tuple(_accesses(config))
    for where, access in accesses:
        yield from _lists(config, where, access)
    if any(access.authentication_list is not None for _, access in accesses):
        yield from _shared_keys(config)
    yield from _groups(config)
    yield from _users(config)
    for server in config.radius_servers.values():
        yield from _server(server)


def _accesses(config: RouterConfig) -> Iterator[tuple[str, ClientAccess]]:
    """What maps and profiles say of clients, with the words that say where."""
    yield from ((f"crypto map {each.name}", each.client) for each in config.crypto_maps.values())
    for profile in config.isakmp_profiles.values():
        yield f"crypto isakmp profile {profile.name}", profile.client


def _lists(config: RouterConfig, where: str, access: ClientAccess) -> Iterator[Finding]:
    said = (
        ("aaa authentication login list", access.authentication_list, config.aaa_authentication),
        ("aaa authorization network list", access.authorization_list, config.aaa_authorization),
    )
    for what, name, lists in said:
        if name is None:
            continue
        if not config.aaa_new_model:
            yield Finding(f'{where}: lists do nothing without "aaa new-model"', False, name)
        if name not in lists:
            yield missing(where, what, name)
        for method in lists.get(name, ()):
            yield from _method(config, f"{what} {name}", method)


def _method(config: RouterConfig, where: str, method: AaaMethod) -> Iterator[Finding]:
    if method not in SERVED:
        yield Finding(
            f"{where}: {method} is not there for clients and is passed over", False, method.split()[-1]
        )
    if method is AaaMethod.RADIUS and not config.radius_servers:
        yield Finding(f"{where}: there is no RADIUS server to ask", False, "radius")


def _shared_keys(config: RouterConfig) -> Iterator[Finding]:
    for group in config.client_groups.values():
        if group.key is not None:
            message = (
                "every member knows its key, can pose as this router to the others, and learn their passwords"
            )
            yield Finding(f"crypto isakmp client configuration group {group.name}: {message}", False, "key")


def _groups(config: RouterConfig) -> Iterator[Finding]:
    for group in config.client_groups.values():
        where = f"crypto isakmp client configuration group {group.name}"
        if group.pool is not None and group.pool not in config.pools:
            yield missing(where, "ip local pool", group.pool)
        if group.acl is not None and group.acl not in config.access_lists:
            yield missing(where, "access list", group.acl)
    for profile in config.isakmp_profiles.values():
        if profile.client_group is not None and profile.client_group not in config.client_groups:
            where = f"crypto isakmp profile {profile.name}"
            yield missing(where, "crypto isakmp client configuration group", profile.client_group)
    for pool in config.client_pools:
        if pool not in config.pools:
            yield missing("crypto isakmp client configuration address-pool", "ip local pool", pool)


def _users(config: RouterConfig) -> Iterator[Finding]:
    for user in config.users.values():
        if user.secret is None:
            yield Finding(f"username {user.name}: nobody gets in without a password or secret", False)


def _server(server: RadiusServer) -> Iterator[Finding]:
    where = f"radius server {server.name}"
    if server.address is None or server.key is None:
        lacking = "address" if server.address is None else "key"
        yield Finding(f"{where}: is not asked without its {lacking}", False)
    elif server.key.kind == 6:
        yield Finding(f"{where}: is not asked: a type 6 key can be read only by its own router", False)
