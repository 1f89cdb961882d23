"""The client's side of SCEP: what is asked of an authority, and what its answers mean. No IO."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.hazmat import asn1

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.authority import Validity, make_self_signed
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.chain import find_chain
from cryptomap.pki.party import Party
from cryptomap.pki.request import Wish, build_request
from cryptomap.pki.scep.cms import enclosed
from cryptomap.pki.scep.envelope import RandomSource
from cryptomap.pki.scep.message import MessageType, Status, read_reply
from cryptomap.pki.scep.message import build_request as build_message
from cryptomap.pki.scep.old_request import signed_again
from cryptomap.pki.scep.suite import STANDARD, Suite

CONTENT_TYPE = "application/x-pki-message"
_TRANSIENT = timedelta(days=1)
"""How long the certificate is good that signs a first request."""


class RefusedError(AuthenticationFailedError):
    """The authority does not grant the request."""


@asn1.sequence
class _IssuerAndSubject:
    issuer: asn1.TLV
    subject: asn1.TLV


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One request to one authority, as long as it takes."""

    authority: Certificate
    client: Party
    request: bytes = field(repr=False)
    random: RandomSource
    suite: Suite = STANDARD

    @classmethod
    def begin(
        cls,
        authority: Certificate,
        wish: Wish,
        pair: RsaKeyPair,
        password: str,
        now: datetime,
        random: RandomSource,
        suite: Suite = STANDARD,
    ) -> "Enrolment":
        """Signed by a certificate that the key makes for itself (RFC 8894 section 2.3)."""
        validity = Validity(now - _TRANSIENT, now + _TRANSIENT)
        own = Certificate.from_der(make_self_signed(wish, pair, 1, validity))
        request = build_request(wish, pair, password)
        if suite.old:
            request = signed_again(request, pair, suite.digest)
        return cls(authority, Party(own, pair), request, random, suite)

    @property
    def transaction(self) -> str:
        """The same for the same key, so that a request that is sent again is known again."""
        return sha256(self.client.pair.public.spki).hexdigest().upper()

    def ask(self, nonce: bytes) -> bytes:
        """PKCSReq, with a fresh nonce."""
        return self._message(MessageType.PKCS_REQ, nonce, self.request)

    def poll(self, nonce: bytes) -> bytes:
        """CertPoll, with a fresh nonce."""
        names = _IssuerAndSubject(
            issuer=_tlv(self.authority.subject), subject=_tlv(self.client.certificate.subject)
        )
        return self._message(MessageType.CERT_POLL, nonce, asn1.encode_der(names))

    def _message(self, kind: MessageType, nonce: bytes, content: bytes) -> bytes:
        return build_message(
            kind, self.transaction, nonce, content, self.client, self.authority, self.random, self.suite
        )

    def read(self, answer: bytes, nonce: bytes, now: datetime) -> Certificate | None:
        """The certificate; None while the authority has not decided.

        Raises `RefusedError`, `MalformedError`, and `AuthenticationFailedError` for an answer or a
        certificate that is not the authority's.
        """
        old = self.suite.old
        reply = read_reply(answer, self.transaction, nonce, self.client, self.authority, old=old)
        if reply.status is Status.PENDING:
            return None
        if reply.status is Status.FAILURE:
            reason = reply.fail_info.name if reply.fail_info is not None else "it does not say why"
            raise RefusedError(f"the authority refuses the request: {reason}")
        for certificate in enclosed(reply.content):
            if certificate.key == self.client.pair.public:
                find_chain(certificate, (), (self.authority,), now)
                return certificate
        raise MalformedError("the authority sent no certificate for our key")


def _tlv(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)
