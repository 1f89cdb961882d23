"""A text read whole: all or nothing, and each refused, unknown or passed over line with its number."""

import pytest

from cryptomap.config.load import LoadResult, Problem, load
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig, UnknownLine

BASE = RouterConfig(hostname="R2", compliance_shield=False)


def loaded(text: str) -> LoadResult:
    return load(text, BASE)


def refused(text: str) -> list[tuple[int, str]]:
    """The number of each refused line, and what of it stands from the caret on."""
    return [(each.number, each.line[each.column :]) for each in loaded(text).problems if each.fatal]


def test_nothing_of_a_text_is_taken_when_one_line_is_refused() -> None:
    result = loaded("hostname R3\ncrypto isakmp policy 10\n group 3\nno crypto isakmp enable\n")
    assert not result.ok
    assert result.config is BASE


def test_all_refused_lines_come_back() -> None:
    text = """\
hostname two words
crypto isakmp policy 10001
crypto isakmp policy 10
 encryption blowfish
 lifetime 59
 hash sha
ip route 1.1.1.1 255.255.255.0 2.2.2.2
"""
    assert refused(text) == [
        (1, "words"),
        (2, "10001"),
        (4, "blowfish"),
        (5, "59"),
        (7, "ip route 1.1.1.1 255.255.255.0 2.2.2.2"),
    ]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "crypto isakmp policy ten",
            """\
line 1: crypto isakmp policy ten
                             ^
% Invalid input detected at '^' marker. Expected <1-10000>.""",
        ),
        (
            "R2(config)#crypto isakmp key wolf adress 13.1.1.3  <=== 两端一样",
            """\
line 1: R2(config)#crypto isakmp key wolf adress 13.1.1.3  <=== 两端一样
                                            ^
% Invalid input detected at '^' marker. Expected address, hostname.""",
        ),
        (
            "crypto isakmp key wolf address 13.1.1.3 255.0.255.0",
            """\
line 1: crypto isakmp key wolf address 13.1.1.3 255.0.255.0
                                                ^
% Invalid input detected at '^' marker. Expected A.B.C.D (Peer IP subnet mask), no-xauth.""",
        ),
        (
            "crypto isakmp key wolf",
            """\
line 1: crypto isakmp key wolf
                              ^
% Incomplete command. Expected address, hostname.""",
        ),
        (
            "crypto isakmp enable now",
            """\
line 1: crypto isakmp enable now
                             ^
% Invalid input detected at '^' marker. Nothing more may follow.""",
        ),
        (
            "access-list 101 permit tcp any any eq 65536",
            """\
line 1: access-list 101 permit tcp any any eq 65536
                                              ^
% Invalid input detected at '^' marker. Expected <0-65535>, one of 32 keywords.""",
        ),
        (
            "interface Foo0/0",
            """\
line 1: interface Foo0/0
                  ^
% Invalid input detected at '^' marker. Expected WORD (Interface name in one word, or a Linux name),"""
            """ BVI, Dialer, Ethernet, FastEthernet, GigabitEthernet, Loopback, Null, Port-channel, Serial,"""
            """ TenGigabitEthernet, Tunnel, Virtual-Template, Vlan.""",
        ),
        (
            "c i p 10",
            """\
line 1: c i p 10
        ^
% Ambiguous command:  "c i p 10" It may be cdp, clock, control-plane, crypto.""",
        ),
        (
            "hostname röuter",
            """\
line 1: hostname röuter
                 ^
% Invalid input detected at '^' marker. Expected WORD (This system's network name).""",
        ),
    ],
)
def test_what_is_said_of_a_refused_line(line: str, shown: str) -> None:
    (problem,) = loaded(line).problems
    assert problem.render() == shown
    assert problem.fatal


