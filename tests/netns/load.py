"""Traffic that never stops, and a counter outside that misses nothing."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.netns.wires import Wires, eventually

SENDER = """
import socket, sys, time
source, destination, size, gap = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind((source, 0))
payload = bytes(size)
due = time.monotonic()
while True:
    try:
        sender.sendto(payload, (destination, 9))
    except OSError:  # no route, a full queue, an ICMP error
        pass
    due += gap
    time.sleep(max(0, due - time.monotonic()))
"""
# Of the packets that reach the ISP from a gateway: those that anyone can read, and those that nobody can.
WATCH = """
table inet watch {
  counter clear { }
  counter sealed { }
  chain arriving {
    type filter hook prerouting priority -450; policy accept;
    iifname "eth0" ip saddr { 2.2.2.0/24, 3.3.3.0/24 } ip daddr 3.3.3.0/24 counter name clear
    iifname "eth0" ip protocol 50 counter name sealed
  }
}
"""


@dataclass(frozen=True)
class Load:
    """Traffic from PC2, and from R2 itself, to PC3: some thousand packets a second each."""

    wires: Wires

    @property
    def clear(self) -> int:
        return self._count("clear")

    @property
    def sealed(self) -> int:
        return self._count("sealed")

    def flows_sealed(self) -> bool:
        """Whether ESP comes out now."""
        before = self.sealed
        return eventually(lambda: self.sealed > before + 100, 20)

    def flows_clear(self) -> bool:
        """Whether cleartext comes out now."""
        before = self.clear
        return eventually(lambda: self.clear > before + 100)

    def leaks(self, seconds: float = 1.0) -> int:
        """Cleartext packets that come out in the next seconds."""
        before = self.clear
        time.sleep(seconds)
        return self.clear - before

    def _count(self, name: str) -> int:
        shown = self.wires.nodes["ISP"].run("nft", "list", "counter", "inet", "watch", name).stdout
        found = re.search(r"packets (\d+)", shown)
        assert found
        return int(found[1])


@contextmanager
def load(wires: Wires, *, from_router: bool = True, size: int = 200, gap: float = 0.0005) -> Iterator[Load]:
    """Send until the block ends."""
    wires.nodes["ISP"].run("nft", "-f", "-", input=WATCH)
    sources = {"PC2": "2.2.2.10", **({"R2": "2.2.2.1"} if from_router else {})}
    senders = [
        wires.nodes[node].start(
            sys.executable, "-c", SENDER, source, "3.3.3.10", str(size), str(gap), output=subprocess.DEVNULL
        )
        for node, source in sources.items()
    ]
    try:
        yield Load(wires)
        assert [sender.poll() for sender in senders] == [None] * len(senders)
    finally:
        for sender in senders:
            sender.kill()
            sender.wait()
        wires.nodes["ISP"].run("nft", "delete", "table", "inet", "watch")
