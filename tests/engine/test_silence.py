"""Whatever is wrong with an ESP packet, its sender hears the same: nothing. One counter knows what it was."""

import socket
from collections.abc import Callable

import pytest
from scapy.layers.inet import ICMP, IP

from cryptomap._core import EspSealer
from cryptomap.model.sa import SaCounters

from .conftest import Pair
from .test_packets import Tap, read_all

Sealer = Callable[[bytes], bytes]
REPLY = bytes(IP(src="10.1.0.1", dst="10.2.0.1") / ICMP(type=0))
"""An echo reply that nobody asked for: it is taken, and not answered."""
FOREIGN = bytes(IP(src="10.9.0.1", dst="10.2.0.1") / ICMP(type=0))
NO_PACKET = b"\x45" + bytes(39)


def flipped(packet: bytes) -> bytes:
    return packet[:-1] + bytes([packet[-1] ^ 1])


# What is sent, by a function that seals with the right keys, and the counter that it adds to.
FAILURES: dict[str, tuple[Callable[[Sealer], list[bytes]], SaCounters]] = {
    "wrong ICV": (lambda seal: [flipped(seal(REPLY))], SaCounters(auth_failed=1)),
    "replay": (lambda seal: [seal(REPLY)] * 2, SaCounters(replay_dropped=1)),
    "foreign traffic": (lambda seal: [seal(FOREIGN)], SaCounters(selector_failed=1)),
    "no packet inside": (lambda seal: [seal(NO_PACKET)], SaCounters(malformed=1)),
    "not of whole blocks": (lambda seal: [seal(REPLY)[:-5]], SaCounters(malformed=1)),
    "nothing after the header": (lambda seal: [seal(REPLY)[:8]], SaCounters(malformed=1)),
    "unknown SPI": (lambda seal: [b"\x11\x22\x33\x44" + seal(REPLY)[4:]], SaCounters()),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_is_the_same_silence(pair: Pair, failure: str) -> None:
    make, expected = FAILURES[failure]
    (left_out, right_in), _ = pair.up()
    packets = make(EspSealer(left_out).seal)
    raw = pair.left.namespace.open_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ESP)
    with Tap(pair.right) as wire, raw:
        for packet in packets:
            if pair.encapsulation:
                pair.left.udp.sendto(packet, (str(pair.right.outer), 4500))
            else:
                raw.sendto(packet, (str(pair.right.outer), 0))
        frames = [frame[14:] for frame in read_all(wire) if frame[12:14] == b"\x08\x00"]
    assert [packet[12:16] for packet in frames] == [pair.left.outer.packed] * len(packets)
    found = pair.right.engine.counters(right_in.key)
    assert found is not None
    kinds = ("auth_failed", "replay_dropped", "selector_failed", "malformed", "expired_dropped")
    assert {kind: getattr(found, kind) for kind in kinds} == {kind: getattr(expected, kind) for kind in kinds}
