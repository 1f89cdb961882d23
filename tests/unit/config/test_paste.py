"""Text as people paste it: what each line is taken for, and what is left of it."""

from pathlib import Path

import pytest

from cryptomap.config.load import load
from cryptomap.config.paste import PastedLine, Sort, hostnames, plain, read, split_by_hostname
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig


def sorts(text: str) -> list[tuple[Sort, str]]:
    return [(line.sort, line.text.strip()) for line in read(text)]


def only(text: str) -> PastedLine:
    (line,) = read(text)
    return line


@pytest.mark.parametrize(
    ("raw", "sort", "text", "remark"),
    [
        ("hash md5", Sort.COMMAND, "hash md5", ""),
        (" hash md5 ", Sort.COMMAND, "hash md5", ""),
        ("R2(config-isakmp)#hash md5", Sort.COMMAND, "hash md5", ""),
        ("R2(config-isakmp)# hash md5", Sort.COMMAND, "hash md5", ""),
        ("  R2(config)#hash md5", Sort.COMMAND, "hash md5", ""),
        ("core-1.lab(config)#hash md5", Sort.COMMAND, "hash md5", ""),
        ("R2(config)#", Sort.BLANK, "", ""),
        ("R2(config)#! note", Sort.COMMENT, "! note", ""),
        ("", Sort.BLANK, "", ""),
        ("\u00a0\u3000", Sort.BLANK, "", ""),
        ("! remark", Sort.COMMENT, "! remark", ""),
        ("  !", Sort.COMMENT, "!", ""),
        ("hash md5   <=== 验证", Sort.COMMAND, "hash md5", "<=== 验证"),
        ("hash md5\u00a0\u00a0<=weak", Sort.COMMAND, "hash md5", "<=weak"),
        ("hash md5  <-- weak", Sort.COMMAND, "hash md5", "<-- weak"),
        ("hash md5  ← weak", Sort.COMMAND, "hash md5", "← weak"),
        ("hash md5  对协商包进行认证", Sort.COMMAND, "hash md5", "对协商包进行认证"),
        ("lifetime 60 (默认为 86400)", Sort.COMMAND, "lifetime 60", "(默认为 86400)"),
        ("定义感兴趣流:", Sort.PROSE, "", "定义感兴趣流:"),
        ("-----------------", Sort.PROSE, "", ""),
        ("======", Sort.PROSE, "", ""),
        ("Building configuration...", Sort.PROSE, "", ""),
        ("Current configuration : 1433 bytes", Sort.PROSE, "", ""),
        ("write memory", Sort.EXEC, "write memory", ""),
        ("conf t", Sort.EXEC, "conf t", ""),
        ("show running-config", Sort.EXEC, "show running-config", ""),
        ("copy running-config startup-config", Sort.EXEC, "copy running-config startup-config", ""),
        ("shutdown", Sort.COMMAND, "shutdown", ""),
        ("或者: hash md5", Sort.PROSE, "", "或者: hash md5"),
        ("or: hash md5", Sort.PROSE, "or: hash md5", ""),
    ],
)
def test_one_line(raw: str, sort: Sort, text: str, remark: str) -> None:
    line = only(raw)
    assert (line.sort, line.remark.strip()) == (sort, remark)
    if text:
        assert line.text.strip() == text


@pytest.mark.parametrize(
    "raw", ["R2(config-isakmp)#hash md5 <=== weak", "或者:\u00a0 R2(config)#hash md5", "\thash md5"]
)
def test_columns_stay_those_of_the_raw_line(raw: str) -> None:
    assert only(raw).text.index("hash") == raw.index("hash")


def test_a_prompt_says_its_mode() -> None:
    assert [line.prompt_mode for line in read("R2(config-if)#shutdown\nR2#wr\nshutdown")] == [
        "config-if",
        "",
        None,
    ]


def test_odd_blanks_and_controls_become_plain_blanks() -> None:
    assert plain("a\u00a0b\u200bc\u3000d\x00e\x0bf\u2028g\x85h\ufeff") == "a b c d e f g h "
    assert plain("tabs\tstay") == "tabs\tstay"
    assert only("\ufeffhash\u2003md5").odd_blanks
    assert not only("hash md5 ").odd_blanks


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end(end: str) -> None:
    assert [line.text for line in read(f"hash md5{end}group 2")] == ["hash md5", "group 2"]


def test_what_a_terminal_adds_is_taken_off() -> None:
    """Colours, and the pager's prompt with the backspaces that wiped it out."""
    pager = " --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b"
    text = f"interface e0/0\n{pager} shutdown\n --More--         \n\x1b[1;32mR2(config)#\x1b[0mhash md5"
    assert [line.raw for line in read(text)] == [
        "interface e0/0",
        " shutdown",
        "         ",
        "R2(config)#hash md5",
    ]


