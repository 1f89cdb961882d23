"""Octets as IOS keeps them in a configuration: lines of hexadecimal below a command, ended by `quit`."""

import re
from collections.abc import Iterable, Iterator

from cryptomap.config.command import Piece, RefusedError

PROMPT = "config-pubkey"
LINE = 32
"""Octets of a line."""


def more(line: str) -> Piece:
    """What one line adds. Raises `RefusedError` for one that is no hexadecimal."""
    digits = "".join(line.split())
    if digits.lower() == "quit":
        return Piece(last=True)
    if re.fullmatch(r"[0-9A-Fa-f]*", digits) is None:
        raise RefusedError('% Hexadecimal digits are wanted here; "quit" ends them.')
    return Piece((digits,))


def octets(lines: Iterable[str]) -> bytes:
    """The whole value. Raises `RefusedError` if half an octet is missing."""
    digits = "".join(lines)
    if len(digits) % 2:
        raise RefusedError("% An odd number of hexadecimal digits: something is missing.")
    return bytes.fromhex(digits)


def render(value: bytes) -> Iterable[str]:
    """The lines, each one blank further in than its command, and `quit`."""
    yield from (f" {line}" for line in hex_words(value))
    yield "quit"


def hex_words(value: bytes) -> Iterator[str]:
    """Octets as IOS prints keys and certificates: lines of eight groups of four octets."""
    for start in range(0, len(value), LINE):
        yield value[start : start + LINE].hex(" ", -4).upper()
