"""`configure terminal`: each accepted line takes effect at once; what is refused changes nothing."""

from dataclasses import replace

import pytest

from cryptomap.config.render import render
from cryptomap.config.session import Configurator
from cryptomap.config.tree import Help, Invalid
from cryptomap.model.config import RouterConfig

WEAK_GROUP = '% crypto isakmp policy 2: group 1 is weak; "crypto engine compliance shield disable" allows it'
WEAK_CIPHER = (
    '% crypto isakmp policy 2: encryption des is weak; "crypto engine compliance shield disable" allows it'
)
NOT_KEPT = "% It is not kept."


@pytest.fixture
def session() -> Configurator:
    return Configurator(RouterConfig(compliance_shield=False))


@pytest.fixture
def shielded() -> Configurator:
    return Configurator(RouterConfig())


def typed(session: Configurator, *lines: str) -> None:
    for line in lines:
        reply = session.line(line)
        assert reply.accepted, (line, reply)


def test_each_line_takes_effect_at_once(session: Configurator) -> None:
    typed(session, "hostname R2")
    assert session.config.hostname == "R2"
    typed(session, "crypto isakmp policy 2", "hash md5")
    assert session.config.isakmp_policies[2].hash.value == "md5"


def test_a_refused_line_changes_nothing(session: Configurator) -> None:
    typed(session, "crypto isakmp policy 2")
    before = session.config
    for line in ("hash md6", "lifetime 59", "hash", "hash m s", "set peer 1.1.1.1", "interface Foo"):
        assert not session.line(line).accepted
        assert session.config is before
        assert session.prompt_suffix == "(config-isakmp)"


def test_prompts_follow_the_modes(session: Configurator) -> None:
    """The prompts of the study note, and the ways out of a block."""
    steps = [
        ("crypto isakmp policy 2", "(config-isakmp)"),
        ("crypto keyring L2LKEY", "(conf-keyring)"),
        ("crypto isakmp profile L2L", "(conf-isa-prof)"),
        ("crypto ipsec transform-set cisco esp-des esp-sha-hmac", "(cfg-crypto-trans)"),
        ("crypto map huawei 10 ipsec-isakmp", "(config-crypto-map)"),
        ("ip access-list extended VPN", "(config-ext-nacl)"),
        ("interface e0/0", "(config-if)"),
        ("ip route 0.0.0.0 0.0.0.0 12.1.1.1", "(config)"),
        ("interface e0/1", "(config-if)"),
        ("exit", "(config)"),
    ]
    for line, prompt in steps:
        typed(session, line)
        assert session.prompt_suffix == prompt


@pytest.mark.parametrize(("line", "ended"), [("end", True), ("exit", True), ("hostname R9", False)])
def test_leaving_configuration(session: Configurator, line: str, ended: bool) -> None:
    assert session.line(line).ended is ended


def test_end_leaves_from_any_block(session: Configurator) -> None:
    typed(session, "interface e0/0")
    assert session.line("end").ended


@pytest.mark.parametrize("line", ["", "  ", "!", "! a remark", "\u00a0\u00a0", "\t"])
def test_lines_that_say_nothing(session: Configurator, line: str) -> None:
    before = session.config
    assert session.line(line).accepted
    assert session.config is before


def test_odd_blanks_are_plain_ones(session: Configurator) -> None:
    typed(session, "hostname\u00a0R9", "interface\u3000e0/0", "description one\u2003two\x00")
    assert " description one two\n" in render(session.config)


def test_do_is_for_the_exec_mode(session: Configurator) -> None:
    typed(session, "interface e0/0")
    assert session.line("do show ip route").exec_line == "show ip route"
    assert session.prompt_suffix == "(config-if)"


def test_what_ios_says_after_a_line(session: Configurator) -> None:
    note = session.line("crypto map huawei 10 ipsec-isakmp").messages
    assert "\n".join(note) == (
        "% NOTE: This new crypto map will remain disabled until a peer\n"
        "        and a valid access list have been configured."
    )
    assert session.line("crypto map huawei 10 ipsec-isakmp").messages == ()


