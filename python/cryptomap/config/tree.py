"""The commands of one mode as one tree: match a line, list what may follow, complete a word.

All commands are followed at once, word by word; of the tokens that take a word the most specific
ones survive. The tree knows nothing of what a command does, so exec modes use it too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from cryptomap.config.grammar import Marker, Stack, Step, compile_grammar, keyword_prefix, steps
from cryptomap.config.tokens import KINDS, Capture, Fit, Keyword, Rank, Token, Variable

T = TypeVar("T")


class Form(Enum):
    """How a command was said."""

    PLAIN = ""
    NO = "no"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Branch:
    """One chosen branch of a `{...}`: its first word, and the arguments inside it."""

    word: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A line that is one command. `arguments` holds the `$named` values that were typed."""

    command: T
    form: Form
    arguments: Mapping[str, Any]
    takes_line: bool = False
    """The last argument is the rest of the line, as typed."""
    abbreviated: bool = False
    """Some keyword was not typed in full."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """A word no command takes. `column` (from 0) is where the caret goes."""

    column: int
    word: str
    index: int
    """Which word of the line, from 0."""
    recognised: bool = False
    """The keywords before it name one command: the word is a bad argument, not a new command."""
    expected: tuple[str, ...] = ()
    """What could stand there, such as `pre-share`, `<60-86400>` or `A.B.C.D (Subnet mask)`; none: the end."""

    def render(self, prompt_width: int) -> tuple[str, ...]:
        """The caret line and the message, below an echoed line after a prompt of that width."""
        caret = " " * (prompt_width + self.column) + "^"
        return (caret, "% Invalid input detected at '^' marker.", "")


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A word that abbreviates several keywords."""

    line: str
    column: int
    candidates: tuple[str, ...]

    def render(self, prompt_width: int) -> tuple[str, ...]:
        return (f'% Ambiguous command:  "{self.line}"',)


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The line stops before the command does."""

    column: int
    recognised: bool = False
    expected: tuple[str, ...] = ()
    """What must come next, as in `Invalid`."""

    def render(self, prompt_width: int) -> tuple[str, ...]:
        return ("% Incomplete command.", "")


ParseError = Invalid | Ambiguous | Incomplete


@dataclass(frozen=True, slots=True)
class HelpItem:
    """One line of `?`; `<cr>` has no text."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Help:
    """What may come next. With `partial`, IOS lists the bare words only (`cr?`)."""

    items: tuple[HelpItem, ...]
    partial: bool

    def render(self) -> tuple[str, ...]:
        if self.partial:
            return ("  ".join(item.word for item in self.items),)
        width = max((len(item.word) for item in self.items), default=0)
        return tuple(f"  {item.word:<{width}}  {item.text}".rstrip() for item in self.items)


