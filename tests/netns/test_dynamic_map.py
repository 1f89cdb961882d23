"""A dynamic map with real packets: R3 calls R2, which protects what R3 asks for while its SAs live."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from tests.netns.load import load
from tests.netns.wires import Wires, between_networks, eventually, hub_config, typed

from cryptomap.lab.capture import Capture
from cryptomap.lab.gateway import Gateway

HUB = hub_config("R2")
ONE_PORT = ("permit udp {lan}.0 0.0.0.255 eq 5000 {far}.0 0.0.0.255",)


@contextmanager
def hub(wires: Wires, text: str = HUB) -> Iterator[Gateway]:
    """R2 with this configuration, stopped cleanly at the end."""
    gateway = wires.start("R2", text)
    try:
        yield gateway
    finally:
        gateway.stop()


@contextmanager
def called(wires: Wires) -> Iterator[tuple[Gateway, Gateway]]:
    """The hub, and R3, which has called it."""
    with hub(wires) as r2, wires.running("R3") as (r3,):
        assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
        yield r2, r3


def guard(wires: Wires) -> str:
    return wires.nodes["R2"].run("nft", "list", "table", "inet", "cryptomap").stdout


def leave_in_clear(wires: Wires) -> bool:
    """Whether a packet from R2's side to R3's is answered by whoever reads it on the way."""
    return wires.ping("PC2", "3.3.3.77")


def test_nothing_is_protected_before_a_peer_calls(wires: Wires) -> None:
    with hub(wires), wires.outside() as outside:
        assert leave_in_clear(wires)
        assert outside.kinds()["UDP 500"] == 0


def test_while_sas_live_both_ways_are_protected_and_no_longer(wires: Wires) -> None:
    with called(wires) as (r2, r3):
        with wires.outside() as outside:
            assert wires.ping("PC2", "3.3.3.10", count=3)
            assert wires.ping("PC3", "2.2.2.10", count=3)
            assert not leave_in_clear(wires), "it went to R3, which has no such host"
            assert not wires.ping("ISP", "2.2.2.10", source="3.3.3.77"), "a forgery in clear"
            outside.stop()
            assert between_networks(outside) == [("3.3.3.77", "2.2.2.10")]
        assert "2.2.2.0 . 3.3.3.0" in guard(wires)
        assert "dynamic (created from dynamic map ANY/10)" in typed(r2, "show crypto map")
        typed(r3, "clear crypto sa")
        assert eventually(lambda: "2.2.2.0 . 3.3.3.0" not in guard(wires))
        assert "3.3.3.0" not in typed(r2, "show crypto ipsec sa")
        assert leave_in_clear(wires)
        assert wires.ping("ISP", "2.2.2.10", source="3.3.3.77")


def test_from_the_answer_to_quick_mode_on_nothing_leaves_in_clear(wires: Wires) -> None:
    """R2's fourth message is its second of quick mode; packets of PC2 leave all the time."""
    with hub(wires), load(wires, from_router=False, gap=0.003), wires.outside() as outside:
        assert eventually(lambda: len(between_networks(outside)) > 50)
        with wires.running("R3"):
            assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
            assert eventually(lambda: outside.kinds()["IP protocol 50"] > 100)
            packets = outside.stop()
    messages = [at for at, packet in enumerate(packets) if packet.kind == "UDP 500"]
    answer = [at for at in messages if packets[at].addresses[0] == "12.1.1.2"][3]
    before = [packet for packet in packets[:answer] if packet.addresses == ("2.2.2.10", "3.3.3.10")]
    after = [packet for packet in packets[answer:] if packet.addresses == ("2.2.2.10", "3.3.3.10")]
    assert len(before) > 50
    assert after == []


def test_a_killed_hub_stays_shut(wires: Wires) -> None:
    r2 = wires.start("R2", HUB)
    with wires.running("R3"):
        assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
        with wires.outside() as outside:
            r2.kill()
            assert not wires.ping("PC2", "3.3.3.10", count=3)
            assert not leave_in_clear(wires)
            outside.stop()
            assert between_networks(outside) == []
    with hub(wires):
        assert leave_in_clear(wires), "a new hub knows no peer"


def test_a_clean_stop_leaves_nothing(wires: Wires) -> None:
    with called(wires):
        pass
    node = wires.nodes["R2"]
    assert "cryptomap" not in node.run("nft", "list", "ruleset").stdout
    assert "crypto" not in node.run("ip", "link").stdout
    assert "fwmark" not in node.run("ip", "rule").stdout


def test_a_changed_configuration_keeps_the_entry(wires: Wires) -> None:
    with called(wires) as (r2, _), load(wires) as traffic:
        assert traffic.flows_sealed()
        wires.configure("R2", "access-list 150 permit ip host 1.1.1.1 host 1.1.1.2")
        wires.configure("R2", "crypto dynamic-map ANY 20", "set transform-set TS")
        assert traffic.flows_sealed()
        assert traffic.clear == 0
        assert "ANY/10" in typed(r2, "show crypto map")


def test_a_dynamic_map_that_is_taken_away_takes_its_entries_along(wires: Wires) -> None:
    with called(wires) as (r2, _):
        wires.configure("R2", "interface Ethernet0/0", "no crypto map")
        assert "3.3.3.0" not in typed(r2, "show crypto ipsec sa")
        assert leave_in_clear(wires)


