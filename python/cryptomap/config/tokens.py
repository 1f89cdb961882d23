"""The leaves of a command's grammar: what one typed word may be, and how well it fits.

When several tokens take a word, the most specific one wins: keyword, unique start of a keyword,
number range, address, interface, word, rest of the line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, Protocol

from cryptomap.config.interface_name import TYPES, interface_name, interface_type, is_interface_number


class Rank(IntEnum):
    """How specific a fit is; a higher one wins."""

    LINE = 0
    WORD = 1
    INTERFACE = 2
    ADDRESS = 3
    RANGE = 4
    ABBREVIATION = 5
    KEYWORD = 6


class Capture(IntEnum):
    """What a matched value does to the argument of its name."""

    SET = 0
    APPEND = 1
    """The argument is a tuple; the value is added at its end (`WORD$names...`)."""
    JOIN = 2
    """The value is the second half of a text whose first half stands there (`ethernet 0/0`)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A word was taken: how well, and as which value."""

    rank: Rank
    value: Any


class Token(Protocol):
    """One leaf. `name` is the argument it becomes, None for a bare keyword."""

    @property
    def name(self) -> str | None: ...

    @property
    def capture(self) -> Capture: ...

    @property
    def display(self) -> str:
        """How `?` lists it."""

    def fit(self, word: str) -> Fit | None: ...


@dataclass(frozen=True, slots=True)
class Keyword:
    """A literal word; any start of it will do where that is unique. Case is ignored."""

    word: str
    name: str | None = None
    capture: Capture = Capture.SET

    @property
    def display(self) -> str:
        return self.word

    def fit(self, word: str) -> Fit | None:
        typed = word.lower()
        if typed == self.word.lower():
            return Fit(Rank.KEYWORD, self.word)
        if typed and self.word.lower().startswith(typed):
            return Fit(Rank.ABBREVIATION, self.word)
        return None


@dataclass(frozen=True, slots=True)
class Range:
    """A decimal number between `low` and `high`, both allowed."""

    low: int
    high: int
    name: str
    capture: Capture = Capture.SET

    @property
    def display(self) -> str:
        return f"<{self.low}-{self.high}>"

    def fit(self, word: str) -> Fit | None:
        if re.fullmatch(r"[0-9]{1,19}", word) is None or not self.low <= int(word) <= self.high:
            return None
        return Fit(Rank.RANGE, int(word))


@dataclass(frozen=True, slots=True)
class Variable:
    """A typed value; `kind` is a key of `KINDS`."""

    kind: str
    name: str
    capture: Capture = Capture.SET

    @property
    def display(self) -> str:
        return KINDS[self.kind].display

    @property
    def takes_line(self) -> bool:
        return self.kind == "LINE"

    def fit(self, word: str) -> Fit | None:
        kind = KINDS[self.kind]
        value = kind.parse(word)
        return None if value is None else Fit(kind.rank, value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of variable. `parse` gives None for a word that is none of it."""

    rank: Rank
    display: str
    help: str
    parse: Callable[[str], Any]
    choices: tuple[str, ...] = ()
    """What `?` lists instead of `display`."""


def _word(word: str) -> str | None:
    """Printable ASCII, as in IOS; an arrow would be read as the start of a remark in a pasted text."""
    return word if re.fullmatch(r"(?!<[=-])[!-~]+", word) else None


def _address(word: str) -> IPv4Address | None:
    try:
        return IPv4Address(word)
    except AddressValueError:
        return None


def _mask(word: str) -> IPv4Address | None:
    """A netmask: ones, then zeros."""
    address = _address(word)
    if address is None:
        return None
    inverted = ~int(address) & 0xFFFFFFFF
    return address if inverted & (inverted + 1) == 0 else None


def _hostname(word: str) -> str | None:
    """Letters, digits, `.`, `-` and `_`, not all of it an address or a part of one."""
    return word if re.fullmatch(r"(?=.*[A-Za-z])[\w.-]{1,255}", word, re.ASCII) else None


def _prefix(word: str) -> IPv4Network | None:
    try:
        return IPv4Network(word) if "/" in word else None
    except ValueError:
        return None


def _hex(word: str) -> int | None:
    return int(word, 16) if re.fullmatch(r"(0[xX])?[0-9A-Fa-f]{1,16}", word) else None


KINDS: dict[str, Kind] = {
    "WORD": Kind(Rank.WORD, "WORD", "Name", _word),
    "HOSTNAME": Kind(Rank.WORD, "HOSTNAME", "Name of a host", _hostname),
    "LINE": Kind(Rank.LINE, "LINE", "Text up to the end of the line", str),
    "A.B.C.D": Kind(Rank.ADDRESS, "A.B.C.D", "IP address", _address),
    "A.B.C.D/nn": Kind(Rank.ADDRESS, "A.B.C.D/nn", "IP prefix", _prefix),
    "MASK": Kind(Rank.ADDRESS, "A.B.C.D", "IP subnet mask", _mask),
    "WILDCARD": Kind(Rank.ADDRESS, "A.B.C.D", "Wildcard bits", _address),
    "HEX": Kind(Rank.WORD, "HEX", "Hexadecimal number", _hex),
    "SERIAL": Kind(
        Rank.WORD,
        "Hex-data",
        "Serial number in hexadecimal",
        lambda word: int(word, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,42}", word) else None,
    ),
    "IFNAME": Kind(Rank.INTERFACE, "WORD", "Interface name in one word, or a Linux name", interface_name),
    "IFTYPE": Kind(Rank.INTERFACE, "IFTYPE", "interface", interface_type, TYPES),
    "IFNUMBER": Kind(
        Rank.INTERFACE,
        "IFNUMBER",
        "Interface number",
        lambda word: word if is_interface_number(word) else None,
    ),
}
"""The types a grammar string can name. `INTERFACE` is one or two words and lives in `grammar`."""
