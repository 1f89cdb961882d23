"""A running router: the host, the data plane, IKE and the console put together, and their end.

Start: locks and sockets, guard and interception, IKE, console. Clean stop, the other way round: deletes
to the peers, then IKE, then interception. Killed instead, interception stays and nothing leaves in clear.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from cryptomap.daemon.configuration import read_configuration
from cryptomap.daemon.console import ConsoleServer, Reserved
from cryptomap.daemon.engine_events import EngineEvents
from cryptomap.daemon.host import Host
from cryptomap.daemon.ike import IkeDriver
from cryptomap.daemon.intercept.monitor import RouteMonitor
from cryptomap.daemon.intercept.plan import OWN_MARK
from cryptomap.daemon.journal import Journal
from cryptomap.daemon.key_log import VARIABLE as KEY_LOG_VARIABLE
from cryptomap.daemon.key_log import KeyLogger
from cryptomap.daemon.key_store import KeyStore
from cryptomap.daemon.nft import NftError
from cryptomap.daemon.packet_log import not_ipsec
from cryptomap.daemon.router import RunningRouter
from cryptomap.daemon.runtime import make_runtime_directory, socket_path
from cryptomap.daemon.sockets import open_esp
from cryptomap.daemon.strangers import open_sockets
from cryptomap.engine.userspace import UserspaceEngine
from cryptomap.model.config import InterfaceName, RouterConfig
from cryptomap.model.error import CryptomapError
from cryptomap.model.event import LogMessage

logger = logging.getLogger(__name__)

_ROUTE_SETTLE_SECONDS = 0.02
_REFUSAL_SECONDS = 1.0
_PATH_SECONDS = 30.0
_DELETE_SECONDS = 0.1


async def run(
    startup: Path, name: str | None, devices: Mapping[InterfaceName, str], *, print_log: bool = False
) -> int:
    """Be the router of the file `startup` until SIGTERM or SIGINT; returns the exit status.

    Its hostname is its name unless one is given. Raises `CryptomapError` at start.
    """
    read = read_configuration(startup)
    name = name or read.config.hostname
    journal = Journal()
    if print_log:
        journal.subscribe(lambda line: print(line, flush=True))
    _log_to(journal)
    stop = _stop_on_signals()
    with ExitStack() as stack:
        gateway = Gateway(read.config, startup, name, devices, journal, stack)
        await gateway.start()
        gateway.warn_of_secrets(read.hashed)
        print(f"{name}: ready", flush=True)
        await stop.wait()
        await gateway.stop()
    return 0


class Gateway:
    """Everything that runs, in the order it was made. `stack` closes it in the other."""

    def __init__(
        self,
        config: RouterConfig,
        startup: Path,
        name: str,
        devices: Mapping[InterfaceName, str],
        journal: Journal,
        stack: ExitStack,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        directory = make_runtime_directory()
        self._config = config
        self._startup = startup
        self._journal = journal
        self._keys = KeyStore(startup)
        self._settling: asyncio.TimerHandle | None = None
        console = Reserved(socket_path(directory, name))
        stack.callback(console.release)
        self._sockets = open_sockets(stack)
        with open_esp() as esp:
            self._engine = UserspaceEngine(esp_socket=esp, udp_socket=self._sockets.nat_t, mark=OWN_MARK)
        stack.callback(self._engine.close)
        self._host = Host(devices, directory / f"{name}.addresses")
        stack.callback(self._host.close)
        self._monitor = RouteMonitor(self._host.quiet_port)
        stack.callback(self._monitor.close)
        self._reserved = console

    async def start(self) -> None:
        """Interception, then IKE, then the console."""
        spd = self._host.compile(self._config)
        killed_before = self._host.interception.is_guarded()
        self._host.take_over()
        try:
            self._host.apply(self._config, spd, self._engine)
        except CryptomapError:
            if not killed_before:  # Else what it protected stays shut.
                self._host.remove(self._engine)
            raise
        self._router = RunningRouter(
            self._config, spd, self._host, self._engine, self._journal, self._startup, self._keys
        )
        self._ike = IkeDriver(
            self._config,
            spd,
            self._sockets,
            self._engine,
            self._host,
            self._router.totals,
            self._router.emit,
            lambda: self._keys.keys,
            EngineEvents(self._host, self._router.emit).take,
            lambda: self._router.config,
            self._router.client_configured,
            _key_logger(),
        )
        self._router.ike = self._ike
        self._router.mute_unseen()
        self._ike.start()
        if self._router.isakmp_on:
            self._router.tell_isakmp()
        self._loop.add_reader(self._monitor, self._routes_changed)
        self._watches = [
            self._loop.create_task(watch) for watch in (self._watch_refusals(), self._watch_paths())
        ]
        self._console = ConsoleServer(self._router, self._journal, self._reserved)
        await self._console.start()
        self._router.servers.follow()

    def warn_of_secrets(self, numbers: Sequence[int]) -> None:
        """Tell of the lines of the startup file that have secrets in clear."""
        if numbers:
            lines = ", ".join(str(number) for number in numbers)
            which = f"line{'s' if len(numbers) > 1 else ''} {lines} of {self._startup.name}"
            text = f"a secret stands in clear in {which}: `write memory` puts its hash there"
            self._router.emit(LogMessage("SYS", 4, "SECRET_IN_CLEAR", text))

    async def stop(self) -> None:
        """The clean stop."""
        await self._console.close()
        await self._router.servers.close()
        for watch in self._watches:
            watch.cancel()
        self._loop.remove_reader(self._monitor)
        if self._settling is not None:
            self._settling.cancel()
        self._ike.endpoint.shutdown(self._ike.now)
        self._ike.turn()
        await asyncio.sleep(_DELETE_SECONDS)
        self._ike.stop()
        self._host.remove(self._engine)

    def _routes_changed(self) -> None:
        if self._monitor.changed() and self._settling is None:
            self._settling = self._loop.call_later(_ROUTE_SETTLE_SECONDS, self._follow_routes)

    def _follow_routes(self) -> None:
        self._settling = None
        try:
            if self._host.devices_changed():
                logger.warning("a protected device is a new one, or its TUN device was deleted: set up again")
                self._router.commit(self._router.config)
            else:
                self._host.follow_routes()
        except CryptomapError as error:
            logger.error("routes changed, but could not be followed: %s; the guard still holds", error)

    async def _watch_refusals(self) -> None:
        while True:
            await asyncio.sleep(_REFUSAL_SECONDS)
            try:
                for packet in self._host.interception.new_refusals():
                    self._router.emit(not_ipsec(packet))
            except NftError as error:
                self._guard_is_gone(error)

    def _guard_is_gone(self, error: NftError) -> None:
        """Whoever loads a ruleset of his own, a firewall's start script for one, flushes ours with it."""
        try:
            self._host.interception.renew_guard()
            logger.warning("the nftables guard was taken away (%s); it is in place again", error)
        except NftError as failure:
            logger.error("the nftables guard is gone, and cannot be put in place again: %s", failure)

    async def _watch_paths(self) -> None:
        while True:
            await asyncio.sleep(_PATH_SECONDS)
            try:
                self._host.check_paths()
            except CryptomapError as error:
                logger.error("%s", error)


def _key_logger() -> KeyLogger | None:
    directory = os.environ.get(KEY_LOG_VARIABLE)
    return KeyLogger(Path(directory)) if directory else None


def _stop_on_signals() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets; the second ends the process on the spot."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():
            print("stopped at once; interception stays in place until the next clean stop", file=sys.stderr)
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return stop


class _JournalHandler(logging.Handler):
    """Python's log records as log lines."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.INFO)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        self._journal.add([f"%CRYPTOMAP-{_SEVERITY.get(record.levelno, 6)}-HOST: {record.getMessage()}"])


_SEVERITY = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6}


def _log_to(journal: Journal) -> None:
    root = logging.getLogger("cryptomap")
    root.setLevel(logging.INFO)
    root.addHandler(_JournalHandler(journal))
    root.addHandler(logging.StreamHandler())
