"""The messages of SCEP (RFC 8894 section 3): signed, and what they carry encrypted for the other side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from cryptography.x509 import ObjectIdentifier as Oid

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.party import Party
from cryptomap.pki.scep.cms import Signed, Value, sign, verify
from cryptomap.pki.scep.envelope import RandomSource, seal, unseal
from cryptomap.pki.scep.suite import STANDARD, Suite

MESSAGE_TYPE, PKI_STATUS, FAIL_INFO = (Oid(f"2.16.840.1.113733.1.9.{number}") for number in (2, 3, 4))
SENDER_NONCE, RECIPIENT_NONCE, TRANSACTION = (Oid(f"2.16.840.1.113733.1.9.{number}") for number in (5, 6, 7))
NONCE_SIZE = 16

N = TypeVar("N", bound=IntEnum)


class MessageType(IntEnum):
    """What is wanted, or that it is an answer."""

    CERT_REP = 3
    RENEWAL_REQ = 17
    PKCS_REQ = 19
    CERT_POLL = 20
    GET_CERT = 21
    GET_CRL = 22


class Status(IntEnum):
    """What became of a request."""

    SUCCESS = 0
    FAILURE = 2
    PENDING = 3


class FailInfo(IntEnum):
    """Why a request failed."""

    BAD_ALGORITHM = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERTIFICATE_ID = 4


@dataclass(frozen=True, slots=True)
class Request:
    """What a client wants. `content` is decrypted; `signer` signed it and gets the answer."""

    kind: MessageType
    transaction: str
    nonce: bytes
    content: bytes = field(repr=False)
    signer: Certificate
    suite: Suite = STANDARD


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets. `content` is decrypted, and there only on success."""

    status: Status
    content: bytes = field(default=b"", repr=False)
    fail_info: FailInfo | None = None


def build_request(
    kind: MessageType,
    transaction: str,
    nonce: bytes,
    content: bytes,
    client: Party,
    authority: Certificate,
    random: RandomSource,
    suite: Suite = STANDARD,
) -> bytes:
    """A request, its content encrypted for the authority. `nonce` has `NONCE_SIZE` octets."""
    attributes: dict[Oid, Value] = {
        MESSAGE_TYPE: str(int(kind)),
        TRANSACTION: transaction,
        SENDER_NONCE: nonce,
    }
    sealed = seal(content, authority, suite.cipher, random)
    return sign(sealed, attributes, client.certificate, client.pair, suite.digest)


def read_request(message: bytes, authority: Party, *, old: bool) -> Request:
    """The request in a message, with weak algorithms only where `old` ones are taken. Raises
    `MalformedError` and `AuthenticationFailedError`.

    What cannot be decrypted is empty, and answered as what makes no sense: whoever signs anew what was
    overheard must not learn whether our key opens it.
    """
    signed = _verified(message, old)
    kind = _number(MessageType, signed.attributes, MESSAGE_TYPE)
    if signed.content is None:
        raise MalformedError("a request without content")
    try:
        content, cipher = unseal(signed.content, authority, old=old)
    except MalformedError:
        content, cipher = b"", STANDARD.cipher
    transaction, nonce = _text(signed, TRANSACTION), _nonce(signed, SENDER_NONCE)
    return Request(kind, transaction, nonce, content, signed.signer, Suite(cipher, signed.digest))


def build_reply(reply: Reply, request: Request, random: RandomSource, authority: Party) -> bytes:
    """The answer to a request, made with what the request is made with."""
    attributes: dict[Oid, Value] = {
        MESSAGE_TYPE: str(int(MessageType.CERT_REP)),
        PKI_STATUS: str(int(reply.status)),
        TRANSACTION: request.transaction,
        SENDER_NONCE: random(NONCE_SIZE),
        RECIPIENT_NONCE: request.nonce,
    }
    if reply.fail_info is not None:
        attributes[FAIL_INFO] = str(int(reply.fail_info))
    content = None
    if reply.status is Status.SUCCESS:
        content = seal(reply.content, request.signer, request.suite.cipher, random)
    return sign(content, attributes, authority.certificate, authority.pair, request.suite.digest)


def read_reply(
    message: bytes,
    transaction: str,
    nonce: bytes,
    client: Party,
    authority: Certificate,
    *,
    old: bool = False,
) -> Reply:
    """The answer to our request with that transaction and nonce, which the authority must have signed, and
    not with weak algorithms unless `old` ones are taken.

    Raises `MalformedError` and `AuthenticationFailedError`.
    """
    signed = _verified(message, old)
    if signed.signer != authority:
        raise AuthenticationFailedError("the answer is not the authority's")
    if _text(signed, TRANSACTION) != transaction or _nonce(signed, RECIPIENT_NONCE) != nonce:
        raise AuthenticationFailedError("the answer is to another request")
    if _number(MessageType, signed.attributes, MESSAGE_TYPE) is not MessageType.CERT_REP:
        raise MalformedError("the answer is no CertRep")
    status = _number(Status, signed.attributes, PKI_STATUS)
    if status is Status.SUCCESS:
        if signed.content is None:
            raise MalformedError("success without content")
        content, _ = unseal(signed.content, client, old=old)
        return Reply(status, content)
    failed = FAIL_INFO in signed.attributes
    return Reply(status, fail_info=_number(FailInfo, signed.attributes, FAIL_INFO) if failed else None)


def _verified(message: bytes, old: bool) -> Signed:
    signed = verify(message)
    if signed.digest.old and not old:
        raise AuthenticationFailedError("the message is signed over a weak hash")
    return signed


def _text(signed: Signed, kind: Oid) -> str:
    value = signed.attributes.get(kind)
    if not isinstance(value, str) or len(value) > 256:
        raise MalformedError(f"no attribute {kind.dotted_string}")
    return value


def _nonce(signed: Signed, kind: Oid) -> bytes:
    value = signed.attributes.get(kind)
    if not isinstance(value, bytes) or len(value) != NONCE_SIZE:
        raise MalformedError(f"no attribute {kind.dotted_string}")
    return value


def _number(kind: type[N], attributes: Mapping[Oid, Value], oid: Oid) -> N:
    value = attributes.get(oid)
    try:
        return kind(int(value)) if isinstance(value, str) and value.isdecimal() else kind(-1)
    except ValueError as error:
        raise MalformedError(f"attribute {oid.dotted_string} is {value!r}") from error
