"""RSA as IKEv1 uses it (RFC 2409 sections 5.1 and 5.2, PKCS #1 version 1.5: RFC 8017 section 7.2 and 8.2).

A signature is over the bare HASH_I or HASH_R: the block has no DigestInfo, unlike those of certificates.

    00 01 FF .. FF 00 HASH        signature, at least eight FF
    00 02 nonzero  00 message     encryption, at least eight octets that are not zero
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from cryptomap.crypto.prf import equal
from cryptomap.model.error import AuthenticationFailedError, ConfigurationError, MalformedError, MisuseError

FEWEST_BITS, MOST_BITS = 1024, 4096
"""Of a modulus that we generate; older and shorter ones can be loaded."""
PEER_BITS = range(512, 8193)
"""Of a modulus that a peer may have. The upper end bounds the cost of a check."""
PUBLIC_EXPONENT = 65537
"""Ours, and the smallest that a peer may have: small ones help forgers."""
_MOST_EXPONENT_BITS = 64
_OVERHEAD = 11
"""Octets of a block that are no message."""


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """Modulus and exponent."""

    n: int
    e: int

    @classmethod
    def from_spki(cls, der: bytes) -> "RsaPublicKey":
        """The key in a SubjectPublicKeyInfo. Raises `MalformedError` when there is no RSA key in it."""
        try:
            key = load_der_public_key(der)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise MalformedError(f"no public key: {error}") from error
        if not isinstance(key, rsa.RSAPublicKey):
            raise MalformedError("a public key, but not of RSA")
        return cls.of(key)

    @classmethod
    def of(cls, key: rsa.RSAPublicKey) -> "RsaPublicKey":
        """The library's key as a value."""
        numbers = key.public_numbers()
        return cls(numbers.n, numbers.e)

    @property
    def bits(self) -> int:
        return self.n.bit_length()

    @property
    def size(self) -> int:
        """Octets of a signature or of a ciphertext."""
        return (self.bits + 7) // 8

    @property
    def library(self) -> rsa.RSAPublicKey:
        """The same as the library's key."""
        return rsa.RSAPublicNumbers(self.e, self.n).public_key()

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo in DER."""
        return self.library.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def check(self) -> None:
        """Raises `AuthenticationFailedError` for a key that proves nothing, or that costs too much to use."""
        if self.bits not in PEER_BITS or not self.n & 1:
            raise AuthenticationFailedError(f"an RSA modulus of {self.bits} bits is not accepted")
        if self.e < PUBLIC_EXPONENT or not self.e & 1 or self.e.bit_length() > _MOST_EXPONENT_BITS:
            raise AuthenticationFailedError(f"the RSA exponent {self.e:#x} is not accepted")

    def verify(self, digest: bytes, signature: bytes) -> None:
        """Raises `AuthenticationFailedError` unless it is the one signature of the bare `digest`.

        The block that it must be is built and compared whole, so that nothing in it is left to a parser.
        """
        self.check()
        value = int.from_bytes(signature, "big")
        if len(signature) != self.size or not 0 < value < self.n:
            raise AuthenticationFailedError("an RSA signature of the wrong length or outside 1 to n - 1")
        block = pow(value, self.e, self.n).to_bytes(self.size, "big")
        if not equal(_signature_block(digest, self.size), block):
            raise AuthenticationFailedError("RSA signature does not match")

    def encrypt(self, message: bytes, random: Callable[[int], bytes]) -> bytes:
        """The ciphertext of at most `size` - 11 octets; `random(n)` returns n octets fit for keys.

        Raises `MisuseError` for a longer message, and what `check` raises.
        """
        self.check()
        filling = self.size - 3 - len(message)
        if len(message) > self.size - _OVERHEAD:
            raise MisuseError(f"{len(message)} octets are too many for an RSA key of {self.bits} bits")
        padding = bytearray()
        while len(padding) < filling:
            padding += random(filling - len(padding)).replace(b"\0", b"")
        block = int.from_bytes(b"\0\2" + padding + b"\0" + message, "big")
        return pow(block, self.e, self.n).to_bytes(self.size, "big")


def _signature_block(digest: bytes, size: int) -> bytes:
    if len(digest) > size - _OVERHEAD:
        raise AuthenticationFailedError(f"an RSA key of {size * 8} bits is too short for this hash")
    return b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest


@dataclass(frozen=True, slots=True, eq=False)
class RsaKeyPair:
    """A private key with its public half. The private half is in no `repr`."""

    private: rsa.RSAPrivateKey = field(repr=False)

    @property
    def public(self) -> RsaPublicKey:
        return RsaPublicKey.of(self.private.public_key())

    @property
    def secret(self) -> bytes:
        """Octets that the private key alone decides, for what must be unguessable and always the same."""
        exponent = self.private.private_numbers().d
        return sha256(exponent.to_bytes(self.public.size, "big")).digest()

    def sign(self, digest: bytes) -> bytes:
        """The signature of a bare digest. Raises `MisuseError` when the key is too short for it."""
        try:
            return self.private.sign(digest, PKCS1v15(), NoDigestInfo())
        except ValueError as error:
            raise MisuseError(f"an RSA key of {self.private.key_size} bits cannot sign this hash") from error

    def decrypt(self, ciphertext: bytes) -> bytes | None:
        """The message; None when the ciphertext has not the modulus' length, or is not from 1 to n - 1.

        Whoever sent it sees those two faults itself. All other faults are kept secret: the library answers
        them with octets of a random length that only the private key and the ciphertext decide (implicit
        rejection), in the time that a good ciphertext takes. The caller goes on with those.
        """
        public = self.public
        value = int.from_bytes(ciphertext, "big")
        if len(ciphertext) != public.size or not 0 < value < public.n:
            return None
        return self.private.decrypt(ciphertext, PKCS1v15())

    def pem(self) -> str:
        """PKCS #8, not encrypted."""
        octets = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return octets.decode()


def generate(bits: int) -> RsaKeyPair:
    """A key pair with a modulus of so many bits. Takes seconds for the long ones."""
    if not FEWEST_BITS <= bits <= MOST_BITS:
        raise MisuseError(f"{bits} bits are not from {FEWEST_BITS} to {MOST_BITS}")
    return RsaKeyPair(rsa.generate_private_key(PUBLIC_EXPONENT, bits))


def load_pem(text: str, passphrase: str | None = None) -> RsaKeyPair:
    """The key pair in a PEM block. Raises `ConfigurationError` for anything else, or a wrong passphrase."""
    try:
        key = load_pem_private_key(text.encode(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"this is no private key, or the passphrase is wrong: {error}") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError("this private key is not of RSA")
    return RsaKeyPair(key)
