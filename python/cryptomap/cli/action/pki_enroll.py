"""`crypto pki enroll TRUSTPOINT`: a certificate for a key of ours, by SCEP, by hand, or self-signed."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from cryptomap.cli.action.key_generate import DEFAULT_BITS
from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.dialogue import confirm
from cryptomap.cli.trustpoints import PKI_HELP, find_trustpoint
from cryptomap.crypto.pem import armour
from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.model.error import ConfigurationError, MalformedError
from cryptomap.model.event import LogMessage
from cryptomap.model.pki import CertificateKind, Enrollment, KeyUsage, Trustpoint
from cryptomap.pki.authority import Validity, make_self_signed
from cryptomap.pki.paste import base64_lines, fingerprint
from cryptomap.pki.request import Wish, build_request
from cryptomap.pki.scep.client import CONTENT_TYPE, Enrolment
from cryptomap.pki.scep.message import NONCE_SIZE
from cryptomap.pki.scep.suite import agreed
from cryptomap.pki.scep.url import scep_url
from cryptomap.pki.stored import authorities, with_certificate
from cryptomap.policy.enrolment import NOBODY, key_label, wish_of
from cryptomap.policy.own_keys import OwnKey

SELF_SIGNED_LIFE = timedelta(days=3650)
_POST = ("POSTPKIOperation", "SCEPStandard")
_PASSWORD = """%
% Start certificate enrollment ..
% Create a challenge password. You will need to verbally provide this
   password to the CA Administrator in order to revoke your certificate.
   For security reasons your password will not be saved in the configuration.
   Please make a note of it.

"""


@dataclass(frozen=True, slots=True)
class _Enrolling:
    """What has been answered so far."""

    console: Console
    trustpoint: Trustpoint
    password: str = ""
    address: str | None = None

    @property
    def wish(self) -> Wish:
        return wish_of(self.console.router.config, self.trustpoint, self.address)


def _run(console: Console, args: Arguments) -> Output:
    trustpoint = find_trustpoint(console, args["trustpoint"])
    begun = _Enrolling(console, trustpoint)
    kind = trustpoint.enrollment
    if kind is Enrollment.SELF_SIGNED:
        return _names(begun, "Generate Self Signed Router Certificate?", _self_sign)
    if kind not in (Enrollment.TERMINAL, Enrollment.URL):
        raise RefusedError(f"% Trustpoint {trustpoint.name} has no `enrollment` line that says how\n")
    if not authorities(console.router.config, trustpoint.name):
        raise RefusedError(
            "% You must authenticate the Certificate Authority before\n  you can enroll with it.\n"
        )
    if kind is Enrollment.TERMINAL:
        shown = _names(begun, "Display Certificate Request to terminal?", _show_request)
        return f"% Start certificate enrollment .. \n\n{shown}"
    return _PASSWORD + _ask_password(begun)


def _ask_password(enrolling: _Enrolling) -> str:
    console = enrolling.console

    def again(first: str) -> Output:
        console.ask("Re-enter password: ", lambda second: compare(first, second))
        return ""

    def compare(first: str, second: str) -> Output:
        if first != second:
            return "% Passwords do not match.\n" + _ask_password(enrolling)
        return "\n" + _names(
            replace(enrolling, password=first), "Request certificate from CA?", _ask_authority
        )

    console.ask("Password: ", again)
    return ""


Then = Callable[[_Enrolling], AsyncIterator[str]]


def _names(enrolling: _Enrolling, question: str, then: Then) -> str:
    """Tell whom the certificate will be for; ask for an address where no line says."""
    trustpoint, console = enrolling.trustpoint, enrolling.console
    wish = enrolling.wish
    names = [trustpoint.subject_name, wish.full_name]
    text = "".join(f"% The subject name in the certificate will include: {name}\n" for name in names if name)
    if not names[0] and not names[1]:
        raise RefusedError("% The certificate would be for nobody: give the trustpoint a `subject-name`\n")

    def ask_whether(answer: str) -> Output:
        if answer.lower() in ("y", "yes"):
            console.ask("Enter Interface name or IP Address[]: ", take_address)
        else:
            confirm(console, question, lambda: then(enrolling), lambda: "")
        return ""

    def take_address(answer: str) -> Output:
        answered = replace(enrolling, address=answer or NOBODY)
        _ = answered.wish
        confirm(console, question, lambda: then(answered), lambda: "")
        return ""

    if trustpoint.ip_address is None:
        console.ask("% Include an IP address in the subject name? [no]: ", ask_whether)
    else:
        confirm(console, question, lambda: then(enrolling), lambda: "")
    return text


async def _key(enrolling: _Enrolling) -> RsaKeyPair:
    """The trustpoint's key pair, made if need be."""
    router = enrolling.console.router
    label = key_label(router.config, enrolling.trustpoint)
    found = router.keys.signing(router.config, label)
    if found is not None:
        return found.pair
    pair = await router.generate_key(enrolling.trustpoint.rsakeypair_bits or DEFAULT_BITS)
    router.store_keys(router.keys.with_keys(OwnKey(label, KeyUsage.GENERAL, pair, router.clock())))
    return pair


