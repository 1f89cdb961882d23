"""The steps of a lab's script, as values, and how they are read from `[[step]]` tables.

Every step may have `note` (text printed before it) and, but for `wait`, says `at` which node it happens.
Its kind is told by the one key of these that it has:

    type = "show crypto isakmp sa"       typed at a router's console; `expect`, `refuse`, `within`, `keep`
    run = "ip route"                     a program on a router or host; `expect`, `refuse`, `within`
    ping = "3.3.3.10"                    echoes from a host; `count` (5), `answered` (count), `within`
    capture = "eth0"                     start listening to a device
    captured = "eth0"                    judge what was heard there: `only` these kinds, each at least once
    wait = 3                             do nothing for so many seconds

`expect` are texts that must be shown one after the other (runs of blanks count as one blank); a text between
slashes is a regular expression. `refuse` are texts that must not be shown. `within = 20` repeats the step
until it holds, for at most 20 s. `keep = { SERIAL = "/serial (\\w+)/" }` keeps the group of what was shown,
for `{SERIAL}` in what is typed later. Several lines are typed one after the other.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cryptomap.lab.table import Table


@dataclass(frozen=True, slots=True)
class Expectation:
    """A text, or a regular expression when written between slashes. `written` is as in the file."""

    written: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Step:
    """What all steps have. `within` is in seconds; 0 means that the first attempt counts."""

    at: str
    note: str | None
    within: int

    needs_console: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Typed(Step):
    """Commands typed at a router's console, one a line. `keep` are names and patterns with one group."""

    command: str
    expect: tuple[Expectation, ...]
    refuse: tuple[Expectation, ...]
    keep: tuple[tuple[str, re.Pattern[str]], ...] = ()

    needs_console: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Program(Step):
    """A program run in a node's namespace; it must exit with 0."""

    command: tuple[str, ...]
    expect: tuple[Expectation, ...]
    refuse: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class HostPing(Step):
    """Echoes from a host; exactly `answered` of `count` must come back."""

    target: str
    count: int
    answered: int


@dataclass(frozen=True, slots=True)
class StartCapture(Step):
    """Begin to listen to a device."""

    device: str


@dataclass(frozen=True, slots=True)
class JudgeCapture(Step):
    """The kinds of packets heard since the capture began must be exactly `only`, ARP and the like aside."""

    device: str
    only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """A pause in seconds."""

    seconds: int


def read_step(table: Table) -> Step:
    """A step from its table. Raises `LabError`."""
    kinds = [key for key in table.keys() if key in _READERS]  # noqa: SIM118 - not a mapping
    if len(kinds) != 1:
        table.fail(f"a step has exactly one of the keys {', '.join(_READERS)}; this one has {len(kinds)}")
    note = table.optional_text("note")
    step = _READERS[kinds[0]](table, note)
    table.finish()
    return step


def _typed(table: Table, note: str | None) -> Step:
    command = table.text("type").strip("\n")
    judgement = _judgement(table)
    return Typed(table.text("at"), note, table.number("within", 0), command, *judgement, _keep(table))


def _keep(table: Table) -> tuple[tuple[str, re.Pattern[str]], ...]:
    kept = []
    for name, text in table.texts_by_name("keep").items():
        pattern = _expectation(table, text).pattern
        if pattern.groups != 1:
            table.fail(f"keep: {name} must be a regular expression between slashes, with one group")
        kept.append((name, pattern))
    return tuple(kept)


def _program(table: Table, note: str | None) -> Step:
    command = tuple(shlex.split(table.text("run")))
    return Program(table.text("at"), note, table.number("within", 0), command, *_judgement(table))


def _ping(table: Table, note: str | None) -> Step:
    target, count = table.text("ping"), table.number("count", 5)
    answered = table.number("answered", count)
    if answered > count:
        table.fail(f"answered = {answered} is more than the {count} echoes sent")
    return HostPing(table.text("at"), note, table.number("within", 0), target, count, answered)


def _capture(table: Table, note: str | None) -> Step:
    return StartCapture(table.text("at"), note, 0, table.text("capture"))


def _captured(table: Table, note: str | None) -> Step:
    step = JudgeCapture(table.text("at"), note, 0, table.text("captured"), table.texts("only"))
    if not step.only:
        table.fail(
            'only is missing: the kinds that must be seen, such as only = ["UDP 500", "IP protocol 50"]'
        )
    return step


def _wait(table: Table, note: str | None) -> Step:
    return Wait("", note, 0, table.number("wait", 0))


def _judgement(table: Table) -> tuple[tuple[Expectation, ...], tuple[Expectation, ...]]:
    expect = tuple(_expectation(table, text) for text in table.texts("expect"))
    refuse = tuple(_expectation(table, text) for text in table.texts("refuse"))
    return expect, refuse


def _expectation(table: Table, text: str) -> Expectation:
    if len(text) < 2 or not (text.startswith("/") and text.endswith("/")):
        return Expectation(text, re.compile(re.escape(squeeze(text))))
    try:
        return Expectation(text, re.compile(text[1:-1], re.MULTILINE))
    except re.error as error:
        table.fail(f"{text} is not a regular expression: {error}")


def squeeze(text: str) -> str:
    """Runs of blanks as one, none at the ends of lines; expectations are compared in this form."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


_READERS: dict[str, Callable[[Table, str | None], Step]] = {
    "type": _typed,
    "run": _program,
    "ping": _ping,
    "capture": _capture,
    "captured": _captured,
    "wait": _wait,
}
