"""`crypto isakmp ...`: lines of their own, peers for aggressive mode, and the lines of a profile."""

from ipaddress import IPv4Address

import pytest

from cryptomap.config.load import load
from cryptomap.config.render import render
from cryptomap.model.config import (
    CallAdmission,
    IdentityKind,
    IsakmpPeer,
    IsakmpProfile,
    Keepalive,
    RouterConfig,
    Secret,
)
from cryptomap.model.remote_access import AddressMode, ClientAccess

LEGACY = "crypto engine compliance shield disable\n"
STRONG_PSK = "crypto isakmp policy 1\n encr aes\n group 14\n authentication pre-share\n"


def loaded(text: str) -> RouterConfig:
    result = load(LEGACY + text)
    assert result.ok, [problem.message for problem in result.problems]
    return result.config


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("crypto isakmp aggressive-mode disable", "aggressive_mode", False),
        ("crypto isakmp fragmentation", "fragmentation", True),
        ("crypto isakmp invalid-spi-recovery", "invalid_spi_recovery", True),
        ("crypto isakmp lifetime-check", "lifetime_check", True),
        ("crypto isakmp identity dn", "isakmp_identity", IdentityKind.DN),
        ("crypto isakmp xauth timeout 5", "xauth_timeout", 5),
        ("crypto isakmp keepalive 10", "keepalive", Keepalive(10, 2)),
        ("crypto isakmp keepalive 10 3", "keepalive", Keepalive(10, 3)),
        ("crypto isakmp keepalive 10 periodic", "keepalive", Keepalive(10, 2, True)),
        ("crypto isakmp client configuration address-pool local RA", "client_pools", ("RA",)),
        ("crypto call admission limit ike sa 5", "call_admission", CallAdmission(5)),
        ("crypto call admission limit ike in-negotiation-sa 10", "call_admission", CallAdmission(None, 10)),
    ],
)
def test_a_line_and_its_no(line: str, field: str, value: object) -> None:
    config = loaded(line)
    assert getattr(config, field) == value
    assert f"\n{line}\n" in render(config)
    assert loaded(f"{line}\nno {line}") == loaded("")


def test_on_demand_is_the_default_and_not_shown() -> None:
    assert "crypto isakmp keepalive 10\n" in render(loaded("crypto isakmp keepalive 10 2 on-demand"))


@pytest.mark.parametrize(
    "line",
    [
        "crypto isakmp keepalive 9",
        "crypto isakmp keepalive 10 61",
        "crypto isakmp xauth timeout 91",
        "crypto call admission limit ike in-negotiation-sa 9",
    ],
)
def test_out_of_range(line: str) -> None:
    assert not load(line).ok


def test_peers_are_told_apart_by_address_or_name() -> None:
    config = loaded(
        "crypto isakmp peer address 13.1.1.3\n"
        " set aggressive-mode password wolf\n"
        " set aggressive-mode client-endpoint fqdn R2.lab\n"
        "crypto isakmp peer hostname R3\n"
        " set aggressive-mode password 6 AAB\n"
        "crypto isakmp peer address 13.1.1.3\n"
        " set aggressive-mode client-endpoint ipv4-address 2.2.2.2\n"
    )
    r3 = IsakmpPeer(IPv4Address("13.1.1.3"), None, Secret("wolf"), "ipv4-address 2.2.2.2")
    assert config.isakmp_peers == (r3, IsakmpPeer(None, "R3", Secret("AAB", 6)))
    assert load(render(config)).config == config


def test_the_lines_of_a_profile() -> None:
    lines = (
        " ca trust-point LAB\n"
        " match certificate ENGINEERS\n"
        " client authentication list XA\n"
        " isakmp authorization list GRP\n"
        " client configuration address respond\n"
        " client configuration group VPNG\n"
        " keepalive 20 retry 3\n"
        " initiate mode aggressive\n"
    )
    config = loaded(f"crypto isakmp profile P\n{lines}")
    assert config.isakmp_profiles["P"] == IsakmpProfile(
        "P",
        match_certificates=("ENGINEERS",),
        initiate_aggressive=True,
        keepalive=Keepalive(20, 3),
        trustpoints=("LAB",),
        client=ClientAccess("XA", "GRP", frozenset({AddressMode.RESPOND})),
        client_group="VPNG",
    )
    assert f"crypto isakmp profile P\n{lines}!" in render(config)


AGGRESSIVE = {
    "peer": "crypto isakmp peer address 13.1.1.3\n set aggressive-mode password wolfwolf\n",
    "profile": f"{STRONG_PSK}crypto isakmp profile P\n initiate mode aggressive\n",
    "policy": f"crypto isakmp profile P\n initiate mode aggressive\n{STRONG_PSK}",
}


@pytest.mark.parametrize("text", AGGRESSIVE.values(), ids=AGGRESSIVE)
def test_the_shield_refuses_aggressive_mode_with_a_pre_shared_key(text: str) -> None:
    fatal = [problem for problem in load(text).problems if problem.fatal]
    assert [problem.message for problem in fatal if "gives a pre-shared key away" in problem.message]
    assert load(f"{LEGACY}{text}").ok


def test_aggressive_mode_with_signatures_is_no_matter_for_the_shield() -> None:
    rsa = "crypto isakmp policy 1\n encr aes\n group 14\ncrypto isakmp profile P\n initiate mode aggressive\n"
    assert load(rsa).ok
