"""The encrypted private keys that IOS exports: PKCS #1 in PEM with `DEK-Info: DES-EDE3-CBC` (RFC 1421).

The library reads this form, but does not write it with Triple DES.
"""

import base64
from collections.abc import Callable
from hashlib import md5

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cryptomap.crypto.rsa import RsaKeyPair

_BLOCK = 8
_KEY = 24
_LINE = 64


def encrypted_pem(pair: RsaKeyPair, passphrase: str, random: Callable[[int], bytes]) -> str:
    """The private key under a passphrase; `random(n)` returns n octets."""
    der = pair.private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    salt = random(_BLOCK)
    padder = PKCS7(_BLOCK * 8).padder()
    encryptor = Cipher(TripleDES(_key(passphrase.encode(), salt)), CBC(salt)).encryptor()
    body = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
    headers = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,{salt.hex().upper()}\n\n"
    return armour("RSA PRIVATE KEY", body, headers)


def armour(label: str, body: bytes, headers: str = "") -> str:
    """Octets in base 64 between the two lines that name them."""
    text = base64.b64encode(body).decode()
    lines = "".join(f"{text[at : at + _LINE]}\n" for at in range(0, len(text), _LINE))
    return f"-----BEGIN {label}-----\n{headers}{lines}-----END {label}-----\n"


def _key(passphrase: bytes, salt: bytes) -> bytes:
    """OpenSSL's derivation for this form: MD5 over what came before, passphrase and salt."""
    key = last = b""
    while len(key) < _KEY:
        last = md5(last + passphrase + salt, usedforsecurity=False).digest()
        key += last
    return key[:_KEY]
