"""Access lists that ask for ports: whole packets, fragments, both directions, and a deny line."""

from collections.abc import Iterator

import pytest
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.packet import Packet, Raw
from tests.netns.wires import Wires, eventually

from cryptomap.lab.capture import Capture

SERVICES = (
    "deny tcp {lan}.0 0.0.0.255 {far}.0 0.0.0.255 eq 22",
    "permit tcp {lan}.0 0.0.0.255 {far}.0 0.0.0.255 range 20 25",
    "permit udp {lan}.0 0.0.0.255 {far}.0 0.0.0.255 eq 5000",
)
LONG = 4000


def packet(layer: Packet, reply: bool = False) -> Packet:
    near, far = ("2.2.2.10", "3.3.3.77")
    return IP(src=far, dst=near) / layer if reply else IP(src=near, dst=far) / layer


# (packet, whether a line protects it)
OUT = {
    "udp": (packet(UDP(sport=1, dport=5000)), True),
    "udp, another port": (packet(UDP(sport=1, dport=5001)), False),
    "udp, the source port": (packet(UDP(sport=5000, dport=1)), False),
    "tcp, first of the range": (packet(TCP(dport=20)), True),
    "tcp, last of the range": (packet(TCP(dport=25)), True),
    "tcp, beyond the range": (packet(TCP(dport=26)), False),
    "tcp, denied": (packet(TCP(dport=22)), False),
    "udp in fragments": (packet(UDP(sport=1, dport=5000) / Raw(bytes(LONG))), True),
    "udp in fragments, another port": (packet(UDP(sport=1, dport=5001) / Raw(bytes(LONG))), False),
}
IN = {
    "udp": (packet(UDP(sport=5000, dport=1), True), True),
    "udp, another port": (packet(UDP(sport=5001, dport=1), True), False),
    "udp, the destination port": (packet(UDP(sport=1, dport=5000), True), False),
    "tcp, in the range": (packet(TCP(sport=21), True), True),
    "tcp, denied": (packet(TCP(sport=22), True), False),
    "udp in fragments": (packet(UDP(sport=5000, dport=1) / Raw(bytes(LONG)), True), True),
    "udp in fragments, another port": (packet(UDP(sport=5001, dport=1) / Raw(bytes(LONG)), True), False),
}


@pytest.fixture(scope="module")
def services(wires: Wires) -> Iterator[Wires]:
    with wires.running("R2", first=SERVICES):
        yield wires


def send(wires: Wires, node: str, whole: Packet) -> None:
    for part in fragment(whole, 1400):
        wires.send(node, part)


def heard(capture: Capture, sent: Packet) -> bool:
    return (sent.src, sent.dst) in [each.addresses for each in capture.packets]


@pytest.mark.parametrize("row", OUT)
def test_out(services: Wires, row: str) -> None:
    sent, protected = OUT[row]
    marker = IP(src="2.2.2.10", dst="4.4.4.4") / UDP(dport=9)
    with services.outside() as outside:
        send(services, "PC2", sent)
        services.send("PC2", marker)
        assert eventually(lambda: heard(outside, marker))
        if protected:
            assert eventually(lambda: outside.kinds()["UDP 500"] >= 1)
        assert heard(outside, sent) is not protected


@pytest.mark.parametrize("row", IN)
def test_in(services: Wires, row: str) -> None:
    sent, protected = IN[row]
    marker = IP(src="4.4.4.4", dst="2.2.2.10") / UDP(dport=9)
    with Capture(services.nodes["PC2"], "eth0") as behind:
        send(services, "ISP", sent)
        services.send("ISP", marker)
        assert eventually(lambda: heard(behind, marker))
        assert heard(behind, sent) is not protected
