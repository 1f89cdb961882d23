"""The authority's side of SCEP over HTTP (RFC 8894 section 4): an operation in, an answer out. No IO."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.model.pki import PkiServer
from cryptomap.pki.authority import Validity, issue, make_crl
from cryptomap.pki.ledger import Decision, Ledger
from cryptomap.pki.party import Party
from cryptomap.pki.request import CertificateRequest
from cryptomap.pki.scep.cms import unsigned
from cryptomap.pki.scep.envelope import RandomSource
from cryptomap.pki.scep.message import (
    FailInfo,
    MessageType,
    Reply,
    Request,
    Status,
    build_reply,
    read_request,
)

CAPABILITIES = b"AES\nPOSTPKIOperation\nSCEPStandard\nSHA-256\nSHA-384\nSHA-512\n"
"""SHA-384 is no word of the RFC, but the one that strongSwan 5.9.8 looks for when it wants SHA-256."""
OLD_CAPABILITIES = b"DES3\nSHA-1\n"
_BACKDATED = timedelta(minutes=5)
"""For clocks that are behind ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an HTTP answer."""

    body: bytes = field(repr=False)
    content_type: str
    status: int = 200


class Turn(NamedTuple):
    """An answer, and what the authority remembers after it."""

    answer: Answer
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Authority:
    """A configured certificate server with its certificate and key."""

    server: PkiServer
    party: Party
    takes_old: bool = False
    """Whether DES, Triple DES, MD5 and SHA-1 will do in a request, which is answered in kind."""

    def crl(self, ledger: Ledger, now: datetime) -> bytes:
        """The revocation list of this moment, in DER."""
        validity = Validity(now - _BACKDATED, now + timedelta(hours=self.server.lifetime_crl))
        return make_crl(self.party, ledger.revoked, ledger.crl_number, validity)

    def grant(self, ledger: Ledger, number: int, now: datetime) -> Ledger:
        """Issues the certificate for a request that waits; nothing happens when there is none."""
        waiting = ledger.request(number)
        if waiting is None:
            return ledger
        ends = min(now + timedelta(days=self.server.lifetime_certificate), self.party.certificate.ends)
        request = CertificateRequest.from_der(waiting.request)
        validity = Validity(now - _BACKDATED, ends)
        der = issue(self.party, request, ledger.next_serial, validity, self.server.cdp_url)
        return ledger.with_certificate(number, der)


def serve(
    authority: Authority, ledger: Ledger, operation: str, message: bytes, now: datetime, random: RandomSource
) -> Turn:
    """Answers one HTTP request."""
    match operation:
        case "GetCACaps":
            capabilities = CAPABILITIES + (OLD_CAPABILITIES if authority.takes_old else b"")
            return Turn(Answer(capabilities, "text/plain"), ledger)
        case "GetCACert":
            return Turn(Answer(authority.party.certificate.der, "application/x-x509-ca-cert"), ledger)
        case "GetCRL":
            return Turn(Answer(authority.crl(ledger, now), "application/pkix-crl"), ledger)
        case "PKIOperation":
            return _operate(authority, ledger, message, now, random)
    return Turn(Answer(b"no such operation\n", "text/plain", 400), ledger)


def _operate(
    authority: Authority, ledger: Ledger, message: bytes, now: datetime, random: RandomSource
) -> Turn:
    try:
        request = read_request(message, authority.party, old=authority.takes_old)
    except (MalformedError, AuthenticationFailedError):
        return Turn(Answer(b"no SCEP message for this authority\n", "text/plain", 400), ledger)
    reply, ledger = _decide(authority, ledger, request, now)
    body = build_reply(reply, request, random, authority.party)
    return Turn(Answer(body, "application/x-pki-message"), ledger)


def _decide(authority: Authority, ledger: Ledger, request: Request, now: datetime) -> tuple[Reply, Ledger]:
    match request.kind:
        case MessageType.PKCS_REQ:
            return _enrol(authority, ledger, request, now)
        case MessageType.CERT_POLL:
            return _result(authority, ledger, request), ledger
        case MessageType.GET_CRL:
            return Reply(Status.SUCCESS, unsigned((), (authority.crl(ledger, now),))), ledger
    return Reply(Status.FAILURE, fail_info=FailInfo.BAD_REQUEST), ledger


def _enrol(authority: Authority, ledger: Ledger, request: Request, now: datetime) -> tuple[Reply, Ledger]:
    """A request that came already is answered as it was decided; a new one waits, or is granted."""
    try:
        parsed = CertificateRequest.from_der(request.content)
    except MalformedError:
        return Reply(Status.FAILURE, fail_info=FailInfo.BAD_MESSAGE_CHECK), ledger
    if parsed.key != request.signer.key:
        return Reply(Status.FAILURE, fail_info=FailInfo.BAD_MESSAGE_CHECK), ledger
    if parsed.old and not authority.takes_old:
        return Reply(Status.FAILURE, fail_info=FailInfo.BAD_ALGORITHM), ledger
    known = ledger.find(_case(request))
    if known is None or known.request != parsed.der:
        if ledger.full:
            return Reply(Status.FAILURE, fail_info=FailInfo.BAD_REQUEST), ledger
        ledger = ledger.with_request(_case(request), parsed.der)
        if authority.server.grant_auto:
            ledger = authority.grant(ledger, ledger.next_request - 1, now)
    return _result(authority, ledger, request), ledger


def _result(authority: Authority, ledger: Ledger, request: Request) -> Reply:
    """How it stands with a case."""
    known = ledger.find(_case(request))
    if known is None:
        return Reply(Status.FAILURE, fail_info=FailInfo.BAD_CERTIFICATE_ID)
    if known.decision is Decision.PENDING:
        return Reply(Status.PENDING)
    der = ledger.certificate(known.serial)
    if der is None:
        return Reply(Status.FAILURE, fail_info=FailInfo.BAD_REQUEST)
    return Reply(Status.SUCCESS, unsigned((der, authority.party.certificate.der), ()))


def _case(request: Request) -> str:
    """The transaction of whoever has that key: others cannot ask for it, or put theirs in its place."""
    return f"{request.transaction} {sha256(request.signer.key.spki).hexdigest()}"
