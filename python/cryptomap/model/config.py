"""The router's configuration as a value: what the `config` package parses, applies and renders.

Everything is frozen: a command returns a changed copy, so that a candidate can be validated
whole and thrown away without touching what runs. Dictionaries are keyed by the IOS name or
number and are never changed in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import NewType

from cryptomap.model.access_list import AccessList
from cryptomap.model.algorithm import (
    AuthMethod,
    EspAuth,
    EspCipher,
    Extended,
    Group,
    Hash,
    IkeCipher,
    Mode,
)
from cryptomap.model.pki import CertificateMap, PeerPublicKey, PkiServer, StoredCertificate, Trustpoint
from cryptomap.model.remote_access import (
    NO_CLIENTS,
    AaaMethod,
    AddressPool,
    ClientAccess,
    ClientGroup,
    EzvpnClient,
    RadiusServer,
    Translation,
    User,
)
from cryptomap.model.secret import Secret as Secret

InterfaceName = NewType("InterfaceName", str)
"""Canonical IOS spelling, such as `Ethernet0/0`; a Linux name is kept as it is."""

DEFAULT_KEYRING = "default"


@dataclass(frozen=True, slots=True)
class IsakmpPolicy:
    """`crypto isakmp policy N`. The defaults are those of an IOS policy with no lines under it."""

    priority: int
    encryption: IkeCipher = IkeCipher.DES
    key_bits: int | None = None
    """128, 192 or 256 for AES; None for the others."""
    hash: Hash = Hash.SHA
    authentication: AuthMethod = AuthMethod.RSA_SIG
    group: Group = Group.MODP_768
    lifetime: int = 86400
    """Seconds."""
    extended: tuple[Extended, ...] = (Extended.NONE,)
    """Never configured: what may follow phase 1, best first, while offers are made or judged; then the one
    that was agreed on."""


@dataclass(frozen=True, slots=True)
class PresharedKey:
    """A key for the peers in `network` (/32 for one address), or for `hostname`."""

    key: Secret
    network: IPv4Network | None = None
    hostname: str | None = None
    no_xauth: bool = False


@dataclass(frozen=True, slots=True)
class Keyring:
    """`crypto keyring NAME`; the global `crypto isakmp key` lines are the keyring "default"."""

    name: str
    keys: tuple[PresharedKey, ...] = ()
    description: str | None = None


class IdentityKind(StrEnum):
    """What we send as our phase 1 identity (`crypto isakmp identity`)."""

    ADDRESS = "address"
    HOSTNAME = "hostname"
    DN = "dn"


@dataclass(frozen=True, slots=True)
class MatchIdentity:
    """`match identity ...` of an ISAKMP profile. Exactly one of the fields is set."""

    network: IPv4Network | None = None
    host: str | None = None
    host_domain: str | None = None
    user: str | None = None
    user_domain: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Keepalive:
    """`crypto isakmp keepalive`: dead peer detection (RFC 3706), in seconds."""

    interval: int
    retry: int = 2
    periodic: bool = False
    """Asks at every interval; otherwise only when we send and hear nothing."""


@dataclass(frozen=True, slots=True)
class IsakmpPeer:
    """`crypto isakmp peer {address IP | hostname H}`: with both lines below it we start aggressive mode."""

    address: IPv4Address | None = None
    hostname: str | None = None
    password: Secret | None = None
    client_endpoint: str | None = None
    """`fqdn NAME`, `user-fqdn NAME` or `ipv4-address IP`, as typed: our identity."""


@dataclass(frozen=True, slots=True)
class IsakmpProfile:
    """`crypto isakmp profile NAME`. Without a `match` line it is incomplete and never chosen."""

    name: str
    match_identities: tuple[MatchIdentity, ...] = ()
    keyring: str | None = None
    self_identity: str | None = None
    """`address`, `fqdn`, `fqdn NAME` or `user-fqdn NAME`, as typed; None follows the global line."""
    description: str | None = None
    match_certificates: tuple[str, ...] = ()
    """Names of certificate maps."""
    initiate_aggressive: bool = False
    keepalive: Keepalive | None = None
    trustpoints: tuple[str, ...] = ()
    """`ca trust-point`; none is all."""
    client: ClientAccess = NO_CLIENTS
    client_group: str | None = None
    """`client configuration group`: whose settings its clients get, whatever group they name."""


@dataclass(frozen=True, slots=True)
class TransformSet:
    """`crypto ipsec transform-set NAME ...`, at least one of cipher and auth set."""

    name: str
    cipher: EspCipher | None = None
    key_bits: int | None = None
    auth: EspAuth | None = None
    mode: Mode = Mode.TUNNEL
    mode_required: bool = False

    @property
    def words(self) -> str:
        """The transforms as IOS prints them, such as `esp-aes 256 esp-sha-hmac`."""
        cipher = self.cipher.value if self.cipher else ""
        if self.key_bits and not (self.cipher is EspCipher.AES and self.key_bits == 128):
            cipher += f" {self.key_bits}"
        return " ".join(word for word in (cipher, self.auth.value if self.auth else "") if word)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """IPsec SA lifetime; None inherits (a map entry from the global line)."""

    seconds: int | None = None
    kilobytes: int | None = None


GLOBAL_LIFETIME = Lifetime(3600, 4608000)


@dataclass(frozen=True, slots=True)
class CryptoMapEntry:
    """`crypto map NAME SEQ ipsec-isakmp`. Without peer, transform set and list it stays disabled."""

    sequence: int
    peers: tuple[IPv4Address, ...] = ()
    transform_sets: tuple[str, ...] = ()
    match_address: str | None = None
    pfs: Group | None = None
    """None is no PFS; a bare `set pfs` is group 1."""
    lifetime: Lifetime = Lifetime()
    isakmp_profile: str | None = None
    reverse_route: bool = False
    reverse_route_static: bool = False
    reverse_route_distance: int | None = None
    """None is 1, as of any static route."""
    reverse_route_tag: int | None = None
    description: str | None = None
    dynamic: str | None = None
    """`ipsec-isakmp dynamic NAME`: the dynamic map that answers here; the entry has no other line."""
    default_peer: bool = False
    """The first peer is the `default` one: it is gone back to."""
    per_host: bool = False
    """`set security-association level per-host`: an SA pair for each pair of hosts."""
    idle_time: int | None = None
    """Seconds; None follows the global line."""
    idle_default: bool = False
    """After idling the next call goes to the default peer."""
    ezvpn: str | None = None
    """The `crypto ipsec client ezvpn` whose entry it is: never configured, see `policy.ezvpn`."""

    @property
    def complete(self) -> bool:
        return bool(self.peers and self.transform_sets and self.match_address)


@dataclass(frozen=True, slots=True)
class CryptoMap:
    """All entries of one name, keyed by sequence number."""

    name: str
    entries: Mapping[int, CryptoMapEntry] = field(default_factory=dict)
    local_address: InterfaceName | None = None
    client: ClientAccess = NO_CLIENTS
    isakmp_profile: str | None = None
    """For all its entries, unless they name one."""

    @property
    def ordered(self) -> tuple[CryptoMapEntry, ...]:
        return tuple(self.entries[sequence] for sequence in sorted(self.entries))


@dataclass(frozen=True, slots=True)
class Interface:
    """`interface NAME`."""

    name: InterfaceName
    address: IPv4Interface | None = None
    secondary: tuple[IPv4Interface, ...] = ()
    crypto_map: str | None = None
    ezvpn_outside: str | None = None
    """`crypto ipsec client ezvpn NAME`: where that client calls from."""
    translations: tuple[Translation, ...] = ()
    """Of hosts whose packets leave here by a tunnel: never configured, see `policy.ezvpn`."""
    ezvpn_inside: str | None = None
    """`crypto ipsec client ezvpn NAME inside`: whose networks it is for."""
    shutdown: bool = False
    description: str | None = None
    mtu: int | None = None
    ip_mtu: int | None = None
    """`ip mtu`: octets of an IP datagram; None follows `mtu`."""
    accepted: tuple[str, ...] = ()
    """Lines that mean nothing here but are kept and printed back (`duplex auto`)."""


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """`ip route PREFIX MASK {NEXTHOP | INTERFACE [NEXTHOP]} [DISTANCE]`."""

    destination: IPv4Network
    next_hop: IPv4Address | None = None
    interface: InterfaceName | None = None
    distance: int = 1


class Personality(StrEnum):
    """Which releases' text the show and debug commands print (`service show-format`)."""

    IOS_12_3 = "12.3"
    IOS_15 = "15"


