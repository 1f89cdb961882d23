"""The ISAKMP message: header and chain of payloads (RFC 2408 sections 3.1 and 3.2).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                          Initiator                            |
|                            Cookie                             |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                          Responder                            |
|                            Cookie                             |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                          Message ID                           |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                            Length                             |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
and before each payload:
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| Next Payload  |   RESERVED    |         Payload Length        |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import Struct

from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType
from cryptomap.wire.payload import BY_NUMBER, Payload, UnknownPayload

_HEADER = Struct("!8s8sBBBBII")
_COOKIES = Struct("!8s8s")
_GENERIC = Struct("!BBH")
HEADER_SIZE = _HEADER.size
COOKIE_SIZE = 8
NO_COOKIE = bytes(COOKIE_SIZE)
VERSION_1_0 = 0x10
_MAJOR_VERSION = 1
MOST_PAYLOADS = 50
"""In one message; real ones carry about 20 at most."""


@dataclass(frozen=True, slots=True)
class Header:
    """`length` is the whole message's, in octets; `message_id` is unsigned, 0 in phase 1."""

    initiator_cookie: bytes
    responder_cookie: bytes
    next_payload: PayloadType
    exchange: ExchangeType
    flags: Flag
    message_id: int
    length: int = HEADER_SIZE
    version: int = VERSION_1_0

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        """Reads the first 28 octets; says nothing about what follows."""
        return cls.read(Reader(data, "ISAKMP header"))

    @classmethod
    def read(cls, reader: Reader) -> "Header":
        """The next 28 octets."""
        fields = reader.fixed(_HEADER)
        initiator, responder, following, version, exchange, flags, message_id, length = fields
        return cls(
            initiator,
            responder,
            PayloadType(following),
            ExchangeType(exchange),
            Flag(flags),
            message_id,
            length,
            version,
        )

    @property
    def encrypted(self) -> bool:
        """Whether the body is ciphertext."""
        return Flag.E in self.flags


def first_cookie(data: bytes) -> bytes | None:
    """The initiator's cookie where there is none of a responder, as in a first message; else None.

    Takes next to no time, and looks at nothing else.
    """
    if len(data) < HEADER_SIZE:
        return None
    initiator, responder = _COOKIES.unpack_from(data)
    return initiator if responder == NO_COOKIE else None


def split(data: bytes) -> tuple[Header, bytes]:
    """A datagram's header, and its body: payloads, or ciphertext when the E flag is set.

    Raises `MalformedError` unless the major version is 1 and the length field is the datagram's length.
    """
    reader = Reader(data, "ISAKMP header")
    header = Header.read(reader)
    if header.version >> 4 != _MAJOR_VERSION:
        raise MalformedError(f"ISAKMP header: version {header.version >> 4}.{header.version & 15}, not 1.x")
    if header.length != len(data):
        raise MalformedError(f"ISAKMP header: length field {header.length}, datagram of {len(data)} octets")
    return header, reader.rest()


def decode_payloads(
    first: int,
    body: bytes,
    *,
    padded: bool = False,
    kinds: Mapping[PayloadType, type[Payload]] = BY_NUMBER,
) -> tuple[Payload, ...]:
    """The chain that starts with payload type `first` and must fill `body`.

    `padded`: what follows the last payload is the padding of a decrypted body, whatever it holds
    (RFC 2409 appendix B). `kinds`: what a number stands for in this message. Raises `MalformedError`.
    """
    reader = Reader(body, "payload chain")
    payloads: list[Payload] = []
    following = PayloadType(first)
    while following != PayloadType.NONE:
        if len(payloads) == MOST_PAYLOADS:
            raise MalformedError(f"payload chain: more than {MOST_PAYLOADS} payloads")
        current = following
        number, reserved, length = reader.fixed(_GENERIC)
        reader.reserved(reserved)
        payloads.append(_decode_payload(kinds, current, reader.take(length - _GENERIC.size)))
        following = PayloadType(number)
    if not padded:
        reader.end()
    return tuple(payloads)


def encode_payloads(payloads: Sequence[Payload]) -> tuple[PayloadType, bytes]:
    """The type of the first payload and the whole chain's octets.

    Received payloads come out as they were received, so that this also gives the octets which a
    HASH over `everything behind the HASH payload` covers.
    """
    chain = bytearray()
    following = PayloadType.NONE
    for payload in reversed(payloads):
        chain[:0] = _GENERIC.pack(following, 0, _GENERIC.size + len(payload.raw)) + payload.raw
        following = payload.number
    return following, bytes(chain)


def with_body(header: Header, first: int, body: bytes) -> bytes:
    """A message of this header and a body of payloads or ciphertext; next payload and length are set here."""
    octets = _HEADER.pack(
        header.initiator_cookie,
        header.responder_cookie,
        first,
        header.version,
        header.exchange,
        header.flags,
        header.message_id,
        HEADER_SIZE + len(body),
    )
    return octets + body


def encode_message(header: Header, payloads: Sequence[Payload]) -> bytes:
    """A message in clear of this header and these payloads."""
    return with_body(header, *encode_payloads(payloads))


def _decode_payload(kinds: Mapping[PayloadType, type[Payload]], number: PayloadType, body: bytes) -> Payload:
    kind = kinds.get(number)
    if kind is None:
        return UnknownPayload(number, body)
    payload = kind.decode(Reader(body, f"{number.name} payload"))
    payload.received_as(body)
    return payload
