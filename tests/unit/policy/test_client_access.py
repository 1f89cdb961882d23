"""Which remote access lines hold for whom, and what a group's members are told."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from cryptomap.model.access_list import ANY, AccessList, Ace, Action, WildcardNetwork, host
from cryptomap.model.config import CryptoMap, IsakmpProfile, RouterConfig
from cryptomap.model.remote_access import NO_CLIENTS, AaaMethod, ClientAccess, ClientGroup
from cryptomap.policy.client_access import (
    anyone_is_asked,
    authorised_group,
    client_access,
    split_networks,
    told_by_group,
)

XAUTH = ClientAccess("XA", "GRP")
GROUP = ClientGroup("VPNG", acl="150", domain="lab.example")
CONFIG = RouterConfig(
    crypto_maps={"plain": CryptoMap("plain"), "remote": CryptoMap("remote", client=XAUTH)},
    isakmp_profiles={"OPEN": IsakmpProfile("OPEN"), "RA": IsakmpProfile("RA", client=XAUTH)},
    client_groups={"VPNG": GROUP},
    aaa_authorization={"GRP": (AaaMethod.LOCAL,), "FAR": (AaaMethod.RADIUS,)},
)


@pytest.mark.parametrize(
    ("maps", "profile", "expected"),
    [
        (("plain",), None, NO_CLIENTS),
        (("plain", "remote"), None, XAUTH),
        (("remote",), "OPEN", NO_CLIENTS),
        (("plain",), "RA", XAUTH),
        (("remote",), "MISSING", XAUTH),
        (("MISSING",), None, NO_CLIENTS),
    ],
)
def test_the_profile_comes_before_the_map(
    maps: tuple[str, ...], profile: str | None, expected: ClientAccess
) -> None:
    assert client_access(CONFIG, maps, profile) == expected


def test_a_stranger_may_be_asked_by_any_profile() -> None:
    assert anyone_is_asked(CONFIG, ())
    quiet = replace(CONFIG, isakmp_profiles={})
    assert anyone_is_asked(quiet, ("remote",))
    assert not anyone_is_asked(quiet, ("plain",))


@pytest.mark.parametrize(
    ("access", "name", "found"),
    [
        (XAUTH, "VPNG", True),
        (XAUTH, "OTHER", False),
        (XAUTH, None, False),
        (NO_CLIENTS, "VPNG", False),
        (ClientAccess(authorization_list="FAR"), "VPNG", False),
    ],
)
def test_the_authorization_list_looks_the_group_up(
    access: ClientAccess, name: str | None, found: bool
) -> None:
    assert authorised_group(CONFIG, access, name) == (GROUP if found else None)


def ace(action: Action, source: WildcardNetwork) -> Ace:
    return Ace(action, source, ANY)


def with_list(*aces: Ace) -> RouterConfig:
    return replace(CONFIG, access_lists={"150": AccessList("150", aces)})


LAN = WildcardNetwork(IPv4Address("2.2.2.0"), IPv4Address("0.0.0.255"))
ODD = WildcardNetwork(IPv4Address("2.2.0.0"), IPv4Address("0.0.255.0"))


def test_split_networks_are_the_permitted_sources() -> None:
    config = with_list(
        ace(Action.PERMIT, LAN),
        ace(Action.DENY, host(IPv4Address("4.4.4.4"))),
        ace(Action.PERMIT, host(IPv4Address("5.5.5.5"))),
        ace(Action.PERMIT, ODD),
        ace(Action.PERMIT, LAN),
    )
    assert split_networks(config, GROUP) == (IPv4Network("2.2.2.0/24"), IPv4Network("5.5.5.5/32"))
    assert split_networks(CONFIG, GROUP) == ()
    assert split_networks(with_list(ace(Action.PERMIT, LAN), ace(Action.PERMIT, ANY)), GROUP) == ()


def test_what_a_group_says() -> None:
    told = told_by_group(CONFIG, GROUP)
    assert (told.domain, told.address, told.save_password) == ("lab.example", None, False)
