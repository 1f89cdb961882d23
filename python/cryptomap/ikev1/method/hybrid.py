"""Hybrid authentication (draft-ietf-ipsec-isakmp-hybrid-auth-05): the gateway signs, the client's user has a
password, and Xauth follows in any case.

    client                                  gateway
    HDR, KE, Ni, [CERT_REQ]            -->
                                       <--  HDR, KE, Nr
    HDR*, IDii, HASH_I                 -->
                                       <--  HDR*, IDir, [CERT,] SIG_R
                            Xauth

HASH_I shows only that the client has this SA's keys, which anybody can have: its identity says what it wants
to be served as, and proves nothing.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptomap.crypto.keys import Cookies, Nonces, skeyid_signature
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import MANY, Message
from cryptomap.ikev1.method.base import Counts, Transcript, Whom, check_hash_proof, nonce_in_clear
from cryptomap.ikev1.method.signature import RsaSignature, check_certificate, check_trust
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.algorithm import Hash
from cryptomap.model.config import IsakmpProfile
from cryptomap.pki.certificate import Certificate
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload import (
    CertPayload,
    CertRequestPayload,
    HashPayload,
    IdPayload,
    NoncePayload,
    Payload,
)

_HASHED: Counts = {
    HashPayload: (1, 1),
    CertPayload: (0, MANY),
    CertRequestPayload: (0, MANY),
}
"""A client that was asked for a certificate sends an empty one, and some ask for ours only here."""


@dataclass(frozen=True, slots=True)
class HybridGateway:
    """`ours` is what we sign with."""

    ours: RsaSignature = field(default_factory=RsaSignature)
    KE_COUNTS: ClassVar[Counts] = RsaSignature.KE_COUNTS
    AUTH_COUNTS: ClassVar[Counts] = {IdPayload: (1, 1), **_HASHED}
    PROOF_COUNTS: ClassVar[Counts] = _HASHED
    BEHIND_ID: ClassVar[PayloadType] = PayloadType.CERTIFICATE

    @classmethod
    def begin(cls, ctx: Context, sa: IsakmpSa, whom: Whom) -> "HybridGateway":
        check_certificate(ctx, sa)
        return cls()

    @property
    def certificate(self) -> Certificate | None:
        return None

    def own_identity(self, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        return self.ours.own_identity(ctx, sa, wanted)

    def nonce_payloads(self, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        return [NoncePayload(nonce)]

    def take_nonce(self, ctx: Context, sa: IsakmpSa, message: Message) -> "tuple[bytes, HybridGateway]":
        nonce, ours = self.ours.take_nonce(ctx, sa, message)
        return nonce, replace(self, ours=ours)

    def skeyid(
        self, ctx: Context, sa: IsakmpSa, digest: Hash, nonces: Nonces, shared: bytes, cookies: Cookies
    ) -> bytes:
        return skeyid_signature(digest, nonces, shared)

    def prove(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload) -> list[Payload]:
        return self.ours.prove(ctx, sa, transcript, identity)

    def verify(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: IdPayload | None
    ) -> "tuple[IdPayload, HybridGateway]":
        identity = identity or message.one(IdPayload)
        check_hash_proof(ctx, sa, transcript, message, identity.raw)
        return identity, replace(self, ours=self.ours.asked(ctx, sa, message))

    def refuses(self, ctx: Context, profile: IsakmpProfile) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class HybridClient:
    """`gateway` is what the gateway's signature showed."""

    gateway: RsaSignature = field(default_factory=RsaSignature)
    KE_COUNTS: ClassVar[Counts] = RsaSignature.KE_COUNTS
    AUTH_COUNTS: ClassVar[Counts] = RsaSignature.AUTH_COUNTS
    PROOF_COUNTS: ClassVar[Counts] = RsaSignature.PROOF_COUNTS
    BEHIND_ID: ClassVar[PayloadType] = PayloadType.HASH

    @classmethod
    def begin(cls, ctx: Context, sa: IsakmpSa, whom: Whom) -> "HybridClient":
        check_trust(ctx, sa)
        return cls()

    @property
    def certificate(self) -> Certificate | None:
        return self.gateway.certificate

    def own_identity(self, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        return wanted

    def nonce_payloads(self, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        return self.gateway.nonce_payloads(ctx, sa, nonce)

    def take_nonce(self, ctx: Context, sa: IsakmpSa, message: Message) -> "tuple[bytes, HybridClient]":
        return nonce_in_clear(ctx, sa, message), self

    def skeyid(
        self, ctx: Context, sa: IsakmpSa, digest: Hash, nonces: Nonces, shared: bytes, cookies: Cookies
    ) -> bytes:
        return skeyid_signature(digest, nonces, shared)

    def prove(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload) -> list[Payload]:
        return [HashPayload(transcript.hash(sa, sa.role, identity.raw))]

    def verify(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: IdPayload | None
    ) -> "tuple[IdPayload, HybridClient]":
        proved, gateway = self.gateway.verify(ctx, sa, transcript, message, identity)
        return proved, replace(self, gateway=gateway)

    def refuses(self, ctx: Context, profile: IsakmpProfile) -> str | None:
        return self.gateway.refuses(ctx, profile)
