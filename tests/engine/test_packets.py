"""Real packets between two gateways in network namespaces, as raw ESP and in UDP."""

import re
import socket
import time
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.sa import (
    Acquire,
    InvalidSpi,
    PeerMoved,
    PolicyAction,
    PolicySpec,
    SaCounters,
    UdpEncapsulation,
)
from cryptomap.model.selector import Selector

from .conftest import DEVICE, INTERFACE, Gateway, Pair

ETH_P_ALL = 0x0003


def counters(gateway: Gateway, spec: object) -> SaCounters:
    found = gateway.engine.counters(spec.key)  # type: ignore[attr-defined]
    assert found is not None
    return found


def test_ping_passes_and_both_ends_count_the_same(pair: Pair) -> None:
    (left_out, right_in), (right_out, left_in) = pair.up()
    assert pair.left.ping(5) == 5
    for sender, outbound, receiver, inbound in (
        (pair.left, left_out, pair.right, right_in),
        (pair.right, right_out, pair.left, left_in),
    ):
        sent, received = counters(sender, outbound), counters(receiver, inbound)
        assert (sent.packets, sent.bytes, sent.sequence) == (5, 5 * 84, 5)
        assert (received.packets, received.bytes, received.sequence) == (5, 5 * 84, 5)
        assert received.last_used == pytest.approx(time.monotonic(), abs=5)
    assert pair.left.engine.policy_drops(INTERFACE) == 0


@pytest.mark.parametrize("size", [0, 1, 2, 13, 14, 15, 16, 17, 1000, 1372])
def test_every_size_passes(udp_pair: Pair, size: int) -> None:
    udp_pair.up()
    assert udp_pair.left.ping(1, "-s", str(size)) == 1


def test_nothing_but_esp_is_on_the_wire(pair: Pair) -> None:
    pair.up()
    with Tap(pair.left) as wire:
        assert pair.left.ping(3) == 3
        frames = read_all(wire)
    packets = [frame[14:] for frame in frames if frame[12:14] == b"\x08\x00"]
    assert len(packets) == 6
    for packet in packets:
        assert packet[8] in (255, 64)
        if pair.encapsulation:
            assert packet[9] == socket.IPPROTO_UDP
            assert packet[20:24] == (4500).to_bytes(2, "big") * 2
        else:
            assert packet[9] == socket.IPPROTO_ESP
            assert packet[8] == 255


def test_the_outer_header_takes_dscp_and_df_over_and_no_ecn(pair: Pair) -> None:
    pair.up()
    with Tap(pair.left) as wire:
        assert pair.left.ping(1, "-Q", "0x4a", "-M", "do") == 1
        assert pair.left.ping(1, "-M", "dont") == 1
        marked, plain = (frame[14:] for frame in read_all(wire) if frame[26:30] == bytes([192, 0, 2, 1]))
    assert (marked[1], plain[1]) == (0x48, 0)
    if pair.encapsulation is None:
        assert (marked[6] & 0x40, plain[6] & 0x40) == (0x40, 0)


def test_without_an_sa_a_burst_is_dropped_and_acquires_once(pair: Pair) -> None:
    pair.left.protect(policy_id=7)
    assert pair.left.ping(50, "-i", "0.002", wait=0.1) == 0
    acquire = pair.left.wait_for(Acquire)
    assert acquire.policy_id == 7
    assert (acquire.packet.source, acquire.packet.destination) == (pair.left.host, pair.left.far_host)
    assert acquire.packet.protocol == socket.IPPROTO_ICMP
    assert len([event for event in pair.left.events() if isinstance(event, Acquire)]) == 1
    assert pair.left.engine.policy_drops(INTERFACE) == 50


def test_a_packet_that_no_policy_takes_is_dropped_in_silence(raw_pair: Pair) -> None:
    raw_pair.install(raw_pair.left, 0x1001)
    other = Selector(IPv4Network("10.9.0.0/24"), IPv4Network("10.8.0.0/24"))
    raw_pair.left.protect(selector=other)
    assert raw_pair.left.ping(2, wait=0.2) == 0
    assert raw_pair.left.engine.policy_drops(INTERFACE) == 2
    assert raw_pair.left.events() == []


def test_a_jump_takes_packets_past_a_line(raw_pair: Pair) -> None:
    raw_pair.up()
    host = Selector(IPv4Network("10.1.0.1/32"), IPv4Network("10.2.0.1/32"))
    jump = PolicySpec(9, PolicyAction.JUMP, host, jump_to=2)
    protect = PolicySpec(1, PolicyAction.PROTECT, raw_pair.left.selector)
    raw_pair.left.engine.set_policies(INTERFACE, [jump, protect])
    assert raw_pair.left.ping(2, wait=0.2) == 0
    raw_pair.left.engine.set_policies(INTERFACE, [replace(jump, jump_to=1), protect])
    assert raw_pair.left.ping(2) == 2


