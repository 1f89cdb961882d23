"""`show crypto pki crls`: the revocation lists that are kept."""

from collections.abc import Iterator
from datetime import datetime

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.show.crypto_pki_certificates import hex_serial, when
from cryptomap.cli.text import block
from cryptomap.cli.trustpoints import PKI_HELP
from cryptomap.pki.crl import load_crl
from cryptomap.pki.name import name_parts


def render(lists: tuple[tuple[str, bytes], ...], now: datetime) -> str:
    return "".join(block(_lines(url, octets, now)) for url, octets in lists)


def _lines(url: str, octets: bytes, now: datetime) -> Iterator[str]:
    crl = load_crl(octets)
    if crl is None:
        return
    yield "CRL Issuer Name: "
    yield from (f"    {part}" for part in name_parts(crl.issuer))
    yield f"    LastUpdate: {when(crl.last_update_utc, now)}"
    if crl.next_update_utc is not None:
        yield f"    NextUpdate: {when(crl.next_update_utc, now)}"
    yield "    Retrieved from CRL Distribution Point: "
    yield f"      {url} "
    yield "    Revoked Certificates:"
    for entry in crl:
        yield f"      Serial Number (hex): {hex_serial(entry.serial_number)}"
        yield f"        Revocation Date: {when(entry.revocation_date_utc, now)}"


def collect(router: Router) -> tuple[tuple[str, bytes], ...]:
    return tuple(router.revocation_lists())


COMMANDS = [
    show(
        "show crypto <pki|ca> crls",
        {**PKI_HELP, "pki": "Show PKI", "crls": "Show Certificate Revocation Lists"},
        lambda router, _personality, _args: render(collect(router), router.clock()),
    )
]
