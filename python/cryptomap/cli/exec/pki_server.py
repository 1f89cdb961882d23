"""`crypto pki server NAME ...`: an authority's decisions on requests, and what it revokes."""

from collections.abc import Callable, Iterator
from datetime import UTC

from cryptomap.cli.command import Arguments, Command, Console, RefusedError
from cryptomap.cli.show.crypto_pki_certificates import hex_serial
from cryptomap.cli.text import block
from cryptomap.cli.trustpoints import PKI_HELP
from cryptomap.pki.ledger import Decision, Ledger, Waiting
from cryptomap.pki.name import name_text
from cryptomap.pki.paste import fingerprint
from cryptomap.pki.request import CertificateRequest


def _ledger(console: Console, args: Arguments) -> Ledger:
    ledger = console.router.ledgers.get(args["name"])
    if ledger is None:
        raise RefusedError(f"% Certificate server {args['name']} is not enabled\n")
    return ledger


def _requests(console: Console, args: Arguments) -> str:
    waiting = _waiting(_ledger(console, args))
    return block(["Enrollment Request Database:", "", *_table(waiting)])


def _waiting(ledger: Ledger) -> list[Waiting]:
    return [each for each in ledger.waiting if each.decision is Decision.PENDING]


def _table(waiting: list[Waiting]) -> Iterator[str]:
    yield "Router certificates requests:"
    yield "ReqID  State      Fingerprint                                    SubjectName"
    yield "-" * 78
    for each in waiting:
        subject = name_text(CertificateRequest.from_der(each.request).parsed.subject)
        yield f"{each.number:<6} {each.decision:<10} {fingerprint(each.request, 'sha1'):<46} {subject}"


def _decide(console: Console, args: Arguments, decide: Callable[[Ledger, int], Ledger]) -> str:
    """Do it for one request, or for all that wait."""
    ledger = _ledger(console, args)
    numbers = [args["number"]] if "number" in args else [each.number for each in _waiting(ledger)]
    for number in numbers:
        if ledger.request(number) is None:
            raise RefusedError(f"% No request {number} waits\n")
        ledger = decide(ledger, number)
    console.router.store_ledger(args["name"], ledger)
    return ""


def _grant(console: Console, args: Arguments) -> str:
    authority = console.router.authority(args["name"])
    if authority is None:
        raise RefusedError(f"% Certificate server {args['name']} is not enabled\n")
    now = console.router.clock().astimezone(UTC)
    return _decide(console, args, lambda ledger, number: authority.grant(ledger, number, now))


def _reject(console: Console, args: Arguments) -> str:
    return _decide(console, args, lambda ledger, number: ledger.without_request(number))


def _revoke(console: Console, args: Arguments) -> str:
    serial: int = args["serial"]
    changed = _ledger(console, args).with_revoked(serial, console.router.clock().astimezone(UTC))
    if changed is None:
        raise RefusedError(f"% No certificate with serial number 0x{serial:X} is there to be revoked\n")
    console.router.store_ledger(args["name"], changed)
    return f"% Certificate {hex_serial(serial)} succesfully revoked.\n"


_HELP = {
    **PKI_HELP,
    "server": "Certificate Server",
    "$name": "Certificate Server Name",
    "info": "Display information",
    "requests": "Enrollment requests that wait",
    "grant": "Grant enrollment requests",
    "reject": "Reject enrollment requests",
    "all": "All requests that wait",
    "$number": "Request ID",
    "revoke": "Revoke a certificate by its serial number",
    "$serial": "Serial number, decimal or 0x hexadecimal",
}
COMMANDS = [
    Command("crypto pki server WORD$name info requests", _HELP, _requests),
    Command("crypto pki server WORD$name grant <all|(1-999999)$number>", _HELP, _grant),
    Command("crypto pki server WORD$name reject <all|(1-999999)$number>", _HELP, _reject),
    Command("crypto pki server WORD$name revoke <(1-999999999)$serial|HEX$serial>", _HELP, _revoke),
]
