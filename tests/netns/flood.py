"""A flood of IKE messages with forged sources: as many as this machine makes, up to 50,000 a second."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

from tests.netns.wires import eventually

from cryptomap.lab.namespace import Namespace

FLOOD = """
import os, socket, struct, sys, time
from cryptomap.ikev1.exchange.phase1 import offer
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy
from cryptomap.wire.isakmp import Header, encode_message
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType

hub = sys.argv[1]
rate, port, copies, cookies, batch = *map(int, sys.argv[2:]), 50
policy = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA256, AuthMethod.PRE_SHARE, Group.MODP_2048)
head = Header(b"c" * 8, bytes(8), PayloadType.NONE, ExchangeType.IDENTITY_PROTECTION, Flag(0), 0)
marker = bytes(4) if port == 4500 else b""
message = marker + encode_message(head, [offer([policy])])
cookie = 28 + len(marker)
here, there = bytes(4), socket.inet_aton(hub)
size = 28 + len(message)
packet = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 17, 0, here, there))
packet += struct.pack("!HHHH", port, port, 8 + len(message), 0) + message
sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
sender.connect((hub, 0))
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
UDP_COUNTERS = "InDatagrams", "RcvbufErrors"


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


def arrived(hub: Namespace) -> tuple[int, int]:
    """Datagrams that were read from UDP sockets, and those for which there was no room."""
    shown = hub.run("nstat", "-asz", *(f"Udp{name}" for name in UDP_COUNTERS)).stdout
    read, lost = (int(re.findall(rf"^Udp{name} +(\d+)", shown, re.MULTILINE)[0]) for name in UDP_COUNTERS)
    return read, lost


@contextmanager
def flooded(origin: Namespace, hub: Namespace, address: str, kind: str) -> Iterator[None]:
    """A flood from all of 44.0.0.0/8, where the answers end; says how many messages there were, and how many
    of them were read."""
    origin.run("ip", "route", "replace", "blackhole", "44.0.0.0/8")
    words = [str(word) for word in (PER_SECOND, *astuple(KINDS[kind]))]
    before = sum(arrived(hub))
    flood = origin.start(sys.executable, "-c", FLOOD, address, *words)
    try:
        assert eventually(lambda: sum(arrived(hub)) > before + 1000)
        begun, (read, lost) = time.monotonic(), arrived(hub)
        yield
        assert flood.poll() is None
        seconds, (read_by_now, lost_by_now) = time.monotonic() - begun, arrived(hub)
        came, taken = read_by_now + lost_by_now - read - lost, read_by_now - read
        print(
            f"{kind}: {came / seconds:.0f} came and {taken / seconds:.0f} were read a second, {seconds:.0f} s"
        )
    finally:
        flood.kill()
        flood.wait()
