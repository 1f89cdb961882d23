"""Runs in a namespace of its own: HTTP as the gateway fetches and serves it, against peers that mean no good.

Prints one JSON object: what each attempt gave, and how long the event loop was held up meanwhile.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from tests.certificates import Authority, key

from cryptomap.daemon.fetcher import Fetcher
from cryptomap.daemon.http import Request, get
from cryptomap.daemon.http_server import MOST_BODY, HttpAnswer, HttpRequest, HttpServer
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.fetch import CrlFetch

PORT, SERVED = 8080, 8081
CA = Authority("CN=fetch CA", now=datetime.now(UTC))
LEAF = Certificate.from_der(CA.issue("CN=R2", key("r2")))
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that does what the path says."""
    line = await reader.readline()
    what = line.split()[1].decode().strip("/")
    if what == "good":
        crl = CA.crl()
        writer.write(HEAD % len(crl) + crl)
    elif what == "missing":
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    elif what == "redirect":
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")
    elif what == "long":
        writer.write(HEAD % 10_000_000 + bytes(10_000_000))
    elif what == "nonsense":
        writer.write(HEAD % 8 + b"nonsense")
    elif what == "drip":
        writer.write(HEAD % 1000)
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)
    elif what == "silence":
        await asyncio.sleep(60)
    await writer.drain()
    writer.close()


async def try_to_get(what: str) -> list[object]:
    begun = time.monotonic()
    try:
        octets = await asyncio.to_thread(get, Request(f"http://127.0.0.1:{PORT}/{what}", 1_000_000))
        result: object = len(octets)
    except OSError as error:
        result = type(error).__name__
    return [result, time.monotonic() - begun]


async def fetch_many() -> dict[str, object]:
    """Lists from servers that hang: the loop goes on, and each is asked for once."""
    told: list[float] = []
    fetcher = Fetcher(lambda: told.append(time.monotonic()))
    root = Certificate.from_der(CA.certificate)
    fetches = {
        name: CrlFetch(f"http://127.0.0.1:{PORT}/{name}", root, LEAF)
        for name in ("silence", "drip", "nonsense", "good")
    }
    longest, begun = 0.0, time.monotonic()
    for fetch in fetches.values():
        fetcher.obtain(fetch)
        fetcher.obtain(fetch)
    while len(told) < len(fetches) and time.monotonic() < begun + 20:
        before = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    kept = {name: fetcher.look(fetch) for name, fetch in fetches.items()}
    fetcher.close()
    return {
        "kept": {name: each is not None and each.octets is not None for name, each in kept.items()},
        "told": len(told),
        "longest": longest,
        "lists": [url for url, _ in fetcher.lists()],
    }


async def raw(octets: bytes, wait: float = 0.0) -> str:
    """What our server answers to these octets; its first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", SERVED)
    writer.write(octets)
    await asyncio.sleep(wait)
    line = (await reader.readline()).decode()
    writer.close()
    return line.strip()


async def serve() -> dict[str, object]:
    """Our server, with requests good and bad."""

    def handle(request: HttpRequest) -> HttpAnswer:
        if request.path == "/fail":
            raise RuntimeError("a bug")
        return HttpAnswer(f"{request.path} {request.query} {len(request.body)}".encode())

    server = HttpServer(handle)
    await server.start(SERVED)
    attempts: dict[str, Callable[[], Awaitable[str]]] = {
        "get": lambda: raw(b"GET /x?operation=GetCACert&message=a%20b HTTP/1.1\r\nHost: a\r\n\r\n"),
        "post": lambda: raw(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
        "fail": lambda: raw(b"GET /fail HTTP/1.1\r\nHost: a\r\n\r\n"),
        "nonsense": lambda: raw(b"\x16\x03\x01 nonsense\r\n\r\n"),
        "long head": lambda: raw(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        "long body": lambda: raw(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + bytes(MOST_BODY + 1)
        ),
        "slow": lambda: raw(b"GET / HTT", 6),
    }
    answers: dict[str, object] = {}
    for name, attempt in attempts.items():
        try:
            answers[name] = await attempt()
        except ConnectionError:
            answers[name] = ""
    body = await asyncio.to_thread(get, Request(f"http://127.0.0.1:{SERVED}/a?b=c", 1000, b"xyz"))
    answers["own client"] = body.decode()
    await server.close()
    return answers


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", PORT)
    kinds = ("good", "missing", "redirect", "long", "drip", "silence")
    got = dict(zip(kinds, await asyncio.gather(*map(try_to_get, kinds)), strict=True))
    result = {"got": got, "fetched": await fetch_many(), "served": await serve()}
    server.close()
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
