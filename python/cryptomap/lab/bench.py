"""`cryptomap bench`: TCP through two gateways of ours, and beside it through plain routers, in one run.

Both paths have as many hops and share the machine's cores with both ends, so only the ratio means
something on another machine.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cryptomap.lab.description import load_lab
from cryptomap.lab.isolation import run_isolated
from cryptomap.lab.namespace import Namespace
from cryptomap.lab.runner import Runner
from cryptomap.lab.running import running
from cryptomap.lab.table import LabError
from cryptomap.model.error import CryptomapError

FOLDER = Path(__file__).parent / "throughput"
SERVER_SECONDS = 5
PATHS = {
    "plain": ("plain-PC2", "plain-PC3", "3.4.4.10"),
    "aes-128-gcm, userspace": ("PC2", "PC3", "3.3.3.10"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap bench`."""
    parser.add_argument("--seconds", type=int, default=5, help="how long each measurement takes (default 5)")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 measured, 1 the lab did not come up, 2 this machine is unfit."""
    try:
        if shutil.which("iperf3") is None:
            raise LabError("the program iperf3 is missing (Debian package iperf3)")
        with tempfile.TemporaryDirectory(prefix="cryptomap-run-") as folder:
            return run_isolated(lambda: _measure(Path(folder), arguments.seconds))
    except CryptomapError as error:
        print(f"cryptomap bench: {error}", file=sys.stderr)
        return 2


def _measure(runtime: Path, seconds: int) -> int:
    lab = load_lab(FOLDER)
    try:
        with running(lab, runtime, lambda text: print(text, flush=True)) as up:
            if not Runner(up, sys.stdout).play_all():
                return 1
            rates = {name: _iperf(up.nodes, *path, seconds) for name, path in PATHS.items()}
    except LabError as error:
        print(f"\nFAILED: {error}", file=sys.stderr)
        return 1
    print(f"\n{_machine()}; one TCP stream, {seconds} s each")
    for name, rate in rates.items():
        print(f"  {name:<24} {rate / 1e9:6.2f} Gbit/s  {rate / rates['plain']:5.2f} of plain")
    return 0


def _iperf(nodes: Mapping[str, Namespace], client: str, server: str, address: str, seconds: int) -> float:
    """Bits per second that arrived at the server."""
    print(f"measuring {client} to {server}, {seconds} s", flush=True)
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


def _machine() -> str:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"
    )
