"""No packet size is a black hole: what does not fit is told to its sender or goes in fragments."""

import re
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.netns.conftest import NODES
from tests.netns.wires import Wires, eventually, lay, typed

from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import namespaces

FAR_MTU = 1300
"""Of the link between the ISP and R3, of which R2 knows nothing."""
WIDE, NARROW, SHORT = 1422, 1230, 1326
"""What fits in 1500, 1300 and 1400 octets with AES-CBC and SHA-256: less 20 of IPv4, 8 of UDP, 8 of ESP, 16
of IV and 16 of ICV, then whole blocks of 16 of which 2 are the trailer."""
HEADERS = 28
"""Of an IPv4 packet with an ICMP echo."""
OCTETS = 500_000


@pytest.fixture(scope="module")
def wires() -> Iterator[Wires]:
    with namespaces(NODES) as nodes, tempfile.TemporaryDirectory() as name:
        lay(nodes, FAR_MTU)
        yield Wires(nodes, Path(name))


@pytest.fixture
def r2(wires: Wires) -> Iterator[Gateway]:
    for node in wires.nodes.values():
        node.run("ip", "route", "flush", "cache")
    with wires.running("R2", "R3") as (gateway, _):
        wires.tunnel()
        yield gateway


def tun_mtu(wires: Wires) -> int:
    found = re.search(r"crypto\d+: .* mtu (\d+)", wires.nodes["R2"].run("ip", "link").stdout)
    assert found
    return int(found[1])


def echo(wires: Wires, packet: int) -> str:
    """What ping says of one packet of that many octets that may not be fragmented."""
    words = ("ping", "-n", "-c1", "-W1", "-M", "do", "-s", str(packet - HEADERS), "3.3.3.10")
    return wires.nodes["PC2"].run(*words, check=False).stdout


def test_a_packet_too_long_for_the_interface_is_told(wires: Wires, r2: Gateway) -> None:
    assert f"Frag needed and DF set (mtu = {WIDE})" in echo(wires, 1500)


def test_a_packet_too_long_for_the_path_is_told(wires: Wires, r2: Gateway) -> None:
    # R2 ==1400==> ISP, whose next link takes 1300: "frag needed" to R2, and from R2 to PC2
    assert eventually(lambda: f"(mtu = {NARROW})" in echo(wires, 1350))
    assert " 1 received" in echo(wires, NARROW)
    assert f"path mtu {FAR_MTU}, ip mtu {FAR_MTU}" in typed(r2, "show crypto ipsec sa peer 13.1.1.3")


def test_packets_that_may_be_fragmented_pass(wires: Wires, r2: Gateway) -> None:
    for size in (1200, 1300, 1400, 1472, 4000):
        assert wires.ping("PC2", "3.3.3.10", 2, None, "-M", "dont", "-s", str(size)), size


def test_tcp_passes_in_both_directions(wires: Wires, r2: Gateway) -> None:
    for near, far, address in (("PC2", "PC3", "3.3.3.10"), ("PC3", "PC2", "2.2.2.10")):
        server = wires.nodes[far].open_socket(socket.AF_INET, socket.SOCK_STREAM)
        client = wires.nodes[near].open_socket(socket.AF_INET, socket.SOCK_STREAM)
        with server, client:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, 8000))
            server.listen()
            server.settimeout(10)
            client.settimeout(10)
            client.connect((address, 8000))
            connection, _ = server.accept()
            sender = threading.Thread(target=lambda client=client: client.sendall(bytes(OCTETS)))
            sender.start()
            with connection:
                connection.settimeout(10)
                received = 0
                while received < OCTETS and (data := connection.recv(65536)):
                    received += len(data)
            sender.join()
        assert received == OCTETS


def test_a_path_that_is_wide_again_is_used(wires: Wires, r2: Gateway) -> None:
    assert eventually(lambda: f"(mtu = {NARROW})" in echo(wires, 1350))
    assert tun_mtu(wires) == NARROW
    wires.nodes["R2"].run("ip", "route", "flush", "cache")
    # Any change of routes makes R2 look again, as thirty seconds do.
    wires.nodes["R2"].run("ip", "route", "add", "198.51.100.0/24", "via", "2.2.2.10")
    assert eventually(lambda: tun_mtu(wires) == WIDE)


def test_a_change_of_the_interface_is_followed(wires: Wires, r2: Gateway) -> None:
    assert tun_mtu(wires) == WIDE
    wires.nodes["R2"].mtu("eth0", 1400)
    try:
        assert eventually(lambda: tun_mtu(wires) == SHORT)
    finally:
        wires.nodes["R2"].mtu("eth0", 1500)
    assert eventually(lambda: tun_mtu(wires) == WIDE)
