"""IOS regular expressions, matched in time proportional to text times pattern.

An expression may come over the network from whoever reaches the console, and the console shares
its thread with IKE: a backtracking matcher could be made to stand still. So a pattern becomes a
nondeterministic automaton (Thompson's construction) whose states are all followed at once.

Known: `.` `*` `+` `?` `^` `$` `[...]` `(...)` `|` `\\` and IOS's `_`, which is itself or a
delimiter: the start or end of the line, a blank, or one of `,{}()`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptomap.model.error import CryptomapError

MAX_LENGTH = 254
"""Longest expression, in characters."""
MAX_DEPTH = 32
"""Parentheses inside parentheses."""

DELIMITERS = "_ ,{}()"


class PatternError(CryptomapError):
    """An expression that cannot be read; says why."""


Test = Callable[[str], bool]


@dataclass(slots=True)
class _State:
    """`test` takes a character to `next`; without one, the state leads to all of `next` at once.
    `anchor` is `^`, `$` or `_`: passed only at a place that fits."""

    test: Test | None = None
    anchor: str = ""
    next: list["_State"] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    """A part of the automaton: one way in, one way out."""

    start: _State
    end: _State


class Pattern:
    """A compiled expression. Raises `PatternError`."""

    def __init__(self, expression: str) -> None:
        if len(expression) > MAX_LENGTH:
            raise PatternError(f"regular expression longer than {MAX_LENGTH} characters")
        parser = _Parser(expression)
        piece = parser.alternatives()
        if parser.rest:
            raise PatternError(f"regular expression: ) without ( in {expression}")
        self._start, self._end = piece.start, piece.end

    def search(self, line: str) -> bool:
        """Whether some part of `line` matches."""
        current: dict[int, _State] = {}
        for at in range(len(line) + 1):
            current = self._close([self._start, *current.values()], line, at)
            if id(self._end) in current:
                return True
            if at < len(line):
                reached = [state for state in current.values() if state.test and state.test(line[at])]
                current = {id(target): target for state in reached for target in state.next}
        return False

    @staticmethod
    def _close(states: list[_State], line: str, at: int) -> dict[int, _State]:
        """The states reached without taking a character."""
        seen: dict[int, _State] = {}
        while states:
            state = states.pop()
            if id(state) in seen or not _passes(state.anchor, line, at):
                continue
            seen[id(state)] = state
            if state.test is None:
                states.extend(state.next)
        return seen


def _passes(anchor: str, line: str, at: int) -> bool:
    at_start, at_end = at == 0, at == len(line)
    return not anchor or (anchor in "^_" and at_start) or (anchor in "$_" and at_end)


class _Parser:
    """Recursive descent; `rest` is what has not been read."""

    def __init__(self, expression: str) -> None:
        self.rest = expression
        self.depth = 0

    def alternatives(self) -> _Piece:
        pieces = [self.sequence()]
        while self.rest.startswith("|"):
            self.rest = self.rest[1:]
            pieces.append(self.sequence())
        return _fork(pieces)

    def sequence(self) -> _Piece:
        start = end = _State()
        while self.rest and self.rest[0] not in "|)":
            piece = self.repeated()
            end.next.append(piece.start)
            end = piece.end
        return _Piece(start, end)

    def repeated(self) -> _Piece:
        piece = self.atom()
        while self.rest and self.rest[0] in "*+?":
            operator, self.rest = self.rest[0], self.rest[1:]
            start, end = _State(next=[piece.start]), _State()
            piece.end.next.append(end)
            if operator != "+":
                start.next.append(end)
            if operator != "?":
                piece.end.next.append(piece.start)
            piece = _Piece(start, end)
        return piece

    def atom(self) -> _Piece:
        letter, self.rest = self.rest[0], self.rest[1:]
        if letter == "(":
            return self.group()
        if letter == "[":
            return _one(self.character_class())
        if letter in "^$":
            return _anchor(letter)
        if letter == "_":
            return _fork([_anchor("_"), _one(lambda char: char in DELIMITERS)])
        if letter == ".":
            return _one(lambda char: True)
        if letter == "\\" and self.rest:
            letter, self.rest = self.rest[0], self.rest[1:]
        return _one(lambda char: char == letter)

    def group(self) -> _Piece:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PatternError(f"regular expression: more than {MAX_DEPTH} nested parentheses")
        piece = self.alternatives()
        self.depth -= 1
        if not self.rest.startswith(")"):
            raise PatternError("regular expression: ( without )")
        self.rest = self.rest[1:]
        return piece

    def character_class(self) -> Test:
        closing = self.rest.find("]", 2 if self.rest.startswith("^") else 1)
        if closing < 0:
            raise PatternError("regular expression: [ without ]")
        inside, self.rest = self.rest[:closing], self.rest[closing + 1 :]
        negated = inside.startswith("^")
        inside = inside[1:] if negated else inside
        chosen: set[str] = set()
        ranges: list[tuple[str, str]] = []
        while inside:
            if len(inside) > 2 and inside[1] == "-":
                ranges.append((inside[0], inside[2]))
                inside = inside[3:]
            else:
                chosen.add(inside[0])
                inside = inside[1:]
        return lambda char: negated != (char in chosen or any(low <= char <= high for low, high in ranges))


def _one(test: Test) -> _Piece:
    end = _State()
    return _Piece(_State(test, next=[end]), end)


def _anchor(letter: str) -> _Piece:
    end = _State()
    return _Piece(_State(anchor=letter, next=[end]), end)


def _fork(pieces: list[_Piece]) -> _Piece:
    start, end = _State(next=[piece.start for piece in pieces]), _State()
    for piece in pieces:
        piece.end.next.append(end)
    return _Piece(start, end)
