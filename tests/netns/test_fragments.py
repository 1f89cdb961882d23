"""Datagrams that go through a tunnel in fragments, where lines ask for ports that only the first shows."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.netns.wires import MAP, Wires, between_networks, eventually

NEAR = ("permit udp {lan}.0 0.0.0.255 {far}.0 0.0.0.255 eq 5000",)
MIRRORED = ("permit udp {lan}.0 0.0.0.255 eq 5000 {far}.0 0.0.0.255",)
SECOND_PEER = (
    *MAP,
    "crypto isakmp key wolf address 22.1.1.1",
    "ip access-list extended THIRD",
    " permit udp 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255 eq 6000",
    "crypto map VPN 30 ipsec-isakmp",
    " set peer 22.1.1.1",
    " set transform-set TS",
    " match address THIRD",
)
LONG = 4000
Passes = Callable[[int], bool]


@contextmanager
def services(wires: Wires) -> Iterator[Passes]:
    """With a tunnel for port 5000. Gives a function that says whether a datagram of that length passes it."""
    sender = wires.nodes["PC2"].open_socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver = wires.nodes["PC3"].open_socket(socket.AF_INET, socket.SOCK_DGRAM)

    def passes(length: int) -> bool:
        sender.sendto(bytes(length), ("3.3.3.10", 5000))
        try:
            return len(receiver.recv(65536)) == length
        except TimeoutError:
            return False

    with (
        wires.running("R3", first=MIRRORED),
        wires.running("R2", first=NEAR, more=SECOND_PEER),
        sender,
        receiver,
    ):
        receiver.bind(("3.3.3.10", 5000))
        receiver.settimeout(0.5)
        assert eventually(lambda: passes(1), 10)
        yield passes


def test_a_long_datagram_passes(wires: Wires) -> None:
    with services(wires) as passes, wires.outside() as outside:
        assert passes(LONG)
        outside.stop()
        assert between_networks(outside) == []


def test_no_fragment_goes_to_another_peer(wires: Wires) -> None:
    """The later fragments to port 6000 would do for the line of port 5000, whose peer has an SA."""
    other = wires.nodes["PC2"].open_socket(socket.AF_INET, socket.SOCK_DGRAM)
    with services(wires) as passes, other, wires.outside() as outside:
        for _ in range(3):
            other.sendto(bytes(LONG), ("3.3.3.10", 6000))
        assert passes(1)
        assert eventually(lambda: outside.kinds()["IP protocol 50"] >= 1)
        outside.stop()
        assert outside.kinds()["IP protocol 50"] == 1
        assert between_networks(outside) == []
