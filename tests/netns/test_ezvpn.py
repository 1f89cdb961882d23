"""`crypto ipsec client ezvpn` with real packets: R3 is the Easy VPN client of R2."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from scapy.layers.inet import ICMP, IP
from tests.netns.wires import Wires, between_networks, eventually, typed

from cryptomap.lab.capture import Capture
from cryptomap.lab.gateway import Gateway

SERVER = """hostname R2
crypto engine compliance shield disable
aaa new-model
aaa authentication login XA local
aaa authorization network GRP local
username alice secret alicepw
username bob secret bobpw
ip local pool RA 10.9.9.1 10.9.9.50
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 14
crypto isakmp client configuration group VPNG
 key groupkey
 pool RA
 dns 2.2.2.53
 domain lab.example
 acl 150
access-list 150 permit ip 2.2.2.0 0.0.0.255 any
crypto ipsec transform-set TS esp-aes esp-sha-hmac
crypto dynamic-map DYN 10
 set transform-set TS
 reverse-route
crypto map RAM client authentication list XA
crypto map RAM isakmp authorization list GRP
crypto map RAM client configuration address respond
crypto map RAM 65000 ipsec-isakmp dynamic DYN
interface Ethernet0/0
 ip address 12.1.1.2 255.255.255.0
 crypto map RAM
interface Ethernet0/1
 ip address 2.2.2.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 12.1.1.1
end
"""
CLIENT = """hostname R3
crypto engine compliance shield disable
crypto isakmp policy 10
 encr aes
 authentication pre-share
 group 14
crypto ipsec client ezvpn ez
 connect {connect}
 group VPNG key groupkey
 mode {mode}
 peer 12.1.1.2
{user}
interface Ethernet0/0
 ip address 13.1.1.3 255.255.255.0
 crypto ipsec client ezvpn ez
interface Ethernet0/1
 ip address 3.3.3.1 255.255.255.0
 crypto ipsec client ezvpn ez inside
