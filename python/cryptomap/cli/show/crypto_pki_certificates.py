"""`show crypto pki certificates [TRUSTPOINT]`: ours and those of the authorities."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.cli.trustpoints import PKI_HELP
from cryptomap.model.pki import CertificateKind
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.name import UNSTRUCTURED_NAME, first_value, name_parts
from cryptomap.pki.stored import Kept, kept

_HEADS = {
    CertificateKind.CA: "CA Certificate",
    CertificateKind.OWN: "Certificate",
    CertificateKind.SELF_SIGNED: "Router Self-Signed Certificate",
}


def collect(router: Router, trustpoint: str | None) -> tuple[Kept, ...]:
    """Each certificate once, our own first; one of several trustpoints names them all."""
    found = sorted(kept(router.config, trustpoint), key=lambda each: each.kind is CertificateKind.CA)
    return tuple(found)


def render(found: tuple[Kept, ...], now: datetime) -> str:
    texts = {}
    for each in found:
        names = [other.trustpoint for other in found if other.certificate == each.certificate]
        texts[each.certificate.der, each.kind] = block(_lines(each, names, now))
    return "\n".join(texts.values())


def _lines(each: Kept, trustpoints: list[str], now: datetime) -> Iterator[str]:
    certificate = each.certificate
    yield _HEADS[each.kind]
    yield f"  Status: {_status(certificate, now)}"
    yield f"  Certificate Serial Number (hex): {hex_serial(certificate.serial)}"
    yield f"  Certificate Usage: {'Signature' if each.kind is CertificateKind.CA else 'General Purpose'}"
    yield "  Issuer: "
    yield from (f"    {part}" for part in name_parts(certificate.parsed.issuer))
    yield "  Subject:"
    name = first_value(certificate.parsed.subject, UNSTRUCTURED_NAME)
    if name is not None:
        yield f"    Name: {name}"
    yield from (f"    {part}" for part in name_parts(certificate.parsed.subject))
    yield from _points(certificate)
    yield "  Validity Date: "
    yield f"    start date: {when(certificate.begins, now)}"
    yield f"    end   date: {when(certificate.ends, now)}"
    yield f"  Associated Trustpoints: {' '.join(dict.fromkeys(trustpoints))} "


def _status(certificate: Certificate, now: datetime) -> str:
    if now < certificate.begins:
        return "Not yet valid"
    return "Available" if now < certificate.ends else "Expired"


def _points(certificate: Certificate) -> Iterator[str]:
    points = certificate.extension(x509.CRLDistributionPoints)
    urls = [name.value for point in points or () for name in point.full_name or ()]
    if urls:
        yield "  CRL Distribution Points: "
        yield from (f"    {url}" for url in urls)


def hex_serial(serial: int) -> str:
    """`0A`: whole octets."""
    digits = f"{serial:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def when(moment: datetime, now: datetime) -> str:
    """`00:55:40 UTC Mar 1 1993`, in the zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    return f"{local:%H:%M:%S} {local.tzname() or 'UTC'} {local:%b} {local.day} {local.year}"


COMMANDS = [
    show(
        "show crypto <pki|ca> certificates [WORD$trustpoint]",
        {**PKI_HELP, "pki": "Show PKI", "certificates": "Show certificates"},
        lambda router, _personality, args: render(collect(router, args.get("trustpoint")), router.clock()),
    )
]
