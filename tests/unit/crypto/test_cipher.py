"""CBC against published vectors."""

from collections.abc import Callable

import pytest

from cryptomap.crypto.algorithms import IKE_CIPHERS, IkeCipherRow, ike_cipher
from cryptomap.crypto.cipher import decrypt, encrypt
from cryptomap.model.algorithm import IkeCipher
from cryptomap.wire.error import MalformedError


def test_vectors(vectors: Callable[[str], list[dict[str, str]]]) -> None:
    blocks = vectors("ike_cbc.txt")
    assert len(blocks) == len(IKE_CIPHERS)
    for block in blocks:
        key, iv, plain, secret = (bytes.fromhex(block[name]) for name in ("KEY", "IV", "PLAIN", "SECRET"))
        cipher = IkeCipher(block["CIPHER"])
        row = ike_cipher(cipher, len(key) * 8 if cipher is IkeCipher.AES else None)
        assert row is not None
        assert len(key) == row.key_size
        assert encrypt(row, key, iv, plain) == secret
        assert decrypt(row, key, iv, secret) == plain


def test_padding_with_zeros_to_the_block() -> None:
    for row in IKE_CIPHERS:
        key, iv = bytes(range(row.key_size)), bytes(row.block_size)
        for length in (1, row.block_size - 1, row.block_size, row.block_size + 1):
            secret = encrypt(row, key, iv, b"\xff" * length)
            assert len(secret) % row.block_size == 0
            assert decrypt(row, key, iv, secret) == (b"\xff" * length).ljust(len(secret), b"\0")
            assert len(secret) - length < row.block_size


@pytest.mark.parametrize("row", IKE_CIPHERS, ids=lambda row: f"{row.cipher}-{row.key_bits}")
def test_only_whole_blocks(row: IkeCipherRow) -> None:
    for length in (0, 1, row.block_size - 1, row.block_size + 1):
        with pytest.raises(MalformedError):
            decrypt(row, bytes(range(row.key_size)), bytes(row.block_size), bytes(length))
