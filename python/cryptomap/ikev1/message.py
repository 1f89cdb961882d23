"""Messages between the wire and the exchanges: what each may hold, and how it is protected.

Which payloads a message may carry is a `Rules` row of the exchange. Bodies are encrypted from
message 5 of main mode on (RFC 2409 section 5); from quick mode on a HASH payload comes first and covers
what follows it, as received.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cryptomap.crypto.cipher import decrypt, encrypt
from cryptomap.crypto.keys import phase2_iv
from cryptomap.crypto.prf import equal
from cryptomap.ikev1.sa import IsakmpSa, Protection
from cryptomap.model.error import AuthenticationFailedError, MisuseError, PeerMisbehavedError
from cryptomap.wire.isakmp import Header, decode_payloads, encode_payloads, with_body
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType
from cryptomap.wire.payload import BY_NUMBER, HashPayload, Payload, UnknownPayload

_PRIVATE_USE = 128
MANY = 20

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Rules:
    """How many of each payload a message holds, (fewest, most), and whether it is encrypted; None: either.

    Vendor ids and notifies may come anywhere; unknown payloads of the private range are passed over.
    """

    counts: Mapping[type[Payload], tuple[int, int]]
    encrypted: bool | None

    @property
    def kinds(self) -> Mapping[PayloadType, type[Payload]]:
        """What the number of a payload stands for in such a message: what is named here, before all else."""
        return {**BY_NUMBER, **{kind.NUMBER: kind for kind in self.counts}}


@dataclass(frozen=True, slots=True)
class Message:
    """A message in clear: its header, its payloads, and the IV that follows it if it was encrypted."""

    header: Header
    payloads: tuple[Payload, ...]
    iv: bytes = field(default=b"", repr=False)

    def all(self, kind: type[P]) -> tuple[P, ...]:
        return tuple([payload for payload in self.payloads if isinstance(payload, kind)])

    def one(self, kind: type[P]) -> P:
        """The payload of this kind; its `Rules` said that there is one."""
        return self.all(kind)[0]

    def maybe(self, kind: type[P]) -> P | None:
        found = self.all(kind)
        return found[0] if found else None

    def check(self, rules: Rules) -> None:
        """Raises `PeerMisbehavedError` unless the payloads are those of `rules`."""
        self.require(rules.counts)
        for payload in self.payloads:
            if type(payload) not in rules.counts and not _anywhere(payload):
                raise PeerMisbehavedError(f"{payload.number.name} payload where none belongs")

    def require(self, counts: Mapping[type[Payload], tuple[int, int]]) -> None:
        """Raises `PeerMisbehavedError` unless there are as many of each of these payloads as belong."""
        kinds = [type(payload) for payload in self.payloads]
        for kind, (fewest, most) in counts.items():
            found = kinds.count(kind)
            if not fewest <= found <= most:
                wanted = fewest if fewest == most else f"{fewest} to {most}"
                name = kind.NUMBER.name
                raise PeerMisbehavedError(f"{found} {name} payloads where {wanted} belong")


def _anywhere(payload: Payload) -> bool:
    if isinstance(payload, UnknownPayload):
        return payload.number >= _PRIVATE_USE
    return payload.number in (PayloadType.VENDOR_ID, PayloadType.NOTIFICATION)


def header(sa: IsakmpSa, exchange: ExchangeType, message_id: int = 0, *, encrypted: bool = False) -> Header:
    """The header of a message of ours; next payload and length are set when it is encoded."""
    return Header(
        sa.initiator_cookie,
        sa.responder_cookie,
        PayloadType.NONE,
        exchange,
        Flag.E if encrypted else Flag(0),
        message_id,
    )


def protect(sa: IsakmpSa, head: Header, payloads: Sequence[Payload], iv: bytes) -> tuple[bytes, bytes]:
    """The encrypted message, and the IV that follows it."""
    protection = protection_of(sa)
    first, body = encode_payloads(payloads)
    ciphertext = encrypt(protection.cipher, protection.key, iv, body)
    return with_body(head, first, ciphertext), ciphertext[-protection.cipher.block_size :]


def unprotect(sa: IsakmpSa, head: Header, body: bytes, iv: bytes) -> Message:
    """The decrypted message. Raises `MalformedError` for what is no chain of payloads."""
    protection = protection_of(sa)
    plaintext = decrypt(protection.cipher, protection.key, iv, body)
    payloads = decode_payloads(head.next_payload, plaintext, padded=True)
    return Message(head, payloads, body[-protection.cipher.block_size :])


def protection_of(sa: IsakmpSa) -> Protection:
    if sa.protection is None:
        raise MisuseError(f"ISAKMP SA {sa.handle} has no keys yet")
    return sa.protection


def first_iv(sa: IsakmpSa, message_id: int) -> bytes:
    """The IV of the first message of an exchange under an established SA."""
    protection = protection_of(sa)
    return phase2_iv(protection.hash, sa.iv, message_id, protection.cipher)


def chain(payloads: Iterable[Payload]) -> bytes:
    """Payloads with their generic headers, as received or as they will be sent: what a HASH covers."""
    return encode_payloads(tuple(payloads))[1]


def front_hash(message: Message) -> tuple[HashPayload, bytes]:
    """The HASH payload that must be in front of a message under an established SA, and what it covers."""
    front = message.payloads[0] if message.payloads else None
    if not isinstance(front, HashPayload):
        raise PeerMisbehavedError("no HASH payload in front")
    return front, chain(message.payloads[1:])


def check_hash_payload(payload: HashPayload, expected: bytes) -> None:
    """Raises `AuthenticationFailedError` unless the received HASH is the one that we compute."""
    if not equal(expected, payload.data):
        raise AuthenticationFailedError("HASH does not match")
