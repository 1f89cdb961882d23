"""A router that runs nothing: R2 of the study note's lab 1, as it stands after its first ping."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from os import urandom
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cryptomap.cli.router import (
    DebugFlag,
    InterfaceStatus,
    PingReply,
    PingRequest,
    PingResult,
    RouteStatus,
)
from cryptomap.cli.session import Session
from cryptomap.crypto.rsa import RsaKeyPair, load_pem
from cryptomap.model.access_list import AccessList, Ace, Action, WildcardNetwork
from cryptomap.model.address import Endpoint
from cryptomap.model.algorithm import AuthMethod, EspAuth, EspCipher, Group, Hash, IkeCipher, Mode
from cryptomap.model.config import (
    CryptoMap,
    CryptoMapEntry,
    Interface,
    InterfaceName,
    IsakmpPolicy,
    IsakmpProfile,
    Keyring,
    MatchIdentity,
    Personality,
    PresharedKey,
    RouterConfig,
    Secret,
    StaticRoute,
    TransformSet,
)
from cryptomap.model.error import ConfigurationError
from cryptomap.model.event import LogMessage
from cryptomap.model.remote_access import Assignment, EzvpnEvent, EzvpnState, EzvpnStatus, EzvpnTunnel
from cryptomap.model.sa import SaCounters, SaKey
from cryptomap.model.selector import Selector
from cryptomap.model.status import (
    CallStatistics,
    ClientStatus,
    IpsecFlowStatus,
    IpsecSaStatus,
    IsakmpSaStatus,
    RequestCounts,
    Role,
)
from cryptomap.pki.fetch import Fetch, Fetched
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.revocation import fetched
from cryptomap.pki.scep.service import Authority, serve
from cryptomap.policy.own_keys import OwnKeys

OUTSIDE, INSIDE = InterfaceName("Ethernet0/0"), InterfaceName("Loopback0")
R2, R3 = IPv4Address("12.1.1.2"), IPv4Address("13.1.1.3")
FIRST = IPv4Address("10.9.9.1")
LAN2, LAN3 = IPv4Network("2.2.2.0/24"), IPv4Network("3.3.3.0/24")
NOTE_TIME = datetime(1993, 3, 1, 0, 55, 40, 767000, UTC)
WILDCARD = IPv4Address("0.0.0.255")


def lab1_config() -> RouterConfig:
    """The note's lab 1 on R2, with the address and the route that it leaves out."""
    line = Ace(
        Action.PERMIT,
        WildcardNetwork(LAN2.network_address, WILDCARD),
        WildcardNetwork(LAN3.network_address, WILDCARD),
        sequence=10,
    )
    entry = CryptoMapEntry(10, (R3,), ("cisco",), "VPN", Group.MODP_768)
    policy = IsakmpPolicy(2, IkeCipher.TRIPLE_DES, None, Hash.MD5, AuthMethod.PRE_SHARE, Group.MODP_1024, 60)
    identity = MatchIdentity(network=IPv4Network(R3))
    return RouterConfig(
        hostname="R2",
        interfaces={
            OUTSIDE: Interface(OUTSIDE, IPv4Interface("12.1.1.2/24"), crypto_map="huawei"),
            INSIDE: Interface(INSIDE, IPv4Interface("2.2.2.2/24")),
        },
        routes=(StaticRoute(IPv4Network("0.0.0.0/0"), IPv4Address("12.1.1.1")),),
        access_lists={"VPN": AccessList("VPN", (line,))},
        isakmp_policies={2: policy},
        keyrings={
            "default": Keyring("default", (PresharedKey(Secret("wolf"), IPv4Network(R3)),)),
            "L2LKEY": Keyring("L2LKEY", (PresharedKey(Secret("wolf"), IPv4Network(R3)),)),
        },
        isakmp_profiles={"L2L": IsakmpProfile("L2L", (identity,), keyring="L2LKEY")},
        transform_sets={"cisco": TransformSet("cisco", EspCipher.DES, None, EspAuth.SHA)},
        crypto_maps={"huawei": CryptoMap("huawei", {10: entry})},
        compliance_shield=False,
    )


def lab1_isakmp_sa() -> IsakmpSaStatus:
    return IsakmpSaStatus(
        1001,
        Endpoint(R2, 500),
        Endpoint(R3, 500),
        Role.INITIATOR,
        "QM_IDLE",
        False,
        IkeCipher.TRIPLE_DES,
        None,
        Hash.MD5,
        AuthMethod.PRE_SHARE,
        Group.MODP_1024,
        41,
    )


