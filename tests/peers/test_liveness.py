"""Dead peer detection with strongSwan: each side answers the other, and notices when it has gone."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tests.peers.site import Settings, Site, connection, settles
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]


def test_we_answer(start: Start) -> None:
    with start(Settings(), connection(dpd_delay="1s", dpd_timeout="5s")) as site:
        assert site.charon.initiate(), site.failure()
        assert settles(lambda: site.charon.log().count("N(DPD_ACK)") >= 3), site.failure()
        assert site.our_isakmp_sas() == 1


@pytest.mark.parametrize("manner", ["on-demand", "periodic"])
def test_we_ask_and_notice(start: Start, manner: str) -> None:
    """10 s of silence, then six questions 2 s apart: gone within 25 s; and back as soon as strongSwan is."""
    ours = Settings(extra=f"crypto isakmp keepalive 10 2 {manner}")
    with start(ours, connection()) as site:
        assert site.charon.initiate(), site.failure()
        assert site.pings() == [3, 3], site.failure()
        if manner == "periodic":
            assert settles(lambda: "N(DPD_ACK)" in site.charon.log(), 15), site.failure()
        site.console("debug crypto isakmp")
        site.charon.pause()
        assert settles(lambda: not site.host_reaches_peer() and site.our_pairs() == 0, 35), site.failure()
        assert "not responding!" in site.console("show logging")
        site.charon.resume()
        assert settles(site.host_reaches_peer, 20), site.failure()


def test_strongswan_notices_that_we_are_gone(start: Start) -> None:
    with start(Settings(), connection(dpd_delay="1s", dpd_timeout="4s")) as site:
        assert site.charon.initiate(), site.failure()
        site.peer.run("ip", "link", "set", "eth0", "down")
        try:
            assert settles(lambda: not site.charon.isakmp_sas(), 15), site.failure()
        finally:
            site.peer.run("ip", "link", "set", "eth0", "up")


def test_strongswan_dies_and_comes_back(start: Start) -> None:
    """It is killed, and remembers nothing: our SAs with it go, and the next packet makes new ones."""
    with start(Settings(extra="crypto isakmp keepalive 10 2 periodic"), connection()) as site:
        assert site.charon.initiate(), site.failure()
        assert site.pings() == [3, 3], site.failure()
        site.charon.kill()
        assert settles(lambda: site.our_isakmp_sas() == site.our_pairs() == 0, 35), site.failure()
        site.charon.restart()
        assert settles(site.host_reaches_peer), site.failure()
        assert site.pings() == [3, 3], site.failure()


def test_we_die_and_come_back(start: Start) -> None:
    """We are killed: strongSwan notices, and calls us again."""
    with start(Settings(), connection(dpd_delay="1s", dpd_timeout="4s")) as site:
        assert site.charon.initiate(), site.failure()
        site.gateway.kill()
        assert settles(lambda: not site.charon.isakmp_sas(), 15), site.charon.log()
        site.gateway.restart()
        site.gateway.wait_ready()
        assert site.charon.initiate(), site.failure()
        assert site.pings() == [3, 3], site.failure()
