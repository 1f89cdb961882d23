"""Key derivation against NIST's vectors, and against the formulas of RFC 2409 written out a second time."""

import hashlib
import hmac
from collections.abc import Callable

import pytest

from cryptomap.crypto import keys
from cryptomap.crypto.algorithms import ESP_AUTHS, HASHES, IKE_CIPHERS, IkeCipherRow, esp_cipher
from cryptomap.crypto.keys import Cookies, Nonces
from cryptomap.crypto.prf import digest, equal, prf
from cryptomap.model.algorithm import EspAuth, EspCipher, Hash

Vectors = Callable[[str], list[dict[str, str]]]
COOKIES = Cookies(b"initiate", b"response")
NONCES = Nonces(b"nonce of the initiator", b"nonce of the responder")
NAMES = {
    Hash.MD5: "md5",
    Hash.SHA: "sha1",
    Hash.SHA256: "sha256",
    Hash.SHA384: "sha384",
    Hash.SHA512: "sha512",
}


def mac(hash: Hash, key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, NAMES[hash]).digest()


def test_skeyid_vectors(vectors: Vectors) -> None:
    blocks = vectors("ikev1_psk.txt")
    assert len(blocks) == 3
    for block in blocks:
        hash = Hash(block["HASH"])
        value = {name: bytes.fromhex(text) for name, text in block.items() if name != "HASH"}
        skeyid = keys.skeyid_psk(hash, value["PSK"], Nonces(value["Ni"], value["Nr"]))
        derived = keys.phase1_keys(hash, skeyid, value["g^xy"], Cookies(value["CKY-I"], value["CKY-R"]))
        assert derived.skeyid == value["SKEYID"]
        assert derived.skeyid_d == value["SKEYID_d"]
        assert derived.skeyid_a == value["SKEYID_a"]
        assert derived.skeyid_e == value["SKEYID_e"]


@pytest.mark.parametrize(
    ("hash", "key", "expected"),
    [
        # RFC 2202 sections 2 and 3, RFC 4231 section 4.3: test case 2, "what do ya want for nothing?"
        (Hash.MD5, b"Jefe", "750c783e6ab0b503eaa86e310a5db738"),
        (Hash.SHA, b"Jefe", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (Hash.SHA256, b"Jefe", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            Hash.SHA384,
            b"Jefe",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        ),
        (
            Hash.SHA512,
            b"Jefe",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ],
)
def test_prf(hash: Hash, key: bytes, expected: str) -> None:
    assert prf(hash, key, b"what do ya want ", b"for nothing?").hex() == expected


@pytest.mark.parametrize("hash", list(Hash))
@pytest.mark.parametrize("cipher", IKE_CIPHERS, ids=lambda row: f"{row.cipher}-{row.key_bits}")
def test_encryption_key(hash: Hash, cipher: IkeCipherRow) -> None:
    """Appendix B, SKEYID_e too short: Ka = K1 | K2 | ..., K1 = prf(SKEYID_e, 0), Ki = prf(SKEYID_e, Ki-1)."""
    skeyid_e = mac(hash, b"key", b"data")
    first = mac(hash, skeyid_e, b"\0")
    second = mac(hash, skeyid_e, first)
    third = mac(hash, skeyid_e, second)
    source = skeyid_e if cipher.key_size <= len(skeyid_e) else first + second + third
    assert keys.encryption_key(hash, skeyid_e, cipher) == source[: cipher.key_size]


@pytest.mark.parametrize("hash", list(Hash))
def test_ivs(hash: Hash) -> None:
    for cipher in IKE_CIPHERS:
        size = cipher.block_size
        first = hashlib.new(NAMES[hash], b"public of i" + b"public of r").digest()[:size]
        assert keys.phase1_iv(hash, b"public of i", b"public of r", cipher) == first
        later = hashlib.new(NAMES[hash], b"last block" + bytes.fromhex("01020304")).digest()[:size]
        assert keys.phase2_iv(hash, b"last block", 0x01020304, cipher) == later


@pytest.mark.parametrize("hash", list(Hash))
def test_hashes(hash: Hash) -> None:
    publics = (b"g^xi", b"g^xr")
    assert keys.hash_i(hash, b"k", publics, COOKIES, b"SA", b"ID") == mac(
        hash, b"k", b"g^xig^xrinitiateresponseSAID"
    )
    assert keys.hash_r(hash, b"k", publics, COOKIES, b"SA", b"ID") == mac(
        hash, b"k", b"g^xrg^xiresponseinitiateSAID"
    )
    identifier = 0x0A0B0C0D
    assert keys.hash_1(hash, b"k", identifier, b"rest") == mac(hash, b"k", b"\x0a\x0b\x0c\x0drest")
    assert keys.hash_2(hash, b"k", identifier, b"Ni", b"rest") == mac(hash, b"k", b"\x0a\x0b\x0c\x0dNirest")
    assert keys.hash_3(hash, b"k", identifier, Nonces(b"Ni", b"Nr")) == mac(
        hash, b"k", b"\0\x0a\x0b\x0c\x0dNiNr"
    )


@pytest.mark.parametrize("hash", list(Hash))
@pytest.mark.parametrize("shared", [b"", b"g(qm)^xy"])
def test_keymat(hash: Hash, shared: bytes) -> None:
    """Section 5.5: K1 = prf(SKEYID_d, seed), K2 = prf(SKEYID_d, K1 | seed), the seed as below."""
    seed = shared + b"\x03" + b"\xc0\xff\xee\x01" + NONCES.initiator + NONCES.responder
    first = mac(hash, b"skeyid_d", seed)
    second = mac(hash, b"skeyid_d", first + seed)
    third = mac(hash, b"skeyid_d", second + seed)
    for size in (8, 24, 36, 48):
        material = keys.keymat(hash, b"skeyid_d", 3, b"\xc0\xff\xee\x01", NONCES, size, shared)
        assert material == (first + second + third)[:size]


def test_esp_keys() -> None:
    material = bytes(range(100))
    des, sha = esp_cipher(EspCipher.DES), ESP_AUTHS[EspAuth.SHA]
    assert des is not None
    assert keys.keymat_size(des, sha) == 28
    cut = keys.esp_keys(material, des, sha)
    assert (cut.encryption, cut.auth) == (bytes(range(8)), bytes(range(8, 28)))
    gcm = esp_cipher(EspCipher.GCM, 256)
    assert gcm is not None
    assert keys.keymat_size(gcm, None) == 36
    assert keys.esp_keys(material, gcm, None).auth == b""


def test_nat_detection_hash() -> None:
    """RFC 3947 section 3.2: HASH(CKY-I | CKY-R | IP | port)."""
    expected = hashlib.sha1(b"initiateresponse\xc0\x00\x02\x01\x01\xf4").digest()
    assert keys.nat_detection_hash(Hash.SHA, COOKIES, b"\xc0\x00\x02\x01", 500) == expected


def test_digest_sizes() -> None:
    for hash, row in HASHES.items():
        assert len(digest(hash, b"")) == row.size == len(prf(hash, b"", b""))


def test_equal() -> None:
    assert equal(b"same", b"same")
    assert not equal(b"same", b"sane")
    assert not equal(b"same", b"sam")


def test_nothing_secret_shows() -> None:
    derived = keys.phase1_keys(Hash.SHA, b"\xaa" * 20, b"secret", COOKIES)
    assert "skeyid" not in repr(derived)
    assert "nonce" not in repr(NONCES)
    assert repr(keys.EspKeys(b"secret", b"secret")) == "EspKeys()"
