"""Certificate servers follow the configuration; what they remember outlives them."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from os import urandom
from pathlib import Path

import pytest
from tests.certificates import key

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.daemon.certificate_server import CertificateServers
from cryptomap.daemon.http_server import HttpRequest, HttpServer
from cryptomap.daemon.ledger_file import read_ledger, write_ledger
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import ConfigurationError
from cryptomap.model.event import LogMessage
from cryptomap.model.pki import PkiServer
from cryptomap.pki.ledger import Decision, Issued, Ledger, Waiting
from cryptomap.pki.name import parse_name
from cryptomap.pki.request import Wish
from cryptomap.pki.scep.client import Enrolment
from cryptomap.policy.own_keys import OwnKeys

SERVER = PkiServer("CA", issuer_name="CN=lab CA, O=lab", grant_auto=True, shutdown=False)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Owner:
    """A router with these servers, and nothing else."""

    def __init__(self, startup: Path, *servers: PkiServer) -> None:
        self.config = RouterConfig(pki_servers={server.name: server for server in servers})
        self.keys = OwnKeys()
        self.log: list[str] = []
        self.servers = CertificateServers(self, startup)

    def commit(self, candidate: RouterConfig) -> None:
        self.config = candidate
        self.servers.follow()

    def store_keys(self, keys: OwnKeys) -> None:
        self.keys = keys

    async def generate_key(self, bits: int) -> RsaKeyPair:
        await asyncio.sleep(0)
        return key("certificate server", bits)

    def emit(self, event: LogMessage) -> None:
        self.log.append(event.mnemonic)

    def shut(self, **changes: bool) -> None:
        servers = {name: replace(each, **changes) for name, each in self.config.pki_servers.items()}
        self.commit(replace(self.config, pki_servers=servers))

    def ask(
        self, operation: str, body: bytes = b"", path: str = "/cgi-bin/pkiclient.exe"
    ) -> tuple[int, bytes]:
        answer = self.servers._handle(HttpRequest(path, {"operation": operation}, body))
        return answer.status, answer.body


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No port is opened; what would have been is noted."""
    happened: list[str] = []

    async def start(self: HttpServer, port: int = 80) -> None:
        happened.append("start")

    async def close(self: HttpServer) -> None:
        happened.append("close")

    monkeypatch.setattr(HttpServer, "start", start)
    monkeypatch.setattr(HttpServer, "close", close)
    return happened


def run(script: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(script())  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_server_makes_what_it_needs(tmp_path: Path, listening: list[str]) -> None:
    async def script() -> None:
        owner = Owner(tmp_path / "r3.cfg", SERVER)
        owner.servers.follow()
        assert owner.servers.authority("CA") is None
        await settle()
        authority = owner.servers.authority("CA")
        assert authority is not None
        assert authority.party.certificate.title == "cn=lab CA,o=lab"
        assert [each.label for each in owner.keys.keys] == ["CA"]
        assert owner.config.trustpoints["CA"].rsakeypair == "CA"
        assert owner.log == ["CS_ENABLED"]
        assert listening == ["start"]

    run(script)


def test_it_ends_and_begins_again(tmp_path: Path, listening: list[str]) -> None:
    """With the same key and certificate, and with what it remembered."""

    async def script() -> None:
        owner = Owner(tmp_path / "r3.cfg", SERVER)
        owner.servers.follow()
        await settle()
        first = owner.servers.authority("CA")
        assert first is not None
        client = Enrolment.begin(
            first.party.certificate, Wish(parse_name("CN=R2")), key("r2"), "", datetime.now(UTC), urandom
        )
        status, body = owner.ask("PKIOperation", client.ask(bytes(16)))
        assert status == 200
        assert client.read(body, bytes(16), datetime.now(UTC)) is not None
        owner.shut(shutdown=True)
        assert owner.servers.authority("CA") is None
        assert owner.ask("GetCACert") == (404, b"nothing here\n")
        await settle()
        owner.shut(shutdown=False)
        await settle()
        again = owner.servers.authority("CA")
        assert again is not None
        assert again.party == first.party
        assert [each.serial for each in owner.servers.ledgers["CA"].issued] == [2]
        assert owner.log == ["CS_ENABLED", "CS_DISABLED", "CS_ENABLED"]
        assert listening == ["start", "close", "start"]

    run(script)


def test_one_that_is_shut_while_it_begins(tmp_path: Path, listening: list[str]) -> None:
    async def script() -> None:
        owner = Owner(tmp_path / "r3.cfg", SERVER)
        owner.servers.follow()
        await asyncio.sleep(0)
        owner.shut(shutdown=True)
        await settle()
        assert not owner.servers.ledgers
        assert owner.log == []

    run(script)


def test_two_servers(tmp_path: Path) -> None:
    """GetCACert is asked for by name."""

    async def script() -> None:
        other = replace(SERVER, name="second", issuer_name="CN=second")
        owner = Owner(tmp_path / "r3.cfg", SERVER, other)
        owner.servers.follow()
        await settle()
        for name in ("CA", "second"):
            query = {"operation": "GetCACert", "message": name}
            answer = owner.servers._handle(HttpRequest("/cgi-bin/pkiclient.exe", query, b""))
            authority = owner.servers.authority(name)
            assert authority is not None
            assert answer.body == authority.party.certificate.der

    run(script)


def test_a_name_that_cannot_be(tmp_path: Path) -> None:
    async def script() -> None:
        owner = Owner(tmp_path / "r3.cfg", replace(SERVER, issuer_name="nonsense"))
        owner.servers.follow()
        await settle()
        assert not owner.servers.ledgers

    run(script)


@pytest.mark.parametrize("path", ["/", "/etc/passwd", "/cgi-bin"])
def test_other_addresses(tmp_path: Path, path: str) -> None:
    async def script() -> None:
        owner = Owner(tmp_path / "r3.cfg", SERVER)
        owner.servers.follow()
        await settle()
        assert owner.ask("GetCACert", path=path)[0] == 404

    run(script)


def test_many_requests_at_once(tmp_path: Path) -> None:
    """Each costs an operation with the private key: beyond some they have to wait."""

    async def script() -> None:
        owner = Owner(tmp_path / "r3.cfg", SERVER)
        owner.servers.follow()
        await settle()
        statuses = [owner.ask("PKIOperation", b"nonsense")[0] for _ in range(60)]
        assert statuses[:30] == [400] * 30
        assert statuses[-20:] == [503] * 20

    run(script)


def test_the_ledger_file(tmp_path: Path) -> None:
    ledger = Ledger(
        next_serial=4,
        next_request=3,
        crl_number=2,
        issued=(Issued(2, b"\1\2"), Issued(3, b"\3", NOW)),
        waiting=(Waiting(1, "a", b"\4", Decision.GRANTED, 2), Waiting(2, "b", b"\5")),
    )
    path = tmp_path / "r3.cfg.CA.ledger"
    write_ledger(path, ledger)
    assert read_ledger(path) == ledger
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_ledger(tmp_path / "none") == Ledger()


@pytest.mark.parametrize("text", ["", "{}", '{"issued": [[1]], "waiting": []}', "[1]"])
def test_a_ledger_that_is_broken(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken").write_text(text)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_ledger(tmp_path / "broken")
