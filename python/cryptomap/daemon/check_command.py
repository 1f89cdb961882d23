"""`cryptomap check CONFIG`."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptomap.config.load import LoadResult, Notice
from cryptomap.config.paste import hostnames
from cryptomap.daemon.configuration import load_text, read_text
from cryptomap.model.error import ConfigurationError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `cryptomap check`."""
    parser.add_argument("config", type=Path, nargs="+", metavar="CONFIG", help="files of IOS lines")


def main(arguments: argparse.Namespace) -> int:
    """Exit status: 0 when every file would be accepted, 1 when a line is refused, 2 for an unreadable file.

    Each file is read by itself, and each router in a text that shows the prompts of several; whether two
    of them would negotiate is not looked at.
    """
    status = 0
    for path in arguments.config:
        try:
            text = read_text(path)
        except ConfigurationError as error:
            print(f"cryptomap check: {error}", file=sys.stderr)
            status = 2
            continue
        names = hostnames(text)
        for name in names if len(names) > 1 else (None,):
            result = load_text(text, name)
            _print(f"{path} ({name})" if name else str(path), result)
            status = status or (0 if result.ok else 1)
    return status


def _print(label: str, result: LoadResult) -> None:
    for lines, message in _runs(result.notices):
        print(f"{label}: {lines}{message}")
    for problem in result.problems:
        kind = "refused" if problem.fatal else "warning"
        print(f"{label}: {kind}\n{problem.render()}")
    print(f"{label}: {'accepted' if result.ok else 'refused'}")


def _runs(notices: Iterable[Notice]) -> Iterator[tuple[str, str]]:
    """The numbers of neighbouring lines with the same message, as `lines 3 to 7: `, and that message."""
    pending: list[Notice] = []
    for notice in notices:
        if pending and (notice.number, notice.message) != (pending[-1].number + 1, pending[-1].message):
            yield _numbers(pending), pending[-1].message
            pending = []
        pending.append(notice)
    if pending:
        yield _numbers(pending), pending[-1].message


def _numbers(run: list[Notice]) -> str:
    first, last = run[0].number, run[-1].number
    if last > first:
        return f"lines {first} to {last}: "
    return f"line {first}: " if first else ""
