"""What remote access (Xauth, mode config) is configured with: users, servers, address pools, groups."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address

from cryptomap.model.secret import Secret


class AaaMethod(StrEnum):
    """Where an AAA list looks, in its order."""

    LOCAL = "local"
    LOCAL_CASE = "local-case"
    """Names of users differ by case, too."""
    RADIUS = "group radius"
    TACACS = "group tacacs+"
    ENABLE = "enable"
    LINE = "line"
    NONE = "none"


SERVED = frozenset({AaaMethod.LOCAL, AaaMethod.LOCAL_CASE, AaaMethod.RADIUS, AaaMethod.NONE})
"""The others are passed over, as a method is whose servers do not answer."""


@dataclass(frozen=True, slots=True)
class User:
    """`username NAME {password | secret} ...`."""

    name: str
    secret: Secret | None = None
    """Without one nobody gets in by that name."""
    privilege: int = 1


@dataclass(frozen=True, slots=True)
class RadiusServer:
    """`radius server NAME`, or `radius-server host ...` (then `name` is the address)."""

    name: str
    address: IPv4Address | None = None
    auth_port: int = 1645
    acct_port: int = 1646
    key: Secret | None = None
    timeout: int = 5
    """Seconds for each try."""
    retransmit: int = 3


@dataclass(frozen=True, slots=True)
class AddressPool:
    """`ip local pool NAME LOW [HIGH]`; a name may have several lines. Both ends of a range belong to it."""

    name: str
    ranges: tuple[tuple[IPv4Address, IPv4Address], ...] = ()


class AddressMode(StrEnum):
    """`client configuration address`: whether the gateway pushes an address, answers a request, or both."""

    INITIATE = "initiate"
    RESPOND = "respond"


@dataclass(frozen=True, slots=True)
class ClientAccess:
    """The `client` and `isakmp authorization` lines of a crypto map or an ISAKMP profile.

    An authentication list asks for Xauth, an authorization list looks the group up.
    """

    authentication_list: str | None = None
    authorization_list: str | None = None
    address_modes: frozenset[AddressMode] = frozenset()


NO_CLIENTS = ClientAccess()


@dataclass(frozen=True, slots=True)
class ClientGroup:
    """`crypto isakmp client configuration group NAME`: the group's key, and what its members are told."""

    name: str
    key: Secret | None = None
    pool: str | None = None
    acl: str | None = None
    """The access list whose sources are the networks behind the gateway (split tunnel)."""
    dns: tuple[IPv4Address, ...] = ()
    wins: tuple[IPv4Address, ...] = ()
    domain: str | None = None
    split_dns: tuple[str, ...] = ()
    netmask: IPv4Address | None = None
    banner: str | None = None
    save_password: bool = False
    pfs: bool = False
    include_local_lan: bool = False
    group_lock: bool = False
    backup_gateways: tuple[str, ...] = ()
    max_users: int | None = None
    max_logins: int | None = None
