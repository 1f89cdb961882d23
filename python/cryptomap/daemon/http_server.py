"""A small HTTP server: one short request a connection, all sizes and times bounded; h11 reads it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import h11

from cryptomap.model.error import ConfigurationError

logger = logging.getLogger(__name__)

HTTP_PORT = 80
MOST_CONNECTIONS = 32
MOST_HEAD, MOST_BODY = 32768, 65536
"""Octets of a request: a message of SCEP may stand in its address."""
REQUEST_SECONDS = 5.0
_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a client asks. `query` has the first value of each name in the address."""

    path: str
    query: dict[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What it gets."""

    body: bytes = field(repr=False)
    content_type: str = "text/plain"
    status: int = 200


Handle = Callable[[HttpRequest], HttpAnswer]


class HttpServer:
    """Listens from `start` to `close`. `handle` must not block; what it raises is an error 500."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int = HTTP_PORT) -> None:
        """Begin to listen on every address. Raises `ConfigurationError` when the port is taken."""
        try:
            self._server = await asyncio.start_server(self._accept, "0.0.0.0", port)
        except OSError as error:
            raise ConfigurationError(f"HTTP cannot be served on port {port}: {error.strerror}") from error

    async def close(self) -> None:
        """Stop at once; it may start again."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._converse(reader, writer)
        except (OSError, TimeoutError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # the client is slow, went away, or speaks something else: it alone is affected
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD)
        request = await _read(connection, reader)
        answer = self._answer(request) if request else HttpAnswer(b"too long\n", status=413)
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            ("Connection", "close"),
        ]
        writer.write(connection.send(h11.Response(status_code=answer.status, headers=headers)) or b"")
        writer.write(connection.send(h11.Data(data=answer.body)) or b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        try:
            return self._handle(request)
        except Exception:
            logger.exception("an HTTP request could not be answered")
            return HttpAnswer(b"internal error\n", status=500)


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> HttpRequest | None:
    """A whole request; None when its body is too long."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MOST_BODY:
                return None
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _request(head, bytes(body))
        else:
            raise h11.RemoteProtocolError("no request")


def _request(head: h11.Request, body: bytes) -> HttpRequest:
    where = urlsplit(head.target.decode("ascii"))
    query = {name: values[0] for name, values in parse_qs(where.query).items()}
    return HttpRequest(where.path, query, body)
