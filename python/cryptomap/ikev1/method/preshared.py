"""Pre-shared keys (RFC 2409 section 5.4): SKEYID = prf(pre-shared-key, Ni_b | Nr_b), the proof is a HASH.

In main mode the key is found by the peer's address, since its identity comes encrypted under it; in
aggressive mode by the identity that the peer claims.
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.crypto.keys import Cookies, Nonces, skeyid_psk
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import Message
from cryptomap.ikev1.method.base import Counts, Transcript, Whom, check_hash_proof, nonce_in_clear
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.algorithm import Hash
from cryptomap.model.config import DEFAULT_KEYRING, IsakmpProfile, PresharedKey
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.policy.keyring import FoundKey, find_key_for
from cryptomap.policy.profile import allows_keyring, claimed
from cryptomap.wire.numbers import NotifyType, PayloadType
from cryptomap.wire.payload import HashPayload, IdPayload, NoncePayload, Payload


@dataclass(frozen=True, slots=True)
class PreSharedKey:
    """`key` is the one that this peer must have."""

    key: FoundKey
    KE_COUNTS: ClassVar[Counts] = {NoncePayload: (1, 1)}
    AUTH_COUNTS: ClassVar[Counts] = {IdPayload: (1, 1), HashPayload: (1, 1)}
    PROOF_COUNTS: ClassVar[Counts] = {HashPayload: (1, 1)}
    BEHIND_ID: ClassVar[PayloadType] = PayloadType.HASH

    @classmethod
    def begin(cls, ctx: Context, sa: IsakmpSa, whom: Whom) -> "PreSharedKey":
        if whom.key is not None:
            return cls(FoundKey(DEFAULT_KEYRING, PresharedKey(whom.key)))
        claim = claimed(whom.identity) if whom.identity is not None else None
        found = find_key_for(ctx.config, claim, sa.remote.address, whom.keyrings)
        if found is None:
            raise PeerIncompatibleError(
                f"no pre-shared key for {sa.remote.address}", NotifyType.NO_PROPOSAL_CHOSEN
            )
        return cls(found)

    @property
    def certificate(self) -> None:
        return None

    def own_identity(self, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        return wanted

    def nonce_payloads(self, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        return [NoncePayload(nonce)]

    def take_nonce(self, ctx: Context, sa: IsakmpSa, message: Message) -> "tuple[bytes, PreSharedKey]":
        return nonce_in_clear(ctx, sa, message), self

    def skeyid(
        self, ctx: Context, sa: IsakmpSa, digest: Hash, nonces: Nonces, shared: bytes, cookies: Cookies
    ) -> bytes:
        ctx.emit(ev.KeyLookup(sa.ref, sa.remote.address, self.key.keyring, True))
        return skeyid_psk(digest, self.key.octets, nonces)

    def prove(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload) -> list[Payload]:
        return [HashPayload(transcript.hash(sa, sa.role, identity.raw))]

    def verify(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: IdPayload | None
    ) -> "tuple[IdPayload, PreSharedKey]":
        identity = identity or message.one(IdPayload)
        check_hash_proof(ctx, sa, transcript, message, identity.raw)
        return identity, self

    def refuses(self, ctx: Context, profile: IsakmpProfile) -> str | None:
        if self.key.group is not None or allows_keyring(profile, self.key.keyring):
            return None
        keyring = self.key.keyring
        return f"isakmp profile {profile.name} does not use keyring {keyring}, whose key the peer proved"
