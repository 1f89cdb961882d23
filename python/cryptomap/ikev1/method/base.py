"""What an authentication method of phase 1 answers, and what several of them do alike."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self

from cryptomap.crypto.keys import Cookies, Nonces, hash_i, hash_r
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import Message, check_hash_payload, protection_of
from cryptomap.ikev1.nonce import check_nonce
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.algorithm import Hash
from cryptomap.model.config import IsakmpProfile, Secret
from cryptomap.model.status import Role
from cryptomap.pki.certificate import Certificate
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload import HashPayload, IdPayload, NoncePayload, Payload

Counts = dict[type[Payload], tuple[int, int]]
"""Part of a `Rules` row."""


@dataclass(frozen=True, slots=True)
class Whom:
    """What is known of a peer when the method begins: nothing but its address, which the SA has, or more."""

    keyrings: tuple[str, ...]
    """Where a pre-shared key may be."""
    identity: IdPayload | None = None
    """As the peer claims it, in aggressive mode."""
    key: Secret | None = None
    """The pre-shared key of a `crypto isakmp peer` block."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What HASH_I and HASH_R cover besides the cookies and an identity."""

    publics: tuple[bytes, bytes] = field(repr=False)
    """(g^xi, g^xr)."""
    sa_body: bytes = field(repr=False)
    """SAi_b, as sent by the initiator."""

    def hash(self, sa: IsakmpSa, role: Role, identity: bytes) -> bytes:
        """HASH_I or HASH_R over the body of that side's ID payload."""
        protection = protection_of(sa)
        compute = hash_i if role is Role.INITIATOR else hash_r
        return compute(
            protection.hash, protection.keys.skeyid, self.publics, sa.cookies, self.sa_body, identity
        )


class Method(Protocol):
    """One way to prove oneself, with all that it has learnt of this peer so far. A frozen value."""

    KE_COUNTS: ClassVar[Counts]
    """Payloads that come with a KE payload in main mode."""
    AUTH_COUNTS: ClassVar[Counts]
    """Payloads that prove a side in main mode, its identity included."""
    PROOF_COUNTS: ClassVar[Counts]
    """The same without the identity: how they come in aggressive mode."""
    BEHIND_ID: ClassVar[PayloadType]
    """What stands behind an ID payload."""

    @classmethod
    @abstractmethod
    def begin(cls, ctx: Context, sa: IsakmpSa, whom: Whom) -> Self:
        """Raises `PeerIncompatibleError` when the configuration has nothing to prove us with to this peer."""
        ...

    @property
    @abstractmethod
    def certificate(self) -> Certificate | None:
        """The peer's, once it is proved; None where the method has none."""
        ...

    @abstractmethod
    def own_identity(self, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        """What we call ourselves: `wanted`, the configured identity, unless the method cannot prove that."""
        ...

    @abstractmethod
    def nonce_payloads(self, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        """Our nonce, and what else goes with our KE payload."""
        ...

    @abstractmethod
    def take_nonce(self, ctx: Context, sa: IsakmpSa, message: Message) -> tuple[bytes, Self]:
        """The peer's nonce out of the message with its KE payload, and the method that has read it.

        Raises `PeerMisbehavedError`.
        """
        ...

    @abstractmethod
    def skeyid(
        self, ctx: Context, sa: IsakmpSa, digest: Hash, nonces: Nonces, shared: bytes, cookies: Cookies
    ) -> bytes:
        """SKEYID as this method makes it (RFC 2409 section 5)."""
        ...

    @abstractmethod
    def prove(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload) -> list[Payload]:
        """Our proof over `identity`, without the identity itself."""
        ...

    @abstractmethod
    def verify(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: IdPayload | None
    ) -> tuple[IdPayload, Self]:
        """Checks the peer's proof; `identity` is the ID payload that came in clear or with it, None where
        the method has it itself. Returns the identity proved, and the method that knows it.

        Raises `AuthenticationFailedError`.
        """
        ...

    @abstractmethod
    def refuses(self, ctx: Context, profile: IsakmpProfile) -> str | None:
        """Why the proof is not one for that ISAKMP profile, or None."""
        ...


def nonce_in_clear(ctx: Context, sa: IsakmpSa, message: Message) -> bytes:
    """The peer's nonce, where nothing hides it."""
    nonce = check_nonce(message.one(NoncePayload).data)
    ctx.emit(ev.PayloadProcessed(sa.ref, "NONCE", 0))
    return nonce


def check_hash_proof(
    ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: bytes
) -> None:
    """The peer's HASH payload, over the body of its ID payload."""
    ctx.emit(ev.PayloadProcessed(sa.ref, "HASH", 0))
    check_hash_payload(message.one(HashPayload), transcript.hash(sa, sa.role.other, identity))
