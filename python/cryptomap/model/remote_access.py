"""What remote access (Xauth, mode config) is configured with: users, servers, address pools, groups."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

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
class Assignment:
    """What a gateway tells a client by mode config; what is None or empty was not told."""

    address: IPv4Address | None = None
    netmask: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = ()
    wins: tuple[IPv4Address, ...] = ()
    expiry: int | None = None
    """Seconds for which the address may be used."""
    version: str | None = None
    """What the gateway calls itself."""
    banner: str | None = None
    domain: str | None = None
    split_dns: tuple[str, ...] = ()
    split_include: tuple[IPv4Network, ...] = ()
    """Behind the gateway; none is everything."""
    include_local_lan: bool = False
    save_password: bool | None = None
    pfs: bool | None = None
    backup_gateways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The user is who it says."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Wrong name or password: it may be tried again."""


@dataclass(frozen=True, slots=True)
class Challenged:
    """The server wants to be told more, such as a code that it just sent (RFC 2865 section 4.4)."""

    message: str
    state: bytes = field(repr=False)
    """To be given back to the server with the answer."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nobody could be asked; says what to do about it."""

    reason: str


Verdict = Accepted | Rejected | Challenged | Unavailable
"""What AAA says of a user and its password."""


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


class EzvpnMode(StrEnum):
    """`mode` of `crypto ipsec client ezvpn`: behind the address that the gateway gave, or with an own LAN."""

    CLIENT = "client"
    NETWORK_EXTENSION = "network-extension"


@dataclass(frozen=True, slots=True)
class EzvpnClient:
    """`crypto ipsec client ezvpn NAME`: us as the client of a gateway."""

    name: str
    automatic: bool = True
    """`connect auto`: calls by itself, and again."""
    group: str | None = None
    key: Secret | None = None
    mode: EzvpnMode = EzvpnMode.CLIENT
    peers: tuple[IPv4Address, ...] = ()
    username: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class EzvpnTunnel:
    """What a client has been told by the gateway that it called."""

    gateway: IPv4Address
    assignment: Assignment