def test_the_route_comes_first(wires: Wires) -> None:
    """What leaves by another interface is not the map's, entry or not."""
    node = wires.nodes["R2"]
    with called(wires), Capture(node, "eth1") as inside:
        node.run("ip", "route", "add", "3.3.3.128/25", "via", "2.2.2.10")
        time.sleep(0.3)
        node.run("ping", "-c1", "-W1", "-I", "2.2.2.1", "3.3.3.130", check=False)
        assert eventually(lambda: ("2.2.2.1", "3.3.3.130") in between_networks(inside))
        node.run("ip", "route", "del", "3.3.3.128/25")


def test_the_hub_itself_uses_the_entry(wires: Wires) -> None:
    with called(wires) as (r2, _), wires.outside() as outside:
        assert "Success rate is 100 percent" in typed(r2, "ping 3.3.3.10 source 2.2.2.1")
        outside.stop()
        assert between_networks(outside) == []


@pytest.fixture
def one_port(wires: Wires) -> Iterator[tuple[Wires, socket.socket, socket.socket]]:
    """An entry for UDP port 5000 of R3's side; sockets of PC2 and PC3."""
    near = wires.nodes["PC2"].open_socket(socket.AF_INET, socket.SOCK_DGRAM)
    far = wires.nodes["PC3"].open_socket(socket.AF_INET, socket.SOCK_DGRAM)

    def arrives() -> bool:
        far.sendto(b"hello", ("2.2.2.10", 7000))
        return _received(near) == 5

    with hub(wires), wires.running("R3", first=ONE_PORT), near, far:
        near.bind(("2.2.2.10", 7000))
        far.bind(("3.3.3.10", 5000))
        for end in (near, far):
            end.settimeout(0.5)
        assert eventually(arrives, 10)
        yield wires, near, far


def _received(end: socket.socket) -> int:
    try:
        return len(end.recv(65536))
    except TimeoutError:
        return 0


def test_an_entry_for_one_port_is_for_that_port(
    one_port: tuple[Wires, socket.socket, socket.socket],
) -> None:
    wires, near, far = one_port
    with wires.outside() as outside:
        near.sendto(bytes(10), ("3.3.3.10", 5000))
        assert _received(far) == 10
        assert between_networks(outside) == []
        near.sendto(bytes(10), ("3.3.3.77", 5001))
        assert eventually(lambda: ("2.2.2.10", "3.3.3.77") in between_networks(outside))


def test_fragments_of_an_entry_for_one_port(one_port: tuple[Wires, socket.socket, socket.socket]) -> None:
    wires, near, far = one_port
    with wires.outside() as outside:
        near.sendto(bytes(4000), ("3.3.3.10", 5000))
        assert _received(far) == 4000
        outside.stop()
        assert between_networks(outside) == []


def test_icmp_errors_about_what_came_through_the_tunnel(wires: Wires) -> None:
    # PC3 ==echo==> R2, whose time to live is over; R2 ==error==> PC3
    with called(wires), wires.outside() as outside:
        told = wires.nodes["PC3"].run("ping", "-n", "-c1", "-W4", "-t", "2", "2.2.2.10", check=False).stdout
        assert "From 2.2.2.10 icmp_seq=1 Time to live exceeded" in told
        quoted = IP(src="3.3.3.10", dst="2.2.2.10") / UDP(sport=9, dport=9)
        wires.send("PC2", IP(src="10.9.9.9", dst="3.3.3.10") / ICMP(type=3, code=1) / bytes(quoted)[:28])
        wires.send("PC2", IP(src="10.9.9.9", dst="4.4.4.4") / ICMP(type=8))
        assert eventually(lambda: ("10.9.9.9", "4.4.4.4") in [one.addresses for one in outside.packets])
        outside.stop()
        assert ("10.9.9.9", "3.3.3.10") not in [packet.addresses for packet in outside.packets]
        assert outside.kinds()["IP protocol 50"] == 2


TWO_UPLINKS = HUB.replace(
    "interface Ethernet0/1\n",
    "crypto map VPN local-address Loopback0\n"
    "interface Loopback0\n ip address 9.9.9.2 255.255.255.255\n"
    "interface Ethernet0/2\n ip address 22.1.1.2 255.255.255.0\n crypto map VPN\n"
    "interface Ethernet0/1\n",
)


def test_one_address_for_two_uplinks(wires: Wires) -> None:
    """The entry is on both: whichever way the route leads, nothing goes in clear."""
    isp, node = wires.nodes["ISP"], wires.nodes["R2"]
    isp.route("9.9.9.2/32", "12.1.1.2")
    with hub(wires, TWO_UPLINKS) as r2:
        r3 = wires.router("R3", peer="9.9.9.2")
        assert eventually(lambda: wires.ping("PC3", "2.2.2.10"))
        with wires.outside() as first, Capture(isp, "eth2") as second:
            assert wires.ping("PC2", "3.3.3.10", count=3)
            node.run("ip", "route", "add", "3.3.3.0/24", "via", "22.1.1.1")
            time.sleep(0.3)
            wires.ping("PC2", "3.3.3.10", count=3)
            assert between_networks(first) == between_networks(second) == []
            wires.configure("R2", "no crypto map VPN local-address")
            assert eventually(lambda: "3.3.3.0" not in typed(r2, "show crypto ipsec sa"))
        r3.stop()
        node.run("ip", "route", "del", "3.3.3.0/24")
    isp.run("ip", "route", "del", "9.9.9.2/32")
