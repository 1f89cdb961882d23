"""`cryptomap bench KIND`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptomap.lab.bench import handshake, idle, throughput
from cryptomap.lab.bench.handshake import Handshakes
from cryptomap.lab.bench.idle import Idle
from cryptomap.lab.bench.report import machine, write_json
from cryptomap.lab.bench.throughput import Rate
from cryptomap.lab.isolation import run_isolated
from cryptomap.lab.table import LabError
from cryptomap.model.error import CryptomapError

KINDS = {
    "throughput": "TCP through two gateways, beside plain forwarding",
    "handshake": "CPU time of a main and a quick mode, beside strongSwan's where it is installed",
    "idle": "memory and CPU time of tunnels that carry nothing, whose peers are asked whether they live",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap bench`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "kinds:\n" + "\n".join(f"  {kind:<12} {what}" for kind, what in KINDS.items())
    parser.add_argument(
        "kind", nargs="?", choices=KINDS, default="throughput", metavar="KIND", help="see below (throughput)"
    )
    parser.add_argument("--seconds", type=int, default=5, help="throughput: of each measurement (5)")
    parser.add_argument("--runs", type=int, default=5, help="handshake: of each responder and suite (5)")
    parser.add_argument("--count", type=int, default=1000, help="handshakes of each run, idle tunnels (1000)")
    parser.add_argument("--keepalive", type=int, default=60, help="idle: seconds between questions (60)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to a file, too")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 measured, 1 what was to be measured did not work, 2 this machine is unfit."""
    try:
        return run_isolated(lambda: _measure(arguments))
    except CryptomapError as error:
        print(f"cryptomap bench: {error}", file=sys.stderr)
        return 2


def _measure(arguments: argparse.Namespace) -> int:
    found: Sequence[Rate] | Sequence[Handshakes] | Sequence[Idle]
    try:
        if arguments.kind == "throughput":
            found = throughput.measure(arguments.seconds, _say)
            text = throughput.shown(found)
        elif arguments.kind == "idle":
            found = idle.measure(arguments.count, arguments.keepalive, _say)
            text = idle.shown(found)
        else:
            found = handshake.measure(arguments.count, arguments.runs, _say)
            text = handshake.shown(found)
    except LabError as error:
        print(f"\nFAILED: {error}", file=sys.stderr)
        return 1
    print(f"\n{machine()}\n\n{text}")
    if arguments.json is not None:
        write_json(arguments.json, arguments.kind, found)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
