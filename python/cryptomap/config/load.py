"""A configuration text, read whole: a candidate, and what was refused, unknown or passed over.

Nothing is applied unless nothing is refused: `LoadResult.config` is the base if any problem is fatal.
"""

import re
from dataclasses import dataclass, field, replace
from unicodedata import east_asian_width

from cryptomap.config.action import Action
from cryptomap.config.command import RandomSource, no_random
from cryptomap.config.context import TOP, Context
from cryptomap.config.mode import GLOBAL
from cryptomap.config.paste import PastedLine, Sort, hostnames, read, split_by_hostname
from cryptomap.config.registry import tree
from cryptomap.config.step import Act, ExecLine, Left, Outcome, Refused, Taken, step
from cryptomap.config.tree import Ambiguous, Incomplete, Invalid, split
from cryptomap.config.validate import Finding, validate
from cryptomap.model.config import RouterConfig, UnknownLine

__all__ = ["LoadResult", "Notice", "Problem", "load", "split_by_hostname"]

_UNKNOWN_COMMENT = re.compile(r"!\? line (\d+) not understood(?: under (.+?))?: (.*)")
_KEYWORD = re.compile(r"[a-z0-9][a-z0-9.-]*", re.IGNORECASE)
_MANY = 16
"""Keywords above which they are counted, not listed."""
_FOREIGN_BLOCKS = frozenset(
    [
        "router",
        "policy-map",
        "class-map",
        "route-map",
        "voice",
        "dial-peer",
        "key",
        "vrf",
        "zone",
        "zone-pair",
        "object-group",
        "track",
        "event",
        "controller",
        "ipv6",
        "parameter-map",
        "flow",
        "template",
        "mpls",
        "policy",
    ]
)
"""First words of IOS blocks that nothing here knows; what is indented below belongs to them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was refused (`fatal`) or that needs a look. `column` counts from 0 in `line`, as pasted.

    `number` is 0 for what no line of this text did.
    """

    number: int
    line: str
    column: int
    message: str
    fatal: bool

    def render(self) -> str:
        """The line with its number, a caret below the column, and the reason."""
        head = f"line {self.number}: " if self.number else ""
        if not self.line:
            return f"{head}{self.message}"
        below = " " * len(head) + _blanks_below(self.line[: self.column])
        return f"{head}{self.line.rstrip()}\n{below}^\n{self.message}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something passed over on purpose."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class LoadResult:
    """`config` is the candidate, or the base unchanged if `ok` is false."""

    config: RouterConfig
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    hashed: tuple[int, ...] = ()
    """Numbers of the lines with a secret in clear of which only a hash is kept."""

    @property
    def ok(self) -> bool:
        return not any(problem.fatal for problem in self.problems)


def load(
    text: str,
    base: RouterConfig | None = None,
    hostname: str | None = None,
    random: RandomSource = no_random,
    actions: tuple[Action, ...] = (),
) -> LoadResult:
    """Read a text on top of `base`. Never raises for any text. `actions` are known, but not done.

    A transcript of several routers needs `hostname` to say whose lines are meant. `random` is for the salt
    of secrets that stand there in clear.
    """
    base = base or RouterConfig()
    names = hostnames(text)
    if hostname is not None and names:
        text = split_by_hostname(text).get(hostname, "")
        names = (hostname,)
    elif len(names) > 1:
        message = (
            f"the prompts are those of several routers ({', '.join(names)}): each needs a file of its own"
        )
        return LoadResult(base, (Problem(0, "", 0, message, True),), ())
    loader = _Loader(base, random, actions)
    for line in read(text):
        loader.take(line)
    return loader.result(base, names)