ip route 0.0.0.0 0.0.0.0 13.1.1.1
end
"""
ALICE = " username alice password alicepw"
ACTIVE = "Current State: IPSEC_ACTIVE"


@dataclass(frozen=True, slots=True)
class Site:
    wires: Wires
    server: Gateway
    client: Gateway

    def state(self) -> str:
        return typed(self.client, "show crypto ipsec client ezvpn")

    def active(self) -> bool:
        return eventually(lambda: ACTIVE in self.state(), 15.0)

    def pairs(self) -> int:
        """Pairs of IPsec SAs at the server: one inbound ESP SA each."""
        text = typed(self.server, "show crypto ipsec sa")
        return sum(
            block.count("spi: 0x") for block in re.findall(r"inbound esp sas:(.*?)inbound ah", text, re.S)
        )


@contextmanager
def site(
    wires: Wires, mode: str = "client", connect: str = "auto", user: str = ALICE, server: str = SERVER
) -> Iterator[Site]:
    """Both routers, stopped cleanly at the end."""
    with ExitStack() as stack:
        gateways = []
        for name, text in (("R2", server), ("R3", CLIENT.format(mode=mode, connect=connect, user=user))):
            gateways.append(wires.start(name, text))
            stack.callback(gateways[-1].stop)
        yield Site(wires, *gateways)


@contextmanager
def known_to_isp(wires: Wires, network: str, router: str) -> Iterator[None]:
    """The ISP has a route, for a while."""
    isp = wires.nodes["ISP"]
    isp.run("ip", "route", "add", network, "via", router)
    try:
        yield
    finally:
        isp.run("ip", "route", "del", network)


@contextmanager
def hidden(wires: Wires) -> Iterator[None]:
    """The ISP hides R3, for a while."""
    isp = wires.nodes["ISP"]
    isp.run("nft", "add table ip t; add chain ip t out { type nat hook postrouting priority 100; }")
    isp.run("nft", "add rule ip t out oifname eth0 ip protocol udp masquerade")
    try:
        yield
    finally:
        isp.run("nft", "delete table ip t")


def test_client_mode_from_the_router_itself(wires: Wires) -> None:
    """It calls by itself; what the gateway told is shown, and the address carries packets both ways."""
    with wires.outside() as outside, site(wires) as both:
        assert both.active(), both.client.log_end(60)
        shown = both.state()
        for line in (
            "Tunnel name : ez",
            "Inside interface list: Ethernet0/1",
            "Outside interface: Ethernet0/0",
            "Last Event: SOCKET_UP",
            "Address: 10.9.9.1 (applied on Loopback10000)",
            "Mask: 255.255.255.255",
            "DNS Primary: 2.2.2.53",
            "Default Domain: lab.example",
            "Save Password: Disallowed",
            "Split Tunnel List: 1",
            "       Address    : 2.2.2.0",
            "       Mask       : 255.255.255.0",
            "Current EzVPN Peer: 12.1.1.2",
        ):
            assert line in shown.splitlines(), shown
        assert "!!!!!" in typed(both.client, "ping 2.2.2.10 source 10.9.9.1")
        assert wires.ping("PC2", "10.9.9.1", count=3)
        outside.stop()
        assert not [pair for pair in between_networks(outside) if "10.9.9.1" in pair]


def test_network_extension(wires: Wires) -> None:
    """The LANs reach each other by their own addresses, from both sides."""
    with wires.outside() as outside, site(wires, "network-extension") as both:
        assert both.active(), both.client.log_end(60)
        assert "Address:" not in both.state()
        assert wires.ping("PC3", "2.2.2.10", count=3)
        assert wires.ping("PC2", "3.3.3.10", count=3)
        outside.stop()
        assert between_networks(outside) == []


def test_a_cleared_client_calls_again(wires: Wires) -> None:
    with site(wires) as both:
        assert both.active(), both.client.log_end(60)
        typed(both.client, "clear crypto ipsec client ezvpn ez")
        assert both.active(), both.client.log_end(60)
        assert both.pairs() == 1
        assert wires.ping("PC2", "10.9.9.1")


def test_connect_manual(wires: Wires) -> None:
    """Nothing is called before the command; cleared, the address and the map are gone."""
    node = wires.nodes["R3"]
    with site(wires, connect="manual") as both:
        assert "Current State: CONNECT_REQUIRED" in both.state()
        typed(both.client, "crypto ipsec client ezvpn connect")
        assert both.active(), both.client.log_end(60)
        assert "10.9.9.1" in node.run("ip", "address").stdout
        typed(both.client, "clear crypto ipsec client ezvpn")
        assert "Current State: CONNECT_REQUIRED" in both.state()
        assert "10.9.9.1" not in node.run("ip", "address").stdout
        assert eventually(lambda: both.pairs() == 0)


def test_client_mode_for_hosts_inside(wires: Wires) -> None:
    """They go out as the address that R3 was given, and nothing of theirs leaves in clear; the answers find
    them. What is not behind the gateway goes its own way."""
    with wires.outside() as outside, site(wires) as both:
        assert both.active(), both.client.log_end(60)
        with Capture(wires.nodes["PC2"], "eth0") as seen:
            assert wires.ping("PC3", "2.2.2.10", count=3)
        echoes = [packet.addresses for packet in seen.packets]
        assert ("10.9.9.1", "2.2.2.10") in echoes, echoes
        assert not [pair for pair in echoes if any(address.startswith("3.3.3.") for address in pair)]
        assert "!!!!!" in typed(both.client, "ping 2.2.2.10 source Ethernet0/1")
        with known_to_isp(wires, "3.3.3.0/24", "13.1.1.3"):
            assert wires.ping("PC3", "13.1.1.1"), "not by the tunnel"
        typed(both.server, "clear crypto sa")
        typed(both.server, "clear crypto isakmp")
        wires.ping("PC3", "2.2.2.10", count=5)
        assert both.active()
        assert wires.ping("PC3", "2.2.2.10", count=3)
        outside.stop()
        assert between_networks(outside) == []


def test_forged_answers_are_refused(wires: Wires) -> None:
    """In clear from outside, as if they came from behind the gateway."""
    with known_to_isp(wires, "3.3.3.0/24", "13.1.1.3"), site(wires) as both:
        assert both.active(), both.client.log_end(60)
        with Capture(wires.nodes["PC3"], "eth0") as seen:
            wires.send("ISP", IP(src="2.2.2.10", dst="3.3.3.10") / ICMP())
            assert wires.ping("PC3", "2.2.2.10")
        echoes = [packet.addresses for packet in seen.packets]
        assert echoes.count(("2.2.2.10", "3.3.3.10")) == 1, echoes
        assert eventually(lambda: "RECVD_PKT_NOT_IPSEC" in typed(both.client, "show logging"))


def test_behind_a_translator(wires: Wires) -> None:
    """ESP goes in UDP, and is answered."""
    with hidden(wires), site(wires) as both:
        assert both.active(), both.client.log_end(60)
        assert wires.ping("PC3", "2.2.2.10", count=3)
        assert wires.ping("PC2", "10.9.9.1", count=3)
        shown = typed(both.server, "show crypto ipsec sa")
        assert "UDP-Encaps" in shown
        assert "current_peer 12.1.1.1" in shown


def test_everything_by_the_tunnel(wires: Wires) -> None:
    """Without a split tunnel: also what is nowhere behind the gateway, but not what R3 itself is asked."""
    server = SERVER.replace(" acl 150\n", "")
    known = known_to_isp(wires, "10.9.9.0/24", "12.1.1.2")
    with known, wires.outside() as outside, site(wires, server=server) as both:
        assert both.active(), both.client.log_end(60)
        assert "Split Tunnel List" not in both.state()
        assert wires.ping("PC3", "2.2.2.10", count=3)
        assert wires.ping("PC3", "4.4.4.4", count=3)
        assert wires.ping("ISP", "13.1.1.3")
        outside.stop()
        assert ("10.9.9.1", "4.4.4.4") in [packet.addresses for packet in outside.packets], "from R2"


def test_the_address_of_another_interface(wires: Wires) -> None:
    """`local-address`."""
    known = known_to_isp(wires, "3.3.3.0/24", "13.1.1.3")
    with known, site(wires, user=f"{ALICE}\n local-address Ethernet0/1") as both:
        assert both.active(), both.client.log_end(60)
        assert wires.ping("PC3", "2.2.2.10", count=3)
        assert "current_peer 3.3.3.1" in typed(both.server, "show crypto ipsec sa")


def test_new_keys_under_traffic(wires: Wires) -> None:
    """By volume, and no packet is lost, whoever of the two begins."""
    life = "crypto ipsec security-association lifetime kilobytes 2560\n"
    with site(wires, server=SERVER.replace("crypto dynamic-map", f"{life}crypto dynamic-map", 1)) as both:
        assert both.active(), both.client.log_end(60)
        before = spis(both)
        assert wires.ping("PC3", "2.2.2.10")
        words = ("ping", "-n", "-q", "-W", "1", "-c", "2500", "-i", "0.003", "-s", "1300", "2.2.2.10")
        done = wires.nodes["PC3"].run(*words, check=False)
        assert " 2500 received" in done.stdout, done.stdout
        assert not before & spis(both, newest=True)


def spis(both: Site, *, newest: bool = False) -> set[str]:
    """Of the server's SAs towards the client; or the one that is used."""
    shown = typed(both.server, "show crypto ipsec sa")
    if newest:
        return set(re.findall(r"current outbound spi: (0x[0-9A-F]+)", shown))
    return {
        spi
        for block in re.findall(r"outbound esp sas:(.*?)outbound ah", shown, re.S)
        for spi in re.findall(r"spi: (0x[0-9A-F]+)", block)
    }