@dataclass(frozen=True, slots=True)
class CallAdmission:
    """`crypto call admission limit ike`: how many ISAKMP SAs there may be, and how many in negotiation."""

    sas: int | None = None
    in_negotiation: int | None = None


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """A line that no command took: kept as typed, with its number and the block it stood in. It may hold a
    key of whatever it is."""

    number: int
    text: str = field(repr=False)
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class RouterConfig:
    """Everything a router's configuration says."""

    hostname: str = "Router"
    domain_name: str | None = None
    hosts: Mapping[str, tuple[IPv4Address, ...]] = field(default_factory=dict)
    """`ip host`; case makes no difference in a name."""
    interfaces: Mapping[InterfaceName, Interface] = field(default_factory=dict)
    routes: tuple[StaticRoute, ...] = ()
    access_lists: Mapping[str, AccessList] = field(default_factory=dict)
    isakmp_enabled: bool = True
    isakmp_identity: IdentityKind = IdentityKind.ADDRESS
    isakmp_policies: Mapping[int, IsakmpPolicy] = field(default_factory=dict)
    keyrings: Mapping[str, Keyring] = field(default_factory=dict)
    isakmp_profiles: Mapping[str, IsakmpProfile] = field(default_factory=dict)
    isakmp_peers: tuple[IsakmpPeer, ...] = ()
    aggressive_mode: bool = True
    """False is `crypto isakmp aggressive-mode disable`."""
    keepalive: Keepalive | None = None
    fragmentation: bool = False
    """`crypto isakmp fragmentation`."""
    invalid_spi_recovery: bool = False
    lifetime_check: bool = False
    """`crypto isakmp lifetime-check`: an offer that lives longer than our policy is refused."""
    call_admission: CallAdmission = CallAdmission()
    xauth_timeout: int = 30
    """Seconds a user has for each answer."""
    client_pools: tuple[str, ...] = ()
    """`crypto isakmp client configuration address-pool local`: for clients whose group names none."""
    client_groups: Mapping[str, ClientGroup] = field(default_factory=dict)
    ezvpn_clients: Mapping[str, EzvpnClient] = field(default_factory=dict)
    """`crypto ipsec client ezvpn`."""
    aaa_new_model: bool = False
    aaa_authentication: Mapping[str, tuple[AaaMethod, ...]] = field(default_factory=dict)
    """`aaa authentication login NAME`."""
    aaa_authorization: Mapping[str, tuple[AaaMethod, ...]] = field(default_factory=dict)
    """`aaa authorization network NAME`."""
    users: Mapping[str, User] = field(default_factory=dict)
    radius_servers: Mapping[str, RadiusServer] = field(default_factory=dict)
    pools: Mapping[str, AddressPool] = field(default_factory=dict)
    trustpoints: Mapping[str, Trustpoint] = field(default_factory=dict)
    certificates: Mapping[str, tuple[StoredCertificate, ...]] = field(default_factory=dict)
    """`crypto pki certificate chain`, by trustpoint."""
    certificate_maps: Mapping[str, CertificateMap] = field(default_factory=dict)
    public_keys: tuple[PeerPublicKey, ...] = ()
    pki_servers: Mapping[str, PkiServer] = field(default_factory=dict)
    transform_sets: Mapping[str, TransformSet] = field(default_factory=dict)
    lifetime: Lifetime = GLOBAL_LIFETIME
    replay_window: int = 64
    """Packets; 0 is `replay disable`."""
    nat_keepalive: int | None = None
    """Seconds; None is off in the configuration (20 s are used behind a NAT)."""
    udp_encapsulation: bool = True
    idle_time: int | None = None
    """`crypto ipsec security-association idle-time`, seconds; None is no limit."""
    crypto_maps: Mapping[str, CryptoMap] = field(default_factory=dict)
    dynamic_maps: Mapping[str, CryptoMap] = field(default_factory=dict)
    compliance_shield: bool = True
    """On: weak algorithms are refused (IOS XE 17.11, field notice FN72510)."""
    personality: Personality = Personality.IOS_15
    unknown: tuple[UnknownLine, ...] = ()
    accepted: tuple[str, ...] = ()
    """Lines that mean nothing here but are kept and printed back (`service timestamps ...`)."""
