"""`show crypto pki server [NAME]`: certificate servers, whether they run or not."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.show.crypto_pki_certificates import hex_serial, when
from cryptomap.cli.text import block
from cryptomap.cli.trustpoints import PKI_HELP
from cryptomap.model.pki import PkiServer
from cryptomap.pki.name import name_text
from cryptomap.pki.paste import fingerprint


def collect(router: Router, name: str | None) -> tuple[PkiServer, ...]:
    servers = router.config.pki_servers
    return tuple(server for key, server in servers.items() if name in (None, key))


def render(router: Router, servers: tuple[PkiServer, ...]) -> str:
    return "".join(block(_lines(router, server, router.clock())) for server in servers)


def _lines(router: Router, server: PkiServer, now: datetime) -> Iterator[str]:
    authority, ledger = router.authority(server.name), router.ledgers.get(server.name)
    state = "enabled" if authority else "disabled"
    yield f"Certificate Server {server.name}:"
    yield f"    Status: {state}"
    yield f"    State: {state}"
    if authority is None or ledger is None:
        return
    certificate = authority.party.certificate
    yield f"    Issuer name: {server.issuer_name or name_text(certificate.parsed.subject)}"
    yield f"    CA cert fingerprint: {fingerprint(certificate.der, 'md5')} "
    yield f"    Granting mode is: {'auto' if server.grant_auto else 'manual'}"
    yield f"    Last certificate issued serial number (hex): {hex_serial(ledger.next_serial - 1)}"
    yield f"    CA certificate expiration timer: {when(certificate.ends, now)}"
    yield f"    CRL NextUpdate timer: {when(now + timedelta(hours=server.lifetime_crl), now)}"


COMMANDS = [
    show(
        "show crypto pki server [WORD$name]",
        {**PKI_HELP, "pki": "Show PKI", "server": "Show Certificate Server"},
        lambda router, _personality, args: render(router, collect(router, args.get("name"))),
    )
]
