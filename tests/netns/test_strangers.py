"""Which socket of an IKE port the kernel gives a message to."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from cryptomap.daemon.netlink import HostError
from cryptomap.daemon.sockets import open_udp, receive
from cryptomap.daemon.strangers import IkeSockets, open_sockets
from cryptomap.lab.namespace import Namespace

COOKIE, MARKER = b"initiate", bytes(4)
FIRST = COOKIE + bytes(8) + bytes.fromhex("01100200")
OTHERS = {
    "the responder's cookie": COOKIE + b"response" + bytes(4),
    "its first octet": COOKIE + b"\1" + bytes(11),
    "its last octet": COOKIE + bytes(7) + b"\1" + bytes(4),
    "a cookie that is cut off": COOKIE + bytes(7),
    "a NAT keepalive": b"\xff",
    "nothing": b"",
}


@pytest.fixture
def sockets() -> Iterator[IkeSockets]:
    with Namespace("strangers") as node, node.entered(), ExitStack() as stack:
        yield open_sockets(stack)


def send(port: int, *payloads: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for payload in payloads:
            sender.sendto(payload, ("127.0.0.1", port))


def waiting(opened: socket.socket) -> list[bytes]:
    """What has come, as the kernel gives it."""
    found = []
    while True:
        try:
            found.append(opened.recv(100))
        except BlockingIOError:
            return found


@pytest.mark.parametrize("port", [500, 4500])
def test_first_messages_have_a_socket_of_their_own(sockets: IkeSockets, port: int) -> None:
    marker = MARKER if port == 4500 else b""
    others = [marker + one for one in OTHERS.values()]
    send(port, *others, marker + FIRST, *others)
    at = (500, 4500).index(port)
    assert waiting((sockets.isakmp, sockets.nat_t)[at]) == others * 2
    assert [one.data for one in receive(sockets.strangers[at])] == [FIRST]


def test_esp_on_port_4500_is_no_first_message(sockets: IkeSockets) -> None:
    """Its SPI is where IKE has a marker of zeros (RFC 3948 section 2.2)."""
    esp = bytes.fromhex("00000100") + bytes(60)
    send(4500, esp)
    assert waiting(sockets.nat_t) == [esp]


def test_a_flood_of_first_messages_fills_the_one_socket(sockets: IkeSockets) -> None:
    other = OTHERS["the responder's cookie"]
    send(500, *[FIRST] * 50_000, other)
    assert 0 < len(waiting(sockets.strangers[0])) < 50_000
    assert waiting(sockets.isakmp) == [other]


@pytest.mark.usefixtures("sockets")
@pytest.mark.parametrize("port", [500, 4500])
def test_another_daemon_finds_the_port_in_use(port: int) -> None:
    """The sharing is between the two sockets of one gateway."""
    with pytest.raises(HostError, match=f"UDP port {port} is in use"):
        open_udp(port)
