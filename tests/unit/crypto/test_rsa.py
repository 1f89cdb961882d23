"""RSA against OpenSSL and Wycheproof, and those who would forge signatures or learn from decryption."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cryptomap.crypto import rsa
from cryptomap.crypto.pem import encrypted_pem
from cryptomap.crypto.rsa import RsaKeyPair, RsaPublicKey, generate, load_pem
from cryptomap.model.error import AuthenticationFailedError, ConfigurationError, MalformedError, MisuseError

KEYS = Path(__file__).parents[2] / "data/rsa"
Vectors = Callable[[str], list[dict[str, str]]]
HASH = bytes(range(20))
GENTLE = random.Random(3)


def load(name: str) -> RsaKeyPair:
    return load_pem((KEYS / name).read_text())


def test_signatures_of_openssl(vectors: Vectors) -> None:
    for row in vectors("rsa.txt"):
        pair = load(row["KEY"])
        digest, signature = bytes.fromhex(row["DIGEST"]), bytes.fromhex(row["SIGNATURE"])
        assert pair.sign(digest) == signature
        pair.public.verify(digest, signature)


def test_ciphertexts_of_openssl(vectors: Vectors) -> None:
    for row in vectors("rsa.txt"):
        message = bytes.fromhex(row["MESSAGE"])
        assert load(row["KEY"]).decrypt(bytes.fromhex(row["CIPHERTEXT"])) == message


def test_ciphertexts_of_wycheproof(vectors: Vectors) -> None:
    for row in vectors("rsa_wycheproof.txt"):
        message = bytes.fromhex(row["MESSAGE"])
        assert load(row["KEY"]).decrypt(bytes.fromhex(row["CIPHERTEXT"])) == message


def test_public_key_as_openssl_writes_it(vectors: Vectors) -> None:
    for row in vectors("rsa.txt"):
        spki = bytes.fromhex(row["SPKI"])
        assert load(row["KEY"]).public.spki == spki
        assert RsaPublicKey.from_spki(spki) == load(row["KEY"]).public


@pytest.mark.parametrize("octets", [b"", b"\x30", bytes(100), b"\x30\x82\xff\xff"])
def test_no_public_key(octets: bytes) -> None:
    with pytest.raises(MalformedError):
        RsaPublicKey.from_spki(octets)


def refused(key: RsaPublicKey, signature: bytes, digest: bytes = HASH) -> bool:
    with pytest.raises(AuthenticationFailedError):
        key.verify(digest, signature)
    return True


def test_cve_2017_11185_cve_2013_2944_cve_2012_2388_signature_out_of_range() -> None:
    """CVE-2017-11185, CVE-2013-2944: zero, n, n + s, and the wrong lengths."""
    pair = load("key1024.pem")
    key, signature = pair.public, pair.sign(HASH)
    s, size = int.from_bytes(signature, "big"), key.size
    assert refused(key, bytes(size))
    assert refused(key, key.n.to_bytes(size, "big"))
    assert refused(key, (key.n - 1).to_bytes(size, "big"))
    assert refused(key, b"\0" + signature)
    assert refused(key, signature + b"\0")
    assert refused(key, signature[:-1])
    assert refused(key, b"")
    assert refused(key, (s + key.n).to_bytes(size + 1, "big"))
    assert refused(key, signature, bytes(20))


def test_cve_2018_16151_cve_2018_16152_cve_2018_17540_blocks_that_a_lax_parser_takes() -> None:
    """CVE-2018-16151, CVE-2018-16152: each block is signed by the real key, and none is the one block."""
    pair = load("key1024.pem")
    private, n = pair.private.private_numbers(), pair.public.n
    size = pair.public.size
    info = bytes.fromhex("3021300906052b0e03021a05000414")

    def block(*parts: bytes) -> bytes:
        return b"".join(parts).ljust(size, b"\x5a")

    def filled(head: bytes, tail: bytes, fill: bytes = b"\xff") -> bytes:
        return head + fill * (size - len(head) - len(tail)) + tail

    forged = {
        "garbage behind the hash": block(b"\0\1", b"\xff" * 8, b"\0", HASH),
        "no padding": block(b"\0\1\0", HASH),
        "hash in the middle": filled(b"\0\1\xff\0" + HASH, b""),
        "with DigestInfo": filled(b"\0\1", b"\0" + info + HASH),
        "block type 2": filled(b"\0\2", b"\0" + HASH),
        "block type 0": filled(b"\0\0", b"\0" + HASH, b"\0"),
        "not all ones": filled(b"\0\1", b"\0" + HASH, b"\xfe"),
        "first octet": filled(b"\1\1", b"\0" + HASH),
        "no separator": filled(b"\0\1", HASH),
        "longer hash": filled(b"\0\1", b"\0\0" + HASH),
        "shorter hash": filled(b"\0\1", b"\0" + HASH[1:]),
    }
    for name, octets in forged.items():
        assert len(octets) == size, name
        value = int.from_bytes(octets, "big") % n
        assert refused(pair.public, pow(value, private.d, n).to_bytes(size, "big")), name


def cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < value else (low, middle)
    return low


def test_cve_2026_50721_cve_2026_50722_exponent_three_forgeries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bleichenbacher's forgery of 2006: cubes that begin like a good block. All of 10^5 are refused, even if
    the exponent were allowed."""
    key = RsaPublicKey(load("key2048.pem").public.n, 3)
    head = b"\0\1" + b"\xff" * 8 + b"\0" + HASH
    root = cube_root(int.from_bytes(head.ljust(key.size, b"\0"), "big"))
    assert refused(key, root.to_bytes(key.size, "big"))
    monkeypatch.setattr(rsa, "PUBLIC_EXPONENT", 3)
    for forged in range(root, root + 100_000):
        with pytest.raises(AuthenticationFailedError, match="does not match"):
            key.verify(HASH, forged.to_bytes(key.size, "big"))
    assert (forged**3).to_bytes(key.size, "big").startswith(head), "a forgery that a lax parser takes"


