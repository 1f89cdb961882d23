"""What a tunnel of an Easy VPN client comes to: a crypto map, an address, and who shares it."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from cryptomap.config.load import load
from cryptomap.model.algorithm import Group
from cryptomap.model.config import InterfaceName, RouterConfig
from cryptomap.model.remote_access import Assignment, EzvpnTunnel, Translation
from cryptomap.policy.ezvpn import saved_user, with_tunnels
from cryptomap.policy.spd import compile_spd

OUTSIDE, INSIDE = InterfaceName("Ethernet0/0"), InterfaceName("Ethernet0/1")
LOOPBACK = InterfaceName("Loopback10000")
GATEWAY, GIVEN = IPv4Address("12.1.1.2"), IPv4Address("10.9.9.1")
LAN, FURTHER, BEHIND = IPv4Network("3.3.3.0/24"), IPv4Network("4.4.4.0/24"), IPv4Network("2.2.2.0/24")
ANY = IPv4Network("0.0.0.0/0")
CONFIG = """crypto engine compliance shield disable
crypto ipsec client ezvpn ez
 group STAFF key wolf
 peer 12.1.1.2
{lines}
interface Ethernet0/0
 ip address 13.1.1.3 255.255.255.0
 crypto ipsec client ezvpn ez
interface Ethernet0/1
 ip address 3.3.3.3 255.255.255.0
 crypto ipsec client ezvpn ez inside
access-list 101 permit ip 4.4.4.0 0.0.0.255 any
"""
ADDRESSES = {OUTSIDE: IPv4Address("13.1.1.3"), INSIDE: IPv4Address("3.3.3.3"), LOOPBACK: GIVEN}


def configured(lines: str) -> RouterConfig:
    result = load(CONFIG.format(lines=f" {lines}"))
    assert result.ok
    return result.config


def with_tunnel(lines: str, told: Assignment) -> RouterConfig:
    return with_tunnels(configured(lines), {"ez": EzvpnTunnel(GATEWAY, told)})


def proxies(config: RouterConfig) -> list[tuple[object, object]]:
    """What is offered in quick mode."""
    lines = compile_spd(config, ADDRESSES).client_lines()
    return [(line.proxy.source, line.proxy.destination) for line in lines]


SPLIT = Assignment(GIVEN, split_include=(BEHIND,))


@pytest.mark.parametrize(
    ("lines", "told", "offered"),
    [
        ("mode client", SPLIT, [(IPv4Network(GIVEN), BEHIND)]),
        ("mode client", Assignment(GIVEN), [(IPv4Network(GIVEN), ANY)]),
        ("mode network-extension", Assignment(split_include=(BEHIND,)), [(LAN, BEHIND)]),
        ("mode network-plus", SPLIT, [(IPv4Network(GIVEN), BEHIND), (LAN, BEHIND)]),
        (
            "mode network-extension\n acl 101",
            Assignment(split_include=(BEHIND,)),
            [(LAN, BEHIND), (FURTHER, BEHIND)],
        ),
    ],
)
def test_what_is_protected(lines: str, told: Assignment, offered: list[tuple[object, object]]) -> None:
    assert proxies(with_tunnel(lines, told)) == offered


def test_the_address_is_put_on_a_loopback_interface() -> None:
    assert with_tunnel("mode client", SPLIT).interfaces[LOOPBACK].address == IPv4Interface("10.9.9.1/32")


def test_inside_hosts_share_it_in_client_mode_only() -> None:
    shared = with_tunnel("mode client", SPLIT).interfaces[OUTSIDE].translations
    assert shared == (Translation(LAN, BEHIND, GIVEN),)
    assert with_tunnel("mode network-plus", SPLIT).interfaces[OUTSIDE].translations == ()


def test_the_gateway_may_want_pfs() -> None:
    told = Assignment(GIVEN, pfs=True)
    (entry,) = with_tunnel("mode client", told).crypto_maps["Ethernet0/0-head-0"].ordered
    assert entry.pfs is Group.MODP_1024


def test_where_it_calls_from() -> None:
    assert compile_spd(configured("mode client"), ADDRESSES).outside("ez") == ADDRESSES[OUTSIDE]
    local = configured("local-address Ethernet0/1")
    assert compile_spd(local, ADDRESSES).outside("ez") == ADDRESSES[INSIDE]
    spd = compile_spd(with_tunnel("local-address Ethernet0/1", SPLIT), ADDRESSES)
    assert {line.local_address for line in spd.client_lines()} == {ADDRESSES[INSIDE]}


@pytest.mark.parametrize(
    ("lines", "user"),
    [
        ("username alice password pw", ("alice", "pw")),
        ("username alice password pw\n xauth userid mode local", ("alice", "pw")),
        ("username alice password pw\n xauth userid mode interactive", None),
        ("username alice password 6 STORED", None),
        ("mode client", None),
    ],
)
def test_who_is_sent_without_asking(lines: str, user: tuple[str, str] | None) -> None:
    assert saved_user(configured(lines).ezvpn_clients["ez"]) == user
