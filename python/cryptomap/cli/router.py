"""What the console needs of a running router. The daemon implements it; tests use a fake."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.model.config import InterfaceName, RouterConfig
from cryptomap.model.event import LogMessage
from cryptomap.model.remote_access import EzvpnStatus
from cryptomap.model.sa import SaKey
from cryptomap.model.status import CallStatistics, ClientStatus, IpsecFlowStatus, IsakmpSaStatus
from cryptomap.pki.fetch import Fetch, Fetched
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.scep.service import Authority
from cryptomap.policy.own_keys import OwnKeys


class DebugFlag(StrEnum):
    """The words after `debug`."""

    ISAKMP = "crypto isakmp"
    IPSEC = "crypto ipsec"


class PingResult(StrEnum):
    """The character IOS prints for an echo."""

    REPLY = "!"
    TIMEOUT = "."
    UNREACHABLE = "U"
    MUST_FRAGMENT = "M"


@dataclass(frozen=True, slots=True)
class PingRequest:
    """`ping TARGET ...`. `size` is the whole IP datagram in octets, as in IOS; `timeout` in seconds."""

    target: IPv4Address
    source: IPv4Address | None = None
    count: int = 5
    size: int = 100
    timeout: float = 2.0
    dont_fragment: bool = False


@dataclass(frozen=True, slots=True)
class PingReply:
    """One echo's fate; `milliseconds` is None unless it was answered."""

    result: PingResult
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class InterfaceStatus:
    """`show ip interface brief`: what Linux says of a configured interface."""

    name: InterfaceName
    device: str | None
    """The Linux device it stands for, None when there is none."""
    up: bool
    mtu: int


@dataclass(frozen=True, slots=True)
class RouteStatus:
    """One line of `show ip route`. `code` is its letter; `interface`, `next_hop` or both say where to."""

    code: str
    destination: IPv4Network
    interface: str | None = None
    next_hop: IPv4Address | None = None
    distance: int = 0
    metric: int = 0
    tag: int | None = None


class Router(Protocol):
    """A running router. Times are those of `clock`, already in local time."""

    @property
    def config(self) -> RouterConfig:
        """The running configuration."""

    @property
    def in_force(self) -> RouterConfig:
        """The running configuration with what the tunnels of our Easy VPN clients add to it."""

    def commit(self, candidate: RouterConfig) -> None:
        """Make a validated candidate the running configuration, or raise `ConfigurationError` and
        leave everything as it was."""

    def save(self) -> None:
        """Write the running configuration to where the router was started from, or raise
        `ConfigurationError`."""

    @property
    def keys(self) -> OwnKeys:
        """Our RSA key pairs."""

    def store_keys(self, keys: OwnKeys) -> None:
        """Keep these key pairs instead, on disk too, or raise `ConfigurationError` and change nothing."""

    async def generate_key(self, bits: int) -> RsaKeyPair:
        """Make a key pair without holding anything else up."""

    async def http(self, url: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """What is at an address of HTTP; with a `body` it is posted. Raises `ConfigurationError`."""

    async def obtain(self, fetch: Fetch) -> Fetched:
        """Get a revocation list or an answer about a certificate anew, for all that want it."""

    def revocation_lists(self) -> Sequence[tuple[str, bytes]]:
        """The lists that are kept, each with its address."""

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        """What our certificate servers remember, by the names of those that run."""

    def store_ledger(self, name: str, ledger: Ledger) -> None:
        """Have a server remember this instead, or raise `ConfigurationError`."""

    def authority(self, name: str) -> Authority | None:
        """One of our certificate servers, if it runs."""

    def tell(self, message: LogMessage) -> None:
        """Log something."""

    def random(self, count: int) -> bytes:
        """`count` octets fit for keys."""

    def clock(self) -> datetime: ...

    def uptime(self) -> float:
        """Seconds since the router started."""

    def isakmp_sas(self) -> Sequence[IsakmpSaStatus]: ...

    def call_statistics(self) -> CallStatistics:
        """What call admission control has counted."""

    def clear_call_statistics(self) -> None: ...

    def ipsec_flows(self) -> Sequence[IpsecFlowStatus]: ...

    def easy_vpn_clients(self) -> Sequence[EzvpnStatus]:
        """Our own clients (`crypto ipsec client ezvpn`), in the configuration's order."""

    def connect_client(self, name: str) -> None:
        """Have one of them call its gateway, unless it has a tunnel."""

    def answer_gateway(self, name: str, user: str, password: str) -> bool:
        """Tell its gateway who the user is; False when the gateway asks nothing."""

    def clear_client(self, name: str) -> None:
        """End its tunnel (with notifies)."""

    def remote_clients(self) -> Sequence[ClientStatus]: ...

    def access_list_hits(self, name: str) -> Mapping[int, int]:
        """Matches per line sequence number of a list."""

    def interfaces(self) -> Sequence[InterfaceStatus]: ...

    def routes(self) -> Sequence[RouteStatus]:
        """The routes that are in force."""

    def clear_isakmp(self, connection_id: int | None) -> None:
        """Delete one ISAKMP SA (with a notify), or all of them."""

    def clear_session(
        self, peer: IPv4Address | None = None, port: int | None = None, user: str | None = None
    ) -> None:
        """Delete every SA shared with a peer, or with a remote user's client (with notifies); without any of
        them all SAs."""

    def clear_sa(
        self,
        peer: IPv4Address | None = None,
        map_name: str | None = None,
        key: SaKey | None = None,
    ) -> None:
        """Delete IPsec SAs (with a notify): all, a peer's, a map's, or the pair of one SA."""

    def clear_sa_counters(self) -> None: ...

    def ping(self, request: PingRequest) -> AsyncIterator[PingReply]:
        """Send the echoes one after the other; yields once an echo is answered or timed out."""

    @property
    def debugging(self) -> frozenset[DebugFlag]: ...

    def set_debugging(self, flag: DebugFlag, on: bool) -> None: ...

    def log(self) -> Sequence[str]:
        """The last log lines, oldest first (`show logging`)."""
