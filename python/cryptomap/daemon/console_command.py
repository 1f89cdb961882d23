"""`cryptomap console NAME [COMMAND ...]`."""

import argparse
import sys

from cryptomap.daemon.console_client import run_commands, run_interactive
from cryptomap.model.error import CryptomapError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap console`."""
    parser.add_argument("name", metavar="NAME", help="the gateway's name (its hostname, or run's --name)")
    parser.add_argument(
        "commands",
        nargs="*",
        metavar="COMMAND",
        help="an IOS command, quoted as one word; without any, lines are read from standard input",
    )
    parser.add_argument("--monitor", action="store_true", help="print log and debug lines meanwhile, too")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 done, 1 a command was refused, 2 there is no such gateway."""
    try:
        if arguments.commands:
            return run_commands(arguments.name, arguments.commands, arguments.monitor)
        return run_interactive(arguments.name)
    except CryptomapError as error:
        print(f"cryptomap console: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130
