"""Offers as transforms on the wire, and back (RFC 2409 appendix A, RFC 2407 section 4.5), in IOS order."""

from collections.abc import Iterable, Mapping

from cryptomap.crypto.algorithms import (
    ESP_AUTHS,
    HASHES,
    esp_auth_by_number,
    esp_cipher,
    esp_cipher_by_number,
    group_by_number,
    hash_by_number,
    ike_cipher,
    ike_cipher_by_number,
)
from cryptomap.ikev1.feature.natt import UDP_MODES
from cryptomap.model import event as ev
from cryptomap.model.algorithm import AuthMethod, Extended, Mode
from cryptomap.model.config import IsakmpPolicy, TransformSet
from cryptomap.model.error import MisuseError
from cryptomap.policy.ipsec import IpsecLifetime, IpsecOffer, own_key_bits
from cryptomap.policy.isakmp import IsakmpOffer
from cryptomap.policy.isakmp import own_key_bits as policy_key_bits
from cryptomap.wire.numbers import (
    KEY_IKE,
    EncapsulationMode,
    EspTransform,
    IkeAuthMethod,
    IkeEncryption,
    IkeHash,
    IpsecAttribute,
    IpsecAuth,
    LifeType,
    Phase1Attribute,
)
from cryptomap.wire.payload import Attribute, Proposal, Transform

_Words = Mapping[int, str]

_METHODS = {
    IkeAuthMethod.PRE_SHARED_KEY: (AuthMethod.PRE_SHARE, Extended.NONE),
    IkeAuthMethod.RSA_SIGNATURES: (AuthMethod.RSA_SIG, Extended.NONE),
    IkeAuthMethod.RSA_ENCRYPTION: (AuthMethod.RSA_ENCR, Extended.NONE),
    IkeAuthMethod.XAUTH_INIT_PRE_SHARED: (AuthMethod.PRE_SHARE, Extended.XAUTH),
    IkeAuthMethod.XAUTH_INIT_RSA: (AuthMethod.RSA_SIG, Extended.XAUTH),
    IkeAuthMethod.XAUTH_INIT_RSA_ENCRYPTION: (AuthMethod.RSA_ENCR, Extended.XAUTH),
    IkeAuthMethod.HYBRID_INIT_RSA: (AuthMethod.RSA_SIG, Extended.HYBRID),
}
_METHOD_NUMBERS = {method: number for number, method in _METHODS.items()}
_ENCRYPTION_WORDS: _Words = {
    IkeEncryption.DES_CBC: "DES-CBC",
    IkeEncryption.TRIPLE_DES_CBC: "3DES-CBC",
    IkeEncryption.AES_CBC: "AES-CBC",
}
_HASH_WORDS: _Words = {
    IkeHash.MD5: "MD5",
    IkeHash.SHA: "SHA",
    IkeHash.SHA2_256: "SHA256",
    IkeHash.SHA2_384: "SHA384",
    IkeHash.SHA2_512: "SHA512",
}
_METHOD_WORDS: _Words = {
    IkeAuthMethod.PRE_SHARED_KEY: "pre-share",
    IkeAuthMethod.RSA_SIGNATURES: "RSA sig",
    IkeAuthMethod.RSA_ENCRYPTION: "RSA encr",
    IkeAuthMethod.XAUTH_INIT_PRE_SHARED: "XAUTHInitPreShared",
    IkeAuthMethod.XAUTH_INIT_RSA: "XAUTHInitRSA",
    IkeAuthMethod.XAUTH_INIT_RSA_ENCRYPTION: "XAUTHInitRSAEncryption",
    IkeAuthMethod.HYBRID_INIT_RSA: "HybridInitRSA",
}
_LIFE_WORDS: _Words = {LifeType.SECONDS: "seconds", LifeType.KILOBYTES: "kilobytes"}
_MODE_WORDS: _Words = {
    EncapsulationMode.TUNNEL: "1 (Tunnel)",
    EncapsulationMode.TRANSPORT: "2 (Transport)",
    EncapsulationMode.UDP_TUNNEL: "3 (Tunnel-UDP)",
    EncapsulationMode.UDP_TRANSPORT: "4 (Transport-UDP)",
    EncapsulationMode.UDP_TUNNEL_DRAFT: "61443 (Tunnel-UDP)",
    EncapsulationMode.UDP_TRANSPORT_DRAFT: "61444 (Transport-UDP)",
}
_AUTH_WORDS: _Words = {
    IpsecAuth.HMAC_MD5: "HMAC-MD5",
    IpsecAuth.HMAC_SHA: "HMAC-SHA",
    IpsecAuth.HMAC_SHA2_256: "HMAC-SHA256",
    IpsecAuth.HMAC_SHA2_384: "HMAC-SHA384",
    IpsecAuth.HMAC_SHA2_512: "HMAC-SHA512",
}
_TRANSFORM_WORDS: _Words = {
    EspTransform.DES: "ESP_DES",
    EspTransform.TRIPLE_DES: "ESP_3DES",
    EspTransform.AES_CBC: "ESP_AES",
    EspTransform.AES_GCM_16: "ESP_GCM",
    EspTransform.NULL: "ESP_NULL",
}
_TRANSPORT = frozenset(
    {
        EncapsulationMode.TRANSPORT,
        EncapsulationMode.UDP_TRANSPORT,
        EncapsulationMode.UDP_TRANSPORT_DRAFT,
    }
)
_TUNNEL = UDP_MODES | {EncapsulationMode.TUNNEL}


