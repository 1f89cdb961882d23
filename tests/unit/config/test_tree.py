"""The grammar engine, with grammars of its own: matching, abbreviations, carets, `?`, completion."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from cryptomap.config.grammar import GrammarError, compile_grammar
from cryptomap.config.tree import Ambiguous, Branch, CommandTree, Form, Help, Incomplete, Invalid, Match


def tree(*grammars: str, negatable: bool = True) -> CommandTree[str]:
    """A tree whose commands are their own grammar strings."""
    result: CommandTree[str] = CommandTree()
    for grammar in grammars:
        result.register(grammar, grammar, {}, negatable)
    return result


def arguments(grammar: str, line: str) -> dict[str, Any]:
    found = tree(grammar).match(line)
    assert isinstance(found, Match), found
    return dict(found.arguments)


@pytest.mark.parametrize(
    ("grammar", "line", "expected"),
    [
        ("enable", "enable", {}),
        ("policy (1-10000)$n", "policy 1", {"n": 1}),
        ("policy (1-10000)$n", "policy 10000", {"n": 10000}),
        ("policy (1-10000)$n", "policy 007", {"n": 7}),
        ("peer A.B.C.D$a", "peer 13.1.1.3", {"a": IPv4Address("13.1.1.3")}),
        ("net A.B.C.D/nn$p", "net 2.2.2.0/24", {"p": IPv4Network("2.2.2.0/24")}),
        ("mask MASK$m", "mask 255.255.255.252", {"m": IPv4Address("255.255.255.252")}),
        ("spi HEX$h", "spi 0x1F40", {"h": 8000}),
        ("spi HEX$h", "spi 1f40", {"h": 8000}),
        ("map WORD$name", "map huawei", {"name": "huawei"}),
        ("map WORD$name", "map a#b/c:!d", {"name": "a#b/c:!d"}),
        ("text LINE$t", "text one   two ", {"t": "one   two"}),
        ("text LINE$t", "text 隧道 <=== ?", {"t": "隧道 <=== ?"}),
        ("hash <md5|sha>$h", "hash sha", {"h": "sha"}),
        ("hash <md5|sha>", "hash sha", {}),
        ("encr <des|aes [<128|256>$bits]>$c", "encr aes 256", {"c": "aes", "bits": "256"}),
        ("encr <des|aes [<128|256>$bits]>$c", "encr aes", {"c": "aes"}),
        ("pfs [<group1|group2>$g]", "pfs", {}),
        ("log [log$log]", "log log", {"log": "log"}),
        ("sets WORD$s...", "sets a", {"s": ("a",)}),
        ("sets WORD$s...", "sets a b a", {"s": ("a", "b", "a")}),
        ("<(1-9)|WORD>$x", "5", {"x": 5}),
        ("<(1-9)|WORD>$x", "50", {"x": "50"}),
        ("interface INTERFACE$i", "interface e0/0", {"i": "Ethernet0/0"}),
        ("interface INTERFACE$i", "interface Ethernet 0/0", {"i": "Ethernet0/0"}),
        ("interface INTERFACE$i", "interface gig 0/0/1.100", {"i": "GigabitEthernet0/0/1.100"}),
        ("interface INTERFACE$i", "interface eth0", {"i": "eth0"}),
        ("sa {seconds (1-9)$s|kilobytes (1-9)$k}$l", "sa seconds 3", {"l": (Branch("seconds", {"s": 3}),)}),
        (
            "sa {seconds (1-9)$s|kilobytes (1-9)$k}$l",
            "sa kilobytes 2 seconds 3",
            {"l": (Branch("kilobytes", {"k": 2}), Branch("seconds", {"s": 3}))},
        ),
    ],
)
def test_values(grammar: str, line: str, expected: dict[str, Any]) -> None:
    assert arguments(grammar, line) == expected


@pytest.mark.parametrize(
    ("grammar", "line", "column"),
    [
        ("policy (1-10000)$n", "policy 0", 7),
        ("policy (1-10000)$n", "policy 10001", 7),
        ("policy (1-10000)$n", "policy -1", 7),
        ("policy (1-10000)$n", "policy 1x", 7),
        ("policy (1-10000)$n", "policy " + "9" * 30, 7),
        ("policy (1-10000)$n", "policy 1 2", 9),
        ("peer A.B.C.D$a", "peer 13.1.1", 5),
        ("peer A.B.C.D$a", "peer 13.1.1.256", 5),
        ("peer A.B.C.D$a", "peer 13.1.1.03", 5),
        ("peer A.B.C.D$a", "peer ::1", 5),
        ("mask MASK$m", "mask 255.0.255.0", 5),
        ("mask MASK$m", "mask 0.0.0.255", 5),
        ("net A.B.C.D/nn$p", "net 2.2.2.2/24", 4),
        ("net A.B.C.D/nn$p", "net 2.2.2.0/33", 4),
        ("spi HEX$h", "spi 0xg", 4),
        ("map WORD$name", "map 华为", 4),
        ("map WORD$name", "map <==name", 4),
        ("hash <md5|sha>$h", "hash md4", 7),
        ("hash <md5|sha>$h", "hash x", 5),
        ("hash <md5|sha>$h", "hash shaa", 8),
        ("hash <md5|sha>$h", "hush md5", 1),
        ("hash <md5|sha>$h", "  hash   blah", 9),
        ("sa {seconds (1-9)$s|kilobytes (1-9)$k}$l", "sa seconds 3 seconds 4", 13),
        ("interface INTERFACE$i", "interface Ethernet0/0/0/0/0", 10),
    ],
)
def test_the_caret_is_below_the_first_letter_that_does_not_fit(grammar: str, line: str, column: int) -> None:
    found = tree(grammar, negatable=False).match(line)
    assert isinstance(found, Invalid), found
    assert found.column == column
    assert found.render(10) == (" " * (10 + column) + "^", "% Invalid input detected at '^' marker.", "")


@pytest.mark.parametrize("line", ["hash", "no hash md5 extra", "default"])
def test_incomplete_and_too_long(line: str) -> None:
    found = tree("hash <md5|sha>$h").match(line)
    assert isinstance(found, Invalid if "extra" in line else Incomplete)


def test_incomplete_says_what_is_missing() -> None:
    found = tree("key WORD$key <address A.B.C.D$a|hostname WORD$h>").match("key wolf ")
    assert found == Incomplete(8, recognised=True, expected=("address", "hostname"))
    assert found.render(3) == ("% Incomplete command.", "")


@pytest.mark.parametrize(
    "line", ["show crypto isakmp sa", "sh cry isa sa", "SHOW Crypto ISAKMP SA", "sh cr is s"]
)
def test_unique_starts_of_keywords_will_do(line: str) -> None:
    found = tree("show crypto isakmp sa", "show crypto ipsec sa", "show clock").match(line)
    assert isinstance(found, Match)
    assert found.command == "show crypto isakmp sa"


@pytest.mark.parametrize(
    ("line", "column", "candidates"),
    [("sh c", 3, ("clock", "crypto")), ("show crypto i s", 12, ("ipsec", "isakmp"))],
)
def test_a_start_of_several_keywords_is_ambiguous(
    line: str, column: int, candidates: tuple[str, ...]
) -> None:
    found = tree("show crypto isakmp sa", "show crypto ipsec sa", "show clock").match(line)
    assert found == Ambiguous(line, column, candidates)
    assert found.render(0) == (f'% Ambiguous command:  "{line}"',)


def test_a_whole_keyword_is_not_ambiguous_though_others_begin_so() -> None:
    found = tree("group <1|14|15>$g", "groups").match("group 1")
    assert isinstance(found, Match)
    assert found.arguments == {"g": "1"}


def test_the_most_specific_token_wins() -> None:
    """Keyword, start of a keyword, range, address, interface, word, line."""
    words = tree("x any", "x (1-5)$n", "x A.B.C.D$a", "x INTERFACE$i", "x WORD$w", "x LINE$l")
    said = {line: words.match(f"x {line}") for line in ("any", "an", "4", "1.2.3.4", "e0", "zebra", "a b c")}
    assert {line: found.command for line, found in said.items() if isinstance(found, Match)} == {
        "any": "x any",
        "an": "x any",
        "4": "x (1-5)$n",
        "1.2.3.4": "x A.B.C.D$a",
        "e0": "x INTERFACE$i",
        "zebra": "x INTERFACE$i",
    }


@pytest.mark.parametrize(
    ("line", "form", "given"),
    [
        ("lifetime 60", Form.PLAIN, {"s": 60}),
        ("no lifetime", Form.NO, {}),
        ("no lifetime 60", Form.NO, {"s": 60}),
        ("default lifetime", Form.DEFAULT, {}),
        ("def life", Form.DEFAULT, {}),
    ],
)
def test_no_and_default(line: str, form: Form, given: dict[str, Any]) -> None:
    found = tree("lifetime ![(60-86400)$s]").match(line)
    assert isinstance(found, Match)
    assert (found.form, found.arguments) == (form, given)


def test_what_is_needed_may_be_left_out_after_no_only() -> None:
    assert isinstance(tree("lifetime ![(60-86400)$s]").match("lifetime"), Incomplete)
    assert isinstance(tree("exit", negatable=False).match("no exit"), Invalid)


@pytest.mark.parametrize(
    ("line", "recognised"),
    [("crypto", False), ("crypto isakmp foo", False), ("crypto isakmp policy foo", True), ("foo", False)],
)
def test_a_line_is_recognised_once_the_command_is_named(line: str, recognised: bool) -> None:
    """What is recognised is refused when it is wrong; what is not may be a command of another system."""
    found = tree("crypto isakmp policy (1-5)$n").match(line)
    assert isinstance(found, Invalid | Incomplete)
    assert found.recognised is recognised


@pytest.mark.parametrize(("line", "recognised"), [("no x", False), ("permit x", True), ("no permit x", True)])
def test_a_command_that_begins_with_a_value_is_named_by_it(line: str, recognised: bool) -> None:
    found = tree("<permit|deny>$action any").match(line)
    assert isinstance(found, Invalid)
    assert found.recognised is recognised


def help_of(commands: CommandTree[str], line: str) -> str:
    found = commands.help(line)
    assert isinstance(found, Help), found
    return "\n".join(found.render())


HELPED: CommandTree[str] = CommandTree()
HELPED.register(
    "policy",
    "crypto isakmp policy (1-10000)$n",
    {"isakmp": "Configure ISAKMP policy", "policy": "Set policy", "$n": "Priority"},
    True,
)
HELPED.register(
    "key",
    "crypto isakmp key WORD$key address A.B.C.D$a [MASK$m]",
    {"key": "Set key", "$key": "The key", "$a": "Peer IP address"},
)
HELPED.register("interface", "interface INTERFACE$i", {"interface": "Select an interface"})


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("", "  crypto     Encryption module\n  default    Set a command to its defaults\n"
             "  interface  Select an interface\n  no         Negate a command or set its defaults"),
        ("c", "crypto"),
        ("crypto isakmp ", "  key     Set key\n  policy  Set policy"),
        ("crypto isakmp k", "key"),
        ("cry isa pol ", "  <1-10000>  Priority"),
        ("crypto isakmp policy 5 ", "  <cr>"),
        ("crypto isakmp key ", "  WORD  The key"),
        ("crypto isakmp key x a", "address"),
        ("crypto isakmp key x address ", "  A.B.C.D  Peer IP address"),
        ("crypto isakmp key x address 1.1.1.1 ", "  A.B.C.D  IP subnet mask\n  <cr>"),
        ("interface E", "Ethernet"),
        ("no crypto isakmp ", "  policy  Set policy"),
    ],
)  # fmt: skip
def test_question_mark(line: str, shown: str) -> None:
    assert help_of(HELPED, line) == shown


@pytest.mark.parametrize("line", ["foo ", "crypto isakmp zz", "crypto isakmp policy 5 x"])
def test_question_mark_after_nonsense(line: str) -> None:
    assert isinstance(HELPED.help(line), Invalid)


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("cr", ("crypto",)),
        ("crypto isakmp p", ("policy",)),
        ("crypto isakmp ", ()),
        ("crypto isakmp x", ()),
        ("foo b", ()),
        ("", ()),
        ("n", ("no",)),
        ("crypto isakmp policy 5", ()),
    ],
)
def test_completion(line: str, completions: tuple[str, ...]) -> None:
    assert HELPED.complete(line) == completions


def test_several_completions() -> None:
    assert tree("set peer A.B.C.D$a", "set pfs").complete("set p") == ("peer", "pfs")


@pytest.mark.parametrize(
    "grammar",
    ["a [b", "a b]", "<a|b", "a {b|c}", "a (1-5)", "a WORD", "a LINE", "a b...", "a (x-y)$n", "a ...", "a é"],
)
def test_a_grammar_that_cannot_be_read_is_a_bug(grammar: str) -> None:
    with pytest.raises(GrammarError, match="grammar"):
        compile_grammar(grammar)


def test_no_line_raises() -> None:
    commands = tree("a [b] {c (1-9)$n|d}$s", "a WORD$w...", "e LINE$l")
    for line in ("a", "a b", "a \u3000", "\x00", "no", "no no", "a" * 5000, "e", "e \t", "?", "a c 1 d c"):
        commands.match(line)
        commands.help(line)
        commands.complete(line)
