"""Secrets of users as IOS keeps them: types 0 (clear), 5 (MD5 crypt), 7 (obfuscated), 8 (PBKDF2), 9 (scrypt).

Types 8 and 9 are `$8$SALT$HASH` and `$9$SALT$HASH`: a salt of 14 characters, and 32 octets in the alphabet of
crypt(3), most significant bits first. Type 8 is PBKDF2-HMAC-SHA-256 with 20,000 rounds, type 9 is scrypt
(RFC 7914) with N = 16384, r = 1, p = 1.
"""

import hashlib
import hmac
import re
from base64 import b64encode

from cryptomap.model.secret import Secret

SALT_OCTETS = 14
"""Random octets that `scrypt_secret` wants: one for each character of the salt."""
ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_CRYPT = str.maketrans(_STANDARD, ALPHABET)
_SHAPES = {
    5: r"\$1\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}",
    7: r"(0[0-9]|1[0-5])([0-9A-Fa-f]{2})*",
    8: r"\$8\$[./0-9A-Za-z]{14}\$[./0-9A-Za-z]{43}",
    9: r"\$9\$[./0-9A-Za-z]{14}\$[./0-9A-Za-z]{43}",
}
_TYPE_7_KEY = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"


def well_formed(secret: Secret) -> bool:
    """Whether the value is one of its type; any text is one of type 0."""
    shape = _SHAPES.get(secret.kind)
    return re.fullmatch(shape, secret.value) is not None if shape else secret.kind == 0


def scrypt_secret(password: str, random: bytes) -> Secret:
    """The password as type 9, salted with `SALT_OCTETS` random octets."""
    salt = "".join(ALPHABET[octet & 63] for octet in random[:SALT_OCTETS])
    return Secret(f"$9${salt}${_scrypt(password, salt)}", 9)


def verify(secret: Secret, password: str) -> bool:
    """Whether the password is the one behind the secret. False for a type or value that cannot be read."""
    if not well_formed(secret):
        return False
    if secret.kind in (0, 7):
        return hmac.compare_digest(reveal(secret).encode(), password.encode())
    _, _, salt, expected = secret.value.split("$")
    found = {5: _md5_crypt, 8: _pbkdf2, 9: _scrypt}[secret.kind](password, salt)
    return hmac.compare_digest(found, expected)


def reveal(secret: Secret) -> str:
    """The clear text of a type 0 or type 7 secret. Raises `ValueError` for other types and bad values."""
    if not well_formed(secret) or secret.kind not in (0, 7):
        raise ValueError(f"a type {secret.kind} secret cannot be read")
    if secret.kind == 0:
        return secret.value
    start, octets = int(secret.value[:2]), bytes.fromhex(secret.value[2:])
    key = _TYPE_7_KEY
    return bytes(octet ^ key[(start + at) % len(key)] for at, octet in enumerate(octets)).decode(
        errors="replace"
    )


def _pbkdf2(password: str, salt: str) -> str:
    return _encode(hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 20_000))


def _scrypt(password: str, salt: str) -> str:
    return _encode(hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=1, p=1, dklen=32))


def _encode(octets: bytes) -> str:
    return b64encode(octets).decode().rstrip("=").translate(_TO_CRYPT)


def _md5_crypt(password: str, salt: str) -> str:
    """Poul-Henning Kamp's MD5 crypt, 1,000 rounds, as in FreeBSD's and glibc's crypt(3)."""
    key, seed = password.encode(), salt.encode()
    inner = _md5(key + seed + key)
    text = key + b"$1$" + seed + (inner * (len(key) // 16 + 1))[: len(key)]
    bits = len(key)
    while bits:
        text += b"\0" if bits & 1 else key[:1]
        bits >>= 1
    digest = _md5(text)
    for turn in range(1000):
        odd = turn % 2
        digest = _md5(
            (key if odd else digest)
            + (seed if turn % 3 else b"")
            + (key if turn % 7 else b"")
            + (digest if odd else key)
        )
    return _md5_letters(digest)


def _md5_letters(digest: bytes) -> str:
    """The sixteen octets in the odd order of MD5 crypt, least significant bits first."""
    groups = [
        (digest[at] << 16 | digest[at + 6] << 8 | digest[at + 12 if at < 4 else 5], 4) for at in range(5)
    ]
    groups.append((digest[11], 2))
    return "".join(ALPHABET[value >> 6 * place & 63] for value, count in groups for place in range(count))


def _md5(octets: bytes) -> bytes:
    return hashlib.md5(octets, usedforsecurity=False).digest()
