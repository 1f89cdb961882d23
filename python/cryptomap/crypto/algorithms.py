"""One row an algorithm: its IOS word, its numbers on the wire, its sizes in octets, its names in the engines.

Nothing else in the project knows a size or a number of an algorithm. Look-ups give None for what
is not supported. `weak` marks what field notice FN72510 and the compliance shield refuse.
Numbers: RFC 2407, 2409, 3526, 3602, 4106, 4868, 5903 and IANA.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptomap.model.algorithm import EspAuth, EspCipher, Group, Hash, IkeCipher
from cryptomap.wire.numbers import EspTransform, IkeEncryption, IkeHash, IpsecAuth

DEFAULT_AES_BITS = 128
"""What IOS means by `aes` and `esp-aes` without a number."""


@dataclass(frozen=True, slots=True)
class IkeCipherRow:
    """Phase 1 encryption, always CBC. `key_bits` is None where there is but one key length."""

    cipher: IkeCipher
    key_bits: int | None
    number: IkeEncryption
    key_size: int
    block_size: int
    weak: bool = False


@dataclass(frozen=True, slots=True)
class HashRow:
    """Phase 1 hash; `name` is hashlib's, `size` the digest's."""

    hash: Hash
    number: IkeHash
    size: int
    name: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Diffie-Hellman group. Its number on the wire is the group's own value.

    `public_size` is the KE payload's data, `secret_size` that of g^xy. `exponent_size` is the private
    exponent's: the upper estimate of RFC 3526 section 8, and group 5's for the smaller groups, which it does
    not speak of. It is 0 for curves, whose scalars are as long as the order.
    """

    group: Group
    public_size: int
    secret_size: int
    exponent_size: int = 0
    weak: bool = False


@dataclass(frozen=True, slots=True)
class EspCipherRow:
    """ESP encryption. `key_size` is what KEYMAT must yield: for GCM the key and four octets of salt.

    `icv_size` is 0 unless the cipher authenticates too. `alignment` is what payload, padding and the two
    trailer octets must fill (RFC 4303 section 2.4).
    """

    cipher: EspCipher
    key_bits: int | None
    transform: EspTransform
    key_size: int
    iv_size: int
    alignment: int
    icv_size: int
    xfrm: str
    suite: str
    weak: bool = False

    @property
    def aead(self) -> bool:
        return self.icv_size > 0


@dataclass(frozen=True, slots=True)
class EspAuthRow:
    """ESP integrity: an HMAC truncated to `icv_size`."""

    auth: EspAuth
    number: IpsecAuth
    key_size: int
    icv_size: int
    xfrm: str
    suite: str
    weak: bool = False


IKE_CIPHERS = (
    IkeCipherRow(IkeCipher.DES, None, IkeEncryption.DES_CBC, 8, 8, weak=True),
    IkeCipherRow(IkeCipher.TRIPLE_DES, None, IkeEncryption.TRIPLE_DES_CBC, 24, 8, weak=True),
    IkeCipherRow(IkeCipher.AES, 128, IkeEncryption.AES_CBC, 16, 16),
    IkeCipherRow(IkeCipher.AES, 192, IkeEncryption.AES_CBC, 24, 16),
    IkeCipherRow(IkeCipher.AES, 256, IkeEncryption.AES_CBC, 32, 16),
)

HASHES: Mapping[Hash, HashRow] = {
    row.hash: row
    for row in (
        HashRow(Hash.MD5, IkeHash.MD5, 16, "md5", weak=True),
        HashRow(Hash.SHA, IkeHash.SHA, 20, "sha1"),
        HashRow(Hash.SHA256, IkeHash.SHA2_256, 32, "sha256"),
        HashRow(Hash.SHA384, IkeHash.SHA2_384, 48, "sha384"),
        HashRow(Hash.SHA512, IkeHash.SHA2_512, 64, "sha512"),
    )
}

GROUPS: Mapping[Group, GroupRow] = {
    row.group: row
    for row in (
        GroupRow(Group.MODP_768, 96, 96, 30, weak=True),
        GroupRow(Group.MODP_1024, 128, 128, 30, weak=True),
        GroupRow(Group.MODP_1536, 192, 192, 30, weak=True),
        GroupRow(Group.MODP_2048, 256, 256, 40),
        GroupRow(Group.MODP_3072, 384, 384, 53),
        GroupRow(Group.MODP_4096, 512, 512, 60),
        GroupRow(Group.ECP_256, 64, 32),
        GroupRow(Group.ECP_384, 96, 48),
        GroupRow(Group.ECP_521, 132, 66),
    )
}

