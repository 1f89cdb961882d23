"""What the console shows holds no key and no password, but for `show running-config`, as with IOS."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.cli.conftest import FakeRouter

from cryptomap.cli.session import Session
from cryptomap.config.load import load
from cryptomap.model.config import Personality

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"
CONFIG = """hostname R2
crypto engine compliance shield disable
aaa new-model
aaa authentication login XA group radius local
username alice password 0 CANARY-user
radius server RAD
 address ipv4 10.1.1.1 auth-port 1812 acct-port 1813
 key CANARY-radius
crypto keyring RING
 pre-shared-key address 13.1.1.3 key CANARY-ring
crypto isakmp key CANARY-global address 14.1.1.4
crypto isakmp peer address 15.1.1.5
 set aggressive-mode password CANARY-peer
 set aggressive-mode client-endpoint fqdn r2.example
crypto isakmp client configuration group VPNG
 key CANARY-group
crypto unheard-of key CANARY-unknown
"""
"""A secret of each kind that a configuration has."""
SHOWS = sorted(
    {
        found[1]
        for path in GOLDEN.glob("*.txt")
        for found in re.finditer(r"^R2[^#\n]*[#>](?:do )?(show [^|\n]+)", path.read_text(), re.MULTILINE)
        if "config" not in found[1] and "?" not in found[1]
    }
)


@pytest.fixture
def router() -> FakeRouter:
    loaded = load(CONFIG)
    assert [each.message for each in loaded.problems if each.fatal] == []
    return FakeRouter(loaded.config)


def test_the_canaries_are_there(router: FakeRouter) -> None:
    assert len(re.findall(r"Secret\(", repr(router.config))) == CONFIG.count("CANARY") - 1 == 6
    assert len(SHOWS) > 30


@pytest.mark.parametrize("line", SHOWS)
@pytest.mark.parametrize("personality", list(Personality), ids=str)
def test_shows(
    router: FakeRouter, typed: Callable[[Session, str], str], line: str, personality: Personality
) -> None:
    assert "CANARY" not in typed(Session(router), line)


def test_a_repr_of_the_configuration(router: FakeRouter) -> None:
    assert "CANARY" not in repr(router.config)
