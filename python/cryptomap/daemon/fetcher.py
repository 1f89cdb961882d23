"""Gets what certificates are judged by, off the control loop, and keeps it until there is a newer one."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from cryptomap.daemon.http import Request, get
from cryptomap.pki import crl, ocsp
from cryptomap.pki.fetch import CrlFetch, Fetch, Fetched
from cryptomap.pki.revocation import fetched

logger = logging.getLogger(__name__)

MOST_KEPT = 64
MOST_AT_ONCE = 4
FAILED_REST = timedelta(seconds=30)
"""So long what could not be got is not asked for again."""


class Fetcher:
    """`tell` is called on the loop whenever something came, or did not."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "fetch")
        self._tell = tell
        self._kept: dict[Fetch, tuple[Fetched, datetime]] = {}
        self._under_way: dict[Fetch, asyncio.Task[Fetched]] = {}

    def look(self, fetch: Fetch) -> Fetched | None:
        """What came, while it is good; None when it is under way or has not been asked for."""
        kept = self._kept.get(fetch)
        return kept[0] if kept is not None and kept[1] > datetime.now(UTC) else None

    def obtain(self, fetch: Fetch) -> None:
        """Begin to get it, unless that is under way or enough else is."""
        if fetch not in self._under_way and len(self._under_way) < MOST_KEPT:
            self._under_way[fetch] = self._loop.create_task(self._get(fetch))

    async def get(self, fetch: Fetch) -> Fetched:
        """Get it anew, and wait for that."""
        self.obtain(fetch)
        return await self._under_way[fetch]

    def lists(self) -> Iterator[tuple[str, bytes]]:
        """The revocation lists that are kept, each with its address."""
        for fetch, (came, _) in self._kept.items():
            if isinstance(fetch, CrlFetch) and came.octets is not None:
                yield fetch.url, came.octets

    def close(self) -> None:
        """Get nothing more."""
        for task in self._under_way.values():
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _get(self, fetch: Fetch) -> Fetched:
        octets = None
        try:
            octets = await self._loop.run_in_executor(self._threads, get, _request(fetch))
        except OSError as error:
            logger.warning("%s cannot be got: %s", fetch.url, error)
        finally:
            del self._under_way[fetch]
        now = datetime.now(UTC)
        came = fetched(fetch, octets, now)
        if octets is not None and came.octets is None:
            logger.warning("what %s gave is of no use: forged, expired, or about something else", fetch.url)
        self._keep(fetch, came, now)
        self._tell()
        return came

    def _keep(self, fetch: Fetch, came: Fetched, now: datetime) -> None:
        self._kept.pop(fetch, None)
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[fetch] = came, came.expires or now + FAILED_REST


def _request(fetch: Fetch) -> Request:
    if isinstance(fetch, CrlFetch):
        return Request(fetch.url, crl.MOST_OCTETS)
    question = ocsp.ocsp_request(fetch.certificate, fetch.issuer)
    return Request(fetch.url, ocsp.MOST_OCTETS, question, "application/ocsp-request")
