"""An ICMP error quotes a packet, so one about a protected packet may not go out in clear either."""

from collections.abc import Iterator

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Packet
from tests.netns.wires import Wires, between_networks, eventually

from cryptomap.lab.capture import Capture
from cryptomap.lab.capture import Packet as Heard

HTTP_ONLY = ("permit tcp {lan}.0 0.0.0.255 eq 80 {far}.0 0.0.0.255",)
ISP = "12.1.1.1"
INNER_ROUTER = "10.9.9.9"
"""A router behind R2 that no access list names."""


@pytest.fixture
def tunnel(wires: Wires) -> Iterator[Wires]:
    with wires.running("R2", "R3"):
        wires.tunnel()
        yield wires


def error_about(quoted: Packet, to: str = "3.3.3.10") -> Packet:
    return IP(src=INNER_ROUTER, dst=to) / ICMP(type=3, code=1) / bytes(quoted)[:28]


def heard(capture: Capture) -> list[Heard]:
    """ICMP without what the ISP says itself: that R3 is away, seconds after a message for it."""
    return [each for each in capture.packets if each.kind == "ICMP" and each.addresses[0] != ISP]


def errors(capture: Capture) -> int:
    return len(heard(capture))


@pytest.mark.parametrize(
    ("options", "target", "words"),
    [
        (("-t", "2"), "2.2.2.10", "Time to live exceeded"),
        ((), "2.2.2.99", "Destination Host Unreachable"),
    ],
)
def test_our_own_error_goes_back_through_the_tunnel(
    tunnel: Wires, options: tuple[str, ...], target: str, words: str
) -> None:
    # PC3 ==echo==> R2, which cannot deliver it; R2 ==error==> PC3
    with tunnel.outside() as outside:
        told = tunnel.nodes["PC3"].run("ping", "-n", "-c1", "-W4", *options, target, check=False).stdout
        assert f"From {target} icmp_seq=1 {words}" in told
        outside.stop()
        assert outside.kinds()["IP protocol 50"] == 2
        assert errors(outside) == 0


def test_another_routers_error_is_dropped(tunnel: Wires) -> None:
    with tunnel.outside() as outside:
        tunnel.send("PC2", error_about(IP(src="3.3.3.10", dst="2.2.2.10") / UDP(sport=9, dport=9)))
        tunnel.send("PC2", error_about(IP(src="4.4.4.4", dst="2.2.2.10") / UDP(sport=9, dport=9), "4.4.4.4"))
        assert eventually(lambda: errors(outside) >= 1)
        outside.stop()
        assert [packet.addresses for packet in heard(outside)] == [(INNER_ROUTER, "4.4.4.4")]


def test_an_error_about_what_a_deny_line_lets_out_passes(tunnel: Wires) -> None:
    with tunnel.outside() as outside:
        tunnel.send(
            "PC2", error_about(IP(src="3.3.3.200", dst="2.2.2.10") / UDP(sport=9, dport=9), "3.3.3.200")
        )
        assert eventually(lambda: errors(outside) == 1)


def test_without_an_sa_our_own_error_is_dropped(wires: Wires) -> None:
    with wires.running("R2"), wires.outside() as outside:
        # 22.1.1.1 is not the map's way in, so this packet of the far network gets as far as R2.
        packet = IP(src="3.3.3.77", dst="2.2.2.10", ttl=1) / UDP(sport=9, dport=9)
        wires.nodes["ISP"].run("ip", "route", "replace", "2.2.2.0/24", "via", "22.1.1.2")
        try:
            wires.nodes["R2"].address("eth2", "22.1.1.2/24")
            wires.send("ISP", packet)
            assert eventually(lambda: outside.kinds()["UDP 500"] >= 1)
        finally:
            wires.nodes["ISP"].run("ip", "route", "replace", "2.2.2.0/24", "via", "12.1.1.2")
            wires.nodes["R2"].run("ip", "address", "flush", "dev", "eth2")
        outside.stop()
        assert errors(outside) == 0
        assert between_networks(outside) == []


def test_ports_of_the_quoted_packet_count(wires: Wires) -> None:
    with wires.running("R2", first=HTTP_ONLY), wires.outside() as outside:
        request = IP(src="3.3.3.10", dst="2.2.2.10") / TCP(sport=4000, dport=80)
        with_options = IP(src="3.3.3.10", dst="2.2.2.10", options=[b"\x01" * 4]) / TCP(sport=4000, dport=22)
        other = IP(src="3.3.3.10", dst="2.2.2.10") / TCP(sport=4000, dport=22)
        for quoted in (request, with_options, other):
            wires.send("PC2", error_about(quoted))
        assert eventually(lambda: errors(outside) >= 1)
        outside.stop()
        assert [packet.data[28:] for packet in heard(outside)] == [bytes(other)[:28]]