@dataclass(frozen=True, slots=True)
class Word:
    """A typed word and where it starts."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    command: T
    form: Form
    grammar: Stack
    help: Mapping[str, str]

    @property
    def naming_words(self) -> int:
        """How many words name the command: after them a wrong word is a wrong argument."""
        prefix = keyword_prefix(self.grammar)
        return max(prefix, 1 if self.form is Form.PLAIN else 2)


@dataclass(frozen=True, slots=True)
class _State(Generic[T]):
    """One command followed so far: the ways on, and what was captured."""

    entry: _Entry[T]
    steps: tuple[Step, ...]
    captured: tuple[Marker | tuple[Token, Any], ...] = ()


@dataclass(slots=True)
class _Progress(Generic[T]):
    """Where matching stands after some words."""

    states: list[_State[T]]
    takes_line: bool = False
    abbreviated: bool = False
    error: ParseError | None = None
    words: int = 0


@dataclass(slots=True)
class CommandTree(Generic[T]):
    """The commands of one mode. Commands are of any type the caller likes."""

    starts: list[_State[T]] = field(default_factory=list)
    """Every command in every form, with nothing typed yet."""

    def register(
        self, command: T, grammar: str, help: Mapping[str, str] | None = None, negatable: bool = False
    ) -> None:
        """Add a command. `help` maps keywords, and `$name` for values, to one line of text.

        Raises `GrammarError` for a bad grammar.
        """
        texts = {**COMMON_HELP, **(help or {})}
        entries = [_Entry(command, Form.PLAIN, compile_grammar(grammar), texts)]
        if negatable:
            rest = compile_grammar(grammar, negated=True)
            for form in (Form.NO, Form.DEFAULT):
                entries.append(_Entry(command, form, (Keyword(form.value), *rest), texts))
        self.starts.extend(_State(entry, steps(entry.grammar)) for entry in entries)

    def match(self, line: str) -> Match[T] | ParseError:
        """The command a whole line is, or why it is none. The line is not empty."""
        progress = self._follow(line, split(line))
        if progress.error:
            return progress.error
        for state in progress.states:
            for step in state.steps:
                if step.token is None:
                    captured = state.captured + step.markers
                    entry, arguments = state.entry, _arguments(captured)
                    how = (progress.takes_line, progress.abbreviated)
                    return Match(entry.command, entry.form, arguments, *how)
        return Incomplete(len(line.rstrip()), _recognised(progress), _expected(progress))

    def help(self, line: str) -> Help | ParseError:
        """What may follow `line`: the next words, or those its last word begins."""
        words = split(line)
        partial = bool(line) and not line[-1].isspace()
        last = words.pop() if partial else Word("", len(line))
        progress = self._follow(line, words)
        if progress.error:
            return progress.error
        items: dict[str, HelpItem] = {}
        for item in (item for state in progress.states for item in _help_items(state)):
            if not partial or item.word.lower().startswith(last.text.lower()):
                items.setdefault(item.word, item)
        if not items:
            return Invalid(last.column, last.text, len(words), _recognised(progress))
        return Help(tuple(sorted(items.values(), key=_help_order)), partial)

    def complete(self, line: str) -> tuple[str, ...]:
        """The keywords the last word of `line` may become: exactly one is what Tab puts in."""
        words = split(line)
        if not words or line[-1].isspace():
            return ()
        last = words.pop()
        progress = self._follow(line, words)
        if progress.error:
            return ()
        found = {
            step.token.word: None
            for state in progress.states
            for step in state.steps
            if isinstance(step.token, Keyword) and step.token.fit(last.text)
        }
        return tuple(sorted(found))

    def _follow(self, line: str, words: list[Word]) -> _Progress[T]:
        progress = _Progress(list(self.starts))
        for index, word in enumerate(words):
            fits = [
                (fit, state, step)
                for state in progress.states
                for step in state.steps
                if step.token is not None and (fit := step.token.fit(word.text))
            ]
            best = max((fit.rank for fit, _, _ in fits), default=None)
            fits = [each for each in fits if each[0].rank == best]
            candidates = {fit.value for fit, _, _ in fits} if best is Rank.ABBREVIATION else set()
            if best is None:
                progress.error = _invalid(word, index, progress)
            elif len(candidates) > 1:
                progress.error = Ambiguous(line.strip(), word.column, tuple(sorted(candidates)))
            if progress.error:
                return progress
            rest = line[word.column :].strip() if best is Rank.LINE else None
            progress.states = [_advance(state, step, fit, rest) for fit, state, step in fits]
            progress.words = index + 1
            progress.abbreviated = progress.abbreviated or best is Rank.ABBREVIATION
            if rest is not None:
                progress.takes_line = True
                break
        return progress


def split(line: str) -> list[Word]:
    """The blank-separated words of a line with their columns."""
    return [Word(found[0], found.start()) for found in re.finditer(r"\S+", line)]


def _advance(state: _State[T], step: Step, fit: Fit, rest: str | None) -> _State[T]:
    assert step.token is not None
    value = fit.value if rest is None else rest
    captured = (*state.captured, *step.markers, (step.token, value))
    return _State(state.entry, steps(step.rest), captured)


def _arguments(captured: Iterable[Marker | tuple[Token, Any]]) -> dict[str, Any]:
    """The captures as arguments; branches of an ordered set become a tuple of `Branch`."""
    outer: dict[str, Any] = {}
    inner, name = outer, ""
    for capture in captured:
        if isinstance(capture, Marker):
            if capture.name is not None:
                inner, name = {}, capture.name
            else:
                branch = Branch(str(inner.pop("word", "")), inner)
                outer[name] = (*outer.get(name, ()), branch)
                inner = outer
            continue
        token, value = capture
        if token.name is None:
            continue
        if token.capture is Capture.SET:
            inner[token.name] = value
        elif token.capture is Capture.APPEND:
            inner[token.name] = (*inner.get(token.name, ()), value)
        else:
            inner[token.name] = inner[token.name] + value
    return outer


def _recognised(progress: _Progress[T]) -> bool:
    """Whether some command has been named in full."""
    return any(progress.words >= state.entry.naming_words for state in progress.states)


def _invalid(word: Word, index: int, progress: _Progress[T]) -> Invalid:
    """The caret goes under the first letter that no keyword has there."""
    tokens = [step.token for state in progress.states for step in state.steps if step.token]
    keywords = [token.word for token in tokens if isinstance(token, Keyword)]
    common = max((_common(word.text.lower(), keyword) for keyword in keywords), default=0)
    expected = _expected(progress)
    column = word.column + min(common, len(word.text) - 1)
    return Invalid(column, word.text, index, _recognised(progress), expected)


def _common(left: str, right: str) -> int:
    pairs = zip(left, right, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _help_items(state: _State[T]) -> list[HelpItem]:
    texts = state.entry.help
    items = []
    for step in state.steps:
        token = step.token
        if token is None:
            items.append(HelpItem("<cr>", ""))
        elif isinstance(token, Keyword):
            items.append(HelpItem(token.word, texts.get(token.word, "")))
        elif isinstance(token, Variable) and KINDS[token.kind].choices:
            kind = KINDS[token.kind]
            items.extend(HelpItem(choice, f"{choice} {kind.help}") for choice in kind.choices)
        else:
            default = KINDS[token.kind].help if isinstance(token, Variable) else ""
            items.append(HelpItem(token.display, texts.get(f"${token.name}", default)))
    return items


def _expected(progress: _Progress[T]) -> tuple[str, ...]:
    """What may come next, in the order of the grammar; a typed value with its help."""
    found: dict[str, None] = {}
    for state in progress.states:
        for step in state.steps:
            found.update(dict.fromkeys(_wanted(step.token, state.entry.help)))
    return tuple(found)


def _wanted(token: Token | None, help: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(token, Variable):
        return () if token is None else (token.display,)
    kind = KINDS[token.kind]
    return kind.choices or (f"{kind.display} ({help.get(f'${token.name}', kind.help)})",)


def _help_order(item: HelpItem) -> tuple[bool, str]:
    return (item.word == "<cr>", item.word)


COMMON_HELP: Mapping[str, str] = {
    "no": "Negate a command or set its defaults",
    "default": "Set a command to its defaults",
    "crypto": "Encryption module",
    "isakmp": "Configure ISAKMP policy",
    "ipsec": "Configure IPSEC policy",
    "map": "Enter a crypto map",
    "ip": "Internet Protocol settings",
    "set": "Set values for encryption/decryption",
    "match": "Match values",
    "address": "Peer's or own IP address",
    "description": "Text that describes this",
}
"""Keywords that many commands share; a command's own text for a word comes first."""
