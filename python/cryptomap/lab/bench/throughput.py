"""`cryptomap bench throughput`: TCP through two gateways of ours, and beside it through plain routers.

Both paths have as many hops and share the machine's cores with both ends, so only the ratio means
something on another machine.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptomap.lab.bench.report import table
from cryptomap.lab.description import load_lab
from cryptomap.lab.namespace import Namespace
from cryptomap.lab.runner import Runner
from cryptomap.lab.running import running
from cryptomap.lab.table import LabError

FOLDER = Path(__file__).parent / "throughput_lab"
SERVER_SECONDS = 5
PLAIN = "plain"
PATHS = {
    PLAIN: ("plain-PC2", "plain-PC3", "3.4.4.10"),
    "aes-128-gcm, userspace": ("PC2", "PC3", "3.3.3.10"),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """What one path carries."""

    path: str
    bits_per_second: float
    of_plain: float


def measure(seconds: int, say: Callable[[str], None]) -> list[Rate]:
    """Each path for so many seconds. Raises `LabError`."""
    if shutil.which("iperf3") is None:
        raise LabError("the program iperf3 is missing (Debian package iperf3)")
    lab = load_lab(FOLDER)
    with (
        tempfile.TemporaryDirectory(prefix="cryptomap-run-") as folder,
        running(lab, Path(folder), say) as up,
    ):
        if not Runner(up, sys.stdout).play_all():
            raise LabError("the tunnel did not come up")
        rates = {}
        for name, (client, server, address) in PATHS.items():
            say(f"measuring {client} to {server}, {seconds} s")
            rates[name] = _iperf(up.nodes, client, server, address, seconds)
    return [Rate(name, rate, rate / rates[PLAIN]) for name, rate in rates.items()]


def _iperf(nodes: Mapping[str, Namespace], client: str, server: str, address: str, seconds: int) -> float:
    """Bits per second that arrived at the server."""
    listening = nodes[server].start("iperf3", "--server", "--one-off", output=subprocess.DEVNULL)
    try:
        # The server may not listen yet: a refused connection is tried again.
        for _ in range(SERVER_SECONDS * 10):
            done = nodes[client].run(
                *("iperf3", "--json", "--client", address, "--time", str(seconds)),
                timeout=seconds + 30,
                check=False,
            )
            result = json.loads(done.stdout)
            if "refused" not in result.get("error", ""):
                break
    finally:
        listening.kill()
    if "error" in result:
        raise LabError(f"iperf3 from {client} to {server}: {result['error']}")
    return float(result["end"]["sum_received"]["bits_per_second"])


def shown(rates: Sequence[Rate]) -> str:
    """The results as a table."""
    rows = [(one.path, f"{one.bits_per_second / 1e9:.2f}", f"{one.of_plain:.2f}") for one in rates]
    return table(("one TCP stream", "Gbit/s", "of plain"), rows)
