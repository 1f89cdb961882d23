"""The negotiated hash, and the keyed hash that IKEv1 makes of it (RFC 2409 sections 3.2 and 4: HMAC)."""

import hashlib
import hmac
from functools import cache

from cryptomap.crypto.algorithms import HASHES
from cryptomap.model.algorithm import Hash


def digest(hash: Hash, *parts: bytes) -> bytes:
    """HASH(parts), one after the other."""
    return hashlib.new(HASHES[hash].name, b"".join(parts), usedforsecurity=False).digest()


def prf(hash: Hash, key: bytes, *parts: bytes) -> bytes:
    """prf(key, parts): HMAC with the SA's hash."""
    return hmac.digest(key, b"".join(parts), HASHES[hash].name)


@cache
def available(hash: Hash) -> bool:
    """Whether the library of this machine computes the hash and its HMAC: under FIPS 140 it may not."""
    try:
        digest(hash)
        prf(hash, b"any key that is long enough for FIPS 140")
    except ValueError:
        return False
    return True


def equal(ours: bytes, theirs: bytes) -> bool:
    """Whether two authenticators are the same, in a time that hangs on their length alone."""
    return hmac.compare_digest(ours, theirs)