def test_no_policies_at_all_drop_everything(raw_pair: Pair) -> None:
    raw_pair.up()
    assert raw_pair.left.ping(1) == 1
    raw_pair.left.engine.set_policies(INTERFACE, [])
    assert raw_pair.left.ping(1, wait=0.2) == 0
    raw_pair.left.protect()
    assert raw_pair.left.ping(1) == 1


def test_an_inner_packet_outside_the_selector_is_dropped_and_counted(pair: Pair) -> None:
    pair.up()
    narrow = Selector(IPv4Network("10.1.0.99/32"), IPv4Network("10.2.0.0/24"))
    outbound, inbound = pair.spec(pair.left, 0x1002)
    inbound = replace(inbound, selector=narrow)
    pair.right.engine.add_sa(inbound)
    pair.left.engine.add_sa(outbound)
    assert pair.left.ping(3, wait=0.2) == 0
    found = counters(pair.right, inbound)
    assert (found.packets, found.selector_failed) == (0, 3)


def test_a_wrong_key_fails_authentication(pair: Pair) -> None:
    pair.up()
    outbound, inbound = pair.spec(pair.left, 0x1002)
    pair.right.engine.add_sa(replace(inbound, auth_key=bytes(20)))
    pair.left.engine.add_sa(outbound)
    assert pair.left.ping(2, wait=0.2) == 0
    found = counters(pair.right, inbound)
    assert (found.packets, found.auth_failed) == (0, 2)


def test_a_replayed_packet_is_dropped_and_counted(pair: Pair) -> None:
    (_, right_in), _ = pair.up()
    with Tap(pair.left) as wire:
        assert pair.left.ping(1) == 1
        sent = [frame for frame in read_all(wire) if frame[26:30] == bytes([192, 0, 2, 1])]
        assert len(sent) == 1
        again = bytearray(sent[0])
        if pair.encapsulation:
            # The tap sees a checksum that the device was to finish; none at all is fine in IPv4 (RFC 768).
            again[40:42] = bytes(2)
        wire.send(again)
        wire.send(again)
        time.sleep(0.2)
    found = counters(pair.right, right_in)
    assert (found.packets, found.replay_dropped) == (1, 2)


def test_an_unknown_spi_is_reported_once_a_second(pair: Pair) -> None:
    pair.left.protect()
    outbound, inbound = pair.spec(pair.left, 0xABCD1234)
    pair.left.engine.add_sa(outbound)
    assert pair.left.ping(10, "-i", "0.01", wait=0.1) == 0
    event = pair.right.wait_for(InvalidSpi)
    index = int(pair.right.namespace.run("ip", "-o", "link", "show", "eth0").stdout.split(":")[0])
    assert event == InvalidSpi(pair.left.outer, pair.right.outer, 50, inbound.spi, index)
    assert len([event for event in pair.right.events() if isinstance(event, InvalidSpi)]) == 1


def test_the_newest_sa_carries_and_a_deleted_one_does_not(pair: Pair) -> None:
    (first, _), _ = pair.up()
    assert pair.left.ping(1) == 1
    second, second_in = pair.install(pair.left, 0x1002)
    assert pair.left.ping(2) == 2
    assert counters(pair.left, first).packets == 1
    assert counters(pair.left, second).packets == 2
    pair.left.engine.delete_sa(second.key)
    assert pair.left.engine.counters(second.key) is None
    assert pair.left.ping(3) == 3
    assert counters(pair.left, first).packets == 4
    assert counters(pair.right, second_in).packets == 2


def test_clearing_the_sas_lets_nothing_out_in_clear(pair: Pair) -> None:
    (first, _), _ = pair.up()
    assert pair.left.ping(1) == 1
    pair.left.engine.delete_sa(first.key)
    with Tap(pair.left) as wire:
        assert pair.left.ping(2, wait=0.2) == 0
        assert [frame for frame in read_all(wire) if frame[12:14] == b"\x08\x00"] == []


def test_ike_messages_on_4500_come_without_their_marker(udp_pair: Pair) -> None:
    right = udp_pair.right
    destination = (str(right.outer), 4500)
    for octets in (b"\x00\x00\x00\x00first", b"\xff", b"\x00\x00\x00\x00second"):
        udp_pair.left.udp.sendto(octets, destination)
    received: list[Datagram] = []
    deadline = time.monotonic() + 5
    while len(received) < 2 and time.monotonic() < deadline:
        received += right.engine.receive_datagrams()
    source, local = Endpoint(udp_pair.left.outer, 4500), Endpoint(right.outer, 4500)
    assert received == [Datagram(local, source, b"first"), Datagram(local, source, b"second")]
    assert right.engine.statistics()["keepalives"] == 1


