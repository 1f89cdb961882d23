"""Several peers of a map entry: which one is called next, and when the first one again (rule M7)."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Router, Site
from tests.sim.star import moved

from cryptomap.model import event as ev
from cryptomap.model.config import Keepalive, RouterConfig

BACKUP = IPv4Address("14.1.1.4")


def two_peers(**changes: object) -> RouterConfig:
    left = r2(peers=(R3_ADDRESS, BACKUP), **changes)
    keys = global_keys(key("wolf", "0.0.0.0/0"))
    return replace(left, keyrings=keys, keepalive=Keepalive(10, 2, periodic=True))


class Pair(Site):
    """R2, its first peer R3, and the second one."""

    def __init__(self, left: RouterConfig) -> None:
        super().__init__(left, r3())
        self.backup = Router("backup", moved(r3(), BACKUP), self.network, 77)

    @property
    def serving(self) -> IPv4Address | None:
        """The peer whose SAs R2 uses."""
        used = [pair.peer.address for pair in self.left.pairs if pair.in_use]
        assert len(used) <= 1
        return next((address for address in used if isinstance(address, IPv4Address)), None)

    def fail_over(self) -> None:
        """The first peer serves, dies, and the second one takes over."""
        self.bring_up()
        self.right.alive = False
        self.traffic(60)
        assert self.serving == BACKUP


def test_a_dead_peer_is_followed_by_the_next_one() -> None:
    #  R-U-THERE --> 13.1.1.3 (six times, no answer)
    #  MM1 --> 14.1.1.4 ... QM3* -->
    site = Pair(two_peers())
    site.bring_up()
    site.right.alive = False
    lost_before = site.left.plane.dropped
    site.traffic(30)
    assert site.serving == BACKUP
    assert site.left.of(ev.PeerDead)
    assert len(site.backup.plane.received) > 0
    assert site.left.plane.dropped - lost_before <= 3, "from the peer's death on next to nothing waits"


def test_a_silent_first_peer_is_followed_by_the_next_one() -> None:
    #  MM1 --> 13.1.1.3 (six times in 35 s, no answer)     MM1 --> 14.1.1.4
    site = Pair(two_peers())
    site.right.alive = False
    site.traffic(45)
    assert site.serving == BACKUP


def revived(site: Pair) -> None:
    """The first peer lives again, and the second one's SAs end."""
    site.right.boot()
    site.right.alive = True
    site.traffic(60)
    assert site.serving == BACKUP, "while it serves, it is stayed with"


def test_the_second_peer_is_stayed_with() -> None:
    site = Pair(two_peers())
    site.fail_over()
    revived(site)
    for clear in (site.left.endpoint.clear_sa, site.left.endpoint.clear_isakmp):
        clear(site.clock.now)
    site.left.turn()
    site.traffic(5)
    assert site.serving == BACKUP


@pytest.mark.parametrize("default", [True, False])
def test_when_the_second_peer_dies_the_first_one_is_called(default: bool) -> None:
    site = Pair(two_peers(default_peer=default))
    site.fail_over()
    revived(site)
    site.backup.alive = False
    site.traffic(45)
    assert site.serving == R3_ADDRESS


@pytest.mark.parametrize(("default", "called"), [(True, R3_ADDRESS), (False, IPv4Address("15.1.1.5"))])
def test_with_a_default_peer_a_lost_connection_leads_back_to_it(default: bool, called: IPv4Address) -> None:
    """Three peers: after the second one dies, the third is next, or the default one again."""
    third = IPv4Address("15.1.1.5")
    left = two_peers(default_peer=default)
    entry = replace(left.crypto_maps["huawei"].entries[10], peers=(R3_ADDRESS, BACKUP, third))
    maps = {"huawei": replace(left.crypto_maps["huawei"], entries={10: entry})}
    site = Pair(replace(left, crypto_maps=maps))
    Router("third", moved(r3(), third), site.network, 78)
    site.fail_over()
    revived(site)
    site.backup.alive = False
    site.traffic(45)
    assert site.serving == called


def test_a_silent_default_peer_does_not_keep_the_others_from_their_turn() -> None:
    """While it is being called anew and stays silent, the next ones are tried, each in its turn."""
    third = IPv4Address("15.1.1.5")
    left = two_peers(default_peer=True)
    entry = replace(left.crypto_maps["huawei"].entries[10], peers=(R3_ADDRESS, BACKUP, third))
    maps = {"huawei": replace(left.crypto_maps["huawei"], entries={10: entry})}
    site = Pair(replace(left, crypto_maps=maps))
    Router("third", moved(r3(), third), site.network, 78)
    site.right.alive = site.backup.alive = False
    site.traffic(100)
    assert site.serving == third