def test_the_caret_stands_below_its_word_on_the_screen() -> None:
    """A Chinese letter takes two columns; a tab is as wide as the one above it."""
    assert (
        Problem(3, "或\thash md6", 7, "why", True).render() == "line 3: 或\thash md6\n          \t     ^\nwhy"
    )


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate",
        "ip nat inside source list 1 interface e0/0",
        "crypto frobnicate now",
        "no ip foo",
        "ntpd x",
    ],
)
def test_a_line_that_no_command_takes_is_kept_and_reported(line: str) -> None:
    result = loaded(line)
    assert [(each.number, each.line, each.fatal) for each in result.problems] == [(1, line, False)]
    assert result.config.unknown == (UnknownLine(1, line),)
    assert result.ok


def test_unknown_lines_keep_number_and_place() -> None:
    text = (
        "interface e0/0\n ip nat inside\n!\nrouter ospf 1\n network 1.1.1.0 0.0.0.255 area 0\nhostname R9\n"
    )
    result = loaded(text)
    assert result.config.unknown == (
        UnknownLine(2, "ip nat inside", "interface e0/0"),
        UnknownLine(4, "router ospf 1"),
        UnknownLine(5, "network 1.1.1.0 0.0.0.255 area 0", "router ospf 1"),
    )
    assert result.config.hostname == "R9"


def test_unknown_lines_survive_the_running_configuration() -> None:
    config = loaded("router ospf 1\n network 1.1.1.0 0.0.0.255 area 0\n").config
    again = load(render(config))
    assert again.config == config
    assert [problem.message for problem in again.problems] == [
        "not understood when it was first read: kept, without effect"
    ] * 2


def test_a_mistyped_line_of_an_access_list_is_refused_not_kept() -> None:
    """Without it, traffic that should be protected would leave in clear."""
    lines = ("permit ip 2.2.2.0 0.0.0.255", "10 permitt ip any any", "permt ip any any")
    text = "\n ".join(("ip access-list extended VPN", *lines))
    assert [number for number, _ in refused(text)] == [2, 3, 4]
    flat = "ip access-list extended VPN\npermit ip any any\nrouter ospf 1\n"
    assert loaded(flat).ok


@pytest.mark.parametrize("below", [" hash md5\n", "R2(config-isakmp)#hash md5\n"])
def test_lines_below_a_refused_one_are_not_read(below: str) -> None:
    head = "R2(config)#" if below.startswith("R2") else ""
    result = loaded(f"{head}crypto isakmp policy 0\n{below}hostname R9\n")
    assert [(each.number, each.fatal) for each in result.problems] == [(1, True), (2, False)]
    assert result.problems[1].message == 'not read, for "crypto isakmp policy 0" is refused'


def test_a_prompt_of_a_block_that_is_not_open() -> None:
    (problem,) = loaded("R2(config)#hostname R2\nR2(config-isakmp)#hash md5\n").problems
    assert problem.fatal
    assert problem.message == "the prompt says (config-isakmp), but no such block is open"


def test_an_indented_text_leaves_a_block_with_its_indent() -> None:
    text = "interface e0/0\n description ours\ndescription nobody's\n"
    assert loaded(text).config.unknown == (UnknownLine(3, "description nobody's"),)


def test_a_flat_text_leaves_a_block_with_the_first_global_line() -> None:
    config = loaded(
        "crypto isakmp policy 2\nhash md5\ncrypto isakmp policy 3\nhash sha256\nhostname R9\n"
    ).config
    assert {number: policy.hash.value for number, policy in config.isakmp_policies.items()} == {
        2: "md5",
        3: "sha256",
    }
    assert config.hostname == "R9"


def test_a_global_line_is_no_abbreviation_of_a_line_of_the_block() -> None:
    """`ip route` is not the `ip route-cache` of an interface, though it begins so."""
    text = "interface e0/0\nip address 2.2.2.2 255.255.255.0\nip route 0.0.0.0 0.0.0.0 12.1.1.1\n"
    assert [str(route.next_hop) for route in loaded(text).config.routes] == ["12.1.1.1"]
    kept = loaded("interface e0/0\n ip route-c same\n").config.interfaces.values()
    assert [each.accepted for each in kept] == [("ip route-cache same",)]


