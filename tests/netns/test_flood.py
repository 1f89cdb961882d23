"""A hub under a flood of messages with forged sources, as many as this machine makes: what is up goes on, and
who comes gets in.

The hub R3 lets everybody in who has the key. The ISP is where the flood comes from and where answers end.
"""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

import pytest
from tests.netns.wires import Wires, eventually, hub_config, typed

from cryptomap.lab.gateway import Gateway

HUB = hub_config("R3")
FLOOD = """
import os, socket, struct, sys, time
from cryptomap.ikev1.exchange.phase1 import offer
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy
from cryptomap.wire.isakmp import Header, encode_message
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType

rate, port, copies, cookies, batch = *map(int, sys.argv[1:]), 50
policy = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA256, AuthMethod.PRE_SHARE, Group.MODP_2048)
head = Header(b"c" * 8, bytes(8), PayloadType.NONE, ExchangeType.IDENTITY_PROTECTION, Flag(0), 0)
marker = bytes(4) if port == 4500 else b""
message = marker + encode_message(head, [offer([policy])])
cookie = 28 + len(marker)
here, there = bytes(4), bytes([13, 1, 1, 3])
size = 28 + len(message)
packet = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 17, 0, here, there))
packet += struct.pack("!HHHH", port, port, 8 + len(message), 0) + message
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
sender.connect(("13.1.1.3", 0))
due = time.monotonic()
while True:
    octets = os.urandom(11 * batch)
    for at in range(0, len(octets), 11):
        packet[12], packet[13:16] = 44, octets[at : at + 3]
        packet[cookie : cookie + 8 * cookies] = octets[at + 3 : at + 11] * cookies
        for _ in range(copies):
            try:
                sender.send(packet)
            except OSError:  # a full queue
                pass
    due = max(due + batch * copies / rate, time.monotonic() - 0.1)
    time.sleep(max(0, due - time.monotonic()))
"""
PER_SECOND = 50_000
LOST_AT_MOST = 5
"""Of 100 pings."""
NEW_SECONDS = 110
"""A peer sends message 1 six times in 35 s, and then begins again."""
UDP_COUNTERS = "InDatagrams", "RcvbufErrors"


@dataclass(frozen=True)
class Hub:
    """R3 under fire, and the peer R2."""

    wires: Wires
    gateway: Gateway
    peer: Gateway

    def arrived(self) -> tuple[int, int]:
        """Datagrams that were read from UDP sockets, and those for which there was no room."""
        shown = self.wires.nodes["R3"].run("nstat", "-asz", *(f"Udp{name}" for name in UDP_COUNTERS)).stdout
        read, lost = (int(re.findall(rf"^Udp{name} +(\d+)", shown, re.MULTILINE)[0]) for name in UDP_COUNTERS)
        return read, lost

    def reached(self) -> bool:
        return self.wires.ping("PC2", "3.3.3.10")


@pytest.fixture
def hub(wires: Wires) -> Iterator[Hub]:
    wires.nodes["ISP"].run("ip", "route", "replace", "blackhole", "44.0.0.0/8")
    gateway = wires.start("R3", HUB)
    peer = wires.router("R2")
    yield Hub(wires, gateway, peer)
    gateway.stop()


@dataclass(frozen=True)
class Kind:
    """To which port, how often each message comes at once, and whether it names a responder's cookie too."""

    port: int
    copies: int = 1
    cookies: int = 1


KINDS = {
    "first messages": Kind(500),
    "first messages behind a NAT": Kind(4500),
    "first messages twice": Kind(500, copies=2),
    "later messages": Kind(500, cookies=2),
    "later messages behind a NAT": Kind(4500, cookies=2),
}


@contextmanager
def flooded(hub: Hub, kind: str) -> Iterator[None]:
    """A flood from all of 44.0.0.0/8; says how many messages there were, and how many of them were read."""
    words = [str(word) for word in (PER_SECOND, *astuple(KINDS[kind]))]
    before = sum(hub.arrived())
    flood = hub.wires.nodes["ISP"].start(sys.executable, "-c", FLOOD, *words)
    try:
        assert eventually(lambda: sum(hub.arrived()) > before + 1000)
        begun, (read, lost) = time.monotonic(), hub.arrived()
        yield
        assert flood.poll() is None
        seconds, (read_by_now, lost_by_now) = time.monotonic() - begun, hub.arrived()
        came, taken = read_by_now + lost_by_now - read - lost, read_by_now - read
        print(
            f"{kind}: {came / seconds:.0f} came and {taken / seconds:.0f} were read a second, {seconds:.0f} s"
        )
    finally:
        flood.kill()
        flood.wait()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", KINDS)
def test_half_open_flood_with_real_packets(hub: Hub, kind: str) -> None:
    #  MM1 x 50,000 a second -->  from everywhere; meanwhile ESP, QM1*..3* and MM1..6* as ever
    hub.wires.tunnel()
    with flooded(hub, kind):
        pinged = hub.wires.nodes["PC2"].run(
            "ping", "-n", "-q", "-c", "100", "-i", "0.02", "-W", "1", "3.3.3.10", check=False
        )
        received = re.search(r"(\d+) received", pinged.stdout)
        assert received
        assert int(received[1]) >= 100 - LOST_AT_MOST, "what is up goes on"
        typed(hub.peer, "clear crypto sa")
        assert eventually(hub.reached, 30), "an ISAKMP SA that is up makes new IPsec SAs"
        assert "13.1.1.3" in typed(hub.gateway, "show crypto isakmp sa"), "the console answers"
        hub.peer.kill()
        restarted = hub.wires.launch("R2")
        restarted.wait_ready()
        assert eventually(hub.reached, 60), "who has forgotten all gets in"
        restarted.kill()
        typed(hub.gateway, "clear crypto session")
        stranger = hub.wires.launch("R2")
        stranger.wait_ready()
        assert eventually(hub.reached, NEW_SECONDS), "who was never here gets in"
    stranger.stop()
