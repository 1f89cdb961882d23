"""CBC encryption of ISAKMP bodies (RFC 2409 appendix B, RFC 3602)."""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cryptomap.crypto.algorithms import IkeCipherRow
from cryptomap.model.algorithm import IkeCipher
from cryptomap.model.error import MalformedError


def encrypt(row: IkeCipherRow, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """The ciphertext of `plaintext` and as much zero padding as fills its last block.

    The last block is the IV of the exchange's next message.
    """
    padding = bytes(-len(plaintext) % row.block_size)
    encryptor = _cipher(row, key, iv).encryptor()
    return encryptor.update(plaintext + padding) + encryptor.finalize()


def decrypt(row: IkeCipherRow, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """The plaintext, padding included. Raises `MalformedError` unless it is one whole block or more."""
    if not ciphertext or len(ciphertext) % row.block_size:
        raise MalformedError(
            f"encrypted body: {len(ciphertext)} octets are not whole {row.block_size}-octet blocks"
        )
    decryptor = _cipher(row, key, iv).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def _cipher(row: IkeCipherRow, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    if row.cipher is IkeCipher.AES:
        return Cipher(algorithms.AES(key), modes.CBC(iv))
    # Single DES is triple DES with one key three times: K encrypts, K decrypts that again, K encrypts.
    return Cipher(TripleDES(key * 3 if row.cipher is IkeCipher.DES else key), modes.CBC(iv))
