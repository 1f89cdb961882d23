"""Names of the algorithms, as IOS spells them. Numbers and sizes are rows in `crypto.algorithms`."""

from enum import Enum, IntEnum, StrEnum, auto


class IkeCipher(StrEnum):
    """Phase 1 encryption, the word of `crypto isakmp policy` / `encryption`."""

    DES = "des"
    TRIPLE_DES = "3des"
    AES = "aes"


class Hash(StrEnum):
    """Phase 1 hash (and its HMAC as prf), the word of `hash`."""

    MD5 = "md5"
    SHA = "sha"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class AuthMethod(StrEnum):
    """How peers prove who they are, the word of `authentication`."""

    PRE_SHARE = "pre-share"
    RSA_SIG = "rsa-sig"
    RSA_ENCR = "rsa-encr"


class Extended(Enum):
    """How an initiator's user is authenticated besides (draft-beaulieu-ike-xauth-02 section 7.2,
    draft-ietf-ipsec-isakmp-hybrid-auth-05)."""

    NONE = auto()
    XAUTH = auto()
    """After both ends have proved themselves in phase 1."""
    HYBRID = auto()
    """After the responder alone has."""


class Group(IntEnum):
    """Diffie-Hellman group, the number of `group` and of `set pfs groupN` (RFC 2409, 3526, 5903)."""

    MODP_768 = 1
    MODP_1024 = 2
    MODP_1536 = 5
    MODP_2048 = 14
    MODP_3072 = 15
    MODP_4096 = 16
    ECP_256 = 19
    ECP_384 = 20
    ECP_521 = 21


class EspCipher(StrEnum):
    """ESP encryption, the word of `crypto ipsec transform-set`."""

    NULL = "esp-null"
    DES = "esp-des"
    TRIPLE_DES = "esp-3des"
    AES = "esp-aes"
    GCM = "esp-gcm"


class EspAuth(StrEnum):
    """ESP integrity, the word of `crypto ipsec transform-set`."""

    MD5 = "esp-md5-hmac"
    SHA = "esp-sha-hmac"
    SHA256 = "esp-sha256-hmac"
    SHA384 = "esp-sha384-hmac"
    SHA512 = "esp-sha512-hmac"


class Mode(Enum):
    """IPsec encapsulation mode; the values are those of RFC 2407 section 4.5."""

    TUNNEL = 1
    TRANSPORT = 2
