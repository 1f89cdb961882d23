"""Drives the IKE core: datagrams, engine events and time in; datagrams, SAs and events out.

One turn is: give the core what came, then do everything it wants, in order, then ask when it wants
to be woken.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import ceil
from typing import Protocol

from cryptomap.daemon.aaa.authenticator import Authenticator
from cryptomap.daemon.fetcher import Fetcher
from cryptomap.daemon.flows import FlowTotals
from cryptomap.daemon.host import Host, TunnelEngine
from cryptomap.daemon.key_log import KeyLogger
from cryptomap.daemon.sockets import receive, send
from cryptomap.daemon.strangers import IkeSockets
from cryptomap.ikev1.api import (
    AddPolicy,
    Authenticate,
    ClientConfigured,
    Emit,
    InstallSa,
    Obtain,
    Output,
    RedirectSa,
    RemovePolicy,
    RemoveSa,
    Send,
)
from cryptomap.ikev1.endpoint import Endpoint
from cryptomap.model.address import Datagram
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import CryptomapError
from cryptomap.model.event import Event, KeyLog
from cryptomap.model.remote_access import Verdict
from cryptomap.model.sa import EngineEvent
from cryptomap.policy.own_keys import OwnKeys
from cryptomap.policy.spd import Spd

logger = logging.getLogger(__name__)

_TICK = 0.1
"""Seconds that a deadline may be met late, together with others: to wake for each of thousands of peers that
are asked whether they live costs more than to ask them."""


class PacketEngine(TunnelEngine, Protocol):
    """A data plane that shares UDP port 4500 with IKE."""

    def receive_datagrams(self) -> list[Datagram]: ...


class IkeDriver:
    """The core on its sockets, from `start` to `stop`. Nothing that arrives raises out of it."""

    def __init__(
        self,
        config: RouterConfig,
        spd: Spd,
        sockets: IkeSockets,
        engine: PacketEngine,
        host: Host,
        totals: FlowTotals,
        emit: Callable[[Event], None],
        keys: Callable[[], OwnKeys],
        notice: Callable[[EngineEvent], None],
        configuration: Callable[[], RouterConfig],
        client_configured: Callable[[ClientConfigured], None],
        key_logger: KeyLogger | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._engine = engine
        self._host = host
        self._totals = totals
        self._emit = emit
        self._notice = notice
        self._client_configured = client_configured
        self._key_logger = key_logger
        self._timer: asyncio.TimerHandle | None = None
        self.endpoint = Endpoint(
            config,
            spd,
            os.urandom,
            key_log=key_logger is not None,
            counters=engine.counters,
            keys=keys,
            wall_clock=lambda: datetime.now(UTC),
            look=lambda fetch: self.fetcher.look(fetch),
        )
        self.fetcher = Fetcher(self._obtained)
        self._authenticator = Authenticator(configuration, self._login_answered)

    @property
    def now(self) -> float:
        """The core's clock: monotonic seconds."""
        return self._loop.time()

    def start(self) -> None:
        """Begin to listen."""
        for opened in self._sockets.read_here:
            self._loop.add_reader(opened, self._readable, opened)
        self._loop.add_reader(self._engine.event_fd(), self._engine_readable)
        self.endpoint.start(self.now)
        self.turn()

    def stop(self) -> None:
        """Stop listening; what was sent has gone."""
        self.fetcher.close()
        self._authenticator.close()
        for opened in self._sockets.read_here:
            self._loop.remove_reader(opened)
        self._loop.remove_reader(self._engine.event_fd())
        if self._timer is not None:
            self._timer.cancel()

    def turn(self) -> None:
        """Do everything the core wants, and set its timer. Call after anything that was asked of it."""
        while (output := self.endpoint.poll()) is not None:
            try:
                self._do(output)
            except (CryptomapError, OSError) as error:
                logger.error("%s failed: %s", type(output).__name__, error)
                if isinstance(output, AddPolicy):
                    self.endpoint.policy_failed(self.now, output.line.policy_id)
        self._wake_at(self.endpoint.next_timeout())

    def _wake_at(self, at: float | None) -> None:
        tick = None if at is None else ceil(at / _TICK) * _TICK
        if self._timer is not None:
            if self._timer.when() == tick:
                return
            self._timer.cancel()
        self._timer = None if tick is None else self._loop.call_at(tick, self._timeout)

    def _readable(self, opened: socket.socket) -> None:
        self._feed(receive(opened))

    def _engine_readable(self) -> None:
        self._feed(self._engine.receive_datagrams())
        for event in self._engine.poll_events():
            self._notice(event)
            self.endpoint.handle_engine_event(self.now, event)
        self.turn()

    def _feed(self, datagrams: Iterable[Datagram]) -> None:
        for datagram in datagrams:
            self.endpoint.receive_datagram(self.now, datagram)
            self.turn()

    def _obtained(self) -> None:
        self.endpoint.obtained(self.now)
        self.turn()

    def _login_answered(self, number: int, verdict: Verdict) -> None:
        self.endpoint.login_answered(self.now, number, verdict)
        self.turn()

    def _timeout(self) -> None:
        self._timer = None
        self.endpoint.handle_timeout(self.now)
        self.turn()

    def _do(self, output: Output) -> None:
        match output:
            case Send(datagram, raw):
                send(self._sockets.of(datagram.local.port), datagram, raw)
            case Emit(KeyLog() as event):
                if self._key_logger is not None:
                    self._key_logger.isakmp(event)
            case Emit(event):
                self._emit(event)
            case Obtain(fetch):
                self.fetcher.obtain(fetch)
            case Authenticate():
                self._authenticator.ask(output)
            case ClientConfigured():
                self._client_configured(output)
            case AddPolicy() | InstallSa() | RemoveSa() | RemovePolicy() | RedirectSa():
                self._change(output)

    def _change(self, output: AddPolicy | InstallSa | RemoveSa | RemovePolicy | RedirectSa) -> None:
        """Change what the engine and the host do with packets."""
        match output:
            case AddPolicy(slot, line):
                self._host.add_policy(slot, line, self._engine)
            case InstallSa(spec):
                self._engine.add_sa(spec)
                self._totals.installed(spec)
                self._host.reverse_routes.installed(spec)
                if self._key_logger is not None:
                    self._key_logger.ipsec(spec)
            case RemoveSa(key):
                self._totals.removing(key)
                self._engine.delete_sa(key)
                self._host.reverse_routes.removed(key)
            case RemovePolicy(slot, line):
                self._totals.forget(line)
                self._host.remove_policy(slot, line, self._engine)
            case RedirectSa(key, remote, encapsulation):
                self._engine.redirect_sa(key, remote, encapsulation)
                self._host.reverse_routes.redirected(key, remote)
