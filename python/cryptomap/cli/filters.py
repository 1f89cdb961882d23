"""What stands behind the `|` of a show command: which lines of its text are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptomap.cli.command import RefusedError
from cryptomap.cli.regex import Pattern, PatternError
from cryptomap.cli.text import block

FILTERS = {
    "begin": "Begin with the line that matches",
    "count": "Count number of lines which match regexp",
    "exclude": "Exclude lines that match",
    "include": "Include lines that match",
    "section": "Filter a section of output",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A word of `FILTERS` and the regular expression behind it."""

    word: str
    expression: str

    def apply(self, text: str) -> str:
        """The kept lines. Raises `RefusedError` for an expression that cannot be read."""
        try:
            pattern = Pattern(self.expression)
        except PatternError as error:
            raise RefusedError(f"% {error}\n") from error
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        return block(KEEPERS[self.word](lines, pattern.search))


Matches = Callable[[str], bool]


def _begin(lines: Sequence[str], matches: Matches) -> Sequence[str]:
    start = next((at for at, line in enumerate(lines) if matches(line)), len(lines))
    return lines[start:]


def _count(lines: Sequence[str], matches: Matches) -> Sequence[str]:
    return [f"Number of lines which match regexp = {sum(map(matches, lines))}"]


def _exclude(lines: Sequence[str], matches: Matches) -> Sequence[str]:
    return [line for line in lines if not matches(line)]


def _include(lines: Sequence[str], matches: Matches) -> Sequence[str]:
    return [line for line in lines if matches(line)]


def _section(lines: Sequence[str], matches: Matches) -> Sequence[str]:
    """Matching lines, each with the deeper indented lines that follow it."""
    kept = []
    inside: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if inside is not None and indent <= inside:
            inside = None
        if inside is None and matches(line):
            inside = indent
        if inside is not None:
            kept.append(line)
    return kept


KEEPERS: dict[str, Callable[[Sequence[str], Matches], Sequence[str]]] = {
    "begin": _begin,
    "count": _count,
    "exclude": _exclude,
    "include": _include,
    "section": _section,
}
