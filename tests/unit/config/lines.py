"""Configuration lines made from the grammar of the commands: what the properties are tested over.

Nothing here names a command: one that is added is generated from its grammar string by itself. Values
come from small pools, so that names meet again and refer to each other.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cryptomap.config.command import Command, ModeCommand, TextCommand
from cryptomap.config.grammar import Stack, compile_grammar, steps
from cryptomap.config.mode import GLOBAL, Mode
from cryptomap.config.registry import all_commands, commands_of
from cryptomap.config.tokens import Keyword, Range, Token, Variable
from cryptomap.config.tree import Form

T = TypeVar("T")


class Choose:
    """Picks one of several: a source of chance, or hypothesis."""

    def __init__(self, pick: Callable[[Sequence[object]], object]) -> None:
        self._pick = pick

    def __call__(self, options: Sequence[T]) -> T:
        return self._pick(options)  # type: ignore[return-value]


VALUES: dict[str, tuple[str, ...]] = {
    "WORD": (
        "cisco",
        "R2.example.com",
        "VPN",
        "default",
        "10",
        "101",
        "0",
        "6",
        "address",
        "1.2.3.4",
        "a#b!",
    ),
    "HOSTNAME": ("R3", "r3", "hub.example.com"),
    "LINE": (
        "to R3",
        "!",
        "6 stored",
        "spaced   out",
        "隧道 一",
        "as it was <=== typed",
        "^C",
        "no shutdown",
    ),
    "A.B.C.D": ("2.2.2.2", "10.1.1.1", "13.1.1.3", "2.2.2.0", "0.0.0.0", "255.255.255.255", "224.0.0.1"),
    "A.B.C.D/nn": ("2.2.2.0/24", "0.0.0.0/0", "13.1.1.3/32"),
    "MASK": ("255.255.255.0", "255.0.0.0", "255.255.255.255", "255.255.255.252", "0.0.0.0"),
    "WILDCARD": ("0.0.0.255", "0.0.0.0", "255.255.255.255", "0.255.0.255", "255.255.255.0"),
    "SERIAL": ("1A2B", "1a2b", "01"),
    "HEX": ("0", "1F40", "0xdeadbeef"),
    "IFNAME": ("e0/0", "Gi0/0/1.100", "loopback0", "Tunnel7", "eth0", "br-lan"),
    "IFTYPE": ("Ethernet", "gig", "Loop"),
    "IFNUMBER": ("0", "0/1", "0/0/2.30"),
}
"""What a value of each kind may be typed as. A kind that is not here cannot be generated: add it."""

DATA = Path(__file__).parents[2]
CERTIFICATE = b64decode(re.sub("-----.*", "", (DATA / "data" / "certificates" / "lab-ca.pem").read_text()))
"""Its serial number is 1A2B."""
PUBLIC_KEY = re.findall("SPKI = (.*)", (DATA / "vectors" / "rsa.txt").read_text())[1]
TEXTS = (("",), ("one", " two <=== 二", "!"), (CERTIFICATE.hex(" ", -4),), (PUBLIC_KEY,))
"""What may stand below a command that takes a text; it is ended in every way there is."""

NEEDED = tuple(f"crypto pki trustpoint {name}" for name in VALUES["WORD"])
"""Lines without which others are refused."""


def values(token: Token) -> tuple[str, ...]:
    """What may be typed for one token."""
    match token:
        case Keyword(word):
            return (word,)
        case Range(low, high):
            return (str(low), str(high), str((low + high) // 2))
        case Variable(kind):
            return VALUES[kind]
    raise TypeError(f"no values for {token}")


@cache
def grammar_of(command: Command, form: Form) -> Stack:
    return compile_grammar(command.grammar, negated=form is not Form.PLAIN)


def forms(command: Command) -> tuple[Form, ...]:
    return tuple(Form) if command.negatable else (Form.PLAIN,)


def line(choose: Choose, command: Command, form: Form) -> str:
    """One way to say a command."""
    words = [form.value] if form.value else []
    stack = grammar_of(command, form)
    while (step := choose(steps(stack))).token is not None:
        words.append(choose(values(step.token)))
        stack = step.rest
    return " ".join(words)


def said(choose: Choose, command: Command, form: Form) -> list[str]:
    """A command, with the lines that may stand below it: a text, or some line of the mode it enters."""
    lines = [line(choose, command, form)]
    if form is not Form.PLAIN:
        return lines
    if isinstance(command, TextCommand):
        lines += [*choose(TEXTS), "^C", "quit"]
    if isinstance(command, ModeCommand) and choose((True, False)):
        lines += said(choose, choose(commands_of(command.enters)), form)
    return lines


def openers(mode: Mode) -> tuple[ModeCommand, ...]:
    """The commands that enter a mode; none for the global one."""
    found = tuple(each for each in all_commands() if isinstance(each, ModeCommand) and each.enters is mode)
    assert bool(found) is (mode is not GLOBAL), f"{mode.name}: nothing enters it"
    return found


def header(choose: Choose, mode: Mode) -> list[str]:
    """The lines that enter a mode; none for the global one."""
    if mode is GLOBAL:
        return []
    opener = choose(openers(mode))
    return [*header(choose, opener.mode), line(choose, opener, Form.PLAIN)]


def block(choose: Choose, command: Command) -> list[str]:
    """A few lines of one command, among others of its mode, below the line that enters the mode."""
    lines = header(choose, command.mode)
    others = commands_of(command.mode)
    for _ in range(choose((1, 2, 3))):
        each = choose((command, command, choose(others)))
        lines += said(choose, each, choose((Form.PLAIN, *forms(each))))
    return [*lines, "end"]


def _of_hypothesis(draw: DrawFn) -> Choose:
    return Choose(lambda options: draw(st.sampled_from(options)))


@st.composite
def blocks(draw: DrawFn, command: Command) -> list[str]:
    return block(_of_hypothesis(draw), command)


@st.composite
def _any_block(draw: DrawFn) -> list[str]:
    choose = _of_hypothesis(draw)
    return block(choose, choose(all_commands()))


def configurations() -> SearchStrategy[list[str]]:
    """The lines of a whole configuration, some of them refused."""
    return st.lists(_any_block(), max_size=10).map(lambda found: [each for lines in found for each in lines])
