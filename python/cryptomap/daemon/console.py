"""The console server: a Unix socket that only this user can open, any number of clients.

One JSON object a line, both ways. A client sends `{"line": "show clock"}` or `{"complete": "sh"}`, and
`{"break": true}` to end a command that takes its time. It gets

    {"text": "..."}    output of the command, in pieces
    {"log": "..."}     a log or debug line, at any time, if it asked for them (`{"monitor": true}`)
    {"done": {"prompt": "R2#", "refused": false, "asking": false, "hidden": false, "closed": false}}
                       once after connecting and after each line
    {"completed": "show"}

A client that does not read loses log lines, never the gateway's time.
"""

import asyncio
import json
import logging
import socket
from pathlib import Path
from typing import Any

from cryptomap.cli.router import Router
from cryptomap.cli.session import MAX_LINE, Session
from cryptomap.daemon.journal import Journal
from cryptomap.model.error import ConfigurationError

logger = logging.getLogger(__name__)

MAX_CLIENTS = 32
_BACKLOG_OCTETS = 1 << 20
_LINE_LIMIT = 8 * MAX_LINE
_MOST_WAITING = 16
"""Requests of one client that are read before their turn."""


class Reserved:
    """A gateway's name, taken: its console socket, on which nobody listens yet."""

    def __init__(self, path: Path) -> None:
        self.socket = _bind(path)
        self._path = path

    def release(self) -> None:
        """Give the name back."""
        self.socket.close()
        self._path.unlink(missing_ok=True)


class ConsoleServer:
    """Serves `router`'s console at a reserved address from `start` to `close`."""

    def __init__(self, router: Router, journal: Journal, address: "Reserved") -> None:
        self._router = router
        self._journal = journal
        self._socket = address.socket
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to accept clients."""
        self._server = await asyncio.start_unix_server(self._accept, sock=self._socket, limit=_LINE_LIMIT)

    async def close(self) -> None:
        """End every conversation."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._clients) >= MAX_CLIENTS:
            writer.close()
            return
        self._clients.add(task)
        try:
            await _Conversation(self._router, self._journal, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went away, or we stop
        finally:
            self._clients.discard(task)
            writer.close()


class _Conversation:
    def __init__(
        self, router: Router, journal: Journal, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._session = Session(router, interactive=False)
        self._router = router
        self._journal = journal
        self._reader = reader
        self._writer = writer
        self._requests: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_MOST_WAITING)
        self._lost = 0

    async def run(self) -> None:
        await self._done()
        listening = asyncio.create_task(self._listen())
        try:
            while not self._session.closed and (request := await self._requests.get()) is not None:
                await self._handle(request)
        finally:
            self._journal.unsubscribe(self._log)
            listening.cancel()

    async def _listen(self) -> None:
        """Takes requests as they come, so that a break is heard while a command runs."""
        try:
            while line := await self._reader.readline():
                request = json.loads(line)
                if isinstance(request, dict) and "break" in request:
                    self._session.abort()
                elif isinstance(request, dict):
                    await self._requests.put(request)
        except (ConnectionError, ValueError):
            pass  # the client went away, or sent no JSON line: it alone is affected
        self._session.abort()
        await self._requests.put(None)

    async def _handle(self, request: dict[str, Any]) -> None:
        if request.get("monitor"):
            self._session = Session(self._router)
            self._journal.subscribe(self._log)
            await self._done()
        elif "complete" in request:
            await self._send({"completed": self._session.complete(str(request["complete"]))})
        elif "line" in request:
            async for text in self._session.execute(str(request["line"])):
                await self._send({"text": text})
            await self._done()

    async def _done(self) -> None:
        session = self._session
        state = {
            "prompt": session.prompt,
            "refused": session.refused,
            "asking": session.asking,
            "hidden": session.hidden,
            "closed": session.closed,
        }
        await self._send({"done": state})

    async def _send(self, item: dict[str, Any]) -> None:
        self._writer.write(json.dumps(item).encode() + b"\n")
        await self._writer.drain()

    def _log(self, line: str) -> None:
        if self._writer.transport.get_write_buffer_size() > _BACKLOG_OCTETS:
            self._lost += 1
            return
        if self._lost:
            line, self._lost = f"({self._lost} lines were lost: this console did not read them)\n{line}", 0
        self._writer.write(json.dumps({"log": line}).encode() + b"\n")


def _bind(path: Path) -> socket.socket:
    """Our socket at `path`, mode 0600; one that a dead gateway left is replaced."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        if path.exists():
            if _answers(path):
                raise ConfigurationError(
                    f"a gateway called {path.stem} is running already; choose another --name or stop it"
                )
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o600)  # nobody can connect before the server listens
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"cannot make the console socket {path}: {error.strerror}") from error
    except ConfigurationError:
        listener.close()
        raise
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