def isakmp_transform(number: int, policy: IsakmpPolicy, extended: Extended = Extended.NONE) -> Transform:
    """A policy as the transform we offer."""
    cipher = ike_cipher(policy.encryption, policy.key_bits)
    if cipher is None:
        raise MisuseError(f"isakmp policy {policy.priority} has no such cipher")
    kind = Phase1Attribute
    bits = policy_key_bits(policy)
    return Transform(
        number,
        KEY_IKE,
        (
            Attribute(kind.ENCRYPTION, int(cipher.number)),
            *([Attribute(kind.KEY_LENGTH, bits)] if bits else []),
            Attribute(kind.HASH, int(HASHES[policy.hash].number)),
            Attribute(kind.GROUP, int(policy.group)),
            Attribute(kind.AUTHENTICATION, int(_METHOD_NUMBERS[policy.authentication, extended])),
            Attribute(kind.LIFE_TYPE, int(LifeType.SECONDS)),
            Attribute.duration(kind.LIFE_DURATION, policy.lifetime),
        ),
    )


def isakmp_life(seconds: int) -> tuple[Attribute, ...]:
    """The data of a RESPONDER-LIFETIME notify about an ISAKMP SA: attributes of phase 1."""
    kind = Phase1Attribute
    return (
        Attribute(kind.LIFE_TYPE, int(LifeType.SECONDS)),
        Attribute(kind.LIFE_DURATION, seconds.to_bytes(4, "big")),
    )


def isakmp_seconds(attributes: Iterable[Attribute]) -> int | None:
    """The seconds out of attributes of phase 1."""
    lives = _lives(attributes, Phase1Attribute.LIFE_TYPE, Phase1Attribute.LIFE_DURATION)
    return lives.get(LifeType.SECONDS)


def isakmp_offer(transform: Transform) -> IsakmpOffer:
    """A received phase 1 transform as far as we know its values."""
    values = _values(transform.attributes)
    kind = Phase1Attribute
    cipher = ike_cipher_by_number(values.get(kind.ENCRYPTION, 0), values.get(kind.KEY_LENGTH))
    digest = hash_by_number(values.get(kind.HASH, 0))
    group = group_by_number(values.get(kind.GROUP, 0))
    lives = _lives(transform.attributes, kind.LIFE_TYPE, kind.LIFE_DURATION)
    number = IkeAuthMethod(values.get(kind.AUTHENTICATION, 0) & 0xFFFF)
    method, extended = _METHODS.get(number, (None, Extended.NONE))
    return IsakmpOffer(
        transform.number,
        cipher.cipher if cipher else None,
        cipher.key_bits if cipher else None,
        digest.hash if digest else None,
        method,
        group.group if group else None,
        lives.get(LifeType.SECONDS),
        extended,
    )


def isakmp_words(transform: Transform) -> tuple[ev.Attribute, ...]:
    """A phase 1 transform as debug prints it."""
    kind = Phase1Attribute
    words: Mapping[int, tuple[str, _Words]] = {
        kind.ENCRYPTION: ("encryption", _ENCRYPTION_WORDS),
        kind.KEY_LENGTH: ("keylength", {}),
        kind.HASH: ("hash", _HASH_WORDS),
        kind.GROUP: ("group", {}),
        kind.AUTHENTICATION: ("auth", _METHOD_WORDS),
        kind.LIFE_TYPE: ("life type", _LIFE_WORDS),
        kind.LIFE_DURATION: ("life duration", {}),
    }
    return _words(transform.attributes, words)


def ipsec_transform(
    one: TransformSet, mode: EncapsulationMode, lifetime: IpsecLifetime, group: int | None
) -> Transform:
    """A transform set as the ESP transform we offer."""
    cipher = esp_cipher(one.cipher, one.key_bits) if one.cipher else None
    if cipher is None:
        raise MisuseError(f"transform set {one.name} has no such cipher")
    kind = IpsecAttribute
    bits = own_key_bits(one)
    return Transform(
        1,
        int(cipher.transform),
        (
            Attribute(kind.ENCAPSULATION_MODE, int(mode)),
            Attribute(kind.LIFE_TYPE, int(LifeType.SECONDS)),
            Attribute.duration(kind.LIFE_DURATION, lifetime.seconds),
            Attribute(kind.LIFE_TYPE, int(LifeType.KILOBYTES)),
            Attribute.duration(kind.LIFE_DURATION, lifetime.kilobytes),
            *([Attribute(kind.AUTHENTICATION, int(ESP_AUTHS[one.auth].number))] if one.auth else []),
            *([Attribute(kind.GROUP, group)] if group else []),
            *([Attribute(kind.KEY_LENGTH, bits)] if bits else []),
        ),
    )


