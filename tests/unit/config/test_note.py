"""The study note's labs, pasted as they stand: prompts, remarks, Chinese, odd blanks and all.

What must come out was written by hand from the note; the text is `tests/corpus/pasted`.
"""

import re
from pathlib import Path

import pytest

from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig

PASTED = Path(__file__).parents[2] / "corpus" / "pasted"
UNSHIELDED = RouterConfig(compliance_shield=False)

LAB1 = """\
!
hostname {router}
!
crypto engine compliance shield disable
!
crypto isakmp policy {priority}
 encr 3des
 hash md5
 authentication pre-share
 group 2
{lifetime}!
crypto isakmp key wolf address {peer}
!
{sa_lifetime}crypto ipsec transform-set cisco esp-des esp-sha-hmac
!
crypto map huawei 10 ipsec-isakmp
 set peer {peer}
 set transform-set cisco
 set pfs group1
 match address 101
!
interface Ethernet0/0
 crypto map huawei
!
access-list 101 permit ip {lan} 0.0.0.255 {far} 0.0.0.255
!
end
"""

LAB1_R2 = LAB1.format(
    router="R2",
    priority=2,
    lifetime=" lifetime 60\n",
    peer="13.1.1.3",
    sa_lifetime="crypto ipsec security-association lifetime kilobytes 10240\n"
    "crypto ipsec security-association lifetime seconds 600\n!\n",
    lan="2.2.2.0",
    far="3.3.3.0",
)
LAB1_R3 = LAB1.format(
    router="R3", priority=3, lifetime="", peer="12.1.1.2", sa_lifetime="", lan="3.3.3.0", far="2.2.2.0"
)

LAB2_R2 = LAB1.format(
    router="R2", priority=2, lifetime="", peer="13.1.1.3", sa_lifetime="", lan="2.2.2.0", far="3.3.3.0"
).replace("wolf address 13.1.1.3", "wolf address 0.0.0.0 0.0.0.0")

LAB2_REMOTE = """\
!
hostname remote
!
crypto engine compliance shield disable
!
crypto isakmp policy 2
 encr 3des
 hash md5
 authentication pre-share
 group 2
!
crypto isakmp key wolf address 12.1.1.2
!
crypto ipsec transform-set cisco esp-des esp-sha-hmac
!
crypto dynamic-map dynamap 10
 set transform-set cisco
 set pfs group1
!
crypto map QQ 10 ipsec-isakmp dynamic dynamap
!
interface Ethernet0/0
 crypto map QQ
!
end
"""

LAB3_R2 = """\
!
hostname R2
!
crypto engine compliance shield disable
!
crypto keyring L2LKEY
 pre-shared-key address 13.1.1.3 key wolf
!
crypto isakmp policy 2
 encr 3des
 hash md5
 authentication pre-share
 group 2
!
crypto isakmp profile L2L
 keyring L2LKEY
 match identity address 13.1.1.3 255.255.255.255
!
crypto ipsec transform-set cisco esp-des esp-sha-hmac
!
crypto map huawei 10 ipsec-isakmp
 set peer 13.1.1.3
 set transform-set cisco
 set pfs group1
 set isakmp-profile L2L
 match address 101
 reverse-route
!
interface Ethernet0/0
 crypto map huawei
!
access-list 101 permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255
!
end
"""

CASES = [
    ("note_lab1", "R2", LAB1_R2),
    ("note_lab1", "R3", LAB1_R3),
    ("note_lab2", "R2", LAB2_R2),
    ("note_lab2", "remote", LAB2_REMOTE),
    ("note_lab3", "R2", LAB3_R2),
]
OPEN_TO_ALL = ["crypto isakmp key for 0.0.0.0/0: any peer with this key is let in"]
"""Said of the wildcard key of lab 2."""


def pasted(lab: str) -> str:
    return (PASTED / f"{lab}.txt").read_text(encoding="utf-8")


def reported(result: LoadResult) -> dict[int, str]:
    """Each line that was passed over or cut, and what was said of it."""
    return {notice.number: notice.message for notice in result.notices if notice.number}


@pytest.mark.parametrize(("lab", "router", "running"), CASES)
def test_it_is_the_configuration_that_is_meant(lab: str, router: str, running: str) -> None:
    result = load(pasted(lab), UNSHIELDED, hostname=router)
    warned = OPEN_TO_ALL if "0.0.0.0" in running else []
    assert [problem.message for problem in result.problems if problem.number] == warned
    assert result.ok
    assert render(result.config) == running


def owned(lab: str, router: str) -> dict[int, str]:
    """The lines of one router, by number: those before the first prompt, and those from its prompts on."""
    found: dict[int, str] = {}
    owner = router
    for number, line in enumerate(pasted(lab).split("\n"), 1):
        prompt = re.match(r"(?:或者:)?\W*(R2|R3|remote)(?:\([\w-]+\))?#", line)
        owner = prompt[1] if prompt else owner
        if owner == router and line.strip("\u00a0 "):
            found[number] = line
    return found


@pytest.mark.parametrize(("lab", "router", "running"), CASES)
def test_no_line_is_dropped_in_silence(lab: str, router: str, running: str) -> None:
    """What is no command typed at this router's configuration prompt is reported with its number."""
    lines = owned(lab, router)
    said = reported(load(pasted(lab), UNSHIELDED, hostname=router))
    commands = {number for number, line in lines.items() if re.match(rf"{router}\([\w-]+\)#", line)}
    remarks = {number for number in commands if "<==" in lines[number]}
    assert {number for number, message in said.items() if "remark cut off" in message} == remarks
    assert set(said) == lines.keys() - (commands - remarks)


def test_alternatives_are_not_taken() -> None:
    """`或者:` offers a named list in place of list 101, and two transform sets in place of one."""
    said = reported(load(pasted("note_lab1"), UNSHIELDED, hostname="R2"))
    assert {
        number: message for number, message in said.items() if "other way" in message or "another" in message
    } == {
        30: "another way to say the line before: not taken",
        31: "goes with the other way to say it: not taken",
        39: "another way to say the line before: not taken",
    }


def test_of_two_routers_one_must_be_chosen() -> None:
    result = load(pasted("note_lab1"))
    assert [problem.message for problem in result.problems] == [
        "the prompts are those of several routers (R2, R3): each needs a file of its own"
    ]
    assert result.config == RouterConfig()


def test_with_the_shield_each_weak_word_is_refused_where_it_stands() -> None:
    result = load(pasted("note_lab3"), hostname="R2")
    refused = [
        (problem.number, problem.line[problem.column :].split()[0])
        for problem in result.problems
        if problem.fatal
    ]
    assert refused == [
        (6, "md5"),
        (7, "3des"),
        (8, "2"),
        (16, "esp-des"),
        (22, "set"),
    ]
    assert all(
        '"crypto engine compliance shield disable" allows it' in p.message for p in result.problems if p.fatal
    )
    assert result.config == RouterConfig()
