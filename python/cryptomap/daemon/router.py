"""The `Router` that consoles see: the running configuration, and what IKE, engine and host say."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptomap.cli.debug import console_lines, debug_flag, unseen
from cryptomap.cli.router import DebugFlag, InterfaceStatus, PingReply, PingRequest, RouteStatus
from cryptomap.crypto.rsa import RsaKeyPair, generate
from cryptomap.daemon.certificate_server import CertificateServers
from cryptomap.daemon.configuration import write_configuration
from cryptomap.daemon.flows import FlowCollector, FlowTotals
from cryptomap.daemon.host import Host
from cryptomap.daemon.http import Request, get
from cryptomap.daemon.journal import Journal, RateLimit
from cryptomap.daemon.key_store import KeyStore
from cryptomap.daemon.ping import ping
from cryptomap.ikev1.api import ClientConfigured
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import ConfigurationError, CryptomapError
from cryptomap.model.event import Event, IsakmpEvent, LogMessage
from cryptomap.model.remote_access import EzvpnStatus, EzvpnTunnel
from cryptomap.model.sa import SaKey
from cryptomap.model.status import CallStatistics, ClientStatus, IpsecFlowStatus, IsakmpSaStatus
from cryptomap.pki import crl
from cryptomap.pki.fetch import Fetch, Fetched
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.scep.service import Authority
from cryptomap.policy.ezvpn import with_tunnels
from cryptomap.policy.own_keys import OwnKeys
from cryptomap.policy.spd import Spd

if TYPE_CHECKING:
    from cryptomap.daemon.ike import IkeDriver, PacketEngine

_EVENTS_PER_SECOND, _EVENT_BURST = 200.0, 2000
_LOGS_PER_SECOND, _LOG_BURST = 1.0, 20


class RunningRouter:
    """Implements `cli.router.Router`. `ike` is set once IKE runs."""

    ike: "IkeDriver"

    def __init__(
        self,
        config: RouterConfig,
        spd: Spd,
        host: Host,
        engine: "PacketEngine",
        journal: Journal,
        startup: Path,
        keys: KeyStore,
    ) -> None:
        self._config = config
        self._tunnels: Mapping[str, EzvpnTunnel] = {}
        """Of our Easy VPN clients, by their names."""
        self._spd = spd
        self._host = host
        self._engine = engine
        self._journal = journal
        self._startup = startup
        self._keys = keys
        self.servers = CertificateServers(self, startup)
        self.totals = FlowTotals(engine)
        self._debugging: frozenset[DebugFlag] = frozenset()
        self._started = time.monotonic()
        self._earlier_hits: Counter[tuple[str, int]] = Counter()
        self._debug_limit = RateLimit(_EVENTS_PER_SECOND, _EVENT_BURST)
        self._log_limit = RateLimit(_LOGS_PER_SECOND, _LOG_BURST)

    @property
    def config(self) -> RouterConfig:
        return self._config

    @property
    def in_force(self) -> RouterConfig:
        return with_tunnels(self._config, self._tunnels)

    def commit(self, candidate: RouterConfig) -> None:
        was_on = self.isakmp_on
        self._adopt(candidate, self._tunnels)
        self.ike.turn()
        self.servers.follow()
        if self.isakmp_on is not was_on:
            self.tell_isakmp()

    def client_configured(self, told: ClientConfigured) -> None:
        """An Easy VPN client of ours has a tunnel, or none any more: follow what that means."""
        tunnels = {name: tunnel for name, tunnel in self._tunnels.items() if name != told.name}
        if told.tunnel is not None:
            tunnels[told.name] = told.tunnel
        self._adopt(self._config, tunnels)

    def _adopt(self, config: RouterConfig, tunnels: Mapping[str, EzvpnTunnel]) -> None:
        """Run this configuration, with what it comes to in these tunnels; or raise `ConfigurationError` and
        change nothing."""
        whole = with_tunnels(config, tunnels)
        new = self._host.compile(whole)
        try:
            hits = self._line_hits()
            self._host.apply(whole, new, self._engine)
        except CryptomapError as error:
            self._host.apply(self.in_force, self._spd, self._engine)
            raise ConfigurationError(f"not applied, nothing is changed: {error}") from error
        self._earlier_hits = Counter(hits)
        self._config, self._tunnels, self._spd = config, tunnels, new
        self.ike.endpoint.set_config(self.ike.now, whole, new)

    @property
    def isakmp_on(self) -> bool:
        """Whether it is enabled, and there is an interface to serve: with a crypto map, or to call from."""
        clients = any(each.ezvpn_outside for each in self._config.interfaces.values())
        return self._config.isakmp_enabled and (clients or bool(self._spd.interfaces))

    def tell_isakmp(self) -> None:
        """Log whether ISAKMP is on."""
        text = f"ISAKMP is {'ON' if self.isakmp_on else 'OFF'}"
        self.emit(LogMessage("CRYPTO", 6, "ISAKMP_ON_OFF", text))

    def save(self) -> None:
        write_configuration(self._startup, self._config)

    @property
    def keys(self) -> OwnKeys:
        return self._keys.keys

    def store_keys(self, keys: OwnKeys) -> None:
        self._keys.store(keys)

    async def generate_key(self, bits: int) -> RsaKeyPair:
        return await asyncio.to_thread(generate, bits)

    async def http(self, url: str, body: bytes | None = None, content_type: str = "") -> bytes:
        request = Request(url, crl.MOST_OCTETS, body, content_type)
        try:
            return await asyncio.to_thread(get, request)
        except OSError as error:
            raise ConfigurationError(f"{url} does not answer: {error}") from error

    async def obtain(self, fetch: Fetch) -> Fetched:
        return await self.ike.fetcher.get(fetch)

    def revocation_lists(self) -> Sequence[tuple[str, bytes]]:
        return tuple(self.ike.fetcher.lists())

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        return self.servers.ledgers

    def store_ledger(self, name: str, ledger: Ledger) -> None:
        self.servers.store(name, ledger)

    def authority(self, name: str) -> Authority | None:
        return self.servers.authority(name)

    def tell(self, message: LogMessage) -> None:
        self.emit(message)

    def random(self, count: int) -> bytes:
        return os.urandom(count)

    def clock(self) -> datetime:
        return datetime.now().astimezone()

    def uptime(self) -> float:
        return time.monotonic() - self._started

    def isakmp_sas(self) -> Sequence[IsakmpSaStatus]:
        return self.ike.endpoint.isakmp_sas(self.ike.now)

    def call_statistics(self) -> CallStatistics:
        return self.ike.endpoint.call_statistics()

    def clear_call_statistics(self) -> None:
        self.ike.endpoint.clear_call_statistics()

    def ipsec_flows(self) -> Sequence[IpsecFlowStatus]:
        ike, totals = self.ike, self.totals.totals()
        collector = FlowCollector(ike.now, self._host, self._engine, totals, ike.endpoint.peer_of)
        return tuple(collector.flows(self._spd, ike.endpoint.ipsec_sas()))

    def easy_vpn_clients(self) -> Sequence[EzvpnStatus]:
        return self.ike.endpoint.own_clients()

    def connect_client(self, name: str) -> None:
        self.ike.endpoint.connect_client(self.ike.now, name)
        self.ike.turn()

    def answer_gateway(self, name: str, user: str, password: str) -> bool:
        answered = self.ike.endpoint.answer_gateway(self.ike.now, name, user, password)
        self.ike.turn()
        return answered

    def clear_client(self, name: str) -> None:
        self.ike.endpoint.hang_up_client(self.ike.now, name)
        self.ike.turn()

    def remote_clients(self) -> Sequence[ClientStatus]:
        return self.ike.endpoint.clients(self.ike.now)

    def access_list_hits(self, name: str) -> Mapping[int, int]:
        hits = self._line_hits()
        return {sequence: count for (list_name, sequence), count in hits.items() if list_name == name}

    def interfaces(self) -> Sequence[InterfaceStatus]:
        return self._host.interfaces.status(self.in_force)

    def routes(self) -> Sequence[RouteStatus]:
        return self._host.routes()

    def clear_isakmp(self, connection_id: int | None) -> None:
        self.ike.endpoint.clear_isakmp(self.ike.now, connection_id)
        self.ike.turn()

    def clear_session(
        self, peer: IPv4Address | None = None, port: int | None = None, user: str | None = None
    ) -> None:
        self.ike.endpoint.clear_session(self.ike.now, peer, port, user)
        self.ike.turn()

    def clear_sa(
        self,
        peer: IPv4Address | None = None,
        map_name: str | None = None,
        key: SaKey | None = None,
    ) -> None:
        self.ike.endpoint.clear_sa(self.ike.now, peer=peer, map_name=map_name, key=key)
        self.ike.turn()

    def clear_sa_counters(self) -> None:
        self.totals.clear()

    def ping(self, request: PingRequest) -> AsyncIterator[PingReply]:
        return ping(request)

    @property
    def debugging(self) -> frozenset[DebugFlag]:
        return self._debugging

    def set_debugging(self, flag: DebugFlag, on: bool) -> None:
        self._debugging = self._debugging | {flag} if on else self._debugging - {flag}
        self.mute_unseen()

    def mute_unseen(self) -> None:
        """IKE need not tell what no debug shows."""
        self.ike.endpoint.mute(unseen(self._debugging))

    def log(self) -> Sequence[str]:
        return self._journal.lines()

    def emit(self, event: Event) -> None:
        """Log an event, and show it where its debug is on; each peer has its share of lines only."""
        flag = debug_flag(type(event))
        peer = event.sa.remote.address if isinstance(event, IsakmpEvent) else None
        limit = self._log_limit if flag is None else self._debug_limit
        key = (peer, event.mnemonic if isinstance(event, LogMessage) else None)
        if limit.allows(key, time.monotonic()):
            self._journal.add(console_lines(event, self._config.personality, self._debugging, self.clock()))

    def _line_hits(self) -> Counter[tuple[str, int]]:
        """Matches so far by access list and line number, those before the last change included."""
        hits = Counter(self._earlier_hits)
        for (_interface, policy_id), count in self._host.interception.hits().items():
            line = self._spd.line(policy_id)
            if line is not None and line.entry.match_address is not None:
                hits[line.entry.match_address, line.ace.sequence] += count
        return hits
