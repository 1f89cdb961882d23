"""Main mode with RSA encrypted nonces a second time, both roles, out of RFC 2409 alone.

Shares nothing with the code under test: octets by `struct`, RSA and Diffie-Hellman by `pow`. AES-128, SHA-1,
group 2; no peer that is to be had speaks this method, so this one stands in for it.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha1
from random import Random
from struct import pack, unpack

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD"
    "3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F"
    "24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
"""Section 6.2."""
SA, KE, ID, HASH, NONCE, NOTIFY, VENDOR = 1, 4, 5, 8, 10, 11, 13
# DOI IPsec, identity only; one proposal for ISAKMP; one transform KEY_IKE: AES-CBC of 128 bits, SHA, group 2,
# RSA encryption (4), 86400 s.
ATTRIBUTES = bytes.fromhex("80010007 800e0080 80020002 80040002 80030004 800b0001 000c000400015180")
TRANSFORM = b"\0\0" + pack("!H", 8 + len(ATTRIBUTES)) + bytes.fromhex("01 01 0000") + ATTRIBUTES
PROPOSAL = b"\0\0" + pack("!H", 8 + len(TRANSFORM)) + bytes.fromhex("01 01 00 01") + TRANSFORM
SA_BODY = bytes.fromhex("00000001 00000001") + PROPOSAL


def prf(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, sha1)


@dataclass
class Party:
    """One side. `own` is its private key, `peer` (n, e) of the other's public key."""

    own: rsa.RSAPrivateKey
    peer: tuple[int, int]
    identity: bytes
    """IDii_b or IDir_b."""
    seed: int = 1
    random: Random = field(init=False)
    cookies: tuple[bytes, bytes] = (b"", bytes(8))
    secret: int = 0
    publics: dict[str, bytes] = field(default_factory=dict)
    nonces: dict[str, bytes] = field(default_factory=dict)
    identities: dict[str, bytes] = field(default_factory=dict)
    iv: bytes = b""
    keys: tuple[bytes, bytes] = (b"", b"")
    """SKEYID and the key of AES."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.secret = self.random.getrandbits(320)

    # octets

    def message(self, payloads: list[tuple[int, bytes]], *, encrypted: bool = False) -> bytes:
        body = b""
        following = 0
        for number, data in reversed(payloads):
            body = pack("!BBH", following, 0, 4 + len(data)) + data + body
            following = number
        if encrypted:
            body += bytes(-len(body) % 16)
            sealer = Cipher(algorithms.AES(self.keys[1]), modes.CBC(self.iv)).encryptor()
            body = sealer.update(body) + sealer.finalize()
            self.iv = body[-16:]
        initiator, responder = self.cookies
        rest = pack("!BBBBII", following, 0x10, 2, int(encrypted), 0, 28 + len(body))
        return initiator + responder + rest + body

    def payloads(self, data: bytes) -> list[tuple[int, bytes]]:
        following, _, exchange, flags, message_id, length = unpack("!BBBBII", data[16:28])
        assert (exchange, message_id, length) == (2, 0, len(data))
        body = data[28:]
        if flags & 1:
            opener = Cipher(algorithms.AES(self.keys[1]), modes.CBC(self.iv)).decryptor()
            self.iv = body[-16:]
            body = opener.update(body) + opener.finalize()
        found = []
        while following:
            number, size = following, unpack("!H", body[2:4])[0]
            following = body[0]
            found.append((number, body[4:size]))
            body = body[size:]
        return found

    # PKCS #1 version 1.5, section 5.2: "the payload header is unchanged, the body is encrypted"

    def seal(self, data: bytes) -> bytes:
        n, e = self.peer
        size = (n.bit_length() + 7) // 8
        padding = bytes(self.random.randrange(1, 256) for _ in range(size - 3 - len(data)))
        return pow(int.from_bytes(b"\0\2" + padding + b"\0" + data, "big"), e, n).to_bytes(size, "big")

    def open(self, data: bytes) -> bytes:
        numbers = self.own.private_numbers()
        n = numbers.public_numbers.n
        block = pow(int.from_bytes(data, "big"), numbers.d, n).to_bytes((n.bit_length() + 7) // 8, "big")
        assert block[:2] == b"\0\2"
        return block[block.index(b"\0", 2) + 1 :]

    # messages 3 and 4

    def half(self, side: str) -> bytes:
        """KE, <ID_b>, <N_b> of ours."""
        self.publics[side] = pow(2, self.secret, PRIME).to_bytes(128, "big")
        self.nonces[side] = self.random.randbytes(20)
        self.identities[side] = self.identity
        sealed = self.seal(self.identity), self.seal(self.nonces[side])
        return self.message([(KE, self.publics[side]), (ID, sealed[0]), (NONCE, sealed[1])])

    def take_half(self, side: str, data: bytes) -> None:
        """The same of the peer's."""
        found = dict(self.payloads(data))
        self.publics[side] = found[KE]
        self.identities[side], self.nonces[side] = self.open(found[ID]), self.open(found[NONCE])

    def derive(self, theirs: str) -> None:
        shared = pow(int.from_bytes(self.publics[theirs], "big"), self.secret, PRIME).to_bytes(128, "big")
        initiator, responder = self.cookies
        hashed = sha1(self.nonces["i"] + self.nonces["r"]).digest()
        skeyid = prf(hashed, initiator + responder)
        tail = shared + initiator + responder
        derived = prf(skeyid, tail + b"\0")
        authentication = prf(skeyid, derived + tail + b"\1")
        encryption = prf(skeyid, authentication + tail + b"\2")
        self.keys = skeyid, encryption[:16]
        self.iv = sha1(self.publics["i"] + self.publics["r"]).digest()[:16]

    # messages 5 and 6

    def hash(self, side: str) -> bytes:
        other = "r" if side == "i" else "i"
        cookies = self.cookies if side == "i" else self.cookies[::-1]
        ends = self.publics[side] + self.publics[other] + cookies[0] + cookies[1]
        return prf(self.keys[0], ends + SA_BODY + self.identities[side])


class Initiator(Party):
    """Messages 1, 3 and 5."""

    def first(self) -> bytes:
        self.cookies = self.random.randbytes(8), bytes(8)
        return self.message([(SA, SA_BODY)])

    def third(self, second: bytes) -> bytes:
        self.cookies = self.cookies[0], second[8:16]
        assert dict(self.payloads(second))[SA] == SA_BODY
        return self.half("i")

    def fifth(self, fourth: bytes) -> bytes:
        self.take_half("r", fourth)
        self.derive("r")
        return self.message([(HASH, self.hash("i"))], encrypted=True)

    def finish(self, sixth: bytes) -> bool:
        return dict(self.payloads(sixth)).get(HASH) == self.hash("r")


class Responder(Party):
    """Messages 2, 4 and 6."""

    def second(self, first: bytes) -> bytes:
        self.cookies = first[:8], self.random.randbytes(8)
        assert dict(self.payloads(first))[SA] == SA_BODY
        return self.message([(SA, SA_BODY)])

    def fourth(self, third: bytes) -> bytes:
        self.take_half("i", third)
        reply = self.half("r")
        self.derive("i")
        return reply

    def sixth(self, fifth: bytes) -> bytes:
        assert dict(self.payloads(fifth))[HASH] == self.hash("i")
        return self.message([(HASH, self.hash("r"))], encrypted=True)
