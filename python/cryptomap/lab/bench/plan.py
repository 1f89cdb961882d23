"""One hub, any number of spokes: their addresses, and what they agree on, in IOS words and in strongSwan's.

hub 192.0.2.1 ---- 192.0.2.2, and every address of SPOKES
HUB_NET behind the hub; behind each spoke a host of HOSTS
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cryptomap.lab.namespace import Namespace, connect, namespaces

HUB, NEXT_HOP = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
HUB_NET = IPv4Network("10.2.0.0/24")
SPOKES = IPv4Network("10.128.0.0/9")
HOSTS = IPv4Network("172.16.0.0/12")
MOST_SPOKES = 2**16
PEERS_OF_ENTRY = 128
KEY = "throughput"


@dataclass(frozen=True, slots=True)
class Suite:
    """What both ends are configured to agree on."""

    policy: Sequence[str]
    """Lines of our `crypto isakmp policy`."""
    transforms: str
    ike: str
    """The same as a strongSwan proposal."""
    esp: str


SUITES = {
    "des, md5, modp768": Suite(
        ("encryption des", "hash md5", "group 1"),
        "esp-des esp-sha-hmac",
        "des-md5-modp768",
        "des-sha1",
    ),
    "aes128, sha1, modp1024": Suite(
        ("encryption aes", "hash sha", "group 2"),
        "esp-aes esp-sha-hmac",
        "aes128-sha1-modp1024",
        "aes128-sha1",
    ),
    "aes128, sha1, modp2048": Suite(
        ("encryption aes", "hash sha", "group 14"),
        "esp-aes esp-sha-hmac",
        "aes128-sha1-modp2048",
        "aes128-sha1",
    ),
}


def spoke(number: int) -> IPv4Address:
    """The address of a spoke, counted from 0."""
    return SPOKES[number + 1]


def host(number: int) -> IPv4Address:
    """What is behind it."""
    return HOSTS[number]


_ISAKMP = """crypto engine compliance shield disable
crypto isakmp policy 10
 {policy}
 authentication pre-share
crypto isakmp key {key} address 0.0.0.0 0.0.0.0
crypto ipsec transform-set TS {transforms}
"""
_HUB = """hostname HUB
{isakmp}{keepalive}{entries}interface Ethernet0/0
 ip address {hub} 255.255.255.0
 crypto map VPN
ip route 0.0.0.0 0.0.0.0 {next_hop}
end
"""
_ENTRY = """ip access-list extended {name}
 permit ip {inside} {outside}
crypto map VPN {sequence} ipsec-isakmp
{peers}
 set transform-set TS
 match address {name}
"""
_SPOKE = """hostname SPOKE
{isakmp}crypto map VPN 10 ipsec-isakmp
 set peer {hub}
 set transform-set TS
 match address 101
interface Ethernet0/0
 ip address {spoke} 255.128.0.0
 crypto map VPN
access-list 101 permit ip {inside} {outside}
end
"""


def _isakmp(suite: Suite) -> str:
    return _ISAKMP.format(policy="\n ".join(suite.policy), key=KEY, transforms=suite.transforms)


def hub_configuration(suite: Suite, spokes: int, keepalive: int | None = None) -> str:
    """The hub as a file of IOS lines: a map entry for every so many spokes. With `keepalive` it asks each
    spoke at every so many seconds whether it lives."""
    return _HUB.format(
        isakmp=_isakmp(suite),
        keepalive=f"crypto isakmp keepalive {keepalive} periodic\n" if keepalive else "",
        entries="".join(_entry(number) for number in range(-(-spokes // PEERS_OF_ENTRY))),
        hub=HUB,
        next_hop=NEXT_HOP,
    )


def _entry(number: int) -> str:
    """A map entry of the hub: its peers, and a list that is wide enough for the hosts behind them."""
    first = number * PEERS_OF_ENTRY
    outside = IPv4Network(int(host(first))).supernet(new_prefix=32 - (PEERS_OF_ENTRY - 1).bit_length())
    return _ENTRY.format(
        name=f"HOSTS-{number}",
        sequence=number + 1,
        peers="\n".join(f" set peer {spoke(first + each)}" for each in range(PEERS_OF_ENTRY)),
        inside=_wildcard(HUB_NET),
        outside=_wildcard(outside),
    )


def spoke_configuration(suite: Suite) -> str:
    """The first spoke."""
    return _SPOKE.format(
        isakmp=_isakmp(suite),
        hub=HUB,
        spoke=spoke(0),
        inside=f"host {host(0)}",
        outside=_wildcard(HUB_NET),
    )


def _wildcard(network: IPv4Network) -> str:
    return f"{network.network_address} {network.hostmask}"


@contextmanager
def wires() -> Iterator[tuple[Namespace, Namespace]]:
    """The namespaces of the hub, whose end of the link has no address, and of the spokes."""
    with namespaces(["hub", "spokes"]) as nodes:
        hub, spokes = nodes["hub"], nodes["spokes"]
        connect(hub, "eth0", spokes, "eth0")
        spokes.address("eth0", f"{NEXT_HOP}/24")
        with spokes.netlink() as netlink:
            (loopback,) = netlink.link_lookup(ifname="lo")
            netlink.route("add", dst=str(SPOKES), oif=loopback, type="local", table=255, scope=254)
        yield hub, spokes
