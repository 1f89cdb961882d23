"""What the compliance shield refuses: weak algorithms. Keys that can be guessed are only told."""

from collections.abc import Iterator

from cryptomap.config.checks.keys import all_keys
from cryptomap.config.checks.maps import all_entries
from cryptomap.config.finding import SHIELD, Finding
from cryptomap.model.algorithm import EspCipher
from cryptomap.model.config import IsakmpPolicy, RouterConfig, TransformSet
from cryptomap.policy import ipsec, isakmp

SHORT_KEY = 8
"""Characters below which a key is called guessable."""


def check(config: RouterConfig) -> Iterator[Finding]:
    if not config.compliance_shield:
        return
    yield from _policies(config)
    yield from _transform_sets(config)
    yield from _pfs(config)
    for where, key in all_keys(config):
        if key.kind == 0 and len(key.value) < SHORT_KEY:
            yield Finding(f"{where}: a key of fewer than {SHORT_KEY} characters can be guessed", False)


def _policies(config: RouterConfig) -> Iterator[Finding]:
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


def _transform_sets(config: RouterConfig) -> Iterator[Finding]:
    for each in config.transform_sets.values():
        for message, word in _weak_transforms(each):
            yield Finding(f'transform set {each.name}: {message}; "{SHIELD}" allows it', True, word)


def _weak_transforms(each: TransformSet) -> Iterator[tuple[str, str]]:
    if each.cipher in ipsec.WEAK_CIPHERS:
        yield f"{each.cipher} is weak", str(each.cipher)
    if each.auth in ipsec.WEAK_AUTHS:
        yield f"{each.auth} is weak", str(each.auth)
    if each.auth is None and each.cipher is not EspCipher.GCM:
        yield f"{each.cipher} without integrity is open to forgery", str(each.cipher)


def _pfs(config: RouterConfig) -> Iterator[Finding]:
    for where, entry in all_entries(config):
        if entry.pfs in isakmp.WEAK_GROUPS:
            message = f'{where}: PFS group {entry.pfs.value} is weak; "{SHIELD}" allows it'
            yield Finding(message, True, f"group{entry.pfs.value}")
