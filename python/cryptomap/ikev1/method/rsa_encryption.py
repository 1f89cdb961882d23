"""RSA encrypted nonces (RFC 2409 section 5.2): who can read the nonce has the private key.

    initiator                                               responder
    HDR, KE, [HASH(1),] <IDii_b>PubKey_r, <Ni_b>PubKey_r  -->
                                   <--  HDR, KE, <IDir_b>PubKey_i, <Nr_b>PubKey_i
    HDR*, HASH_I          -->
                                   <--  HDR*, HASH_R

    SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)

Nothing may tell whether a ciphertext was a good one: whoever could see that could read other ciphertexts,
and sign (Bleichenbacher 1998; Felsch and others 2018). So a message whose parts do not decrypt to an identity
and a nonce is answered as a good one is, with values that only our private key decides. It fails at HASH_I,
which then nobody can compute.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptomap.crypto.keys import Cookies, Nonces, skeyid_rsa_encryption
from cryptomap.crypto.prf import prf
from cryptomap.crypto.rsa import RsaKeyPair, RsaPublicKey
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.identity import own_identity, show_identity
from cryptomap.ikev1.message import Message
from cryptomap.ikev1.method.base import Counts, Transcript, Whom, check_hash_proof
from cryptomap.ikev1.nonce import LARGEST_NONCE, NONCE_SIZE, SMALLEST_NONCE
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.algorithm import AuthMethod, Hash
from cryptomap.model.config import IsakmpProfile
from cryptomap.model.error import (
    AuthenticationFailedError,
    MalformedError,
    PeerIncompatibleError,
    PeerMisbehavedError,
)
from cryptomap.model.pki import PeerPublicKey
from cryptomap.policy.isakmp import own_policies
from cryptomap.policy.profile import claimed
from cryptomap.policy.public_keys import belongs, encryption_keys, key_at, key_of
from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import NotifyType, PayloadType
from cryptomap.wire.payload import EncryptedIdPayload, HashPayload, IdPayload, NoncePayload, Payload


@dataclass(frozen=True, slots=True)
class RsaEncryption:
    """`peer` is the key that we encrypt for, `ours` the identity that we send; `identity` what the peer's
    message held, None where it made no sense."""

    own: RsaKeyPair
    ours: IdPayload
    peer: PeerPublicKey
    identity: IdPayload | None = None
    failed: bool = field(default=False, repr=False)
    KE_COUNTS: ClassVar[Counts] = {EncryptedIdPayload: (1, 1), NoncePayload: (1, 1), HashPayload: (0, 1)}
    AUTH_COUNTS: ClassVar[Counts] = {HashPayload: (1, 1)}
    PROOF_COUNTS: ClassVar[Counts] = {HashPayload: (1, 1)}
    BEHIND_ID: ClassVar[PayloadType] = PayloadType.HASH

    @classmethod
    def begin(cls, ctx: Context, sa: IsakmpSa, whom: Whom) -> "RsaEncryption":
        peer = key_at(ctx.config, sa.remote.address) or next(encryption_keys(ctx.config), None)
        if peer is None:
            raise PeerIncompatibleError(
                f"no RSA public key for {sa.remote.address}: give it an `addressed-key` or a `named-key` "
                "under `crypto key pubkey-chain rsa`",
                NotifyType.NO_PROPOSAL_CHOSEN,
            )
        return cls(_own_key(ctx), own_identity(ctx, sa), peer)

    @property
    def certificate(self) -> None:
        return None

    def own_identity(self, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        return wanted

    def nonce_payloads(self, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        show_identity(ctx, sa, self.ours, sent=True)
        key = RsaPublicKey.from_spki(self.peer.spki or b"")
        sealed_id, sealed_nonce = (key.encrypt(body, ctx.random) for body in (self.ours.raw, nonce))
        return [EncryptedIdPayload(sealed_id), NoncePayload(sealed_nonce)]

    def take_nonce(self, ctx: Context, sa: IsakmpSa, message: Message) -> "tuple[bytes, RsaEncryption]":
        sealed_id, sealed_nonce = message.one(EncryptedIdPayload).data, message.one(NoncePayload).data
        body, nonce = self.own.decrypt(sealed_id), self.own.decrypt(sealed_nonce)
        if body is None or nonce is None:
            raise PeerMisbehavedError("an encrypted payload that no RSA key of ours can have made")
        ctx.emit(ev.PayloadProcessed(sa.ref, "ID", 0))
        ctx.emit(ev.PayloadProcessed(sa.ref, "NONCE", 0))
        identity = _identity(body)
        claim = claimed(identity or self.ours)
        peer = key_of(ctx.config, claim) or self.peer
        sane = SMALLEST_NONCE <= len(nonce) <= LARGEST_NONCE
        secret = prf(Hash.SHA256, self.own.secret, sealed_id, sealed_nonce)[:NONCE_SIZE]
        failed = identity is None or not sane or not belongs(peer, claim)
        return nonce if sane else secret, replace(self, peer=peer, identity=identity, failed=failed)

    def skeyid(
        self, ctx: Context, sa: IsakmpSa, digest: Hash, nonces: Nonces, shared: bytes, cookies: Cookies
    ) -> bytes:
        return skeyid_rsa_encryption(digest, nonces, cookies)

    def prove(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload) -> list[Payload]:
        return [HashPayload(transcript.hash(sa, sa.role, self.ours.raw))]

    def verify(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: IdPayload | None
    ) -> "tuple[IdPayload, RsaEncryption]":
        body = self.identity.raw if self.identity else b""
        check_hash_proof(ctx, sa, transcript, message, body)
        if self.identity is None or self.failed:
            raise AuthenticationFailedError(
                "the peer's identity is not the one of its public key; correct its `addressed-key` or "
                "`named-key`, or its `crypto isakmp identity`"
            )
        show_identity(ctx, sa, self.identity, sent=False)
        return self.identity, self

    def refuses(self, ctx: Context, profile: IsakmpProfile) -> str | None:
        return None


def _own_key(ctx: Context) -> RsaKeyPair:
    """The key pair that peers encrypt for, which must not be the one that signs: what could be learnt of one
    use would break the other."""
    keys = ctx.keys()
    own, signing = keys.decrypting(ctx.config), keys.signing(ctx.config)
    if own is None:
        raise PeerIncompatibleError(
            "no RSA key pair for encryption: `crypto key generate rsa usage-keys`",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )
    signs = any(policy.authentication is AuthMethod.RSA_SIG for policy in own_policies(ctx.config))
    if signs and signing is not None and signing.pair is own.pair:
        raise PeerIncompatibleError(
            f"the RSA key pair {own.label} would sign and decrypt, which gives both away: "
            "`crypto key generate rsa usage-keys` makes two",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )
    return own.pair


def _identity(body: bytes) -> IdPayload | None:
    """The ID payload of a decrypted body, None for anything that is none."""
    try:
        return IdPayload.decode(Reader(body, "ID payload"))
    except MalformedError:
        return None
