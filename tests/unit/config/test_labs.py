"""Whole configurations of the study note's other labs, each complete: they load, and come back."""

import pytest

from cryptomap.config.load import load
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig

HEAD = """
hostname {name}
crypto engine compliance shield disable
crypto isakmp policy 2
 encryption 3des
 hash md5
 authentication pre-share
 group 2
crypto ipsec transform-set cisco esp-des esp-sha-hmac
"""

HUB = (
    HEAD.format(name="R2")
    + """
crypto isakmp key 0 wolf address 0.0.0.0 0.0.0.0
crypto dynamic-map dynamap 10
 set transform-set cisco
 set pfs
 reverse-route
crypto map huawei 10 ipsec-isakmp dynamic dynamap
interface e0/0
 ip address 12.1.1.2 255.255.255.0
 crypto map huawei
"""
)

REMOTE = (
    HEAD.format(name="R3")
    + """
crypto isakmp key 0 wolf address 12.1.1.2
access-list 101 permit ip 3.3.3.0 0.0.0.255 2.2.2.0 0.0.0.255
crypto map QQ 10 ipsec-isakmp
 set peer 12.1.1.2
 set transform-set cisco
 set pfs
 match address 101
interface e0/0
 ip address 13.1.1.3 255.255.255.0
 crypto map QQ
"""
)

REMOTE_ACCESS = (
    HEAD.format(name="R2")
    + """
aaa new-model
aaa authentication login XA local
aaa authorization network GRP local
username u password 0 p
ip local pool RA 10.9.9.1 10.9.9.50
access-list 150 permit ip 2.2.2.0 0.0.0.255 any
crypto isakmp client configuration group VPNG
 key wolf
 pool RA
 acl 150
 dns 2.2.2.53
 domain lab.example.com
crypto dynamic-map DYN 10
 set transform-set cisco
 reverse-route
crypto map RAM client authentication list XA
crypto map RAM isakmp authorization list GRP
crypto map RAM client configuration address respond
crypto map RAM 65000 ipsec-isakmp dynamic DYN
interface e0/0
 ip address 12.1.1.2 255.255.255.0
 crypto map RAM
"""
)

FAILOVER = (
    HEAD.format(name="R2")
    + """
crypto isakmp keepalive 10 3 periodic
crypto isakmp key wolf address 13.1.1.3
crypto isakmp key wolf address 14.1.1.4
access-list 101 permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255
crypto map huawei 10 ipsec-isakmp
 set peer 13.1.1.3 default
 set peer 14.1.1.4
 set security-association idle-time 120 default
 set transform-set cisco
 match address 101
interface e0/0
 ip address 12.1.1.2 255.255.255.0
 crypto map huawei
"""
)

AGGRESSIVE = (
    HEAD.format(name="R2")
    + """
crypto isakmp peer address 13.1.1.3
 set aggressive-mode password wolf
 set aggressive-mode client-endpoint fqdn R2.lab.example.com
access-list 101 permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255
crypto map huawei 10 ipsec-isakmp
 set peer 13.1.1.3
 set transform-set cisco
 match address 101
interface e0/0
 ip address 12.1.1.2 255.255.255.0
 crypto map huawei
"""
)

LABS = {
    "hub": (HUB, ["any peer with this key is let in"]),
    "remote": (REMOTE, []),
    "remote access": (REMOTE_ACCESS, ["every member knows its key"]),
    "failover": (FAILOVER, []),
    "aggressive": (AGGRESSIVE, []),
}


@pytest.mark.parametrize(("text", "findings"), LABS.values(), ids=LABS)
def test_a_lab_loads_and_comes_back(text: str, findings: list[str]) -> None:
    result = load(text)
    assert result.ok
    assert not result.config.unknown
    told = [problem.message for problem in result.problems]
    assert len(told) == len(findings)
    assert all(finding in message for finding, message in zip(findings, told, strict=True)), told
    again = load(render(result.config))
    assert again.config == result.config


def test_nothing_of_remote_access_is_left_when_all_is_undone() -> None:
    undo = """
no aaa new-model
no aaa authentication login XA
no aaa authorization network GRP
no username u
no ip local pool RA
no access-list 150
no crypto isakmp client configuration group VPNG
interface e0/0
 no crypto map
no crypto map RAM
no crypto dynamic-map DYN
no interface e0/0
no crypto isakmp policy 2
no crypto ipsec transform-set cisco
no crypto engine compliance shield disable
no hostname
"""
    assert load(undo, load(REMOTE_ACCESS).config).config == RouterConfig()
