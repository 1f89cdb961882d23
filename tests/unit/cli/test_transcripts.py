"""The console as people see it: every `tests/golden/cli/*.txt` is typed in and compared.

A transcript is a screen: prompt, line, output. A first line `personality 12.3` picks the text of
that release. The router is R2 of the study note's lab 1 after its first ping.

Where the expected text comes from: `note_lab1.txt` is the study note's own text. The others were
recorded from this program and read through, so they catch changes; that the text is what IOS
prints, they do not prove.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cryptomap.cli.registry import SHARED_HELP, actions, all_commands, tree
from cryptomap.config.mode import GLOBAL
from cryptomap.config.registry import tree as global_tree
from cryptomap.config.tree import COMMON_HELP, Match
from cryptomap.model.config import Personality

Play = Callable[[list[str], Personality], str]

FOLDER = Path(__file__).parents[2] / "golden" / "cli"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
QUESTION = (
    r"Destination filename \[startup-config\]\? |How many bits in the modulus \[2048\]: |.*\[yes/no\]: "
    r"|Username: |Password: "
)
PROMPT = re.compile(rf"(R\d+(?:\([\w-]+\))?[#>]|{QUESTION})(.*)")


def typed_lines(screen: str) -> Iterator[str]:
    for line in screen.splitlines():
        found = PROMPT.fullmatch(line)
        if found:
            yield found[2]


def stripped(screen: str) -> list[str]:
    """Lines without trailing blanks, which editors lose; unit tests pin the ones that matter."""
    return [line.rstrip() for line in screen.splitlines()]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, play: Play) -> None:
    screen = path.read_text()
    personality = Personality.IOS_15
    if screen.startswith("personality "):
        header, screen = screen.split("\n", 1)
        personality = Personality(header.removeprefix("personality "))
    assert stripped(play(list(typed_lines(screen)), personality)) == stripped(screen)


def test_every_command_has_a_transcript() -> None:
    lines = [line for path in TRANSCRIPTS for line in typed_lines(path.read_text())]
    lines = [line.partition("|")[0].removeprefix("do ") for line in lines]
    trees = tree(True), global_tree(GLOBAL, actions())
    found = [each.match(line) for line in lines for each in trees if line.strip()]
    shown = {id(match.command) for match in found if isinstance(match, Match)}
    missing = [command.grammar for command in (*all_commands(), *actions()) if id(command) not in shown]
    assert not missing


def test_every_word_has_help() -> None:
    """`?` after any complete part of any command lists no word without a text."""
    keyword = re.compile(r"(?<![$\w-])[a-z][a-z-]*(?![\w-])")
    for command in (*all_commands(), *actions()):
        words = keyword.findall(re.sub(r"\$\w+", "", command.grammar))
        texts = {**COMMON_HELP, **SHARED_HELP, **command.help}
        assert not [word for word in words if word not in texts], command.grammar
