"""`access-list N ...` and `ip access-list extended NAME` with the lines below it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cryptomap.config.ace import (
    ACE_GRAMMAR,
    ACE_HELP,
    LAST_SEQUENCE,
    ace_from,
    automatic,
    render_ace,
    with_line,
    without_line,
)
from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.mode import EXTENDED_LIST, GLOBAL, with_entry, without_entry
from cryptomap.model.access_list import AccessList, Ace, Remark
from cryptomap.model.config import RouterConfig

_NUMBERS = "<(100-199)|(2000-2699)>$number"


def _added(acl: AccessList, line: Ace | Remark, sequence: int | None = None) -> AccessList:
    """The list with one more line. Raises `RefusedError` if the line is not possible."""
    if isinstance(line, Ace):
        for ports in (line.source_ports, line.destination_ports):
            if ports.low > ports.high or ports.high > 65535:
                raise RefusedError("% No port is greater than 65535 or less than 0.")
    changed = with_line(acl, line, sequence)
    if isinstance(changed, str):
        raise RefusedError(changed)
    return changed


class _Numbered(Command):
    """What the lines of a numbered list share: `no` removes the whole list, as in IOS."""

    def store(self, config: RouterConfig, number: int, line: Ace | Remark) -> RouterConfig:
        name = str(number)
        acl = _added(config.access_lists.get(name, AccessList(name)), line)
        return replace(config, access_lists=with_entry(config.access_lists, name, acl))

    def negate(self, config: RouterConfig, number: int, **_: Any) -> RouterConfig:
        return replace(config, access_lists=without_entry(config.access_lists, str(number)))


class NumberedLine(_Numbered):
    mode, order = GLOBAL, 620
    grammar = f"access-list {_NUMBERS} ![{ACE_GRAMMAR}]"
    help = texts(
        {**ACE_HELP, "access-list": "Add an access list entry", "$number": "IP extended access list"}
    )

    def apply(self, config: RouterConfig, number: int, **arguments: Any) -> RouterConfig:
        return self.store(config, number, ace_from(arguments))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for acl in config.access_lists.values():
            if not _as_block(acl):
                yield from (f"access-list {acl.name} {render_ace(line)}" for line in acl.lines)


class NumberedRemark(_Numbered):
    mode, order = GLOBAL, 621
    grammar = f"access-list {_NUMBERS} remark LINE$text"
    help = texts(
        {
            "access-list": "Add an access list entry",
            "$number": "IP extended access list",
            "remark": "Access list entry comment",
            "$text": "Comment",
        }
    )

    def apply(self, config: RouterConfig, number: int, text: str) -> RouterConfig:
        return self.store(config, number, Remark(text))


class ExtendedList(ModeCommand):
    mode, enters, order = GLOBAL, EXTENDED_LIST, 610
    grammar = "ip access-list extended <(100-199)|(2000-2699)|WORD>$name"
    help = texts(
        {
            "access-list": "Named access-list",
            "extended": "Extended Access List",
            "$name": "Extended IP access-list number or name",
        }
    )

    def key(self, name: int | str) -> str:
        return str(name)

    def apply(self, config: RouterConfig, name: int | str) -> RouterConfig:
        acl = config.access_lists.get(str(name), AccessList(str(name)))
        if isinstance(name, str) and name.isdigit():
            raise RefusedError("% Invalid access list name: a number is 100 to 199 or 2000 to 2699.")
        return replace(config, access_lists=with_entry(config.access_lists, str(name), acl))

    def negate(self, config: RouterConfig, name: int | str) -> RouterConfig:
        return replace(config, access_lists=without_entry(config.access_lists, str(name)))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        for acl in config.access_lists.values():
            if _as_block(acl):
                yield f"ip access-list extended {acl.name}", acl.name


def _as_block(acl: AccessList) -> bool:
    """Named lists, empty ones, and those whose line numbers must be written."""
    return not acl.numbered or not acl.lines or not automatic(acl)


class ListLine(Command):
    mode, order = EXTENDED_LIST, 1
    grammar = f"[(1-{LAST_SEQUENCE})$sequence] {ACE_GRAMMAR}"
    help = texts({**ACE_HELP, "$sequence": "Sequence Number"})

    def apply(self, acl: AccessList, sequence: int | None = None, **arguments: Any) -> AccessList:
        return _added(acl, ace_from(arguments), sequence)

    def negate(self, acl: AccessList, sequence: int | None = None, **arguments: Any) -> AccessList:
        gone = ace_from(arguments)
        return without_line(acl, lambda line: replace(gone, sequence=line.sequence) == line)

    def render(self, acl: AccessList) -> Iterable[str]:
        for line in acl.lines:
            yield render_ace(line) if automatic(acl) else f"{line.sequence} {render_ace(line)}"


class ListRemark(Command):
    mode, order = EXTENDED_LIST, 2
    grammar = f"[(1-{LAST_SEQUENCE})$sequence] remark LINE$text"
    help = texts({"remark": "Access list entry comment", "$text": "Comment", "$sequence": "Sequence Number"})

    def apply(self, acl: AccessList, text: str, sequence: int | None = None) -> AccessList:
        return _added(acl, Remark(text), sequence)

    def negate(self, acl: AccessList, text: str, sequence: int | None = None) -> AccessList:
        return without_line(acl, lambda line: isinstance(line, Remark) and line.text == text)


class ListSequence(Command):
    """`no 20` removes line 20; without `no` it says nothing."""

    mode, order = EXTENDED_LIST, 3
    grammar = f"(1-{LAST_SEQUENCE})$sequence"
    help = texts({"$sequence": "Sequence Number"})

    def apply(self, acl: AccessList, sequence: int) -> AccessList:
        raise RefusedError(f"% Incomplete command: say what line {sequence} permits or denies.")

    def negate(self, acl: AccessList, sequence: int) -> AccessList:
        return without_line(acl, lambda line: line.sequence == sequence)
