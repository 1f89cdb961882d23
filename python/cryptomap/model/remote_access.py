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
    """`mode` of `crypto ipsec client ezvpn`: behind the address that the gateway gave, with an own LAN, or
    both."""

    CLIENT = "client"
    NETWORK_EXTENSION = "network-extension"
    NETWORK_PLUS = "network-plus"


class XauthMode(StrEnum):
    """`xauth userid mode`: whether the configured user name is sent, or a person is always asked."""

    INTERACTIVE = "interactive"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class EzvpnClient:
    """`crypto ipsec client ezvpn NAME`: us as the client of a gateway."""

    name: str
    automatic: bool = True
    """`connect auto`: calls by itself, and again."""
    group: str | None = None
    key: Secret | None = None
    local_address: str | None = None
    """The interface whose address is called from; None is the outside interface itself."""
    mode: EzvpnMode = EzvpnMode.CLIENT
    peers: tuple[IPv4Address, ...] = ()
    default_peer: bool = False
    """The first peer is the `default` one: it is gone back to."""
    acl: str | None = None
    """The access list whose sources are networks of ours besides those of the inside interfaces."""
    username: str | None = None
    password: Secret | None = None
    xauth: XauthMode | None = None
    """None sends the configured user name, if there is one."""


@dataclass(frozen=True, slots=True)
class EzvpnTunnel:
    """What a client has been told by the gateway that it called."""

    gateway: IPv4Address
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class Translation:
    """Hosts in `source` go through a tunnel to `destination` as `address` (port address translation)."""

    source: IPv4Network
    destination: IPv4Network
    address: IPv4Address


class EzvpnState(StrEnum):
    """How far a client of ours is; the values are what IOS shows."""

    CONNECT_REQUIRED = "CONNECT_REQUIRED"
    """It waits for `crypto ipsec client ezvpn connect`, or lacks a line."""
    READY = "READY"
    """It calls its gateway, or will."""
    XAUTH_REQ = "XAUTH_REQ"
    """A person has to answer."""
    SS_OPEN = "SS_OPEN"
    """It was told who it is; there are no IPsec SAs yet."""
    IPSEC_ACTIVE = "IPSEC_ACTIVE"


class EzvpnEvent(StrEnum):
    """What happened last to a client of ours; the values are what IOS shows."""

    RESET = "RESET"
    CONNECT = "CONNECT"
    XAUTH_REQUEST = "XAUTH_REQUEST"
    XAUTH_REQ_INFO_READY = "XAUTH_REQ_INFO_READY"
    XAUTH_STATUS = "XAUTH_STATUS"
    MODE_CONFIG_REPLY = "MODE_CONFIG_REPLY"
    SOCKET_UP = "SOCKET_UP"
    """It has IPsec SAs."""
    CONN_DOWN = "CONN_DOWN"


@dataclass(frozen=True, slots=True)
class EzvpnStatus:
    """A client of ours as `show crypto ipsec client ezvpn` tells of it."""

    name: str
    state: EzvpnState
    last_event: EzvpnEvent
    peer: IPv4Address | None = None
    """The gateway of the tunnel, or that whose turn it is."""
    tunnel: EzvpnTunnel | None = None
