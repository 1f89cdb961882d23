"""Pasted texts with damage of every kind: none raises, each line that is refused says why, and what is
taken comes back from its own running configuration.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from cryptomap.config.load import load
from cryptomap.config.paste import hostnames
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig

PASTED = [
    path.read_text() for path in sorted((Path(__file__).parents[2] / "corpus" / "pasted").glob("*.txt"))
]
TEXTS = ["\n".join(text.split("\n")[:90]) for text in PASTED]
POOL = [line for text in TEXTS for line in text.split("\n")]
LETTERS = "\t\x00\x08\x1b\r \u00a0\u3000\u4e2d\uff08#()<>!'\"^?%|.0/:-\\aZ\ue000"


def inserted(chance: Random, line: str) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + chance.choice(LETTERS) + line[at:]


def cut(chance: Random, line: str) -> str:
    return line[: chance.randrange(len(line) + 1)]


def shuffled(chance: Random, line: str) -> str:
    words = line.split()
    return " ".join(chance.sample(words, len(words)))


def replaced(chance: Random, line: str) -> str:
    return chance.choice(POOL)


def without_prompt(chance: Random, line: str) -> str:
    return line.partition("#")[2] or line


DAMAGES: tuple[Callable[[Random, str], str], ...] = (inserted, cut, shuffled, replaced, without_prompt)


def damaged(chance: Random) -> str:
    lines = chance.choice(TEXTS).split("\n")
    for _ in range(chance.randrange(1, 9)):
        at = chance.randrange(len(lines))
        lines[at] = chance.choice(DAMAGES)(chance, lines[at])
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_texts(seed: int) -> None:
    chance, taken = Random(seed), 0
    for _ in range(25):
        text = damaged(chance)
        for name in hostnames(text) or (None,):
            result = load(text, RouterConfig(compliance_shield=False), name)
            assert all(problem.message and problem.render() for problem in result.problems)
            if result.ok:
                taken += 1
                assert load(render(result.config)).config == result.config, text
    assert taken