async def _show_request(enrolling: _Enrolling) -> AsyncIterator[str]:
    request = build_request(enrolling.wish, await _key(enrolling), enrolling.password)
    pem = enrolling.trustpoint.pem
    shown = armour("CERTIFICATE REQUEST", request) if pem else base64_lines(request)
    yield (
        "Certificate Request follows:\n\n"
        f"{shown}\n"
        "---End - This line not part of the certificate request---\n\n"
    )


async def _self_sign(enrolling: _Enrolling) -> AsyncIterator[str]:
    router = enrolling.console.router
    pair = await _key(enrolling)
    now = router.clock().astimezone(UTC)
    serial = int.from_bytes(router.random(8), "big") >> 1 or 1
    der = make_self_signed(enrolling.wish, pair, serial, Validity(now, now + SELF_SIGNED_LIFE))
    name = enrolling.trustpoint.name
    router.commit(with_certificate(router.config, name, CertificateKind.SELF_SIGNED, der))
    yield "\nRouter Self Signed Certificate successfully created\n\n"


async def _ask_authority(enrolling: _Enrolling) -> AsyncIterator[str]:
    """A request by SCEP. Once it is granted the certificate is in the configuration."""
    router, trustpoint = enrolling.console.router, enrolling.trustpoint
    pair = await _key(enrolling)
    (authority, *_) = authorities(router.config, trustpoint.name)
    now = router.clock().astimezone(UTC)
    capabilities = await _capabilities(enrolling)
    suite = agreed(capabilities)
    if suite.old and router.config.compliance_shield:
        raise RefusedError(
            "% The authority takes no more than DES, Triple DES, MD5 or SHA-1, which is weak:\n"
            "  `crypto engine compliance shield disable` allows it.\n"
        )
    enrolment = Enrolment.begin(
        authority, enrolling.wish, pair, enrolling.password, now, router.random, suite
    )
    yield (
        "% Certificate request sent to Certificate Authority\n"
        f"% The 'show crypto pki certificates {trustpoint.name}' command will show the certificate.\n\n"
    )
    shown = fingerprint(enrolment.request, "sha1")
    router.tell(LogMessage("PKI", 6, "CERTENROLL", f"Certificate Request Fingerprint SHA1: {shown}"))
    nonce = router.random(NONCE_SIZE)
    answer = await _send(enrolling, capabilities, enrolment.ask(nonce))
    try:
        certificate = enrolment.read(answer, nonce, router.clock().astimezone(UTC))
    except MalformedError as error:
        raise RefusedError(f"% The answer makes no sense: {error}\n") from error
    if certificate is None:
        router.tell(LogMessage("PKI", 6, "CERTPENDING", "Certificate request is pending at the authority"))
        yield (
            "% The request is pending: it has to be granted at the authority.\n"
            f"% Repeat `crypto pki enroll {trustpoint.name}` to get the certificate then.\n"
        )
        return
    name = trustpoint.name
    router.commit(with_certificate(router.config, name, CertificateKind.OWN, certificate.der))
    router.tell(LogMessage("PKI", 6, "CERTRET", "Certificate received from Certificate Authority"))


async def _capabilities(enrolling: _Enrolling) -> bytes:
    """What the authority says that it can: nothing, if it does not know the question."""
    url = scep_url(enrolling.trustpoint.url or "", "GetCACaps", enrolling.trustpoint.name)
    try:
        return await enrolling.console.router.http(url)
    except ConfigurationError:
        return b""


async def _send(enrolling: _Enrolling, capabilities: bytes, message: bytes) -> bytes:
    """Posted where the authority takes that; old ones want it in the address."""
    router, url = enrolling.console.router, enrolling.trustpoint.url or ""
    if any(word in capabilities.decode("ascii", "replace") for word in _POST):
        return await router.http(scep_url(url, "PKIOperation"), message, CONTENT_TYPE)
    return await router.http(scep_url(url, "PKIOperation", "".join(base64_lines(message).split())))


COMMANDS = [
    Command(
        "crypto <pki|ca> enroll WORD$trustpoint",
        {**PKI_HELP, "enroll": "Request a certificate from a CA"},
        _run,
    )
]
