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
    "bench": ("cryptomap.lab.bench", "measure throughput beside plain forwarding, in one run"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit status."""
    words = sys.argv[1:] if words is None else words
    parser = argparse.ArgumentParser(
        prog="cryptomap",
        description="An IPsec VPN gateway for Linux, configured, operated and debugged as Cisco IOS is.",
        epilog="`cryptomap COMMAND --help` tells more.",
    )
    parser.add_argument("--version", action="version", version=f"cryptomap {_version()}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = words[0] if words else ""
    for name, (module, summary) in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        if name == chosen:
            import_module(module).add_arguments(subparser)
    arguments = parser.parse_args(words)
    status: int = import_module(COMMANDS[arguments.command][0]).main(arguments)
    return status


def _version() -> str:
    try:
        return version("cryptomap")
    except PackageNotFoundError:
        return "(not installed)"
