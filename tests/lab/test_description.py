"""A lab.toml that is wrong is refused with a sentence that says where and what."""

from pathlib import Path

import pytest

from cryptomap.lab.description import Port, find_lab, load_lab, shipped_labs
from cryptomap.lab.script import HostPing
from cryptomap.lab.table import LabError

TWO_HOSTS = """
title = "two hosts"
[host.A]
addresses = { eth0 = "10.0.0.1/24" }
[host.B]
addresses = { eth0 = "10.0.0.2/24" }
[[link]]
ends = ["A:eth0", "B:eth0"]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "lab.toml").write_text(text)
    return folder


def test_hosts_links_and_steps_are_read(tmp_path: Path) -> None:
    lab = load_lab(write(tmp_path, TWO_HOSTS + '[[step]]\nat = "A"\nping = "10.0.0.2"\ncount = 3\n'))
    assert lab.nodes == ("A", "B")
    assert (lab.links[0].left, lab.links[0].right) == (Port("A", "eth0"), Port("B", "eth0"))
    assert lab.steps == (HostPing("A", None, 0, "10.0.0.2", 3, 3),)


def test_the_notes_labs_ship_and_all_are_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs/labs.md").read_text()
    assert {"lan-to-lan", "lan-to-lan-profile"} <= set(shipped_labs())
    assert [name for name in shipped_labs() if f"| `{name}` |" not in documented] == []


@pytest.mark.parametrize(
    ("addition", "sentence"),
    [
        ("colour = 1", "unknown key 'colour'"),
        ('[router.R]\nconfig = "R.cfg"', "[router.R]: there is no file"),
        ("[router.R]", "[router.R]: config is missing"),
        ('[host.C]\naddresses = { eth0 = "10.0.0.3" }', "'10.0.0.3' is not an address with prefix length"),
        ('[host.C]\ngateway = "east"', "gateway 'east' is not an address"),
        ('[host.C]\nroutes = { "east" = "10.0.0.1" }', "routes must be networks and next hops, not 'east'"),
        ("[host.C]\nforward = 1", "[host.C]: forward must be true or false"),
        ('[[link]]\nends = ["A:eth1"]', "[[link]] number 2: ends must be two ports"),
        ('[[link]]\nends = ["A:eth1", "C:eth0"]', "a link ends at C, which is not a router or host (A, B)"),
        ('[[step]]\nat = "A"', "[[step]] number 1: a step has exactly one of the keys type, run"),
        ('[[step]]\nat = "C"\nping = "10.0.0.2"', "step 1 is at C, which is not a router or host"),
        ('[[step]]\nat = "A"\ntype = "show clock"', "step 1 types at A, which is a host"),
        ('[[step]]\nat = "A"\nping = "10.0.0.2"\nanswered = 6', "answered = 6 is more than the 5 echoes"),
        (
            '[[step]]\nat = "A"\nrun = "true"\nexpcet = "x"',
            "unknown key 'expcet'; here these have a",
        ),
        ('[[step]]\nat = "A"\nrun = "true"\nexpect = ["/(/"]', "/(/ is not a regular expression"),
        (
            '[[step]]\nat = "R"\ntype = "show clock"\nkeep = { X = "a" }',
            "keep: X must be a regular expression",
        ),
        ('[[step]]\nat = "A"\ncaptured = "eth0"', "only is missing"),
        ('[[step]]\nwait = "long"', "wait must be a whole number"),
        ("title = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, addition: str, sentence: str) -> None:
    text = TWO_HOSTS + addition if addition.startswith("[") else addition + TWO_HOSTS
    with pytest.raises(LabError) as caught:
        load_lab(write(tmp_path, text))
    assert sentence in str(caught.value)
    assert "lab.toml" in str(caught.value)


def test_an_unknown_lab_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LabError, match="there is no lab nowhere: neither a folder with a lab"):
        find_lab("nowhere")