@dataclass(slots=True)
class _Loader:
    """The candidate so far and where the next line is read."""

    config: RouterConfig
    random: RandomSource
    actions: tuple[Action, ...]
    context: Context = TOP
    problems: list[Problem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    hashed: list[int] = field(default_factory=list)
    history: list[tuple[PastedLine, RouterConfig]] = field(default_factory=list)
    """The candidate after each applied line."""
    orphans: str | None = None
    """A block that could not be entered: lines indented below it go with it."""
    orphans_refused: bool = False
    """It is a command of ours, and was refused."""
    header: str | None = None
    """The line that entered the current block."""
    opened: PastedLine | None = None
    """The line that began the text which is open."""
    alternative: bool = False
    indented: bool = False
    odd_blanks: int = 0
    named: bool = False
    """A `hostname` line was seen."""

    def take(self, line: PastedLine) -> None:
        self.odd_blanks += line.odd_blanks
        if self.context.text is not None:
            self.text(line)
            return
        match line.sort:
            case Sort.COMMAND:
                self.command(line)
            case Sort.COMMENT:
                self.comment(line)
            case Sort.ALTERNATIVE:
                self.alternative = True
                self.notice(line, "another way to say the line before: not taken")
            case Sort.EXEC:
                self.notice(line, f"exec command, not run: {line.text.strip()}")
            case Sort.OUTPUT:
                self.notice(line, "output of an exec command: passed over")
            case Sort.PROSE:
                self.notice(line, "no command: passed over")
            case Sort.BLANK:
                pass

    def notice(self, line: PastedLine, message: str) -> None:
        self.notices.append(Notice(line.number, message))

    def comment(self, line: PastedLine) -> None:
        found = _UNKNOWN_COMMENT.fullmatch(line.text.strip())
        if found:
            unknown = UnknownLine(int(found[1]), found[3], found[2])
            self.config = replace(self.config, unknown=(*self.config.unknown, unknown))
            self.warn(line, 0, "not understood when it was first read: kept, without effect")

    def command(self, line: PastedLine) -> None:
        if line.prompt_mode is not None and not self._at_prompt(line, line.prompt_mode):
            return
        if line.prompt_mode is None:
            self._at_indent(line)
        if self.orphans is not None:
            self._orphan(line, self.orphans)
            return
        outcome = self._step(line)
        match outcome:
            case Taken():
                self.accept(line, outcome)
            case Left(context):
                self._enter(context or TOP, None)
            case ExecLine(text):
                self.notice(line, f"exec command, not run: {text}")
            case Act():
                self._enter(TOP, None)
                self.notice(line, f"not configuration, type it at the console: {line.text.strip()}")
            case Refused(message):
                self.refuse(line, _first_column(line.text), message)
            case Invalid(recognised=False):
                self._unrecognised(line, outcome)
            case _:
                self.refuse(line, outcome.column, _explain(outcome))

    def text(self, line: PastedLine) -> None:
        """A line of a text, whatever it looks like; after one that cannot be of it, the text is given up."""
        prompted = line.prompt_mode == self.context.prompt
        outcome = step(self.config, self.context, line.text if prompted else line.raw)
        if isinstance(outcome, Taken):
            self.accept(line, outcome)
        elif isinstance(outcome, Refused):
            self.context = replace(self.context, text=None)
            self.refuse(line, _first_column(line.raw), outcome.message)

    def _at_prompt(self, line: PastedLine, mode: str) -> bool:
        """Go where the prompt says; False if the line belongs to something passed over."""
        if mode == GLOBAL.prompt:
            self.alternative, self.orphans = False, None
            self._enter(TOP, None)
        elif mode == self.context.mode.prompt:
            self.alternative, self.orphans = False, None
        elif self.alternative:
            self.notice(line, "goes with the other way to say it: not taken")
            return False
        elif self.orphans is None:
            self.refuse(
                line, _first_column(line.text), f"the prompt says ({mode}), but no such block is open"
            )
            return False
        return True

    def _at_indent(self, line: PastedLine) -> None:
        """In a text with indents, a line without one is global again."""
        if line.indented:
            self.indented = self.context.mode is not GLOBAL
            return
        self.alternative, self.orphans = False, None
        if self.indented:
            self._enter(TOP, None)

    def _enter(self, context: Context, header: str | None) -> None:
        self.context, self.header, self.indented = context, header, False

    def _step(self, line: PastedLine) -> Outcome:
        """Free text keeps what looks like a remark, unless the line was typed at a prompt."""
        if line.remark and line.prompt_mode is None:
            outcome = self._apply(line.whole)
            if isinstance(outcome, Taken) and outcome.takes_line:
                return outcome
        return self._apply(line.text)

    def _apply(self, text: str) -> Outcome:
        return step(self.config, self.context, text.rstrip(), self.random, self.actions)

    def accept(self, line: PastedLine, taken: Taken) -> None:
        if line.remark and not taken.takes_line:
            self.notice(line, f"remark cut off: {line.remark.strip()}")
        self.named = self.named or taken.config.hostname != self.config.hostname
        self.config = taken.config
        self.history.append((line, taken.config))
        if taken.hashed:
            self.hashed.append(line.number)
        if taken.context.text is not None:
            self.opened = self.opened or line
            self.context = taken.context
        elif self.context.text is not None:
            self.opened, self.context = None, taken.context
        elif taken.context != self.context:
            entered = taken.context.mode is not GLOBAL
            self._enter(taken.context, line.text.strip() if entered else None)

    def _unrecognised(self, line: PastedLine, error: Invalid) -> None:
        below = line.indented or line.prompt_mode == self.context.mode.prompt
        if self.context.mode.strict and below:
            self.refuse(line, error.column, _explain(error))
            return
        self.unknown(line, self.header)
        words = split(line.text)
        outer = tree(GLOBAL).match(line.text)
        foreign = words[0].text in _FOREIGN_BLOCKS or (isinstance(outer, Invalid) and outer.index > 0)
        if self.context.mode is GLOBAL or (foreign and not line.indented):
            self._enter(TOP, None)
            self.orphans, self.orphans_refused = line.text.strip(), False

    def _orphan(self, line: PastedLine, header: str) -> None:
        if self.orphans_refused:
            self.warn(line, _first_column(line.text), f'not read, for "{header}" is refused')
        else:
            self.unknown(line, header)

    def unknown(self, line: PastedLine, parent: str | None) -> None:
        kept = UnknownLine(line.number, line.text.strip(), parent)
        self.config = replace(self.config, unknown=(*self.config.unknown, kept))
        self.warn(line, _first_column(line.text), "not understood: kept, without effect")

    def warn(self, line: PastedLine, column: int, message: str) -> None:
        self.problems.append(Problem(line.number, line.raw, column, message, False))

    def refuse(self, line: PastedLine, column: int, message: str) -> None:
        self.problems.append(Problem(line.number, line.raw, column, message, True))
        if self.context.mode is GLOBAL:
            self.orphans, self.orphans_refused = line.text.strip(), True

    def result(self, base: RouterConfig, names: tuple[str, ...]) -> LoadResult:
        if names and not self.named and self.config.hostname == RouterConfig().hostname:
            self.config = replace(self.config, hostname=names[0])
            self.notices.append(Notice(0, f"hostname {names[0]} taken from the prompts"))
        if self.opened is not None and self.context.text is not None:
            self.refuse(self.opened, _first_column(self.opened.text), "the text that begins here has no end")
        if self.odd_blanks:
            self.notices.append(Notice(0, f"{self.odd_blanks} lines hold blanks that are no plain blanks"))
        self.problems += self._located(base)
        problems = tuple(sorted(self.problems, key=lambda problem: problem.number))
        config = base if any(problem.fatal for problem in problems) else self.config
        return LoadResult(config, problems, tuple(self.notices), tuple(self.hashed))

    def _located(self, base: RouterConfig) -> list[Problem]:
        """What validation finds, at a line since which it holds."""
        found = validate(self.config)
        since = dict.fromkeys(set(found).intersection(validate(base)), 0)
        self._search(set(found) - since.keys(), 0, len(self.history), since)
        lines = (None, *(line for line, _ in self.history))
        return [_problem(finding, lines[since[finding]]) for finding in found]

    def _search(self, wanted: set[Finding], low: int, high: int, since: dict[Finding, int]) -> None:
        """Halve the lines between `low`, without the wanted findings, and `high`, with all of them."""
        if high - low <= 1 or not wanted:
            since.update(dict.fromkeys(wanted, high))
            return
        middle = (low + high) // 2
        there = wanted.intersection(validate(self.history[middle - 1][1]))
        self._search(there, low, middle, since)
        self._search(wanted - there, middle, high, since)


def _problem(finding: Finding, line: PastedLine | None) -> Problem:
    if line is None:
        return Problem(0, "", 0, finding.message, finding.fatal)
    words = split(line.text)
    at = next((word.column for word in words if word.text == finding.word), _first_column(line.text))
    return Problem(line.number, line.raw, at, finding.message, finding.fatal)


def _first_column(text: str) -> int:
    return len(text) - len(text.lstrip())


def _blanks_below(text: str) -> str:
    """Blanks as wide as `text` is on a screen, where Chinese letters take two columns and tabs are tabs."""
    return "".join(
        "\t" if letter == "\t" else "  " if east_asian_width(letter) in "WF" else " " for letter in text
    )


def _explain(error: Invalid | Ambiguous | Incomplete) -> str:
    match error:
        case Invalid(expected=expected):
            return f"% Invalid input detected at '^' marker. {_options(expected)}"
        case Ambiguous(candidates=candidates):
            return f"{error.render(0)[0]} It may be {', '.join(candidates)}."
        case Incomplete(expected=expected):
            return f"% Incomplete command. {_options(expected)}"


def _options(expected: tuple[str, ...]) -> str:
    """What could stand there; of many keywords only how many they are."""
    if not expected:
        return "Nothing more may follow."
    values = [each for each in expected if not _KEYWORD.fullmatch(each)]
    keywords = len(expected) - len(values)
    if keywords > _MANY:
        expected = (*values, f"one of {keywords} keywords")
    return f"Expected {', '.join(expected)}."