@pytest.mark.parametrize(
    ("n", "e"),
    [(0, 65537), (15, 65537), (1 << 1023, 65537), (1 << 8200 | 1, 65537), (1 << 1023 | 1, 0)]
    + [(1 << 1023 | 1, e) for e in (1, 3, 17, 65536, 65535, 1 << 64 | 1)],
)
def test_cve_2026_14957_keys_that_prove_nothing(n: int, e: int) -> None:
    with pytest.raises(AuthenticationFailedError):
        RsaPublicKey(n, e).verify(HASH, b"\1".rjust((n.bit_length() + 7) // 8, b"\0"))


def test_short_key_for_a_long_hash() -> None:
    pair = load("key512.pem")
    with pytest.raises(MisuseError):
        pair.sign(bytes(64))
    assert refused(pair.public, bytes(63) + b"\1", bytes(64))


@pytest.mark.parametrize("name", ["key512.pem", "key1024.pem", "key2048.pem"])
def test_encryption_round_trip(name: str) -> None:
    pair = load(name)
    for length in (0, 1, 20, pair.public.size - 11):
        message = GENTLE.randbytes(length)
        ciphertext = pair.public.encrypt(message, GENTLE.randbytes)
        assert len(ciphertext) == pair.public.size
        assert pair.decrypt(ciphertext) == message
    with pytest.raises(MisuseError):
        pair.public.encrypt(bytes(pair.public.size - 10), GENTLE.randbytes)


def test_padding_has_no_zero_octet() -> None:
    """The random octets of the padding are drawn again until none is zero."""
    draws = iter([bytes(5) + b"\x07" * 200, *[b"\x08" * count for count in range(1, 6)]])
    taken: list[int] = []

    def source(count: int) -> bytes:
        taken.append(count)
        return next(draws)[:count] if len(taken) == 1 else b"\x08" * count

    pair = load("key1024.pem")
    ciphertext = pair.public.encrypt(b"\0m", source)
    assert pair.decrypt(ciphertext) == b"\0m"
    assert taken == [123, 5]


def test_ciphertexts_that_the_sender_sees_to_be_wrong() -> None:
    """CVE-2026-35334: length and range come first."""
    pair = load("key1024.pem")
    n, size = pair.public.n, pair.public.size
    for value in (0, n, n + 1, (1 << 1024) - 1):
        assert pair.decrypt(value.to_bytes(size, "big")) is None
    for octets in (b"", b"\1", bytes(size - 1) + b"\1\1", bytes(size - 2) + b"\1"):
        assert pair.decrypt(octets) is None


def test_bad_padding_looks_like_a_message() -> None:
    """Implicit rejection: what comes out is fixed by key and ciphertext, and differs between ciphertexts."""
    pair = load("key1024.pem")
    private = pair.private.private_numbers()
    size, n = pair.public.size, pair.public.n
    wrong = [
        b"\0\1" + b"\xff" * 105 + b"\0" + HASH,
        b"\0\2" + b"\xff" * 126,
        b"\0\2\0" + bytes(125),
        bytes(127) + b"\2",
    ]
    answers = set()
    for block in wrong:
        ciphertext = pow(int.from_bytes(block, "big"), private.public_numbers.e, n).to_bytes(size, "big")
        answer = pair.decrypt(ciphertext)
        assert answer is not None
        assert answer == pair.decrypt(ciphertext)
        answers.add(answer)
    assert len(answers) == len(wrong)
    for value in (1, n - 1):
        assert pair.decrypt(value.to_bytes(size, "big")) is not None


def test_generation() -> None:
    pair = generate(1024)
    assert (pair.public.bits, pair.public.e) == (1024, 65537)
    for bits in (512, 1023, 4097):
        with pytest.raises(MisuseError):
            generate(bits)


def test_the_private_half_is_not_shown() -> None:
    pair = load("key1024.pem")
    assert repr(pair) == "RsaKeyPair()"
    assert load_pem(pair.pem()).public == pair.public


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_no_private_key(text: str) -> None:
    with pytest.raises(ConfigurationError):
        load_pem(text)


def test_export_needs_its_passphrase() -> None:
    pair = load("key1024.pem")
    text = encrypted_pem(pair, "cisco1234", GENTLE.randbytes)
    assert load_pem(text, "cisco1234").public == pair.public
    for wrong in (None, "cisco123"):
        with pytest.raises(ConfigurationError):
            load_pem(text, wrong)
