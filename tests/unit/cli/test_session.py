"""What the session does with lines, and what it asks of the router."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from cryptomap.cli.registry import all_commands
from cryptomap.cli.router import PingRequest
from cryptomap.cli.session import MAX_LINE, Session
from cryptomap.model.config import InterfaceName
from cryptomap.model.sa import SaKey

Typed = Callable[[Session, str], str]


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("clear crypto isakmp", ("clear isakmp", None)),
        ("clear crypto isakmp 1001", ("clear isakmp", 1001)),
        ("clear crypto session", ("clear session", None, None, None)),
        (
            "clear crypto session remote 13.1.1.3 port 4500",
            ("clear session", IPv4Address("13.1.1.3"), 4500, None),
        ),
        ("clear crypto session username alice", ("clear session", None, None, "alice")),
        ("clear crypto sa", ("clear sa", None, None, None)),
        ("clear crypto sa peer 13.1.1.3", ("clear sa", IPv4Address("13.1.1.3"), None, None)),
        ("clear crypto sa map huawei", ("clear sa", None, "huawei", None)),
        (
            "clear crypto sa entry 13.1.1.3 esp 0x1F40",
            ("clear sa", None, None, SaKey(IPv4Address("13.1.1.3"), 50, 8000)),
        ),
        (
            "clear crypto sa entry 13.1.1.3 ah 8000",
            ("clear sa", None, None, SaKey(IPv4Address("13.1.1.3"), 51, 8000)),
        ),
        ("clear crypto sa counters", ("clear sa counters",)),
        ("clear crypto call admission statistics", ("clear call statistics",)),
        ("write", ("save",)),
        (
            "ping 3.3.3.3 size 200 source Loopback0 timeout 1 repeat 2 df-bit",
            ("ping", PingRequest(IPv4Address("3.3.3.3"), IPv4Address("2.2.2.2"), 2, 200, 1.0, True)),
        ),
    ],
)
def test_calls(session: Session, typed: Typed, line: str, call: tuple[object, ...]) -> None:
    typed(session, line)
    assert session.router.calls == [call]  # type: ignore[attr-defined]
    assert not session.refused


@pytest.mark.parametrize(
    "line",
    [
        "foo",
        "show",
        "sh c",
        "show crypto isakmp sa | include",
        "ping 3.3.3.3 source 9.9.9.9",
        "ping 3.3.3.3 source Ethernet9/9",
        "clear crypto sa entry 13.1.1.3 esp five",
        "clear crypto sa entry 13.1.1.3 esp 4294967296",
        "x" * (MAX_LINE + 1),
    ],
)
def test_refused(session: Session, typed: Typed, line: str) -> None:
    assert "%" in typed(session, line)
    assert session.refused
    typed(session, "show clock")
    assert not session.refused


def test_blank_lines_and_comments_print_nothing(session: Session, typed: Typed) -> None:
    assert [typed(session, line) for line in ("", "  ", "! remark", "\r\n")] == [""] * 4


def test_line_ends_and_no_break_blanks(session: Session, typed: Typed) -> None:
    """Clients end lines with CR, LF or both; text pasted from web pages has U+00A0 for blanks."""
    expected = typed(session, "show clock")
    for line in ("show clock\r", "show clock\r\n", "show\u00a0clock", "\tshow  clock "):
        assert typed(session, line) == expected


def test_a_refused_commit_keeps_the_configuration(session: Session, typed: Typed) -> None:
    before = session.router.config
    session.router.refuse_commit = "interface Ethernet0/7 stands for no device here"  # type: ignore[attr-defined]
    typed(session, "configure terminal")
    assert typed(session, "interface e0/7") == "% interface Ethernet0/7 stands for no device here\n"
    assert session.refused
    assert session.prompt == "R2(config)#"
    assert session.router.config is before


def test_configuration_follows_other_sessions(session: Session, typed: Typed) -> None:
    """A line goes on top of what another session committed meanwhile."""
    other = Session(session.router)
    typed(session, "configure terminal")
    typed(other, "configure terminal")
    typed(other, "interface e0/5")
    typed(session, "interface e0/6")
    assert {"Ethernet0/5", "Ethernet0/6"} <= set(session.router.config.interfaces)
    config = session.router.config
    left = {name: item for name, item in config.interfaces.items() if name != InterfaceName("Ethernet0/6")}
    session.router.commit(replace(config, interfaces=left))
    typed(session, "exit")
    assert "Ethernet0/6" not in session.router.config.interfaces


def test_control_z_leaves_configuration(session: Session, typed: Typed) -> None:
    typed(session, "configure terminal")
    typed(session, "interface e0/0")
    assert session.prompt == "R2(config-if)#"
    session.end()
    assert session.prompt == "R2#"


def test_questions_take_the_default_without_a_person(session: Session, typed: Typed) -> None:
    script = Session(session.router, interactive=False)
    assert typed(script, "copy running-config startup-config").endswith("[OK]\n")
    assert script.prompt == "R2#"
    assert session.router.calls == [("save",)]  # type: ignore[attr-defined]


def test_privilege(router: object, typed: Typed) -> None:
    session = Session(router, privileged=False)  # type: ignore[arg-type]
    assert session.prompt == "R2>"
    assert "%" in typed(session, "configure terminal")
    assert "%" in typed(session, "show running-config")
    typed(session, "enable")
    assert session.prompt == "R2#"


def test_tab(session: Session, typed: Typed) -> None:
    assert session.complete("sh") == "show "
    assert session.complete("show cr") == "show crypto "
    assert session.complete("show c") == "show c"
    assert session.complete("") == ""
    typed(session, "configure terminal")
    assert session.complete("hostn") == "hostname "


def test_keys_are_shown_in_the_running_configuration_only(session: Session, typed: Typed) -> None:
    for command in all_commands():
        if command.grammar.startswith("show ") and "running-config" not in command.grammar:
            assert "wolf" not in typed(session, command.grammar.partition("[")[0])


GRAMMARS = " ".join(command.grammar for command in all_commands())
WORDS = [
    *re.split(r"[][|$<> ]+", GRAMMARS),
    *[
        "1.2.3.4",
        "0.0.0.0",
        "13.1.1.3",
        "10",
        "99999",
        "e0/0",
        "|",
        "?",
        "do",
        "no",
        "conf",
        "t",
        "end",
        "policy",
        "isakmp",
        "(",
        "[",
        "*",
        "\\",
    ],
    "set peer",
    "match address",
    "access-list 101 permit ip any any",
]


def random_line(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return "".join(
            chr(chance.choice((chance.randrange(256), chance.randrange(0x3000)))) for _ in range(30)
        )
    words = [chance.choice(WORDS) for _ in range(chance.randrange(1, 8))]
    return chance.choice((" ", " ", "  ", "\u00a0")).join(word[: chance.randrange(1, 20)] for word in words)


def test_no_line_raises(session: Session, typed: Typed) -> None:
    chance = random.Random(5)
    for _ in range(10_000):
        line = random_line(chance)
        if "repeat" not in line:
            typed(session, line)
        session.help(line)
        session.complete(line)
