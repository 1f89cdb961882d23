"""The `cryptomap` command. A subcommand is a module with `add_arguments(parser)` and `main(arguments)`.

Only the chosen module is imported, so that a console starts quickly.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

COMMANDS = {
    "run": ("cryptomap.daemon.run_command", "be the gateway that a configuration describes, on this host"),
    "console": ("cryptomap.daemon.console_command", "type IOS commands at a running gateway"),
    "check": ("cryptomap.daemon.check_command", "read a configuration and say what is wrong with it"),
    "lab": ("cryptomap.lab.main", "bring up a lab in network namespaces, run its script, judge it"),
    "bench": ("cryptomap.lab.bench.main", "measure throughput, handshakes or idle tunnels on this machine"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit status."""
    words = sys.argv[1:] if words is None else words
    if not words or words[0] not in COMMANDS:
        _whole().parse_args(words)
        return 2  # not reached: argparse ends the process with help or an error
    name, (module, summary) = words[0], COMMANDS[words[0]]
    command = import_module(module)
    parser = argparse.ArgumentParser(
        prog=f"cryptomap {name}", description=f"{summary[0].upper()}{summary[1:]}."
    )
    command.add_arguments(parser)
    status: int = command.main(parser.parse_intermixed_args(words[1:]))
    return status


def _whole() -> argparse.ArgumentParser:
    """The parser of a command line without a command."""
    parser = argparse.ArgumentParser(
        prog="cryptomap",
        description="An IPsec VPN gateway for Linux, configured, operated and debugged as Cisco IOS is.",
        epilog="`cryptomap COMMAND --help` tells more.",
    )
    parser.add_argument("--version", action="version", version=f"cryptomap {_version()}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (_, summary) in COMMANDS.items():
        subparsers.add_parser(name, help=summary)
    return parser


def _version() -> str:
    try:
        return version("cryptomap")
    except PackageNotFoundError:
        return "(not installed)"
