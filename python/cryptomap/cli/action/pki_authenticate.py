"""`crypto pki authenticate TRUSTPOINT`: the certificate of its authority, once a person has compared it."""

from collections.abc import AsyncIterator
from contextlib import suppress

from cryptography import x509

from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.dialogue import collect, confirm
from cryptomap.cli.trustpoints import PASTE_END, PKI_HELP, attributes, find_trustpoint
from cryptomap.model.error import MalformedError
from cryptomap.model.pki import CertificateKind, Enrollment
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.paste import certificate_of
from cryptomap.pki.scep.cms import enclosed
from cryptomap.pki.scep.url import scep_url
from cryptomap.pki.stored import authorities, with_certificate


def _run(console: Console, args: Arguments) -> Output:
    trustpoint = find_trustpoint(console, args["trustpoint"])
    name = trustpoint.name
    if authorities(console.router.config, name):
        raise RefusedError(
            "% Please delete your existing CA certificate first.\n"
            f"% You must use `no crypto pki trustpoint {name}` to delete the CA certificate.\n"
        )
    if trustpoint.enrollment is Enrollment.TERMINAL:
        collect(console, lambda text: _ask(console, name, certificate_of(text), pasted=True), blank_ends=True)
        return f"\nEnter the base 64 encoded CA certificate.\n{PASTE_END}"
    if trustpoint.enrollment is Enrollment.URL and trustpoint.url:
        return _fetch(console, name, trustpoint.url)
    raise RefusedError(
        f"% Trustpoint {name} has no `enrollment url` or `enrollment terminal` to get the CA certificate by\n"
    )


async def _fetch(console: Console, name: str, url: str) -> AsyncIterator[str]:
    octets = await console.router.http(scep_url(url, "GetCACert", name))
    yield _ask(console, name, _authority(octets), pasted=False)


def _authority(octets: bytes) -> Certificate:
    """The one certificate, or of several the authority's own."""
    found: tuple[Certificate, ...] = ()
    with suppress(MalformedError):
        found = (Certificate.from_der(octets),)
    with suppress(MalformedError):
        found += enclosed(octets)
    found = tuple(each for each in found if _is_authority(each))
    if not found:
        raise RefusedError("% The answer holds no certificate of an authority\n")
    return next((each for each in found if each.self_issued), found[0])


def _is_authority(certificate: Certificate) -> bool:
    constraints = certificate.extension(x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _ask(console: Console, name: str, certificate: Certificate, *, pasted: bool) -> str:
    def accept() -> str:
        router = console.router
        router.commit(with_certificate(router.config, name, CertificateKind.CA, certificate.der))
        done = "Trustpoint CA certificate accepted.\n"
        return f"{done}% Certificate successfully imported\n\n" if pasted else done

    confirm(console, "% Do you accept this certificate?", accept, lambda: "")
    return attributes(certificate)


COMMANDS = [
    Command(
        "crypto <pki|ca> authenticate WORD$trustpoint",
        {**PKI_HELP, "authenticate": "Get the CA certificate"},
        _run,
    )
]
