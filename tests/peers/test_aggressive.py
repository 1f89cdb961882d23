"""Aggressive mode with pre-shared keys, strongSwan in the other role each time."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tests.peers.site import Settings, Site, connection, settles
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]

CALLS = """crypto isakmp peer address 192.0.2.1
 set aggressive-mode password {psk}
 set aggressive-mode client-endpoint ipv4-address 192.0.2.2
exit"""


def calling(psk: str = "wolf") -> Settings:
    """Our gateway begins aggressive mode."""
    return Settings(extra=CALLS.format(psk=psk))


def test_strongswan_calls(start: Start) -> None:
    with start(Settings(), connection(aggressive="yes")) as site:
        assert site.charon.initiate(), site.failure()
        assert "AGGRESSIVE request 0" in site.charon.log()
        assert site.pings() == [3, 3], site.failure()
        site.charon.terminate()
        assert settles(lambda: site.our_isakmp_sas() == 0), site.failure()


def test_we_call(start: Start) -> None:
    with start(calling(), connection(aggressive="yes")) as site:
        assert settles(site.host_reaches_peer), site.failure()
        assert "parsed AGGRESSIVE request 0" in site.charon.log()
        assert site.pings() == [3, 3], site.failure()
        site.console("clear crypto isakmp")
        assert settles(lambda: not site.charon.isakmp_sas()), site.failure()


@pytest.mark.parametrize("we_call", [True, False])
def test_wrong_key(start: Start, we_call: bool) -> None:
    ours = calling("sheep") if we_call else Settings(psk="sheep")
    with start(ours, connection(aggressive="yes")) as site:
        if we_call:
            assert not site.host_reaches_peer()
        else:
            assert not site.charon.initiate(timeout=3)
        assert site.our_isakmp_sas() == 0
        assert site.charon.installed() == 0


def test_the_shield_and_the_switch_refuse_it(start: Start) -> None:
    with start(Settings(extra="crypto isakmp aggressive-mode disable"), connection(aggressive="yes")) as site:
        assert not site.charon.initiate(timeout=3)
        assert "%CRYPTO-5-IKMP_AG_MODE_DISABLED" in site.console("show logging")
        site.charon.load(connection())
        assert site.charon.initiate(), site.failure()


def test_large_messages_go_in_fragments(start: Start) -> None:
    """Group 16 makes messages 3 and 4 too large for 576 octets."""
    ours = Settings(("encr aes 256", "hash sha512", "group 16"), extra="crypto isakmp fragmentation")
    theirs = connection(ike="aes256-sha512-modp4096", fragmentation="yes")
    with start(ours, theirs) as site:
        assert site.charon.initiate(), site.failure()
        assert "received fragment #1" in site.charon.log(), site.failure()
        assert "splitting IKE message" in site.charon.log(), site.failure()
        assert site.pings() == [3, 3], site.failure()
        site.charon.terminate()
        assert settles(site.host_reaches_peer), site.failure()
        assert site.pings() == [3, 3], site.failure()