ESP_CIPHERS = (
    EspCipherRow(EspCipher.NULL, None, EspTransform.NULL, 0, 0, 4, 0, "ecb(cipher_null)", "null", weak=True),
    EspCipherRow(EspCipher.DES, None, EspTransform.DES, 8, 8, 8, 0, "cbc(des)", "des-cbc", weak=True),
    EspCipherRow(
        EspCipher.TRIPLE_DES,
        None,
        EspTransform.TRIPLE_DES,
        24,
        8,
        8,
        0,
        "cbc(des3_ede)",
        "3des-cbc",
        weak=True,
    ),
    EspCipherRow(EspCipher.AES, 128, EspTransform.AES_CBC, 16, 16, 16, 0, "cbc(aes)", "aes-cbc"),
    EspCipherRow(EspCipher.AES, 192, EspTransform.AES_CBC, 24, 16, 16, 0, "cbc(aes)", "aes-cbc"),
    EspCipherRow(EspCipher.AES, 256, EspTransform.AES_CBC, 32, 16, 16, 0, "cbc(aes)", "aes-cbc"),
    EspCipherRow(EspCipher.GCM, 128, EspTransform.AES_GCM_16, 20, 8, 4, 16, "rfc4106(gcm(aes))", "aes-gcm"),
    EspCipherRow(EspCipher.GCM, 192, EspTransform.AES_GCM_16, 28, 8, 4, 16, "rfc4106(gcm(aes))", "aes-gcm"),
    EspCipherRow(EspCipher.GCM, 256, EspTransform.AES_GCM_16, 36, 8, 4, 16, "rfc4106(gcm(aes))", "aes-gcm"),
)

ESP_AUTHS: Mapping[EspAuth, EspAuthRow] = {
    row.auth: row
    for row in (
        EspAuthRow(EspAuth.MD5, IpsecAuth.HMAC_MD5, 16, 12, "hmac(md5)", "hmac-md5", weak=True),
        EspAuthRow(EspAuth.SHA, IpsecAuth.HMAC_SHA, 20, 12, "hmac(sha1)", "hmac-sha1"),
        EspAuthRow(EspAuth.SHA256, IpsecAuth.HMAC_SHA2_256, 32, 16, "hmac(sha256)", "hmac-sha256"),
        EspAuthRow(EspAuth.SHA384, IpsecAuth.HMAC_SHA2_384, 48, 24, "hmac(sha384)", "hmac-sha384"),
        EspAuthRow(EspAuth.SHA512, IpsecAuth.HMAC_SHA2_512, 64, 32, "hmac(sha512)", "hmac-sha512"),
    )
}


def ike_cipher(cipher: IkeCipher, key_bits: int | None = None) -> IkeCipherRow | None:
    """The row of a configured cipher; AES without a length is AES-128."""
    wanted = key_bits or (DEFAULT_AES_BITS if cipher is IkeCipher.AES else None)
    return next((row for row in IKE_CIPHERS if row.cipher is cipher and row.key_bits == wanted), None)


def ike_cipher_by_number(number: int, key_bits: int | None) -> IkeCipherRow | None:
    """The row of an offered cipher. AES must name its length, the others must not (RFC 2409 appendix A)."""
    return next((row for row in IKE_CIPHERS if row.number == number and row.key_bits == key_bits), None)


def hash_by_number(number: int) -> HashRow | None:
    return next((row for row in HASHES.values() if row.number == number), None)


def group_by_number(number: int) -> GroupRow | None:
    return next((row for row in GROUPS.values() if row.group == number), None)


def esp_cipher(cipher: EspCipher, key_bits: int | None = None) -> EspCipherRow | None:
    """The row of a configured cipher; AES and GCM without a length are of 128 bits."""
    wanted = key_bits or (DEFAULT_AES_BITS if cipher in (EspCipher.AES, EspCipher.GCM) else None)
    return next((row for row in ESP_CIPHERS if row.cipher is cipher and row.key_bits == wanted), None)


def esp_cipher_by_number(transform: int, key_bits: int | None) -> EspCipherRow | None:
    """The row of an offered cipher. AES must name its length (RFC 3602 section 5.3), the others must not."""
    return next((row for row in ESP_CIPHERS if row.transform == transform and row.key_bits == key_bits), None)


def esp_auth_by_number(number: int) -> EspAuthRow | None:
    return next((row for row in ESP_AUTHS.values() if row.number == number), None)
