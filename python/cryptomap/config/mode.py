"""Configuration modes as data: the prompt, the parent, and where in the configuration the mode works.

A line unknown in a sub-mode is looked up in the mode above it, and taking it there ends the sub-mode,
as IOS does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any, NamedTuple, TypedDict, TypeVar

from cryptomap.model.access_list import AccessList
from cryptomap.model.config import CryptoMap, CryptoMapEntry, IsakmpPeer, RouterConfig
from cryptomap.model.pki import (
    CertificateMap,
    CertificateRule,
    KeyUsage,
    PeerPublicKey,
    StoredCertificate,
)

V = TypeVar("V")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Mode:
    """`get` finds the value a mode's commands change, `put` stores the changed one."""

    name: str
    prompt: str
    """As in `R2(config-isakmp)#`, without the parentheses."""
    parent: "Mode | None"
    get: Callable[[RouterConfig, Any], Any]
    put: Callable[[RouterConfig, Any, Any], RouterConfig]
    strict: bool = False
    """A line that is not understood is refused: what is left of the block would mean something else."""


class EntryKey(NamedTuple):
    """An entry of a crypto map, or (`table` is `dynamic_maps`) of a dynamic map."""

    table: str
    name: str
    sequence: int


class PublicKeyName(NamedTuple):
    """A key of `crypto key pubkey-chain rsa`: a name, or the address of an addressed key, and its usage."""

    name: str | IPv4Address | None
    usage: KeyUsage


