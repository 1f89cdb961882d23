"""The algorithms of SCEP messages: what encrypts their content and what they are signed over.

RFC 8894 section 3.5.2 has an authority say what it can. Before that there were DES and MD5 only, then words
for Triple DES and SHA-1: old releases of IOS are such.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509 import ObjectIdentifier as Oid


@dataclass(frozen=True, slots=True)
class ContentCipher:
    """A cipher in CBC mode. Sizes in octets; `old` ones are for authorities and clients of that time."""

    oid: Oid
    key_size: int
    block_size: int
    old: bool = False

    def cipher(self, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
        if not self.old:
            return Cipher(algorithms.AES(key), modes.CBC(iv))
        # Single DES is triple DES with one key three times.
        return Cipher(TripleDES(key if len(key) == TRIPLE_DES.key_size else key * 3), modes.CBC(iv))


@dataclass(frozen=True, slots=True)
class Digest:
    """A hash; `signature` names it together with RSA (PKCS #1)."""

    oid: Oid
    hash: hashes.HashAlgorithm
    signature: Oid
    old: bool = False


AES = ContentCipher(Oid("2.16.840.1.101.3.4.1.2"), 16, 16)
TRIPLE_DES = ContentCipher(Oid("1.2.840.113549.3.7"), 24, 8, old=True)
DES = ContentCipher(Oid("1.3.14.3.2.7"), 8, 8, old=True)
_LARGER_AES = tuple(
    ContentCipher(Oid(f"2.16.840.1.101.3.4.1.{last}"), size, 16) for last, size in ((22, 24), (42, 32))
)
CIPHERS: Mapping[Oid, ContentCipher] = {each.oid: each for each in (AES, *_LARGER_AES, TRIPLE_DES, DES)}

_RSA = "1.2.840.113549.1.1"
SHA256 = Digest(Oid("2.16.840.1.101.3.4.2.1"), hashes.SHA256(), Oid(f"{_RSA}.11"))
_SHA384 = Digest(Oid("2.16.840.1.101.3.4.2.2"), hashes.SHA384(), Oid(f"{_RSA}.12"))
SHA512 = Digest(Oid("2.16.840.1.101.3.4.2.3"), hashes.SHA512(), Oid(f"{_RSA}.13"))
SHA1 = Digest(Oid("1.3.14.3.2.26"), hashes.SHA1(), Oid(f"{_RSA}.5"), old=True)
MD5 = Digest(Oid("1.2.840.113549.2.5"), hashes.MD5(), Oid(f"{_RSA}.4"), old=True)
OLD_DIGESTS = (SHA1, MD5)
DIGESTS: Mapping[Oid, Digest] = {each.oid: each for each in (SHA256, _SHA384, SHA512, *OLD_DIGESTS)}


@dataclass(frozen=True, slots=True)
class Suite:
    """What a message is made with, and what its answer is made with then."""

    cipher: ContentCipher = AES
    digest: Digest = SHA256

    @property
    def old(self) -> bool:
        """Whether anything of it is too weak to be used unasked."""
        return self.cipher.old or self.digest.old


STANDARD = Suite()


def agreed(capabilities: bytes) -> Suite:
    """The best that an authority takes, by its answer to GetCACaps; DES and MD5 when it says nothing."""
    words = set(capabilities.decode("ascii", "replace").split())
    ciphers = (("AES", AES), ("DES3", TRIPLE_DES))
    digests = (("SHA-256", SHA256), ("SHA-512", SHA512), ("SHA-1", SHA1))
    cipher = next((each for word, each in ciphers if word in words), DES)
    digest = next((each for word, each in digests if word in words), MD5)
    return STANDARD if "SCEPStandard" in words else Suite(cipher, digest)
