"""IOS regular expressions against Python's own matcher, and against patterns made to be slow."""

import random
import re
import time

import pytest

from cryptomap.cli.regex import MAX_LENGTH, Pattern, PatternError

EXPRESSIONS = [
    r"a",
    r"a|b",
    r"^ab",
    r"ab$",
    r"a*b",
    r"a+b",
    r"a?b",
    r"[a-c]x",
    r"[^a]b",
    r"(ab)+c",
    r"(a|b)*c",
    r"a.c",
    r"\.",
    r"^$",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_agrees_with_re(expression: str) -> None:
    chance = random.Random(expression)
    for _ in range(300):
        line = "".join(chance.choice("abcx. ") for _ in range(chance.randrange(7)))
        assert Pattern(expression).search(line) == bool(re.search(expression, line)), line


@pytest.mark.parametrize("line", ["10", "10 20", "{10}", "a,10", "x_10_y"])
def test_underscore_is_a_delimiter(line: str) -> None:
    assert Pattern("_10_").search(line)


def test_underscore_needs_a_delimiter() -> None:
    assert not Pattern("_10_").search("1100")


@pytest.mark.parametrize("expression", ["(", ")", "a)", "[a", "(" * 40, "a" * (MAX_LENGTH + 1)])
def test_unreadable(expression: str) -> None:
    with pytest.raises(PatternError):
        Pattern(expression)


def test_time_stays_linear() -> None:
    """Backtracking matchers need 2^60 steps for this."""
    start = time.monotonic()
    assert not Pattern("(a+)+(a*)*$b").search("a" * 60)
    assert time.monotonic() - start < 1
