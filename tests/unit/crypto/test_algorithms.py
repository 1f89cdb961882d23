"""The rows: complete, found both ways, and of the sizes that their RFCs give."""

import pytest

from cryptomap.crypto.algorithms import (
    ESP_AUTHS,
    ESP_CIPHERS,
    GROUPS,
    HASHES,
    IKE_CIPHERS,
    esp_auth_by_number,
    esp_cipher,
    esp_cipher_by_number,
    group_by_number,
    hash_by_number,
    ike_cipher,
    ike_cipher_by_number,
)
from cryptomap.model.algorithm import EspAuth, EspCipher, Group, Hash, IkeCipher


def test_every_name_has_a_row() -> None:
    assert set(HASHES) == set(Hash)
    assert set(GROUPS) == set(Group)
    assert set(ESP_AUTHS) == set(EspAuth)
    assert {row.cipher for row in IKE_CIPHERS} == set(IkeCipher)
    assert {row.cipher for row in ESP_CIPHERS} == set(EspCipher)


def test_both_ways() -> None:
    for cipher in IKE_CIPHERS:
        assert ike_cipher(cipher.cipher, cipher.key_bits) is cipher
        assert ike_cipher_by_number(cipher.number, cipher.key_bits) is cipher
    for esp in ESP_CIPHERS:
        assert esp_cipher(esp.cipher, esp.key_bits) is esp
        assert esp_cipher_by_number(esp.transform, esp.key_bits) is esp
    assert all(hash_by_number(row.number) is row for row in HASHES.values())
    assert all(group_by_number(group.value) is row for group, row in GROUPS.items())
    assert all(esp_auth_by_number(row.number) is row for row in ESP_AUTHS.values())


@pytest.mark.parametrize(
    ("transform", "key_bits"),
    [(12, None), (12, 64), (12, 0), (2, 64), (3, 192), (11, 128), (20, None), (23, 128), (0, None)],
)
def test_unknown_esp_combinations(transform: int, key_bits: int | None) -> None:
    assert esp_cipher_by_number(transform, key_bits) is None


def test_unknown_numbers() -> None:
    assert ike_cipher_by_number(7, None) is None
    assert ike_cipher_by_number(1, 64) is None
    assert ike_cipher_by_number(8, 128) is None
    assert hash_by_number(3) is None
    assert group_by_number(24) is None
    assert esp_auth_by_number(9) is None


def test_defaults_of_aes() -> None:
    aes, esp_aes, gcm = ike_cipher(IkeCipher.AES), esp_cipher(EspCipher.AES), esp_cipher(EspCipher.GCM)
    assert aes is not None
    assert esp_aes is not None
    assert gcm is not None
    assert [aes.key_size, esp_aes.key_size, gcm.key_size] == [16, 16, 20]


def test_sizes() -> None:
    """RFC 2403, 2404, 4868 (integrity keys and ICVs), 2405, 2451, 3602, 4106 (IVs)."""
    assert {auth.value: (row.key_size, row.icv_size) for auth, row in ESP_AUTHS.items()} == {
        "esp-md5-hmac": (16, 12),
        "esp-sha-hmac": (20, 12),
        "esp-sha256-hmac": (32, 16),
        "esp-sha384-hmac": (48, 24),
        "esp-sha512-hmac": (64, 32),
    }
    assert {row.cipher.value: (row.iv_size, row.icv_size) for row in ESP_CIPHERS} == {
        "esp-null": (0, 0),
        "esp-des": (8, 0),
        "esp-3des": (8, 0),
        "esp-aes": (16, 0),
        "esp-gcm": (8, 16),
    }


def test_weak_ones() -> None:
    weak = {row.cipher.value for row in (*IKE_CIPHERS, *ESP_CIPHERS) if row.weak}
    assert weak == {"des", "3des", "esp-null", "esp-des", "esp-3des"}
    assert [group for group, row in GROUPS.items() if row.weak] == [1, 2, 5]
    assert [hash.value for hash, row in HASHES.items() if row.weak] == ["md5"]
    assert [auth.value for auth, row in ESP_AUTHS.items() if row.weak] == ["esp-md5-hmac"]
