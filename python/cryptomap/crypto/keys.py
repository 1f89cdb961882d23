"""Keys, IVs and HASHes of IKEv1 (RFC 2409 section 5 and appendix B).

Octets named as in the RFC: CKY is a cookie, `_b` the body of a payload without its generic header,
g^xi and g^xr the data of the KE payloads, g^xy the shared secret.
"""

from dataclasses import dataclass, field

from cryptomap.crypto.algorithms import EspAuthRow, EspCipherRow, IkeCipherRow
from cryptomap.crypto.prf import digest, prf
from cryptomap.model.algorithm import Hash


@dataclass(frozen=True, slots=True)
class Cookies:
    """CKY-I and CKY-R, eight octets each."""

    initiator: bytes
    responder: bytes


@dataclass(frozen=True, slots=True)
class Nonces:
    """Ni_b and Nr_b."""

    initiator: bytes = field(repr=False)
    responder: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phase1Keys:
    """What a finished key exchange yields: SKEYID and its three children, each a digest long."""

    skeyid: bytes = field(repr=False)
    skeyid_d: bytes = field(repr=False)
    skeyid_a: bytes = field(repr=False)
    skeyid_e: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EspKeys:
    """Keys of one direction. `encryption` ends in the salt for GCM."""

    encryption: bytes = field(repr=False)
    auth: bytes = field(repr=False)


def skeyid_psk(hash: Hash, psk: bytes, nonces: Nonces) -> bytes:
    """SKEYID = prf(pre-shared-key, Ni_b | Nr_b)."""
    return prf(hash, psk, nonces.initiator, nonces.responder)


def skeyid_rsa_encryption(hash: Hash, nonces: Nonces, cookies: Cookies) -> bytes:
    """SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R), for RSA encrypted nonces."""
    key = digest(hash, nonces.initiator, nonces.responder)
    return prf(hash, key, cookies.initiator, cookies.responder)


def skeyid_signature(hash: Hash, nonces: Nonces, shared: bytes) -> bytes:
    """SKEYID = prf(Ni_b | Nr_b, g^xy), for signatures."""
    return prf(hash, nonces.initiator + nonces.responder, shared)


def phase1_keys(hash: Hash, skeyid: bytes, shared: bytes, cookies: Cookies) -> Phase1Keys:
    """SKEYID_d, SKEYID_a and SKEYID_e out of SKEYID and g^xy."""
    tail = shared + cookies.initiator + cookies.responder
    derived = prf(hash, skeyid, tail, b"\x00")
    authentication = prf(hash, skeyid, derived, tail, b"\x01")
    encryption = prf(hash, skeyid, authentication, tail, b"\x02")
    return Phase1Keys(skeyid, derived, authentication, encryption)


def encryption_key(hash: Hash, skeyid_e: bytes, cipher: IkeCipherRow) -> bytes:
    """The phase 1 cipher's key: the front of SKEYID_e, or of Ka when that is too short (appendix B)."""
    if len(skeyid_e) >= cipher.key_size:
        return skeyid_e[: cipher.key_size]
    block = prf(hash, skeyid_e, b"\x00")
    expanded = block
    while len(expanded) < cipher.key_size:
        block = prf(hash, skeyid_e, block)
        expanded += block
    return expanded[: cipher.key_size]


def phase1_iv(hash: Hash, public_i: bytes, public_r: bytes, cipher: IkeCipherRow) -> bytes:
    """The first IV of phase 1: HASH(g^xi | g^xr), cut to the block size."""
    return digest(hash, public_i, public_r)[: cipher.block_size]


def phase2_iv(hash: Hash, last_block: bytes, message_id: int, cipher: IkeCipherRow) -> bytes:
    """The first IV of a later exchange: HASH(last CBC block of phase 1 | M-ID), cut to the block size."""
    return digest(hash, last_block, message_id.to_bytes(4, "big"))[: cipher.block_size]


def hash_i(
    hash: Hash, skeyid: bytes, publics: tuple[bytes, bytes], cookies: Cookies, sa_b: bytes, id_b: bytes
) -> bytes:
    """HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b); `publics` is (g^xi, g^xr)."""
    public_i, public_r = publics
    return prf(hash, skeyid, public_i, public_r, cookies.initiator, cookies.responder, sa_b, id_b)


def hash_r(
    hash: Hash, skeyid: bytes, publics: tuple[bytes, bytes], cookies: Cookies, sa_b: bytes, id_b: bytes
) -> bytes:
    """HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b); `publics` is (g^xi, g^xr)."""
    public_i, public_r = publics
    return prf(hash, skeyid, public_r, public_i, cookies.responder, cookies.initiator, sa_b, id_b)


def hash_1(hash: Hash, skeyid_a: bytes, message_id: int, rest: bytes) -> bytes:
    """HASH(1) = prf(SKEYID_a, M-ID | all behind the HASH payload, generic headers included).

    For quick mode's first message, and for informational exchanges (section 5.7).
    """
    return prf(hash, skeyid_a, message_id.to_bytes(4, "big"), rest)


def hash_2(hash: Hash, skeyid_a: bytes, message_id: int, nonce_i: bytes, rest: bytes) -> bytes:
    """HASH(2) = prf(SKEYID_a, M-ID | Ni_b | all behind the HASH payload)."""
    return prf(hash, skeyid_a, message_id.to_bytes(4, "big"), nonce_i, rest)


def hash_3(hash: Hash, skeyid_a: bytes, message_id: int, nonces: Nonces) -> bytes:
    """HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)."""
    return prf(hash, skeyid_a, b"\x00", message_id.to_bytes(4, "big"), nonces.initiator, nonces.responder)


def keymat(
    hash: Hash, skeyid_d: bytes, protocol: int, spi: bytes, nonces: Nonces, size: int, shared: bytes = b""
) -> bytes:
    """`size` octets of KEYMAT for the SA of this SPI (section 5.5); `shared` is g(qm)^xy with PFS."""
    seed = shared + bytes([protocol]) + spi + nonces.initiator + nonces.responder
    block = prf(hash, skeyid_d, seed)
    material = block
    while len(material) < size:
        block = prf(hash, skeyid_d, block, seed)
        material += block
    return material[:size]


def esp_keys(material: bytes, cipher: EspCipherRow, auth: EspAuthRow | None) -> EspKeys:
    """KEYMAT cut up: the encryption key first, then the integrity key (RFC 2401 section 4.4.3)."""
    auth_size = auth.key_size if auth else 0
    return EspKeys(material[: cipher.key_size], material[cipher.key_size : cipher.key_size + auth_size])


def keymat_size(cipher: EspCipherRow, auth: EspAuthRow | None) -> int:
    """How much KEYMAT one direction needs, in octets."""
    return cipher.key_size + (auth.key_size if auth else 0)


def nat_detection_hash(hash: Hash, cookies: Cookies, address: bytes, port: int) -> bytes:
    """HASH(CKY-I | CKY-R | IP | port), the data of a NAT-D payload (RFC 3947 section 3.2)."""
    return digest(hash, cookies.initiator, cookies.responder, address, port.to_bytes(2, "big"))