def test_a_session_with_its_answers() -> None:
    """Below an exec prompt stands what the router answered, until the next prompt."""
    text = """\
R2#configure terminal
Enter configuration commands, one per line.  End with CNTL/Z.
R2(config)#crypto isakmp polcy 2
                          ^
% Invalid input detected at '^' marker.
R2(config)#end
*Mar  1 00:55:40.767: %SYS-5-CONFIG_I: Configured from console by console
R2#show crypto isakmp sa
dst             src             state          conn-id slot
13.1.1.3        12.1.1.2        QM_IDLE              1    0
hash md5
R2#"""
    assert sorts(text) == [
        (Sort.EXEC, "configure terminal"),
        (Sort.OUTPUT, "Enter configuration commands, one per line.  End with CNTL/Z."),
        (Sort.COMMAND, "crypto isakmp polcy 2"),
        (Sort.PROSE, "^"),
        (Sort.PROSE, "% Invalid input detected at '^' marker."),
        (Sort.COMMAND, "end"),
        (Sort.PROSE, "*Mar  1 00:55:40.767: %SYS-5-CONFIG_I: Configured from console by console"),
        (Sort.EXEC, "show crypto isakmp sa"),
        (Sort.OUTPUT, "dst             src             state          conn-id slot"),
        (Sort.OUTPUT, "13.1.1.3        12.1.1.2        QM_IDLE              1    0"),
        (Sort.OUTPUT, "hash md5"),
        (Sort.BLANK, ""),
    ]


@pytest.mark.parametrize(
    "asked", ["show running-config", "sh run", "sh start", "wr term", "more system:running-config"]
)
def test_below_a_command_that_prints_it_stands_the_configuration(asked: str) -> None:
    printed = "Building configuration...\n\nhostname R2\ncrypto isakmp policy 2\n encr 3des\nend\n"
    text = f"R2#{asked}\n{printed}\nR2#"
    found = [(sort, line) for sort, line in sorts(text) if sort is not Sort.BLANK]
    assert found == [
        (Sort.EXEC, asked),
        (Sort.PROSE, "Building configuration..."),
        (Sort.COMMAND, "hostname R2"),
        (Sort.COMMAND, "crypto isakmp policy 2"),
        (Sort.COMMAND, "encr 3des"),
        (Sort.COMMAND, "end"),
    ]


def test_in_a_transcript_only_what_may_be_a_command_is_one() -> None:
    text = 'R2(config)#hash md5\n"wolf": the key\nApply it:\n• a point\ngroup 2'
    assert [sort for sort, _ in sorts(text)] == [
        Sort.COMMAND,
        Sort.PROSE,
        Sort.PROSE,
        Sort.PROSE,
        Sort.COMMAND,
    ]


@pytest.mark.parametrize(
    "banner", ["banner motd ^C\n hash md5\n^C", "banner login # hash md5 #", "banner exec #\n#"]
)
def test_banners_are_no_commands(banner: str) -> None:
    assert {sort for sort, _ in sorts(banner)} == {Sort.PROSE}
    assert sorts(f"{banner}\ngroup 2")[-1] == (Sort.COMMAND, "group 2")


def test_routers_of_a_transcript() -> None:
    text = "for both\nR2(config)#hash md5\nof R2\nR3(config)#group 2\nR2#show clock\n10:00\n"
    assert hostnames(text) == ("R2", "R3")
    assert split_by_hostname(text) == {
        "R2": "for both\nR2(config)#hash md5\nof R2\n\nR2#show clock\n10:00\n",
        "R3": "for both\n\n\nR3(config)#group 2\n\n\n",
    }


def test_no_prompts_no_routers() -> None:
    assert hostnames("hostname R2\ndescription a#b\nsee rfc#2409") == ()
    assert split_by_hostname("hostname R2") == {}


def test_two_running_configurations_are_two_routers() -> None:
    text = "R2#show run\nhostname R2\nR3#show run\nhostname R3\n"
    assert hostnames(text) == ("R2", "R3")
    assert load(text, hostname="R3").config.hostname == "R3"


def test_a_router_that_is_given_a_hostname_stays_the_same_one() -> None:
    text = """\
Router(config)#hostname R2
R2(config)#ip domain name two.example
Router(config)#hostname R3
R3(config)#ip domain name three.example
"""
    assert hostnames(text) == ("R2", "R3")
    assert load(text, hostname="R2").config.domain_name == "two.example"
    assert load(text, hostname="R3").config.domain_name == "three.example"
    first = "".join(text.splitlines(keepends=True)[:2])
    assert load(first).config.hostname == "R2"


def test_what_a_router_showed_comes_back() -> None:
    """A whole `show running-config` of 12.4 with its prompts: every line but those that say a default."""
    text = (Path(__file__).parents[2] / "corpus" / "pasted" / "show_running_config.txt").read_text()
    result = load(text, RouterConfig(compliance_shield=False))
    assert not result.problems
    assert [notice.number for notice in result.notices] == [1, 2, 4]
    back = render(result.config).splitlines()
    shown = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("!")]
    assert [line for line in shown if line not in back] == [
        "R2#show running-config",
        "Building configuration...",
        "Current configuration : 1433 bytes",
        "no aaa new-model",
        " no ip address",
        " --More--",
        "R2#",
    ]