def test_what_a_line_would_make_wrong_is_refused(shielded: Configurator) -> None:
    reply = shielded.line("crypto ipsec transform-set U esp-3des esp-sha-hmac")
    assert reply.refused
    assert "transform set U: esp-3des is weak" in reply.messages[0]
    typed(shielded, "interface e0/0")
    reply = shielded.line("crypto map nix")
    assert reply.refused
    assert 'there is no crypto map "nix"' in reply.messages[0]
    assert shielded.config.transform_sets == {}


def test_the_shield_cannot_be_raised_above_what_is_weak(session: Configurator) -> None:
    typed(session, "crypto isakmp policy 2", "encryption 3des", "hash md5", "group 2", "exit")
    reply = session.line("no crypto engine compliance shield disable")
    assert reply.refused
    assert len(reply.messages) == 3
    assert not session.config.compliance_shield


def test_a_policy_with_weak_defaults_is_a_draft_until_it_is_strong(shielded: Configurator) -> None:
    """So what runs, and what is saved of it, is never what the shield refuses."""
    typed(shielded, "crypto isakmp policy 2", "encryption aes")
    assert shielded.config.isakmp_policies == {}
    assert shielded.line("hash md5").refused
    typed(shielded, "group 14")
    assert shielded.config.isakmp_policies[2].encryption.value == "aes"
    assert shielded.line("group 2").refused
    typed(shielded, "lifetime 60")
    assert shielded.config.isakmp_policies[2].lifetime == 60


@pytest.mark.parametrize("line", ["exit", "end"])
def test_a_draft_that_stays_weak_is_given_up(shielded: Configurator, line: str) -> None:
    typed(shielded, "crypto isakmp policy 2", "authentication pre-share")
    reply = shielded.line(line)
    assert reply.messages == (WEAK_CIPHER, WEAK_GROUP, NOT_KEPT)
    assert reply.ended is (line == "end")
    assert shielded.config == RouterConfig()
    assert shielded.line("exit").messages == ()


def test_a_line_of_another_block_gives_a_draft_up_and_counts(shielded: Configurator) -> None:
    typed(shielded, "crypto isakmp policy 2", "encryption aes")
    reply = shielded.line("hostname R9")
    assert reply.messages == (WEAK_GROUP, NOT_KEPT)
    assert shielded.config == RouterConfig(hostname="R9")
    assert shielded.prompt_suffix == "(config)"


def test_a_draft_goes_on_above_what_another_session_did(shielded: Configurator) -> None:
    typed(shielded, "crypto isakmp policy 2", "encryption aes")
    shielded.refresh(replace(shielded.config, hostname="R9"))
    typed(shielded, "group 14")
    assert shielded.config.hostname == "R9"
    assert shielded.config.isakmp_policies[2].encryption.value == "aes"


def test_a_block_that_another_session_removed_is_left(session: Configurator) -> None:
    typed(session, "interface e0/0")
    session.refresh(RouterConfig())
    assert session.prompt_suffix == "(config)"


def test_help_and_completion_know_the_mode_and_the_one_above(session: Configurator) -> None:
    typed(session, "crypto isakmp policy 2")
    answer = session.help("")
    assert isinstance(answer, Help)
    assert {"authentication", "encryption", "group", "hash", "lifetime", "exit", "no"} <= {
        item.word for item in answer.items
    }
    assert isinstance(session.help("interface "), Help)
    assert isinstance(session.help("frobnicate "), Invalid)
    assert session.complete("auth") == ("authentication",)
    assert session.complete("inter") == ("interface",)
    assert session.complete("zzz") == ()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("crypto isakmp policy ", "  <1-10000>  Priority of protection suite"),
        (
            "crypto isakmp key ",
            "  0     Specifies an UNENCRYPTED password will follow\n"
            "  6     Specifies an ENCRYPTED password will follow\n"
            "  WORD  The UNENCRYPTED (cleartext) user password, or the stored one after 6",
        ),
        ("crypto isakmp nat keepalive ", "  <5-3600>  Number of seconds between keepalives"),
        ("access-list 101 permit ip 2.2.2.0 ", "  A.B.C.D  Source wildcard bits"),
        ("interface Loop", "Loopback"),
    ],
)  # fmt: skip
def test_question_mark(session: Configurator, line: str, shown: str) -> None:
    answer = session.help(line)
    assert isinstance(answer, Help)
    assert "\n".join(answer.render()) == shown
