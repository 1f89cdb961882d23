"""strongSwan calls a gateway of ours that does not know it: its temporary entry lives with its SAs, which
either side replaces under traffic."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from tests.peers.site import HOST, PEER, PEER_INSIDE, Settings, Site, connection, settles
from tests.peers.strongswan import Connection
from tests.peers.test_rekey import none_lost, replacements_seen

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]

STATIC_ENTRY = re.compile(r"crypto map VPN 10 ipsec-isakmp\n.*? match address 101\n", re.S)
TEMPLATE = """crypto dynamic-map ANY 10
 set transform-set TS
 reverse-route
crypto map VPN 10 ipsec-isakmp dynamic ANY
"""


@dataclass(frozen=True, slots=True)
class Hub(Settings):
    """A dynamic map in place of the static entry, a key for everybody, and no route to the peer's network."""

    def text(self) -> str:
        text = STATIC_ENTRY.sub(TEMPLATE, Settings.text(self))
        text = text.replace(f"key {self.psk} address {self.peer}", f"key {self.psk} address 0.0.0.0 0.0.0.0")
        return re.sub(r"ip route 10\.1\.0\.0 .*\n", "", text)


def entries(site: Site) -> list[str]:
    """The peers of the temporary entries that are there."""
    return re.findall(r"Current peer: (\S+)", site.console("show crypto map"))


def test_the_entry_lives_with_the_sas(start: Start) -> None:
    with start(Hub(), connection()) as site:
        assert not site.host_reaches_peer()
        assert (entries(site), site.our_isakmp_sas()) == ([], 0), "nothing is begun for an unknown peer"
        assert site.charon.initiate(), site.failure()
        assert site.pings() == [3, 3], site.failure()
        assert entries(site) == [PEER]
        assert "10.1.0.0" in site.console("show ip route")
        site.charon.terminate()
        assert settles(lambda: entries(site) == []), site.failure()
        assert "10.1.0.0" not in site.console("show ip route")
        assert site.charon.initiate(), site.failure()
        assert site.pings() == [3, 3], site.failure()


@pytest.mark.parametrize(
    "lives", [{"esp_rekey": "3s", "esp_life": "8s"}, {"esp_rekey": "0s", "esp_life": "8s"}]
)
def test_either_side_replaces_the_sas(start: Start, lives: dict[str, str]) -> None:
    """strongSwan every 3 s; or we do, before the end that it has set."""
    with start(Hub(), connection(**lives)) as site:
        assert site.charon.initiate(), site.failure()
        with none_lost(site, 10):
            replacements_seen(site, 1, 9)
        assert entries(site) == [PEER]
        assert site.pings() == [3, 3], site.failure()


def test_a_pair_of_hosts_each(start: Start) -> None:
    """strongSwan takes what we narrow: two hosts behind us get SAs of their own under one list."""
    ours = Settings(entry=" set security-association level per-host")
    with start(ours, connection()) as site:
        assert settles(site.host_reaches_peer), site.failure()
        shown = site.console("show crypto ipsec sa")
        assert f"local  ident (addr/mask/prot/port): ({HOST}/255.255.255.255/0/0)" in shown
        assert f"remote ident (addr/mask/prot/port): ({PEER_INSIDE}/255.255.255.255/0/0)" in shown
        site.host.run("ip", "address", "add", "10.2.0.10/24", "dev", "eth0")
        ping = ("ping", "-n", "-c", "1", "-W", "1", "-I", "10.2.0.10", PEER_INSIDE)
        assert settles(lambda: site.host.run(*ping, check=False).returncode == 0), site.failure()
        assert site.our_pairs() == 2
        site.host.run("ip", "address", "del", "10.2.0.10/24", "dev", "eth0")
