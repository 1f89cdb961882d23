"""`cryptomap check CONFIG`."""

import argparse
import sys
from pathlib import Path

from cryptomap.daemon.configuration import load_file
from cryptomap.model.error import ConfigurationError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap check`."""
    parser.add_argument("config", type=Path, nargs="+", metavar="CONFIG", help="files of IOS lines")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 when every file would be accepted, 1 when a line is refused, 2 for an unreadable file.

    Each file is read by itself; whether two of them would negotiate is not looked at.
    """
    status = 0
    for path in arguments.config:
        try:
            result = load_file(path)
        except ConfigurationError as error:
            print(f"cryptomap check: {error}", file=sys.stderr)
            status = 2
            continue
        for notice in result.notices:
            print(f"{path}: line {notice.number}: {notice.message}")
        for problem in result.problems:
            kind = "refused" if problem.fatal else "warning"
            print(f"{path}: {kind}\n{problem.render()}")
        print(f"{path}: {'accepted' if result.ok else 'refused'}")
        status = status or (0 if result.ok else 1)
    return status