def lab1_flow() -> IpsecFlowStatus:
    """The note's `show crypto ipsec sa`, number by number."""
    inbound = IpsecSaStatus(
        0xECCDDAEC, 2001, 1, EspCipher.DES, None, EspAuth.SHA, Mode.TUNNEL, False, 3167, 4449567, 8, 64,
        SaCounters(packets=99, sequence=99),
    )  # fmt: skip
    outbound = replace(
        inbound, spi=0x5C587C54, connection_id=2002, flow_id=2, seconds_left=3165, counters=SaCounters(99)
    )
    return IpsecFlowStatus(
        OUTSIDE, "huawei", 10, R2, R3, 500, Selector(LAN2, LAN3), Group.MODP_768, 3, 3, 0, 0, 1500, 1446,
        (inbound,), (outbound,),
    )  # fmt: skip


KEY_PEM = (Path(__file__).parents[2] / "data/rsa/key1024.pem").read_text()
"""A key pair for tests, made once with `openssl genrsa 1024`."""


class FakeRouter:
    """The `Router` protocol over plain lists; `calls` notes what the console asked for."""

    def __init__(self, config: RouterConfig) -> None:
        self._config = config
        self.calls: list[tuple[object, ...]] = []
        self.sas: list[IsakmpSaStatus] = [lab1_isakmp_sa()]
        self.clients = [ClientStatus(Endpoint(IPv4Address("14.1.1.4"), 500), "alice", "VPNG", FIRST, 75)]
        told = Assignment(
            FIRST, dns=(LAN2[53],), domain="lab.example", split_include=(LAN2,), backup_gateways=("12.1.1.3",)
        )
        self.own_clients = [
            EzvpnStatus("ez", EzvpnState.IPSEC_ACTIVE, EzvpnEvent.SOCKET_UP, R3, EzvpnTunnel(R3, told)),
            EzvpnStatus("hq", EzvpnState.XAUTH_REQ, EzvpnEvent.XAUTH_REQUEST, R3),
        ]
        self.flows: list[IpsecFlowStatus] = [lab1_flow()]
        self.lines: list[str] = ["*Mar  1 00:55:40.767: %CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON"]
        self.replies = ".!!!!"
        self.refuse_commit: str | None = None
        self.own_keys = OwnKeys()
        self.far_authority: Authority | None = None
        """What answers HTTP, wherever it is asked."""
        self.far_ledger = Ledger()
        self.far_takes_no_post = False
        self.own_authority: Authority | None = None
        self.own_ledgers: Mapping[str, Ledger] = {}
        self.lists: list[tuple[str, bytes]] = []
        self._debugging: set[DebugFlag] = set()

    @property
    def config(self) -> RouterConfig:
        return self._config

    def commit(self, candidate: RouterConfig) -> None:
        if self.refuse_commit:
            raise ConfigurationError(self.refuse_commit)
        self._config = candidate

    def save(self) -> None:
        self.calls.append(("save",))

    @property
    def keys(self) -> OwnKeys:
        return self.own_keys

    def store_keys(self, keys: OwnKeys) -> None:
        self.own_keys = keys

    async def generate_key(self, bits: int) -> RsaKeyPair:
        self.calls.append(("generate key", bits))
        return load_pem(KEY_PEM)

    async def http(self, url: str, body: bytes | None = None, content_type: str = "") -> bytes:
        self.calls.append(("http", url))
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        authority, ledger = self.far_authority, self.far_ledger
        if authority is None:
            raise ConfigurationError(f"{url} does not answer: connection refused")
        operation = query["operation"]
        message = body or b""
        if operation == "PKIOperation" and body is None:
            message = base64.b64decode(query["message"], validate=True)
        if operation == "GetCACaps" and self.far_takes_no_post:
            return b""
        answer, self.far_ledger = serve(authority, ledger, operation, message, NOTE_TIME, urandom)
        return answer.body

    async def obtain(self, fetch: Fetch) -> Fetched:
        self.calls.append(("obtain", fetch.url))
        octets = self.far_authority.crl(self.far_ledger, NOTE_TIME) if self.far_authority else None
        came = fetched(fetch, octets, NOTE_TIME)
        if came.octets is not None:
            self.lists = [(fetch.url, came.octets)]
        return came

    def revocation_lists(self) -> Sequence[tuple[str, bytes]]:
        return self.lists

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        return self.own_ledgers

    def store_ledger(self, name: str, ledger: Ledger) -> None:
        self.own_ledgers = {**self.own_ledgers, name: ledger}

    def authority(self, name: str) -> Authority | None:
        return self.own_authority if name in self.own_ledgers else None

    def tell(self, message: LogMessage) -> None:
        self.lines.append(f"%{message.facility}-{message.severity}-{message.mnemonic}: {message.text}")

    def random(self, count: int) -> bytes:
        return bytes(range(count))

    def clock(self) -> datetime:
        return NOTE_TIME

    def uptime(self) -> float:
        return 93784.5

    def isakmp_sas(self) -> Sequence[IsakmpSaStatus]:
        return self.sas

    def call_statistics(self) -> CallStatistics:
        return CallStatistics(
            sa_limit=None,
            negotiation_limit=40,
            active=1001,
            negotiating=0,
            incoming=RequestCounts(1056101, 1536),
            outgoing=RequestCounts(1, 2),
            rejected_for_resources=3,
            rejected_by_sa_limit=0,
            rejected_by_negotiation_limit=1535,
            dropped=7,
            ipsec_active=1075,
            ipsec_negotiating=6,
            ipsec_incoming=RequestCounts(511759),
            ipsec_outgoing=RequestCounts(1214),
            asking_users=4,
        )

    def clear_call_statistics(self) -> None:
        self.calls.append(("clear call statistics",))

    def ipsec_flows(self) -> Sequence[IpsecFlowStatus]:
        return self.flows

    @property
    def in_force(self) -> RouterConfig:
        return self._config

    def easy_vpn_clients(self) -> Sequence[EzvpnStatus]:
        return [each for each in self.own_clients if each.name in self._config.ezvpn_clients]

    def connect_client(self, name: str) -> None:
        self.calls.append(("connect client", name))

    def answer_gateway(self, name: str, user: str, password: str) -> bool:
        self.calls.append(("answer gateway", name, user, password))
        return bool(self.own_clients)

    def clear_client(self, name: str) -> None:
        self.calls.append(("clear client", name))

    def remote_clients(self) -> Sequence[ClientStatus]:
        return self.clients

    def access_list_hits(self, name: str) -> Mapping[int, int]:
        return {10: 5} if name == "VPN" else {}

    def interfaces(self) -> Sequence[InterfaceStatus]:
        return [InterfaceStatus(name, "eth0", True, 1500) for name in self._config.interfaces]

    def routes(self) -> Sequence[RouteStatus]:
        return [
            RouteStatus("S", IPv4Network("0.0.0.0/0"), None, IPv4Address("12.1.1.1"), 1),
            RouteStatus("C", IPv4Network("12.1.1.0/24"), "Ethernet0/0"),
            RouteStatus("L", IPv4Network("12.1.1.2/32"), "Ethernet0/0"),
            RouteStatus("C", IPv4Network("2.2.2.2/32"), "Loopback0"),
            RouteStatus("S", LAN3, None, R3, 20, tag=5),
        ]

    def clear_session(
        self, peer: IPv4Address | None = None, port: int | None = None, user: str | None = None
    ) -> None:
        self.calls.append(("clear session", peer, port, user))

    def clear_isakmp(self, connection_id: int | None) -> None:
        self.calls.append(("clear isakmp", connection_id))

    def clear_sa(
        self, peer: IPv4Address | None = None, map_name: str | None = None, key: SaKey | None = None
    ) -> None:
        self.calls.append(("clear sa", peer, map_name, key))

    def clear_sa_counters(self) -> None:
        self.calls.append(("clear sa counters",))

    async def ping(self, request: PingRequest) -> AsyncIterator[PingReply]:
        self.calls.append(("ping", request))
        for number in range(request.count):
            await asyncio.sleep(0)
            result = PingResult(self.replies[number % len(self.replies)])
            yield PingReply(result, 12.0 if result is PingResult.REPLY else None)

    @property
    def debugging(self) -> frozenset[DebugFlag]:
        return frozenset(self._debugging)

    def set_debugging(self, flag: DebugFlag, on: bool) -> None:
        (self._debugging.add if on else self._debugging.discard)(flag)

    def log(self) -> Sequence[str]:
        return self.lines


@pytest.fixture
def router() -> FakeRouter:
    return FakeRouter(lab1_config())


@pytest.fixture
def old_router() -> FakeRouter:
    """The same, printing what release 12.3 prints."""
    return FakeRouter(replace(lab1_config(), personality=Personality.IOS_12_3))


@pytest.fixture
def session(router: FakeRouter) -> Session:
    return Session(router)


Typed = Callable[[Session, str], str]


@pytest.fixture
def typed() -> Typed:
    """Types one line and gives back all that it prints."""

    def run(session: Session, line: str) -> str:
        async def collect() -> str:
            return "".join([text async for text in session.execute(line)])

        return asyncio.run(collect())

    return run


Play = Callable[[list[str], Personality], str]


@pytest.fixture
def play() -> Play:
    """Types lines at a fresh R2 and gives back the screen: prompts, lines and output."""

    def run(lines: list[str], personality: Personality = Personality.IOS_15) -> str:
        session = Session(FakeRouter(replace(lab1_config(), personality=personality)))

        async def screen() -> str:
            text = ""
            for line in lines:
                text += f"{session.prompt}{line}\n"
                text += "".join([piece async for piece in session.execute(line)])
            return text

        return asyncio.run(screen())

    return run
