"""The certificate servers of the configuration: their keys, their ledgers on disk, and SCEP over HTTP.

A ledger is written before an answer goes out, so that what was issued is known.
"""

import asyncio
import base64
import binascii
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.daemon.http_server import HttpAnswer, HttpRequest, HttpServer
from cryptomap.daemon.journal import RateLimit
from cryptomap.daemon.ledger_file import read_ledger, write_ledger
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import CryptomapError, MalformedError
from cryptomap.model.event import LogMessage
from cryptomap.model.pki import CertificateKind, KeyUsage, PkiServer, StoredCertificate, Trustpoint
from cryptomap.pki.authority import Validity, make_root
from cryptomap.pki.certificate import configured
from cryptomap.pki.ledger import Ledger
from cryptomap.pki.name import parse_name
from cryptomap.pki.party import Party
from cryptomap.pki.scep.service import Authority, serve
from cryptomap.policy.own_keys import OwnKey, OwnKeys

logger = logging.getLogger(__name__)

CA_BITS = 2048
_PER_SECOND, _BURST = 10.0, 30
"""Of each operation: every one costs an operation with the private key."""
_BACKDATED = timedelta(minutes=5)


class Owner(Protocol):
    """The router whose servers these are."""

    @property
    def config(self) -> RouterConfig: ...

    @property
    def keys(self) -> OwnKeys: ...

    def commit(self, candidate: RouterConfig) -> None: ...

    def store_keys(self, keys: OwnKeys) -> None: ...

    async def generate_key(self, bits: int) -> RsaKeyPair: ...

    def emit(self, event: LogMessage) -> None: ...


class CertificateServers:
    """Follows the configuration: `follow` after each change of it."""

    def __init__(self, owner: Owner, startup: Path) -> None:
        self._owner = owner
        self._startup = startup
        self._ledgers: dict[str, Ledger] = {}
        self._http = HttpServer(self._handle)
        self._limit = RateLimit(_PER_SECOND, _BURST)
        self._listening = False
        self._task: asyncio.Task[None] | None = None

    @property
    def ledgers(self) -> Mapping[str, Ledger]:
        """By the names of the servers that run."""
        return self._ledgers

    def follow(self) -> None:
        """Begin what the configuration wants begun; what it does not want ends at once."""
        wanted = {server.name for server in self._wanted()}
        for name in set(self._ledgers) - wanted:
            del self._ledgers[name]
            self._log("CS_DISABLED", "Certificate server now disabled.")
        begun = wanted == set(self._ledgers) and bool(wanted) == self._listening
        if not begun and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._begin())

    async def close(self) -> None:
        """Serve nothing more."""
        if self._task is not None:
            self._task.cancel()
        await self._http.close()

    def store(self, name: str, ledger: Ledger) -> None:
        """Remember this instead. Raises `ConfigurationError`, and changes nothing, if it cannot be kept."""
        write_ledger(self._path(name), ledger)
        self._ledgers[name] = ledger

    def authority(self, name: str) -> Authority | None:
        """A server that runs, with its certificate and key."""
        config = self._owner.config
        server, party = config.pki_servers.get(name), self._party(name)
        if server is None or party is None or name not in self._ledgers:
            return None
        return Authority(server, party, takes_old=not config.compliance_shield)

    def _wanted(self) -> list[PkiServer]:
        return [server for server in self._owner.config.pki_servers.values() if not server.shutdown]

    async def _begin(self) -> None:
        """One server after the other, while the configuration may go on changing."""
        tried: set[str] = set()
        while (server := self._next(tried)) is not None:
            tried.add(server.name)
            try:
                await self._begin_one(server)
            except (CryptomapError, OSError) as error:
                logger.error("certificate server %s cannot start: %s", server.name, error)
        if self._listening and not self._wanted():
            self._listening = False
            await self._http.close()

    def _next(self, tried: set[str]) -> PkiServer | None:
        left = (each for each in self._wanted() if each.name not in tried and each.name not in self._ledgers)
        return next(left, None)

    async def _begin_one(self, server: PkiServer) -> None:
        """Its key and its own certificate are made when they are not there, as `no shutdown` does."""
        if not self._listening:
            await self._http.start()
            self._listening = True
        if not self._owner.keys.labelled(server.name):
            pair = await self._owner.generate_key(CA_BITS)
            key = OwnKey(server.name, KeyUsage.GENERAL, pair, datetime.now(UTC))
            self._owner.store_keys(self._owner.keys.with_keys(key))
        ledger = read_ledger(self._path(server.name))
        if self._party(server.name) is None:
            self._owner.commit(self._with_root(server))
        if server.name in {each.name for each in self._wanted()}:
            self._ledgers[server.name] = ledger
            self._log("CS_ENABLED", "Certificate server now enabled.")

    def _with_root(self, server: PkiServer) -> RouterConfig:
        config = self._owner.config
        (key, *_) = self._owner.keys.labelled(server.name)
        now = datetime.now(UTC).replace(microsecond=0)
        name = parse_name(server.issuer_name or f"CN={server.name}")
        validity = Validity(now - _BACKDATED, now + timedelta(days=server.lifetime_ca))
        der = make_root(name, key.pair, validity)
        trustpoint = config.trustpoints.get(server.name) or Trustpoint(server.name, rsakeypair=server.name)
        chain = (StoredCertificate(CertificateKind.CA, der),)
        return replace(
            config,
            trustpoints={**config.trustpoints, server.name: trustpoint},
            certificates={**config.certificates, server.name: chain},
        )

    def _party(self, name: str) -> Party | None:
        """The authority's certificate and the key for it, when both are there."""
        keys = self._owner.keys.labelled(name)
        for stored in self._owner.config.certificates.get(name, ()):
            try:
                certificate = configured(stored.der)
            except MalformedError:
                continue
            if stored.kind is CertificateKind.CA and keys and keys[0].pair.public == certificate.key:
                return Party(certificate, keys[0].pair)
        return None

    def _handle(self, request: HttpRequest) -> HttpAnswer:
        """Of several servers, the one that `message` names serves GetCACert; the first serves the rest."""
        operation, message = request.query.get("operation", ""), request.query.get("message", "")
        name = message if message in self._ledgers else next(iter(self._ledgers), "")
        authority = self.authority(name)
        if authority is None or not request.path.rstrip("/").endswith(("pkiclient.exe", "scep", name)):
            return HttpAnswer(b"nothing here\n", status=404)
        if not self._limit.allows(operation, time.monotonic()):
            return HttpAnswer(b"too busy\n", status=503)
        octets = request.body or _decode(message)
        before = self._ledgers[name]
        answer, after = serve(authority, before, operation, octets, datetime.now(UTC), os.urandom)
        if after != before:
            self.store(name, after)
        return HttpAnswer(answer.body, answer.content_type, answer.status)

    def _path(self, name: str) -> Path:
        safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in name)
        return self._startup.with_name(f"{self._startup.name}.{safe}.ledger")

    def _log(self, mnemonic: str, text: str) -> None:
        self._owner.emit(LogMessage("PKI", 6, mnemonic, text))


def _decode(message: str) -> bytes:
    try:
        return base64.b64decode(message.replace(" ", "+"), validate=True)
    except (binascii.Error, ValueError):
        return b""
