"""Signed data with attributes (CMS, RFC 5652 section 5): what every SCEP message is.

One signer, who is named by issuer and serial number and whose certificate is enclosed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.scep.suite import DIGESTS, SHA256, Digest

Oid = x509.ObjectIdentifier

SIGNED_DATA, DATA = Oid("1.2.840.113549.1.7.2"), Oid("1.2.840.113549.1.7.1")
CONTENT_TYPE, MESSAGE_DIGEST = Oid("1.2.840.113549.1.9.3"), Oid("1.2.840.113549.1.9.4")
RSA = Oid("1.2.840.113549.1.1.1")
_SET, _IMPLICIT_0 = b"\x31", b"\xa0"
MOST_OCTETS = 65536
"""Of a message."""


@asn1.sequence
class Algorithm:
    kind: Oid
    parameters: asn1.Null | None


@asn1.sequence
class _Attribute:
    kind: Oid
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Attributes:
    values: asn1.SetOf[_Attribute]


@asn1.sequence
class _One:
    value: asn1.TLV


@asn1.sequence
class IssuerAndSerial:
    """How a certificate is named."""

    issuer: asn1.TLV
    serial: int

    @classmethod
    def of(cls, certificate: Certificate) -> "IssuerAndSerial":
        return cls(issuer=_tlv(certificate.parsed.issuer.public_bytes()), serial=certificate.serial)

    def names(self, certificate: Certificate) -> bool:
        issuer = certificate.parsed.issuer.public_bytes()
        return self.serial == certificate.serial and _octets(self.issuer) == issuer


@asn1.sequence
class _SignerInfo:
    """The attributes are kept as they came, since the signature covers their octets."""

    version: int
    signer: IssuerAndSerial
    digest: Algorithm
    attributes: asn1.TLV
    algorithm: Algorithm
    signature: bytes


@asn1.sequence
class _Content:
    kind: Oid
    octets: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _SignedData:
    version: int
    digests: asn1.SetOf[Algorithm]
    content: _Content
    certificates: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    lists: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    kind: Oid
    content: Annotated[_SignedData, asn1.Explicit(0)]


Value = str | bytes | Oid
"""Of an attribute: a printable string, an octet string, an object identifier."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature is good. Who the signer is, and whether it is trusted, is not said yet."""

    content: bytes | None = field(repr=False)
    attributes: Mapping[Oid, Value]
    signer: Certificate
    certificates: tuple[Certificate, ...]
    digest: Digest


def sign(
    content: bytes | None,
    attributes: Mapping[Oid, Value],
    signer: Certificate,
    pair: RsaKeyPair,
    digest: Digest = SHA256,
) -> bytes:
    """The signed message in DER, with the signer's certificate."""
    signed = {CONTENT_TYPE: DATA, MESSAGE_DIGEST: _hash(digest, content), **attributes}
    covered = _encode_set(signed)
    signature = pair.private.sign(covered, PKCS1v15(), digest.hash)
    algorithm = Algorithm(kind=digest.oid, parameters=asn1.Null())
    info = _SignerInfo(
        version=1,
        signer=IssuerAndSerial.of(signer),
        digest=algorithm,
        attributes=_tlv(_IMPLICIT_0 + covered[1:]),
        algorithm=Algorithm(kind=RSA, parameters=asn1.Null()),
        signature=signature,
    )
    data = _SignedData(
        version=1,
        digests=asn1.SetOf([algorithm]),
        content=_Content(kind=DATA, octets=content),
        certificates=asn1.SetOf([_tlv(signer.der)]),
        lists=None,
        signers=asn1.SetOf([info]),
    )
    return asn1.encode_der(_ContentInfo(kind=SIGNED_DATA, content=data))


def unsigned(certificates: tuple[bytes, ...], lists: tuple[bytes, ...]) -> bytes:
    """Certificates and revocation lists in DER, in signed data that nobody signed."""
    data = _SignedData(
        version=1,
        digests=asn1.SetOf([]),
        content=_Content(kind=DATA, octets=None),
        certificates=asn1.SetOf([_tlv(each) for each in certificates]) if certificates else None,
        lists=asn1.SetOf([_tlv(each) for each in lists]) if lists else None,
        signers=asn1.SetOf([]),
    )
    return asn1.encode_der(_ContentInfo(kind=SIGNED_DATA, content=data))


