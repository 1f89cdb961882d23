"""What is wrong with a whole configuration: weak algorithms, lists that IKEv1 cannot offer, references
to nothing, keys that cannot work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from cryptomap.model.access_list import ANY_PORTS, AccessList, Ace, WildcardNetwork
from cryptomap.model.algorithm import EspCipher
from cryptomap.model.config import (
    DEFAULT_KEYRING,
    CryptoMapEntry,
    IsakmpPolicy,
    PresharedKey,
    RouterConfig,
    TransformSet,
)
from cryptomap.policy import ipsec, isakmp

SHIELD = "crypto engine compliance shield disable"
SHORT_KEY = 8
"""Characters below which a key is called guessable."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. `word` is the word of a line that it is about, where there is one."""

    message: str
    fatal: bool
    word: str = ""


def validate(config: RouterConfig) -> tuple[Finding, ...]:
    """Everything found, in a fixed order. A configuration with a fatal finding must not run."""
    return tuple(_findings(config))


def _findings(config: RouterConfig) -> Iterator[Finding]:
    if config.compliance_shield:
        yield from _weak_policies(config)
        yield from _weak_sets(config)
        yield from _short_keys(config)
    yield from _keys(config)
    yield from _profiles(config)
    for name, crypto_map in config.crypto_maps.items():
        for entry in crypto_map.ordered:
            yield from _entry(config, f"crypto map {name} {entry.sequence}", entry)
    for interface in config.interfaces.values():
        name = interface.crypto_map or ""
        if name and not (name in config.crypto_maps and config.crypto_maps[name].entries):
            yield Finding(
                f'interface {interface.name}: there is no crypto map "{name}": traffic would leave in clear',
                True,
                name,
            )


def _weak_policies(config: RouterConfig) -> Iterator[Finding]:
    for policy in config.isakmp_policies.values():
        for what, word in _weak_words(policy):
            message = f'crypto isakmp policy {policy.priority}: {what} {word} is weak; "{SHIELD}" allows it'
            yield Finding(message, True, word)


def _weak_words(policy: IsakmpPolicy) -> Iterator[tuple[str, str]]:
    if policy.encryption in isakmp.WEAK_CIPHERS:
        yield "encryption", policy.encryption.value
    if policy.hash in isakmp.WEAK_HASHES:
        yield "hash", policy.hash.value
    if policy.group in isakmp.WEAK_GROUPS:
        yield "group", str(policy.group.value)


def _weak_sets(config: RouterConfig) -> Iterator[Finding]:
    for each in config.transform_sets.values():
        for message, word in _weak_transforms(each):
            yield Finding(f'transform set {each.name}: {message}; "{SHIELD}" allows it', True, word)
    for name, crypto_map in config.crypto_maps.items():
        for entry in crypto_map.ordered:
            if entry.pfs in isakmp.WEAK_GROUPS:
                message = f"crypto map {name} {entry.sequence}: PFS group {entry.pfs.value} is weak"
                yield Finding(f'{message}; "{SHIELD}" allows it', True, f"group{entry.pfs.value}")


def _weak_transforms(each: TransformSet) -> Iterator[tuple[str, str]]:
    if each.cipher in ipsec.WEAK_CIPHERS:
        yield f"{each.cipher} is weak", str(each.cipher)
    if each.auth in ipsec.WEAK_AUTHS:
        yield f"{each.auth} is weak", str(each.auth)
    if each.auth is None and each.cipher is not EspCipher.GCM:
        yield f"{each.cipher} without integrity is open to forgery", str(each.cipher)


def _all_keys(config: RouterConfig) -> Iterator[tuple[str, PresharedKey]]:
    for keyring in config.keyrings.values():
        where = "crypto isakmp key" if keyring.name == DEFAULT_KEYRING else f"keyring {keyring.name}"
        yield from ((f"{where} for {key.hostname or key.network}", key) for key in keyring.keys)


def _short_keys(config: RouterConfig) -> Iterator[Finding]:
    for where, key in _all_keys(config):
        if key.key.kind == 0 and len(key.key.value) < SHORT_KEY:
            yield Finding(f"{where}: a key of fewer than {SHORT_KEY} characters can be guessed", False)


def _keys(config: RouterConfig) -> Iterator[Finding]:
    for where, key in _all_keys(config):
        if key.key.kind == 6:
            message = "a type 6 key can be read only with its router's master key; it is kept but not used"
            yield Finding(f"{where}: {message}", False)
        if key.network is not None and key.network.prefixlen == 0:
            yield Finding(f"{where}: any peer with this key is let in", False)


def _profiles(config: RouterConfig) -> Iterator[Finding]:
    for profile in config.isakmp_profiles.values():
        if not profile.match_identities:
            message = f'crypto isakmp profile {profile.name}: incomplete without a "match identity"'
            yield Finding(message, False)
        keyring = profile.keyring
        if keyring is not None and keyring != DEFAULT_KEYRING and keyring not in config.keyrings:
            message = f'crypto isakmp profile {profile.name}: there is no crypto keyring "{keyring}"'
            yield Finding(message, False, keyring)


def _entry(config: RouterConfig, where: str, entry: CryptoMapEntry) -> Iterator[Finding]:
    for name in entry.transform_sets:
        if name not in config.transform_sets:
            yield Finding(f'{where}: there is no transform set "{name}"', False, name)
    profile = entry.isakmp_profile
    if profile is not None and profile not in config.isakmp_profiles:
        yield Finding(f'{where}: there is no crypto isakmp profile "{profile}"', False, profile)
    if not entry.complete:
        wanted = {
            "set peer": entry.peers,
            "set transform-set": entry.transform_sets,
            "match address": entry.match_address,
        }
        missing = ", ".join(words for words, value in wanted.items() if not value)
        yield Finding(f"{where}: stays disabled without {missing}", False)
    for peer in entry.peers:
        if not _has_key(config, peer):
            yield Finding(f"{where}: there is no pre-shared key for peer {peer}", False, str(peer))
    if entry.match_address is None:
        return
    acl = config.access_lists.get(entry.match_address)
    if acl is None or not acl.aces:
        message = f'{where}: access list "{entry.match_address}" is not there or has no line'
        yield Finding(message, False, entry.match_address)
    else:
        yield from _crypto_list(where, acl)


def _has_key(config: RouterConfig, peer: IPv4Address) -> bool:
    return any(key.hostname or (key.network and peer in key.network) for _, key in _all_keys(config))


def _crypto_list(where: str, acl: AccessList) -> Iterator[Finding]:
    for line in acl.aces:
        for side in (line.source, line.destination):
            wildcard = int(side.wildcard)
            if wildcard & (wildcard + 1):
                yield Finding(_wildcard_message(where, acl, line, side), True, str(side.wildcard))
        for ports in (line.source_ports, line.destination_ports):
            if ports != ANY_PORTS and ports.low != ports.high:
                message = f"line {line.sequence} of access list {acl.name}: IKEv1 cannot name a port range"
                yield Finding(f"{where}: {message}; all ports are negotiated", False)


def _wildcard_message(where: str, acl: AccessList, line: Ace, side: WildcardNetwork) -> str:
    inverted = ~int(side.wildcard) & 0xFFFFFFFF
    hint = "IKEv1 can name only one network a side"
    if inverted & (inverted + 1) == 0 or int(side.wildcard) >> 31:
        hint = f"it looks like a netmask; the wildcard would be {IPv4Address(inverted)}"
    return f"{where}: line {line.sequence} of access list {acl.name}: wildcard {side.wildcard}: {hint}"
