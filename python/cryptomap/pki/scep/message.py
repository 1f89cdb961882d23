"""The messages of SCEP (RFC 8894 section 3): signed, and what they carry encrypted for the other side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import ObjectIdentifier as Oid

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.party import Party
from cryptomap.pki.scep.cms import Signed, Value, sign, verify

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


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client gets. `content` is decrypted, and there only on success."""

    status: Status
    content: bytes = field(default=b"", repr=False)
    fail_info: FailInfo | None = None


def build_request(
    kind: MessageType, transaction: str, nonce: bytes, content: bytes, client: Party, authority: Certificate
) -> bytes:
    """A request, its content encrypted for the authority. `nonce` has `NONCE_SIZE` octets."""
    attributes: dict[Oid, Value] = {
        MESSAGE_TYPE: str(int(kind)),
        TRANSACTION: transaction,
        SENDER_NONCE: nonce,
    }
    return sign(_encrypt(content, authority), attributes, client.certificate, client.pair)


def read_request(message: bytes, authority: Party) -> Request:
    """The request in a message. Raises `MalformedError` and `AuthenticationFailedError`."""
    signed = verify(message)
    kind = _number(MessageType, signed.attributes, MESSAGE_TYPE)
    if signed.content is None:
        raise MalformedError("a request without content")
    content = _decrypt(signed.content, authority)
    return Request(kind, _text(signed, TRANSACTION), _nonce(signed, SENDER_NONCE), content, signed.signer)


def build_reply(reply: Reply, request: Request, nonce: bytes, authority: Party) -> bytes:
    """The answer to a request."""
    attributes: dict[Oid, Value] = {
        MESSAGE_TYPE: str(int(MessageType.CERT_REP)),
        PKI_STATUS: str(int(reply.status)),
        TRANSACTION: request.transaction,
        SENDER_NONCE: nonce,
        RECIPIENT_NONCE: request.nonce,
    }
    if reply.fail_info is not None:
        attributes[FAIL_INFO] = str(int(reply.fail_info))
    content = _encrypt(reply.content, request.signer) if reply.status is Status.SUCCESS else None
    return sign(content, attributes, authority.certificate, authority.pair)


def read_reply(
    message: bytes, transaction: str, nonce: bytes, client: Party, authority: Certificate
) -> Reply:
    """The answer to our request with that transaction and nonce, which the authority must have signed.

    Raises `MalformedError` and `AuthenticationFailedError`.
    """
    signed = verify(message)
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
        return Reply(status, _decrypt(signed.content, client))
    failed = FAIL_INFO in signed.attributes
    return Reply(status, fail_info=_number(FailInfo, signed.attributes, FAIL_INFO) if failed else None)


def _encrypt(content: bytes, recipient: Certificate) -> bytes:
    builder = (
        pkcs7.PKCS7EnvelopeBuilder()
        .set_data(content)
        .add_recipient(recipient.parsed)
        .set_content_encryption_algorithm(algorithms.AES128)
    )
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def _decrypt(octets: bytes, party: Party) -> bytes:
    try:
        return pkcs7.pkcs7_decrypt_der(octets, party.certificate.parsed, party.pair.private, [])
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedError("the content is not encrypted for us, or not in a way that is taken") from error


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