def test_short_and_odd_datagrams_do_no_harm(pair: Pair) -> None:
    (_, right_in), _ = pair.up()
    spi = right_in.spi.to_bytes(4, "big")
    esp = pair.left.namespace.open_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ESP)
    with esp:
        for octets in (
            b"",
            b"\x01",
            b"\x00" * 4,
            spi,
            spi + b"\x00" * 4,
            spi + b"\x00" * 60,
            spi + b"\xff" * 61,
        ):
            if pair.encapsulation:
                pair.left.udp.sendto(octets, (str(pair.right.outer), 4500))
            else:
                esp.sendto(octets, (str(pair.right.outer), 0))
    assert pair.left.ping(2) == 2
    found = counters(pair.right, right_in)
    assert found.packets == 2
    assert found.auth_failed + found.malformed + found.replay_dropped >= 3


def test_a_peer_that_moves_is_reported_and_can_be_followed(udp_pair: Pair) -> None:
    (_, right_in), (right_out, _) = udp_pair.up()
    assert udp_pair.left.ping(1) == 1
    assert udp_pair.right.events() == []
    udp_pair.left.namespace.address("eth0", "192.0.2.77/24")
    udp_pair.left.engine.delete_sa(udp_pair.spec(udp_pair.left, 0x1001)[0].key)
    moved = replace(udp_pair.spec(udp_pair.left, 0x1001)[0], local=IPv4Address("192.0.2.77"))
    # The same SA from another address: its numbers must go on, so the receiver's window is new.
    udp_pair.right.engine.delete_sa(right_in.key)
    udp_pair.right.engine.add_sa(right_in)
    udp_pair.left.engine.add_sa(moved)
    assert udp_pair.left.ping(2) == 2
    event = udp_pair.right.wait_for(PeerMoved)
    assert event == PeerMoved(right_in.key, IPv4Address("192.0.2.77"), 4500)
    udp_pair.right.engine.redirect_sa(right_out.key, event.address, UdpEncapsulation(4500, event.port))
    with Tap(udp_pair.left) as wire:
        udp_pair.left.ping(1, wait=0.2)
        answers = [frame for frame in read_all(wire) if frame[26:30] == bytes([192, 0, 2, 2])]
    assert [frame[30:34] for frame in answers if frame[23] == socket.IPPROTO_UDP] == [bytes([192, 0, 2, 77])]


@pytest.mark.parametrize(
    ("cipher", "key", "auth", "auth_key"),
    [
        (EspCipher.DES, 8, EspAuth.SHA, 20),
        (EspCipher.TRIPLE_DES, 24, EspAuth.MD5, 16),
        (EspCipher.AES, 32, EspAuth.SHA256, 32),
        (EspCipher.GCM, 20, None, 0),
        (EspCipher.NULL, 0, EspAuth.SHA512, 64),
    ],
)
def test_suites_carry_traffic(
    raw_pair: Pair, cipher: EspCipher, key: int, auth: EspAuth | None, auth_key: int
) -> None:
    raw_pair.up()
    suite = {
        "cipher": cipher,
        "encryption_key": bytes(range(1, key + 1)),
        "auth": auth,
        "auth_key": bytes(range(auth_key)),
    }
    raw_pair.install(raw_pair.left, 0x3001, **suite)
    raw_pair.install(raw_pair.right, 0x3002, **suite)
    assert raw_pair.left.ping(3, "-s", "1200") == 3


def test_a_stream_keeps_its_order(udp_pair: Pair) -> None:
    udp_pair.up()
    receiver = udp_pair.right.namespace.open_socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender = udp_pair.left.namespace.open_socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver, sender:
        receiver.bind((str(udp_pair.right.host), 5000))
        receiver.settimeout(1)
        sender.bind((str(udp_pair.left.host), 0))
        for number in range(100):
            sender.sendto(number.to_bytes(4, "big") * 100, (str(udp_pair.right.host), 5000))
        received = [int.from_bytes(receiver.recv(1000)[:4], "big") for _ in range(100)]
    assert received == list(range(100))


def test_a_removed_device_goes_and_a_kept_one_stays(raw_pair: Pair) -> None:
    left, right = raw_pair.left, raw_pair.right
    left.engine.detach(INTERFACE, remove=False)
    assert re.search(DEVICE, left.namespace.run("ip", "link").stdout)
    right.engine.detach(INTERFACE, remove=True)
    assert not re.search(DEVICE, right.namespace.run("ip", "link").stdout)


class Tap:
    """A packet socket on the gateway's outer device, sees both directions and can send frames."""

    def __init__(self, gateway: Gateway) -> None:
        self._socket = gateway.namespace.open_socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)
        )
        self._socket.bind(("eth0", ETH_P_ALL))
        self._socket.settimeout(0.2)

    def __enter__(self) -> socket.socket:
        return self._socket

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def read_all(wire: socket.socket) -> list[bytes]:
    """Frames until none came for 0.2 s, ARP left out."""
    frames: list[bytes] = []
    while True:
        try:
            frame = wire.recv(65535)
        except TimeoutError:
            return frames
        if frame[12:14] != b"\x08\x06":
            frames.append(frame)