def test_secondary_addresses_may_come_before_the_primary_one() -> None:
    """As a running configuration has them."""
    text = "interface e0/0\n ip address 3.3.3.3 255.255.255.0 secondary\n ip address 2.2.2.2 255.255.255.0\n"
    config = loaded(text).config
    assert [(str(each.address), len(each.secondary)) for each in config.interfaces.values()] == [
        ("2.2.2.2/24", 1)
    ]
    lines = text.splitlines()[1:]
    assert [line for line in render(config).splitlines() if line in lines] == lines


def test_exit_and_end() -> None:
    text = "interface e0/0\ndescription a\nexit\nhostname R8\ninterface e0/1\nend\nhostname R9\n"
    config = loaded(text).config
    assert config.hostname == "R9"
    assert len(config.interfaces) == 2


def test_free_text_keeps_what_looks_like_a_remark_unless_typed_at_a_prompt() -> None:
    written = loaded("interface e0/0\n description to R3 <=== 一\n")
    assert [each.description for each in written.config.interfaces.values()] == ["to R3 <=== 一"]
    typed = loaded("R2(config)#interface e0/0\nR2(config-if)#description to R3 <=== 一\n")
    assert [each.description for each in typed.config.interfaces.values()] == ["to R3"]


def test_exec_commands_are_not_run_but_reported() -> None:
    result = loaded("conf t\nhostname R9\ndo show clock\nend\nwrite memory\n")
    assert [(notice.number, notice.message) for notice in result.notices] == [
        (1, "exec command, not run: conf t"),
        (3, "exec command, not run: show clock"),
        (5, "exec command, not run: write memory"),
    ]
    assert result.config.hostname == "R9"


def test_the_hostname_is_that_of_the_prompts_unless_a_line_says_it() -> None:
    assert load("R7(config)#no ip domain name\n").config.hostname == "R7"
    assert load("R7(config)#hostname R8\n").config.hostname == "R8"


def test_what_validation_finds_is_reported_at_the_line_that_brought_it() -> None:
    text = """\
crypto isakmp policy 10
 authentication pre-share
 encryption aes
 group 14
 hash md5
crypto ipsec transform-set T esp-aes esp-sha-hmac
crypto map M 10 ipsec-isakmp
 set peer 13.1.1.3
 set transform-set T U
 match address 101
access-list 101 permit ip 2.2.2.0 255.255.255.0 any
interface e0/0
 crypto map N
"""
    result = load(text)
    assert [(each.number, each.line[each.column :], each.fatal) for each in result.problems] == [
        (5, "md5", True),
        (8, "13.1.1.3", False),
        (9, "U", False),
        (11, "255.255.255.0 any", True),
        (13, "N", True),
    ]


def test_what_was_wrong_before_has_no_line() -> None:
    weak = load("crypto isakmp policy 10\n hash md5\n", BASE).config
    result = load("crypto isakmp enable\nno crypto engine compliance shield disable\n", weak)
    assert {each.number for each in result.problems if each.fatal} == {2}
    again = load("hostname R9\n", result.config)
    assert again.ok


def test_findings_are_located_quickly_in_a_long_text() -> None:
    """Each of 200 entries names a set that is not there; the search halves the lines."""
    lines = [f"crypto map M {n} ipsec-isakmp\n set transform-set U{n}" for n in range(1, 201)]
    missing = [each for each in loaded("\n".join(lines)).problems if "no transform set" in each.message]
    assert [each.number for each in missing] == list(range(2, 401, 2))


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "end", "!", "\x00\x1b[31m", "R2(config)#", "R2#"])
def test_texts_without_a_command(text: str) -> None:
    result = loaded(text)
    assert result.ok
    assert result.config.interfaces == {}
