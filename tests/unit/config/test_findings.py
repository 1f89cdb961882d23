"""What is found wrong with a whole configuration, and the word of the line that it is found at."""

import pytest

from cryptomap.config.load import load
from cryptomap.model.config import RouterConfig

SHIELD = "crypto engine compliance shield disable"
POLICY = "crypto isakmp policy 1\n authentication pre-share\n encryption aes\n group 14\n"
SET = "crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
KEY = "crypto isakmp key wolfwolf address 13.1.1.3\n"
LIST = "access-list 101 permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255\n"
MAP = (
    f"{SET}{KEY}{LIST}crypto map M 1 ipsec-isakmp\n"
    " set peer 13.1.1.3\n set transform-set T\n match address 101\n"
)


def found(text: str, fatal: bool, shield: bool = True) -> list[tuple[str, str]]:
    """The word below each caret, and the message."""
    problems = load(text, RouterConfig(compliance_shield=shield)).problems
    return [
        (problem.line[problem.column :].split(" ")[0], problem.message)
        for problem in problems
        if problem.fatal is fatal
    ]


@pytest.mark.parametrize("text", ["", POLICY, MAP, f"{MAP}interface e0/0\n crypto map M\n"])
def test_nothing_is_wrong_with_what_is_whole_and_strong(text: str) -> None:
    assert load(text).problems == ()


WEAK = [
    ("crypto isakmp policy 1\n encryption 3des\n group 14", "3des"),
    ("crypto isakmp policy 1\n encryption aes\n group 14\n hash md5", "md5"),
    *((f"crypto isakmp policy 1\n encryption aes\n group {number}", f"{number}") for number in (2, 5)),
    *((f"crypto ipsec transform-set T esp-{name} esp-sha-hmac", f"esp-{name}")
      for name in ("des", "3des", "null")),
    ("crypto ipsec transform-set T esp-aes esp-md5-hmac", "esp-md5-hmac"),
    ("crypto ipsec transform-set T esp-aes", "esp-aes"),
    *((f"{MAP} set pfs group{number}", f"group{number}") for number in (1, 2, 5)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "word"), WEAK)
def test_the_shield_refuses_each_weak_word(text: str, word: str) -> None:
    ((at, message),) = found(text, fatal=True)
    assert at == word
    assert message.endswith(f'"{SHIELD}" allows it')
    assert found(text, fatal=True, shield=False) == []
    assert load(f"{text}\n{SHIELD}\n").ok


def test_the_defaults_of_a_policy_are_weak() -> None:
    """DES and group 1 (RFC 2409): refused at the line that opened the policy."""
    assert [message.split(": ")[1] for _, message in found("crypto isakmp policy 1", fatal=True)] == [
        'encryption des is weak; "crypto engine compliance shield disable" allows it',
        'group 1 is weak; "crypto engine compliance shield disable" allows it',
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(f"crypto isakmp policy 1\n authentication pre-share\n encryption aes {bits}\n group {number}"
          for bits in (128, 192, 256) for number in (14, 15, 16, 19, 20, 21)),
        *(f"{POLICY} hash {name}" for name in ("sha", "sha256", "sha384", "sha512")),
        *(f"crypto ipsec transform-set T esp-aes {bits} esp-{name}-hmac"
          for bits in (128, 192, 256) for name in ("sha", "sha256", "sha384", "sha512")),
        *(f"crypto ipsec transform-set T esp-gcm {bits}" for bits in (128, 192, 256)),
        *(f"{MAP} set pfs group{number}" for number in (14, 15, 16, 19, 20, 21)),
    ],
)  # fmt: skip
def test_strong_words_are_there_from_the_start(text: str) -> None:
    assert load(text).problems == ()


WARNED = [
    ("crypto isakmp key wolf address 13.1.1.3", "crypto", "a key of fewer than 8 characters can be guessed"),
    ("crypto isakmp key wolfwolf address 0.0.0.0", "crypto", "any peer with this key is let in"),
    ("crypto isakmp key 6 AAB address 13.1.1.3", "crypto", "it is kept but not used"),
    ("crypto isakmp profile P", "crypto", 'incomplete without a "match identity" or "match certificate"'),
    ("crypto isakmp profile P\n match identity group G\n keyring K", "K", 'there is no crypto keyring "K"'),
    (f"{MAP} set transform-set U", "U", 'there is no transform set "U"'),
    (f"{MAP} set isakmp-profile P", "P", 'there is no crypto isakmp profile "P"'),
    (f"{MAP} match address VPN", "VPN", 'access list "VPN" is not there or has no line'),
    (f"{MAP} set peer 14.1.1.4", "14.1.1.4", "there is no pre-shared key for peer 14.1.1.4"),
    ("crypto map M 1 ipsec-isakmp", "crypto",
     "stays disabled without set peer, set transform-set, match address"),
    (f"{MAP}access-list 101 permit tcp any any range 1 2", "access-list", "IKEv1 cannot name a port range"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "word", "message"), WARNED)
def test_what_is_told_and_loads(text: str, word: str, message: str) -> None:
    ((at, said),) = found(text, fatal=False)
    assert at == word
    assert message in said
    assert load(text).ok


@pytest.mark.parametrize(
    ("text", "word", "message"),
    [
        ("interface e0/0\n crypto map N", "N", 'there is no crypto map "N": traffic would leave in clear'),
        (f"{MAP}access-list 101 permit ip 2.2.2.0 0.255.0.255 any", "0.255.0.255", "only one network a side"),
        (f"{MAP}access-list 101 permit ip any 2.2.2.0 255.255.255.0", "255.255.255.0", "would be 0.0.0.255"),
    ],
)
def test_what_must_not_run(text: str, word: str, message: str) -> None:
    ((at, said),) = found(text, fatal=True)
    assert at == word
    assert message in said
    assert load(text).config == RouterConfig()
