"""Enveloped data (CMS, RFC 5652 section 6): what a SCEP message carries, encrypted for one RSA key.

The library makes and opens such data with AES only, and does not say with what; this takes DES and Triple
DES too.
"""

from collections.abc import Callable
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.x509 import ObjectIdentifier as Oid

from cryptomap.model.error import MalformedError
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.party import Party
from cryptomap.pki.scep.cms import DATA, RSA, Algorithm, IssuerAndSerial
from cryptomap.pki.scep.suite import CIPHERS, ContentCipher

RandomSource = Callable[[int], bytes]
"""`random(n)` returns n octets fit for keys."""
ENVELOPED_DATA = Oid("1.2.840.113549.1.7.3")


@asn1.sequence
class _Recipient:
    version: int
    whose: IssuerAndSerial
    algorithm: Algorithm
    key: bytes


@asn1.sequence
class _ContentAlgorithm:
    kind: Oid
    iv: bytes


@asn1.sequence
class _EncryptedContent:
    kind: Oid
    algorithm: _ContentAlgorithm
    octets: Annotated[bytes, asn1.Implicit(0)]


@asn1.sequence
class _EnvelopedData:
    version: int
    recipients: asn1.SetOf[_Recipient]
    content: _EncryptedContent


@asn1.sequence
class _ContentInfo:
    kind: Oid
    content: Annotated[_EnvelopedData, asn1.Explicit(0)]


def seal(content: bytes, recipient: Certificate, cipher: ContentCipher, random: RandomSource) -> bytes:
    """The content in DER, encrypted with a fresh key, which is encrypted with the recipient's."""
    key, iv = random(cipher.key_size), random(cipher.block_size)
    padder = PKCS7(cipher.block_size * 8).padder()
    encryptor = cipher.cipher(key, iv).encryptor()
    octets = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    whose = _Recipient(
        version=0,
        whose=IssuerAndSerial.of(recipient),
        algorithm=Algorithm(kind=RSA, parameters=asn1.Null()),
        key=recipient.key.library.encrypt(key, PKCS1v15()),
    )
    encrypted = _EncryptedContent(
        kind=DATA, algorithm=_ContentAlgorithm(kind=cipher.oid, iv=iv), octets=octets
    )
    data = _EnvelopedData(version=0, recipients=asn1.SetOf([whose]), content=encrypted)
    return asn1.encode_der(_ContentInfo(kind=ENVELOPED_DATA, content=data))


def unseal(octets: bytes, party: Party, *, old: bool) -> tuple[bytes, ContentCipher]:
    """The content, and what it was encrypted with: a weak cipher only where `old` ones are taken.

    Raises `MalformedError`, which does not say at what it failed: a stranger that could tell might have our
    key decrypt what it overheard.
    """
    try:
        info = asn1.decode_der(_ContentInfo, octets)
        content = info.content.content
        cipher = CIPHERS[content.algorithm.kind]
        (recipient,) = info.content.recipients.as_list()
        if info.kind != ENVELOPED_DATA or not recipient.whose.names(party.certificate):
            raise ValueError
        if cipher.old and not old:
            raise ValueError
        key = party.pair.private.decrypt(recipient.key, PKCS1v15())
        if len(key) != cipher.key_size:
            raise ValueError
        decryptor = cipher.cipher(key, content.algorithm.iv).decryptor()
        padded = decryptor.update(content.octets) + decryptor.finalize()
        unpadder = PKCS7(cipher.block_size * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize(), cipher
    except (KeyError, ValueError, TypeError) as error:
        raise MalformedError("the content is not encrypted for us, or not in a way that is taken") from error
