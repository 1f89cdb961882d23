"""Dynamic maps, and the lines of a map entry that choose peers and SAs."""

from ipaddress import IPv4Address

import pytest

from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.model.config import CryptoMapEntry, RouterConfig
from cryptomap.model.remote_access import AddressMode, ClientAccess

HUB = """
crypto ipsec transform-set cisco esp-aes esp-sha-hmac
crypto dynamic-map dynamap 10
 set transform-set cisco
 reverse-route
"""
ENTRY = "crypto map huawei 10 ipsec-isakmp\n"


def loaded(text: str) -> RouterConfig:
    result = load(text)
    assert result.ok, messages(result)
    return result.config


def messages(result: LoadResult) -> list[str]:
    return [problem.message for problem in result.problems]


def entry(lines: str) -> CryptoMapEntry:
    return loaded(ENTRY + lines).crypto_maps["huawei"].entries[10]


def test_a_dynamic_entry_stands_in_its_place_among_the_others() -> None:
    config = loaded(
        f"{HUB}crypto map huawei 65000 ipsec-isakmp dynamic dynamap\n"
        "crypto map huawei 10 ipsec-isakmp\n"
        "crypto map huawei client configuration address respond\n"
        "crypto map huawei client authentication list XA\n"
    )
    assert config.dynamic_maps["dynamap"].entries[10].reverse_route
    lines = [line for line in render(config).splitlines() if line.startswith("crypto map")]
    assert lines == [
        "crypto map huawei client authentication list XA",
        "crypto map huawei client configuration address respond",
        "crypto map huawei 10 ipsec-isakmp",
        "crypto map huawei 65000 ipsec-isakmp dynamic dynamap",
    ]


def test_entries_of_one_map_have_no_mark_between_them() -> None:
    text = render(
        loaded("crypto map a 1 ipsec-isakmp\ncrypto map a 2 ipsec-isakmp\ncrypto map b 1 ipsec-isakmp")
    )
    assert "crypto map a 1 ipsec-isakmp\ncrypto map a 2 ipsec-isakmp\n!\ncrypto map b 1" in text


@pytest.mark.parametrize(
    "line",
    [
        "crypto map huawei 10 ipsec-isakmp",
        "crypto map huawei 10",
        "crypto map huawei 10 ipsec-isakmp dynamic other",
    ],
)
def test_a_dynamic_entry_stays_what_it_is(line: str) -> None:
    result = load(f"{HUB}crypto map huawei 10 ipsec-isakmp dynamic dynamap\n{line}")
    assert not result.ok
    assert 'Say "no crypto map huawei 10" first.' in result.problems[-1].message


def test_discovery_is_refused_with_the_reason() -> None:
    result = load("crypto map huawei 10 ipsec-isakmp dynamic dynamap discover")
    assert "Tunnel endpoint discovery (discover) is not there" in result.problems[0].message
    assert not result.ok


def test_a_map_is_gone_with_its_last_line() -> None:
    said = "crypto map huawei isakmp authorization list GRP\ncrypto map huawei isakmp-profile P\n"
    config = loaded(said)
    assert config.crypto_maps["huawei"].client == ClientAccess(None, "GRP")
    assert config.crypto_maps["huawei"].isakmp_profile == "P"
    gone = "no crypto map huawei isakmp authorization\nno crypto map huawei isakmp-profile\n"
    assert loaded(said + gone) == RouterConfig()


def test_both_ways_to_give_addresses_can_be_on() -> None:
    head = "crypto map h client configuration address"
    said = f"{head} respond\n{head} initiate\n"
    assert loaded(said).crypto_maps["h"].client.address_modes == frozenset(AddressMode)
    one = loaded(f"{said}no {head} initiate")
    assert one.crypto_maps["h"].client.address_modes == {AddressMode.RESPOND}


def test_a_name_is_looked_up_among_the_hosts() -> None:
    config = loaded(f"ip host R3 13.1.1.3 13.1.1.4\n{ENTRY} set peer r3")
    assert config.crypto_maps["huawei"].entries[10].peers == (IPv4Address("13.1.1.3"),)
    assert "set peer 13.1.1.3\n" in render(config)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("set peer nobody", 'there is no "ip host nobody" line'),
        ("set peer nobody dynamic", "is not looked up for each tunnel"),
        ("set peer 14.1.1.4 default", "must be the first one, and that is 13.1.1.3"),
    ],
)
def test_refused_peers(line: str, reason: str) -> None:
    result = load(f"{ENTRY} set peer 13.1.1.3\n {line}")
    assert not result.ok
    assert any(reason in message for message in messages(result))


def test_half_an_address_is_no_name() -> None:
    result = load(f"{ENTRY} set peer 13.1.1")
    assert any(message.startswith("% Invalid input") for message in messages(result))


def test_the_first_peer_may_be_the_default_one() -> None:
    first, second = IPv4Address("13.1.1.3"), IPv4Address("14.1.1.4")
    said = " set peer 13.1.1.3 default\n set peer 14.1.1.4\n"
    assert entry(said) == CryptoMapEntry(10, peers=(first, second), default_peer=True)
    assert entry(f"{said} set peer 13.1.1.3") == CryptoMapEntry(10, peers=(first, second))
    assert entry(f"{said} no set peer 13.1.1.3") == CryptoMapEntry(10, peers=(second,))
    assert entry(f"{said} no set peer 14.1.1.4") == CryptoMapEntry(10, peers=(first,), default_peer=True)


def test_idle_time_and_level() -> None:
    said = " set security-association idle-time 60 default\n set security-association level per-host\n"
    assert entry(said) == CryptoMapEntry(10, idle_time=60, idle_default=True, per_host=True)
    assert entry(f"{said} set security-association idle-time 61").idle_default is False
    assert entry(f"{said} no set security-association idle-time").idle_time is None


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ("crypto map h 1 ipsec-isakmp dynamic nix", 'crypto map h 1: there is no crypto dynamic-map "nix"'),
        ("crypto dynamic-map d 1", "crypto dynamic-map d 1: stays disabled without set transform-set"),
        ("crypto dynamic-map d 1\n set transform-set nix", 'd 1: there is no transform set "nix"'),
        ("crypto dynamic-map d 1\n reverse-route static", "reverse-route without static does"),
        ("crypto dynamic-map d 1\n set reverse-route tag 5", "does nothing without reverse-route"),
        ("crypto dynamic-map d 1\n match address nix", 'access list "nix" is not there'),
        ("crypto map h isakmp-profile nix", 'crypto map h: there is no crypto isakmp profile "nix"'),
        (
            "crypto map h 1 ipsec-isakmp dynamic d\ncrypto map h 2 ipsec-isakmp",
            "dynamic entry 1 comes before entry 2 and may take its peers",
        ),
    ],
)
def test_what_leads_nowhere_is_told_and_loads(lines: str, finding: str) -> None:
    result = load(lines)
    assert result.ok
    assert any(finding in message for message in messages(result)), messages(result)


def test_a_weak_group_of_a_template_is_refused_under_the_shield() -> None:
    result = load("crypto dynamic-map d 1\n set pfs group2")
    assert not result.ok
    assert "crypto dynamic-map d 1: PFS group 2 is weak" in result.problems[-1].message


def test_a_set_in_use_by_a_template_stays() -> None:
    result = load(f"{HUB}no crypto ipsec transform-set cisco")
    assert "in use by crypto map(s): dynamap" in result.problems[-1].message
