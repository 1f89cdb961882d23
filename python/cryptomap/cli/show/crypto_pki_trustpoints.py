"""`show crypto pki trustpoints [NAME]`: the authorities, and whether we have a certificate of theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality
from cryptomap.model.error import MalformedError
from cryptomap.model.pki import CertificateKind, Trustpoint
from cryptomap.pki.certificate import Certificate


@dataclass(frozen=True, slots=True)
class TrustpointView:
    """`issuer` is the certificate of the authority, or our own one if we signed it ourselves."""

    trustpoint: Trustpoint
    issuer: Certificate | None
    configured: bool


def collect(router: Router, name: str | None = None) -> Sequence[TrustpointView]:
    return [
        _view(router, trustpoint)
        for trustpoint in router.config.trustpoints.values()
        if name in (None, trustpoint.name)
    ]


def _view(router: Router, trustpoint: Trustpoint) -> TrustpointView:
    chain = router.config.certificates.get(trustpoint.name, ())
    issuers = [each.der for each in chain if each.kind is not CertificateKind.OWN]
    try:
        issuer = Certificate.from_der(issuers[0]) if issuers else None
    except MalformedError:
        issuer = None
    configured = any(each.kind is not CertificateKind.CA for each in chain)
    return TrustpointView(trustpoint, issuer, configured)


def render(views: Sequence[TrustpointView], personality: Personality) -> str:
    return block(line for view in views for line in _lines(view))


def _lines(view: TrustpointView) -> Iterator[str]:
    yield f"Trustpoint {view.trustpoint.name}:"
    if view.issuer is not None:
        certificate = view.issuer.parsed
        yield "    Subject Name: "
        for part in reversed(list(certificate.subject)):
            yield f"    {part.rfc4514_attribute_name.lower()}={part.value!s}"
        digits = f"{certificate.serial_number:X}"
        yield f"          Serial Number (hex): {digits.zfill(len(digits) + len(digits) % 2)}"
    if view.configured:
        yield "    Certificate configured."
    if view.trustpoint.url is not None:
        yield f"    SCEP URL: {view.trustpoint.url}"
    yield from ("", "")


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("name")), personality)


COMMANDS = [
    show(
        "show crypto pki trustpoints [WORD$name]",
        {
            "pki": "Show PKI",
            "trustpoints": "Show trustpoints",
            "$name": "CA Server Name",
        },
        _text,
    )
]