def enclosed(message: bytes) -> tuple[Certificate, ...]:
    """The certificates in such data. Raises `MalformedError`."""
    try:
        info = asn1.decode_der(_ContentInfo, message)
    except ValueError as error:
        raise MalformedError(f"no signed data: {error}") from error
    return _certificates(info.content)


def verify(message: bytes) -> Signed:
    """The message, once its signature is good. Raises `MalformedError` and `AuthenticationFailedError`."""
    if len(message) > MOST_OCTETS:
        raise MalformedError(f"a message of {len(message)} octets is too long")
    try:
        info = asn1.decode_der(_ContentInfo, message)
    except ValueError as error:
        raise MalformedError(f"no signed data: {error}") from error
    data = info.content
    signers = data.signers.as_list()
    if info.kind != SIGNED_DATA or len(signers) != 1:
        raise MalformedError("no signed data of one signer")
    certificates = _certificates(data)
    signer = _find(certificates, signers[0].signer)
    attributes, digest = _verify_signer(data.content.octets, signers[0], signer)
    return Signed(data.content.octets, attributes, signer, certificates, digest)


def _certificates(data: _SignedData) -> tuple[Certificate, ...]:
    enclosed = data.certificates.as_list() if data.certificates else []
    return tuple(Certificate.from_der(_octets(each)) for each in enclosed)


def _find(certificates: tuple[Certificate, ...], signer: IssuerAndSerial) -> Certificate:
    for each in certificates:
        if signer.names(each):
            return each
    raise MalformedError("the signer's certificate is not enclosed")


def _verify_signer(
    content: bytes | None, info: _SignerInfo, signer: Certificate
) -> tuple[Mapping[Oid, Value], Digest]:
    digest = DIGESTS.get(info.digest.kind)
    if digest is None:
        raise AuthenticationFailedError(
            f"signed over a hash that is not taken: {info.digest.kind.dotted_string}"
        )
    if info.attributes.tag_bytes != _IMPLICIT_0:
        raise MalformedError("no signed attributes")
    covered = _SET + _octets(info.attributes)[1:]
    attributes = _decode_set(covered)
    if attributes.get(MESSAGE_DIGEST) != _hash(digest, content):
        raise AuthenticationFailedError("the message is not the one that was signed")
    try:
        signer.key.library.verify(info.signature, covered, PKCS1v15(), digest.hash)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
        raise AuthenticationFailedError("the signature of the message does not match") from error
    return attributes, digest


def _hash(digest: Digest, content: bytes | None) -> bytes:
    hashed = hashes.Hash(digest.hash)
    hashed.update(content or b"")
    return hashed.finalize()


def _encode_set(attributes: Mapping[Oid, Value]) -> bytes:
    """The attributes as SET OF, which is what a signature covers."""
    values = [
        _Attribute(kind=kind, values=asn1.SetOf([_tlv(_encode(value))])) for kind, value in attributes.items()
    ]
    held = asn1.decode_der(_One, asn1.encode_der(_Attributes(values=asn1.SetOf(values))))
    return _octets(held.value)


def _decode_set(octets: bytes) -> Mapping[Oid, Value]:
    """The first value of each attribute whose kind of value is known."""
    try:
        held = asn1.decode_der(_Attributes, asn1.encode_der(_One(value=_tlv(octets))))
        rows = [(each.kind, each.values.as_list()) for each in held.values.as_list()]
        found = {kind: _decode(values[0]) for kind, values in rows if values}
    except ValueError as error:
        raise MalformedError(f"signed attributes: {error}") from error
    return {kind: value for kind, value in found.items() if value is not None}


def _encode(value: Value) -> bytes:
    return asn1.encode_der(asn1.PrintableString(value) if isinstance(value, str) else value)


def _decode(value: asn1.TLV) -> Value | None:
    match value.tag_bytes:
        case b"\x13":
            return str(value.parse(asn1.PrintableString).as_str())
        case b"\x04":
            return bytes(value.parse(bytes))
        case b"\x06":
            oid: Oid = value.parse(Oid)
            return oid
    return None


def _tlv(der: bytes) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, der)


def _octets(value: asn1.TLV) -> bytes:
    return asn1.encode_der(value)
