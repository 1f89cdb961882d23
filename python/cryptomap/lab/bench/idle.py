"""`cryptomap bench idle`: what tunnels cost that carry nothing, in memory and in CPU time.

Our spokes bring up that many tunnels with one gateway, which asks each peer at an interval whether it lives
(`crypto isakmp keepalive N periodic`). Memory is what the process has grown by since the first tunnels; CPU
time is that of one interval, in which every peer is asked once.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptomap.lab.bench.driver import SpokesProcess
from cryptomap.lab.bench.ours import OurHub
from cryptomap.lab.bench.plan import SUITES, wires
from cryptomap.lab.bench.process import cpu_seconds, resident_octets
from cryptomap.lab.bench.report import table

SUITE = "aes128, sha1, modp1024"
WARM_UP = 20
_SETTLE_SECONDS = 1.0
_PATIENCE_EACH = 0.1


@dataclass(frozen=True, slots=True)
class Idle:
    """What was measured."""

    tunnels: int
    keepalive_seconds: int
    octets_per_tunnel: float
    share_of_a_core: float


def measure(tunnels: int, keepalive: int, say: Callable[[str], None]) -> list[Idle]:
    """So many tunnels, each of whose peers is asked every `keepalive` seconds. Raises `LabError`."""
    count = WARM_UP + tunnels
    with wires() as (hub_node, spokes_node), tempfile.TemporaryDirectory(prefix="cryptomap-run-") as folder:
        hub = OurHub(hub_node, Path(folder), SUITES[SUITE], count, keepalive)
        spokes = SpokesProcess(spokes_node, SUITE, count)
        try:
            spokes.bring_up(WARM_UP, 60)
            memory = resident_octets(hub.pid)
            done = spokes.bring_up(tunnels, 60 + _PATIENCE_EACH * tunnels)
            say(f"{tunnels} tunnels are up after {done.seconds:.0f} s; watching for {keepalive} s")
            time.sleep(_SETTLE_SECONDS)
            grown = resident_octets(hub.pid) - memory
            before = cpu_seconds(hub.pid)
            time.sleep(keepalive)
            used = cpu_seconds(hub.pid) - before
        finally:
            spokes.stop()
            hub.stop()
    return [Idle(tunnels, keepalive, grown / tunnels, used / keepalive)]


def shown(found: Sequence[Idle]) -> str:
    """The results as a table."""
    head = ("tunnels", "keepalive s", "KiB each", "% of a core")
    rows = [
        (
            str(one.tunnels),
            str(one.keepalive_seconds),
            f"{one.octets_per_tunnel / 1024:.1f}",
            f"{one.share_of_a_core * 100:.1f}",
        )
        for one in found
    ]
    return table(head, rows)
