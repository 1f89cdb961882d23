"""Aggressive mode with pre-shared keys: whoever asks for its second message can guess the key at leisure.

The compliance shield refuses it.
"""

from collections.abc import Iterator

from cryptomap.config.finding import SHIELD, Finding
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import RouterConfig


def check(config: RouterConfig) -> Iterator[Finding]:
    if config.compliance_shield:
        for where, word in _uses(config):
            message = "aggressive mode gives a pre-shared key away to guessing"
            yield Finding(f'{where}: {message}; "{SHIELD}" allows it', True, word)


def _uses(config: RouterConfig) -> Iterator[tuple[str, str]]:
    """Where it is said, and the word of the line that says so."""
    for peer in config.isakmp_peers:
        if peer.password is not None:
            yield f"crypto isakmp peer {peer.hostname or peer.address}", "password"
    for group in config.client_groups.values():
        if group.key is not None:
            yield f"crypto isakmp client configuration group {group.name}", "key"
    for client in config.ezvpn_clients.values():
        if client.key is not None:
            yield f"crypto ipsec client ezvpn {client.name}", "group"
    shared = [each for each in config.isakmp_policies.values() if each.authentication is AuthMethod.PRE_SHARE]
    for profile in config.isakmp_profiles.values():
        if profile.initiate_aggressive and shared:
            yield f"crypto isakmp profile {profile.name}, policy {shared[0].priority}", "aggressive"
