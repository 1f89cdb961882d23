"""HTTP for certificates: one bounded request at a time, in a thread, over before its deadline."""

import time
import urllib.request
import urllib.response
from dataclasses import dataclass
from http.client import HTTPException

DEADLINE_SECONDS = 2.0
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, or a POST of `body`. An answer of more than `most` octets is none."""

    url: str
    most: int
    body: bytes | None = None
    content_type: str = "application/octet-stream"


def get(request: Request) -> bytes:
    """The body of a good answer. Blocks up to the deadline. Raises `OSError` that says why there is none.

    Only HTTP is spoken, without proxies and redirections: an authority gives the address itself.
    """
    until = time.monotonic() + DEADLINE_SECONDS
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    headers = {"Content-Type": request.content_type} if request.body is not None else {}
    if not request.url.lower().startswith("http://"):
        raise OSError(f"{request.url} is no address of HTTP")
    try:
        wanted = urllib.request.Request(request.url, request.body, headers)
        with opener.open(wanted, timeout=DEADLINE_SECONDS) as answer:
            return _read(answer, request.most, until)
    except (HTTPException, ValueError) as error:
        raise OSError(f"{request.url}: {error}") from error


def _read(answer: "urllib.response.addinfourl", most: int, until: float) -> bytes:
    octets = bytearray()
    while chunk := answer.read1(_CHUNK):
        octets += chunk
        if len(octets) > most:
            raise OSError(f"more than {most} octets")
        if time.monotonic() > until:
            raise OSError(f"not done within {DEADLINE_SECONDS} s")
    return bytes(octets)