def ipsec_offer(proposal: Proposal, transform: Transform) -> IpsecOffer:
    """A received ESP transform as far as we know its values."""
    kind = IpsecAttribute
    values = _values(transform.attributes)
    cipher = esp_cipher_by_number(transform.transform_id, values.get(kind.KEY_LENGTH))
    offered_auth = values.get(kind.AUTHENTICATION)
    auth = esp_auth_by_number(offered_auth) if offered_auth is not None else None
    known = cipher is not None and (offered_auth is None or auth is not None)
    mode = values.get(kind.ENCAPSULATION_MODE, 0)
    lives = _lives(transform.attributes, kind.LIFE_TYPE, kind.LIFE_DURATION)
    return IpsecOffer(
        proposal.number,
        transform.number,
        cipher.cipher if cipher and known else None,
        cipher.key_bits if cipher and known else None,
        auth.auth if auth else None,
        Mode.TUNNEL if mode in _TUNNEL else Mode.TRANSPORT if mode in _TRANSPORT else None,
        mode in UDP_MODES,
        values.get(kind.GROUP),
        lives.get(LifeType.SECONDS),
        lives.get(LifeType.KILOBYTES),
    )


def ipsec_words(transform: Transform) -> tuple[ev.Attribute, ...]:
    """An ESP transform as debug prints it."""
    kind = IpsecAttribute
    words: Mapping[int, tuple[str, _Words]] = {
        kind.ENCAPSULATION_MODE: ("encaps", _MODE_WORDS),
        kind.LIFE_TYPE: ("life type", _LIFE_WORDS),
        kind.LIFE_DURATION: ("life duration", {}),
        kind.AUTHENTICATION: ("authenticator", _AUTH_WORDS),
        kind.GROUP: ("group", {}),
        kind.KEY_LENGTH: ("key length", {}),
    }
    return _words(transform.attributes, words)


def transform_name(transform: Transform) -> str:
    """`ESP_DES` and its like."""
    return _TRANSFORM_WORDS.get(EspTransform(transform.transform_id), str(transform.transform_id))


def life_attributes(seconds: int | None, kilobytes: int | None) -> tuple[Attribute, ...]:
    """The data of a RESPONDER-LIFETIME notify (RFC 2407 section 4.6.3.1)."""
    kind = IpsecAttribute
    attributes: list[Attribute] = []
    for life, amount in ((LifeType.SECONDS, seconds), (LifeType.KILOBYTES, kilobytes)):
        if amount is not None:
            attributes.append(Attribute(kind.LIFE_TYPE, int(life)))
            attributes.append(Attribute(kind.LIFE_DURATION, amount.to_bytes(4, "big")))
    return tuple(attributes)


def lives_of(attributes: Iterable[Attribute]) -> tuple[int | None, int | None]:
    """Seconds and kilobytes out of phase 2 attributes."""
    lives = _lives(attributes, IpsecAttribute.LIFE_TYPE, IpsecAttribute.LIFE_DURATION)
    return lives.get(LifeType.SECONDS), lives.get(LifeType.KILOBYTES)


def _values(attributes: Iterable[Attribute]) -> dict[int, int]:
    """Type to value; of an attribute that comes twice the first counts."""
    values: dict[int, int] = {}
    for attribute in attributes:
        values.setdefault(attribute.type, attribute.number)
    return values


def _lives(attributes: Iterable[Attribute], life_type: int, duration: int) -> dict[int, int]:
    """Life type to duration; each duration belongs to the type in front of it."""
    lives: dict[int, int] = {}
    unit: int | None = None
    for attribute in attributes:
        if attribute.type == life_type:
            unit = attribute.number
        elif attribute.type == duration and unit is not None:
            lives.setdefault(unit, attribute.number)
    return lives


def _words(
    attributes: Iterable[Attribute], words: Mapping[int, tuple[str, _Words]]
) -> tuple[ev.Attribute, ...]:
    described = []
    for attribute in attributes:
        name, texts = words.get(attribute.type, (f"attribute {attribute.type}", {}))
        octets = attribute.value if isinstance(attribute.value, bytes) else None
        described.append(ev.Attribute(name, texts.get(attribute.number, str(attribute.number)), octets))
    return tuple(described)