def with_entry(entries: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    """A copy of a mapping with one entry set."""
    return {**entries, key: value}


def without_entry(entries: Mapping[K, V], key: object) -> dict[K, V]:
    """A copy of a mapping without one entry; no error if it is not there."""
    return {each: value for each, value in entries.items() if each != key}


class _Access(TypedDict):
    get: Callable[[RouterConfig, Any], Any]
    put: Callable[[RouterConfig, Any, Any], RouterConfig]


def _table(field: str) -> _Access:
    """`get` and `put` for a mapping of `RouterConfig` keyed by the mode's key."""

    def get(config: RouterConfig, key: Any) -> Any:
        return getattr(config, field)[key]

    def put(config: RouterConfig, key: Any, value: Any) -> RouterConfig:
        changes: dict[str, Any] = {field: with_entry(getattr(config, field), key, value)}
        return replace(config, **changes)

    return {"get": get, "put": put}


def _get_entry(config: RouterConfig, key: EntryKey) -> CryptoMapEntry:
    crypto_map: CryptoMap = getattr(config, key.table)[key.name]
    return crypto_map.entries[key.sequence]


def _put_entry(config: RouterConfig, key: EntryKey, entry: CryptoMapEntry) -> RouterConfig:
    maps: dict[str, CryptoMap] = getattr(config, key.table)
    crypto_map = maps.get(key.name, CryptoMap(key.name))
    changed = replace(crypto_map, entries=with_entry(crypto_map.entries, key.sequence, entry))
    changes: dict[str, Any] = {key.table: with_entry(maps, key.name, changed)}
    return replace(config, **changes)


def _get_peer(config: RouterConfig, key: IsakmpPeer) -> IsakmpPeer:
    """The peer with the address and the host name of the key. Raises `KeyError`."""
    for peer in config.isakmp_peers:
        if _same_peer(peer, key):
            return peer
    raise KeyError(key)


def _put_peer(config: RouterConfig, key: IsakmpPeer, peer: IsakmpPeer) -> RouterConfig:
    peers = tuple(peer if _same_peer(each, key) else each for each in config.isakmp_peers)
    return replace(config, isakmp_peers=peers)


def _same_peer(one: IsakmpPeer, other: IsakmpPeer) -> bool:
    return (one.address, one.hostname) == (other.address, other.hostname)


def _get_rules(config: RouterConfig, key: tuple[str, int]) -> tuple[CertificateRule, ...]:
    return config.certificate_maps[key[0]].entries[key[1]]


def _put_rules(
    config: RouterConfig, key: tuple[str, int], rules: tuple[CertificateRule, ...]
) -> RouterConfig:
    known = config.certificate_maps.get(key[0], CertificateMap(key[0]))
    changed = replace(known, entries=with_entry(known.entries, key[1], rules))
    return replace(config, certificate_maps=with_entry(config.certificate_maps, key[0], changed))


def _get_chain(config: RouterConfig, name: str) -> tuple[StoredCertificate, ...]:
    return config.certificates.get(name, ())


def _put_chain(config: RouterConfig, name: str, chain: tuple[StoredCertificate, ...]) -> RouterConfig:
    """A chain is there only while it holds a certificate."""
    if not chain:
        return replace(config, certificates=without_entry(config.certificates, name))
    return replace(config, certificates=with_entry(config.certificates, name, chain))


def _get_key(config: RouterConfig, key: PublicKeyName) -> PeerPublicKey:
    """Raises `KeyError` for a key that is not there."""
    for each in config.public_keys:
        if public_key_name(each) == key:
            return each
    raise KeyError(key)


def _put_key(config: RouterConfig, key: PublicKeyName, value: PeerPublicKey) -> RouterConfig:
    keys = tuple(value if public_key_name(each) == key else each for each in config.public_keys)
    return replace(config, public_keys=keys)


def public_key_name(key: PeerPublicKey) -> PublicKeyName:
    """What `addressed-key` or `named-key` says of it."""
    return PublicKeyName(key.name or key.address, key.usage)


def _get_list(config: RouterConfig, key: str) -> AccessList:
    return config.access_lists.get(key, AccessList(key))


def _put_list(config: RouterConfig, key: str, value: AccessList) -> RouterConfig:
    return replace(config, access_lists=with_entry(config.access_lists, key, value))


def _get_block(config: RouterConfig, key: str) -> tuple[str, ...]:
    return accepted_block(config.accepted, key)


def _put_block(config: RouterConfig, key: str, lines: tuple[str, ...]) -> RouterConfig:
    return replace(config, accepted=replace_block(config.accepted, key, lines))


def accepted_block(accepted: tuple[str, ...], header: str) -> tuple[str, ...]:
    """The lines below `header` in `RouterConfig.accepted`, without their indent."""
    start = accepted.index(header) + 1
    end = start
    while end < len(accepted) and accepted[end].startswith(" "):
        end += 1
    return tuple(line[1:] for line in accepted[start:end])


def replace_block(accepted: tuple[str, ...], header: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """`accepted` with the lines below `header` replaced."""
    start = accepted.index(header) + 1
    end = start + len(accepted_block(accepted, header))
    return accepted[:start] + tuple(f" {line}" for line in lines) + accepted[end:]


GLOBAL = Mode("global", "config", None, lambda config, _: config, lambda _, __, config: config)
ISAKMP_POLICY = Mode("isakmp policy", "config-isakmp", GLOBAL, **_table("isakmp_policies"))
TRANSFORM_SET = Mode("transform set", "cfg-crypto-trans", GLOBAL, **_table("transform_sets"))
CRYPTO_MAP = Mode("crypto map", "config-crypto-map", GLOBAL, _get_entry, _put_entry)
KEYRING = Mode("keyring", "conf-keyring", GLOBAL, **_table("keyrings"))
ISAKMP_PROFILE = Mode("isakmp profile", "conf-isa-prof", GLOBAL, **_table("isakmp_profiles"))
CLIENT_GROUP = Mode("client group", "config-isakmp-group", GLOBAL, **_table("client_groups"))
EZVPN_CLIENT = Mode("ezvpn client", "config-crypto-ezvpn", GLOBAL, **_table("ezvpn_clients"))
ISAKMP_PEER = Mode("isakmp peer", "config-isakmp-peer", GLOBAL, _get_peer, _put_peer)
RADIUS_SERVER = Mode("radius server", "config-radius-server", GLOBAL, **_table("radius_servers"))
TRUSTPOINT = Mode("trustpoint", "ca-trustpoint", GLOBAL, **_table("trustpoints"))
CERTIFICATE_MAP = Mode("certificate map", "ca-certificate-map", GLOBAL, _get_rules, _put_rules, strict=True)
CERTIFICATE_CHAIN = Mode("certificate chain", "config-cert-chain", GLOBAL, _get_chain, _put_chain)
PKI_SERVER = Mode("pki server", "cs-server", GLOBAL, **_table("pki_servers"))
PUBLIC_KEYS = Mode("public keys", "config-pubkey-chain", GLOBAL, GLOBAL.get, GLOBAL.put)
PUBLIC_KEY = Mode("public key", "config-pubkey-key", PUBLIC_KEYS, _get_key, _put_key)
EXTENDED_LIST = Mode("access list", "config-ext-nacl", GLOBAL, _get_list, _put_list, strict=True)
INTERFACE = Mode("interface", "config-if", GLOBAL, **_table("interfaces"))
ACCEPTED_BLOCK = Mode("line", "config-line", GLOBAL, _get_block, _put_block)
"""`line vty 0 4` and other blocks that mean nothing here."""

MODES = (
    GLOBAL,
    ISAKMP_POLICY,
    TRANSFORM_SET,
    CRYPTO_MAP,
    KEYRING,
    ISAKMP_PROFILE,
    ISAKMP_PEER,
    CLIENT_GROUP,
    EZVPN_CLIENT,
    RADIUS_SERVER,
    TRUSTPOINT,
    CERTIFICATE_MAP,
    CERTIFICATE_CHAIN,
    PKI_SERVER,
    PUBLIC_KEYS,
    PUBLIC_KEY,
    EXTENDED_LIST,
    INTERFACE,
    ACCEPTED_BLOCK,
)
