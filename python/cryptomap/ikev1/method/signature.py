"""RSA signatures (RFC 2409 section 5.1): the proof is HASH_I or HASH_R, signed, with the key's certificate.

    initiator                               responder
    HDR, KE, Ni, [CERT_REQ]            -->
                                       <--  HDR, KE, Nr, [CERT_REQ]
    HDR*, IDii, [CERT,] SIG_I          -->
                                       <--  HDR*, IDir, [CERT,] SIG_R

    SKEYID = prf(Ni_b | Nr_b, g^xy)

What a peer sends is checked in this order: its certificate's key made the signature; the certificate leads to
an authority of ours; it is for the identity; it has not been revoked. Nothing is kept unless all of it holds,
and only the holder of a certificate that we trust can make us fetch a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from cryptomap.crypto.keys import Cookies, Nonces, skeyid_signature
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.identity import worded_identity
from cryptomap.ikev1.message import MANY, Message
from cryptomap.ikev1.method.base import Counts, Transcript, Whom, nonce_in_clear
from cryptomap.ikev1.method.peer_certificate import Verified, verify_certificate
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.algorithm import AuthMethod, Hash
from cryptomap.model.config import IdentityKind, IsakmpProfile
from cryptomap.model.error import (
    AuthenticationFailedError,
    MalformedError,
    MisuseError,
    PeerIncompatibleError,
)
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.identity import is_for
from cryptomap.policy.isakmp import own_policies
from cryptomap.policy.trust import Anchor, Credential, anchors, credentials, trustpoints
from cryptomap.wire.numbers import CertificateEncoding, IdType, NotifyType, PayloadType
from cryptomap.wire.payload import (
    CertPayload,
    CertRequestPayload,
    IdPayload,
    NoncePayload,
    Payload,
    SignaturePayload,
)

_X509 = CertificateEncoding.X509_SIGNATURE


@dataclass(frozen=True, slots=True)
class RsaSignature:
    """`wanted` are the names of the authorities that the peer asked for; `peer` is what its proof showed."""

    wanted: tuple[bytes, ...] = ()
    peer: Verified | None = None
    KE_COUNTS: ClassVar[Counts] = {NoncePayload: (1, 1), CertRequestPayload: (0, MANY)}
    AUTH_COUNTS: ClassVar[Counts] = {
        IdPayload: (1, 1),
        SignaturePayload: (1, 1),
        CertPayload: (0, MANY),
        CertRequestPayload: (0, MANY),
    }
    PROOF_COUNTS: ClassVar[Counts] = {
        SignaturePayload: (1, 1),
        CertPayload: (0, MANY),
        CertRequestPayload: (0, MANY),
    }
    BEHIND_ID: ClassVar[PayloadType] = PayloadType.CERTIFICATE

    @classmethod
    def begin(cls, ctx: Context, sa: IsakmpSa, whom: Whom) -> "RsaSignature":
        check_trust(ctx, sa)
        check_certificate(ctx, sa)
        return cls()

    @property
    def certificate(self) -> Certificate | None:
        return self.peer.certificate if self.peer else None

    def own_identity(self, ctx: Context, sa: IsakmpSa, wanted: IdPayload) -> IdPayload:
        """The wanted one if our certificate holds it, else our full name if that, else its subject."""
        certificate = self._credential(ctx, sa, None).certificate
        subject = replace(wanted, id_type=IdType.DER_ASN1_DN, data=certificate.subject)
        if _wants_subject(ctx, sa):
            return subject
        for candidate in (wanted, worded_identity(ctx, sa, "fqdn")):
            if is_for(certificate, candidate):
                break
        else:
            candidate = subject
        if candidate.id_type is not wanted.id_type:
            ctx.emit(ev.IdentityReplaced(sa.ref, int(wanted.id_type), int(candidate.id_type)))
        return candidate

    def nonce_payloads(self, ctx: Context, sa: IsakmpSa, nonce: bytes) -> list[Payload]:
        names = {each.certificate.subject: each.certificate.title for each in _anchors(ctx, sa)}
        for title in names.values():
            ctx.emit(ev.CertificateRequestSent(sa.ref, title))
        return [NoncePayload(nonce), *(CertRequestPayload(_X509, name) for name in names)]

    def take_nonce(self, ctx: Context, sa: IsakmpSa, message: Message) -> "tuple[bytes, RsaSignature]":
        return nonce_in_clear(ctx, sa, message), self.asked(ctx, sa, message)

    def asked(self, ctx: Context, sa: IsakmpSa, message: Message) -> "RsaSignature":
        """With the authorities that this message asks for; some initiators ask beside their proof only."""
        known = {each.certificate.subject: each for each in _anchors(ctx, sa)}
        requests = [each for each in message.all(CertRequestPayload) if each.encoding == _X509]
        for request in requests:
            anchor = known.get(request.data)
            title = anchor.certificate.title if anchor else "an authority that we do not know"
            ctx.emit(ev.CertificateRequested(sa.ref, title, anchor.trustpoint.name if anchor else None))
        return replace(self, wanted=(*self.wanted, *(request.data for request in requests)))

    def skeyid(
        self, ctx: Context, sa: IsakmpSa, digest: Hash, nonces: Nonces, shared: bytes, cookies: Cookies
    ) -> bytes:
        return skeyid_signature(digest, nonces, shared)

    def prove(self, ctx: Context, sa: IsakmpSa, transcript: Transcript, identity: IdPayload) -> list[Payload]:
        ours = self._credential(ctx, sa, identity)
        ctx.emit(ev.CertificateSent(sa.ref, ours.certificate.title, ours.trustpoint))
        try:
            signature = ours.pair.sign(transcript.hash(sa, sa.role, identity.raw))
        except MisuseError as error:
            raise PeerIncompatibleError(f"{error}: make a longer one, and enroll again") from error
        chain = [CertPayload(_X509, each.der) for each in (ours.certificate, *ours.above)]
        return [*chain, SignaturePayload(signature)]

    def verify(
        self, ctx: Context, sa: IsakmpSa, transcript: Transcript, message: Message, identity: IdPayload | None
    ) -> "tuple[IdPayload, RsaSignature]":
        identity = identity or message.one(IdPayload)
        try:
            sent = _sent(ctx, sa, message)
            ctx.emit(ev.PayloadProcessed(sa.ref, "SIG", 0))
            digest = transcript.hash(sa, sa.role.other, identity.raw)
            sent[0].key.verify(digest, message.one(SignaturePayload).data)
            peer = verify_certificate(ctx, sa, sent, identity, _anchors(ctx, sa))
        except AuthenticationFailedError as error:
            text = f"Certificate received from {sa.remote.address} is bad: {error}"
            ctx.emit(ev.LogMessage("CRYPTO", 5, "IKMP_INVAL_CERT", text))
            raise
        return identity, replace(self.asked(ctx, sa, message), peer=peer)

    def refuses(self, ctx: Context, profile: IsakmpProfile) -> str | None:
        """Of two trustpoints with the same authority either will do."""
        allowed = [each.certificate for each in anchors(ctx.config, profile)]
        if self.peer is None or self.peer.anchor.certificate in allowed:
            return None
        names = ", ".join(each.name for each in trustpoints(ctx.config, profile))
        return f"isakmp profile {profile.name} wants a certificate of trustpoint {names}"

    def _credential(self, ctx: Context, sa: IsakmpSa, identity: IdPayload | None) -> Credential:
        """The first that is for `identity`, of an authority that the peer asked for if there is one."""
        fit = [each for each in _credentials(ctx, sa) if not identity or is_for(each.certificate, identity)]
        if not fit:
            raise PeerIncompatibleError("no certificate of ours is for the identity that we sent")
        asked = [each for each in fit if not set(self.wanted).isdisjoint(each.issuers)]
        return (asked or fit)[0]


def check_trust(ctx: Context, sa: IsakmpSa) -> None:
    """Raises `PeerIncompatibleError` when there is no authority whose word we take."""
    if not _anchors(ctx, sa):
        raise PeerIncompatibleError(
            "rsa-sig, but no trustpoint has the certificate of its authority: `crypto pki authenticate`",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )


def check_certificate(ctx: Context, sa: IsakmpSa) -> None:
    """Raises `PeerIncompatibleError` when we have no certificate to show."""
    if not _credentials(ctx, sa):
        raise PeerIncompatibleError(
            "rsa-sig, but no trustpoint has a certificate for an RSA key of ours: `crypto pki enroll`",
            NotifyType.NO_PROPOSAL_CHOSEN,
        )


def _profile(ctx: Context, sa: IsakmpSa) -> IsakmpProfile | None:
    return ctx.config.isakmp_profiles.get(sa.profile or "")


def _anchors(ctx: Context, sa: IsakmpSa) -> Sequence[Anchor]:
    return anchors(ctx.config, _profile(ctx, sa))


def _credentials(ctx: Context, sa: IsakmpSa) -> Sequence[Credential]:
    """Ours that are valid now, with keys that do not decrypt: what could be learnt of one use would break the
    other."""
    found = credentials(ctx.config, ctx.keys(), _profile(ctx, sa))
    now = ctx.wall_clock()
    both = any(policy.authentication is AuthMethod.RSA_ENCR for policy in own_policies(ctx.config))
    other = ctx.keys().decrypting(ctx.config) if both else None
    return [
        each
        for each in found
        if each.certificate.begins <= now < each.certificate.ends
        and (other is None or each.pair is not other.pair)
    ]


def _wants_subject(ctx: Context, sa: IsakmpSa) -> bool:
    profile = _profile(ctx, sa)
    return ctx.config.isakmp_identity is IdentityKind.DN and not (profile and profile.self_identity)


def _sent(ctx: Context, sa: IsakmpSa, message: Message) -> list[Certificate]:
    """The certificates that the peer sent, its own first."""
    found = []
    for payload in message.all(CertPayload):
        ctx.emit(ev.PayloadProcessed(sa.ref, "CERT", 0))
        if payload.encoding != _X509:
            continue
        try:
            found.append(Certificate.from_der(payload.data))
        except MalformedError as error:
            raise AuthenticationFailedError(str(error)) from error
        ctx.emit(ev.CertificateReceived(sa.ref, found[-1].title))
    if not found:
        raise AuthenticationFailedError("the peer sent no X.509 certificate")
    return found
