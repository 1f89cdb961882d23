"""ike-scan lists our transforms as a Cisco router's, and psk-crack proves the HASH of aggressive mode."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.peers.site import OURS, Settings, Site, connection
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]

POLICIES = {
    "Enc=3DES Hash=MD5 Auth=PSK Group=2:modp1024": ("encr 3des", "hash md5", "group 2"),
    "Enc=DES Hash=SHA1 Auth=PSK Group=1:modp768": ("encr des", "hash sha", "group 1"),
    "Enc=AES Hash=SHA2-256 Auth=PSK Group=14:modp2048 KeyLength=256": (
        "encr aes 256",
        "hash sha256",
        "group 14",
    ),
}
TRANSFORMS = {
    "Enc=3DES Hash=MD5 Auth=PSK Group=2:modp1024": "5,1,1,2",
    "Enc=DES Hash=SHA1 Auth=PSK Group=1:modp768": "1,2,1,1",
    "Enc=AES Hash=SHA2-256 Auth=PSK Group=14:modp2048 KeyLength=256": "7/256,4,1,14",
}
"""Encryption, hash, authentication and group, as ike-scan wants them."""
HIDDEN = "crypto isakmp aggressive-mode disable"


def scan(site: Site, *words: str) -> str:
    done = site.peer.run("ike-scan", "--sport=0", "--retry=1", "--timeout=2000", *words, OURS, check=False)
    return done.stdout


@pytest.mark.parametrize("name", POLICIES)
def test_main_mode_shows_the_policy(start: Start, name: str) -> None:
    with start(Settings(POLICIES[name]), connection()) as site:
        shown = scan(site, f"--trans={TRANSFORMS[name]}")
        assert "Main Mode Handshake returned" in shown, shown
        assert f"SA=({name} " in shown, shown
        assert "1 returned handshake" in shown


def test_what_no_policy_has_is_answered_as_a_router_does(start: Start) -> None:
    with start(Settings(), connection()) as site:
        shown = scan(site, "--trans=1,1,1,1")
        assert "Notify message 14 (NO-PROPOSAL-CHOSEN)" in shown, shown


def test_aggressive_mode_is_seen_and_its_hash_is_right(start: Start, tmp_path: Path) -> None:
    """A guessed key fits what was sent: psk-crack computes HASH_R on its own."""
    policy = ("encr 3des", "hash sha", "group 2")
    parameters, words = tmp_path / "parameters", tmp_path / "words"
    words.write_text("lamb\nabc123\nsheep\n")
    with start(Settings(policy, psk="abc123"), connection()) as site:
        shown = ""
        for _ in range(
            20
        ):  # ike-scan's KE is any number, and every other one is no public value of the group
            if "returned HDR" not in shown:
                words_typed = ("--aggressive", "--id=anybody", "--trans=5,2,1,2", "--timeout=500")
                shown = scan(site, *words_typed, f"--pskcrack={parameters}")
        assert "Aggressive Mode Handshake returned" in shown, shown
        assert "Enc=3DES Hash=SHA1 Auth=PSK Group=2:modp1024" in shown, shown
        assert "VID=12f5f28c457168a9702d9fe274cc0100 (Cisco Unity)" in shown, shown
        done = site.peer.run("psk-crack", f"--dictionary={words}", str(parameters), check=False)
        assert 'key "abc123" matches SHA1 hash' in done.stdout, done.stdout


@pytest.mark.parametrize("line", [HIDDEN, "no crypto engine compliance shield disable"])
def test_aggressive_mode_that_is_off_is_not_seen(start: Start, line: str) -> None:
    with start(Settings(extra=line), connection()) as site:
        shown = scan(site, "--aggressive", "--id=anybody", "--trans=7/256,4,1,14", "--dhgroup=14")
        assert "Handshake returned" not in shown, shown
        assert "0 returned handshake" in shown, shown
