"""Configurations as values: the note's labs, and whatever a test wants different."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from cryptomap.model.access_list import AccessList, Ace, Action, WildcardNetwork
from cryptomap.model.algorithm import AuthMethod, EspAuth, EspCipher, Group, Hash, IkeCipher
from cryptomap.model.config import (
    DEFAULT_KEYRING,
    CryptoMap,
    CryptoMapEntry,
    Interface,
    InterfaceName,
    IsakmpPolicy,
    Keyring,
    PresharedKey,
    RouterConfig,
    Secret,
    TransformSet,
)

OUTSIDE = InterfaceName("Ethernet0/0")
R2_ADDRESS, R3_ADDRESS = IPv4Address("12.1.1.2"), IPv4Address("13.1.1.3")
R2_LAN, R3_LAN = IPv4Network("2.2.2.0/24"), IPv4Network("3.3.3.0/24")
LAB_POLICY = IsakmpPolicy(2, IkeCipher.TRIPLE_DES, None, Hash.MD5, AuthMethod.PRE_SHARE, Group.MODP_1024)
LAB_SET = TransformSet("cisco", EspCipher.DES, None, EspAuth.SHA)
AES_POLICY = IsakmpPolicy(
    10, IkeCipher.AES, 256, Hash.SHA256, AuthMethod.PRE_SHARE, Group.ECP_256, lifetime=86400
)
AES_SET = TransformSet("strong", EspCipher.AES, 256, EspAuth.SHA256)


def permit(source: IPv4Network, destination: IPv4Network, **more: object) -> Ace:
    return ace(Action.PERMIT, source, destination, **more)


def deny(source: IPv4Network, destination: IPv4Network, **more: object) -> Ace:
    return ace(Action.DENY, source, destination, **more)


def ace(action: Action, source: IPv4Network, destination: IPv4Network, **more: object) -> Ace:
    return Ace(action, wildcard(source), wildcard(destination), **more)  # type: ignore[arg-type]


def wildcard(network: IPv4Network) -> WildcardNetwork:
    return WildcardNetwork(network.network_address, network.hostmask)


def key(secret: str, network: str) -> PresharedKey:
    return PresharedKey(Secret(secret), IPv4Network(network))


def global_keys(*keys: PresharedKey) -> dict[str, Keyring]:
    return {DEFAULT_KEYRING: Keyring(DEFAULT_KEYRING, keys)}


def router(
    hostname: str,
    address: IPv4Address,
    peer: IPv4Address,
    lines: Iterable[Ace],
    *,
    policies: Iterable[IsakmpPolicy] = (AES_POLICY,),
    sets: Iterable[TransformSet] = (AES_SET,),
    secret: str = "wolf",
    **entry: object,
) -> RouterConfig:
    """One map entry 10 of crypto map `huawei` with access list 101 on the outside interface."""
    sets = tuple(sets)
    crypto_entry = CryptoMapEntry(10, (peer,), tuple(one.name for one in sets), "101")
    crypto_entry = replace(crypto_entry, **entry)  # type: ignore[arg-type]
    return RouterConfig(
        hostname=hostname,
        interfaces={OUTSIDE: Interface(OUTSIDE, IPv4Interface((address, 24)), crypto_map="huawei")},
        access_lists={"101": AccessList("101", tuple(lines))},
        isakmp_policies={policy.priority: policy for policy in policies},
        keyrings=global_keys(key(secret, f"{peer}/32")),
        transform_sets={one.name: one for one in sets},
        crypto_maps={"huawei": CryptoMap("huawei", {10: crypto_entry})},
        compliance_shield=False,
    )


def r2(**changes: object) -> RouterConfig:
    return router("R2", R2_ADDRESS, R3_ADDRESS, (permit(R2_LAN, R3_LAN),), **changes)  # type: ignore[arg-type]


def r3(**changes: object) -> RouterConfig:
    return router("R3", R3_ADDRESS, R2_ADDRESS, (permit(R3_LAN, R2_LAN),), **changes)  # type: ignore[arg-type]


def lab1() -> tuple[RouterConfig, RouterConfig]:
    """The note's lab 1: policy 2 of R2 lives 60 s, policy 3 of R3 a day; PFS with group 1."""
    ours = replace(LAB_POLICY, lifetime=60)
    theirs = replace(LAB_POLICY, priority=3)
    more = {"sets": (LAB_SET,), "pfs": Group.MODP_768}
    return r2(policies=(ours,), **more), r3(policies=(theirs,), **more)
