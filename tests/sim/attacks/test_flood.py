"""A flood of first messages whose sources are forged: what is up stays up, and new peers come up.

The hub lets everybody in who has the key, whatever the address: to it forged messages are like true ones.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from random import Random

import pytest
from tests.sim.configs import R2_ADDRESS, global_keys, key
from tests.sim.star import Star, hub_config, spoke_address, spoke_config

from cryptomap.ikev1.half_open import HALF_OPEN_OCTETS
from cryptomap.ikev1.tables import HALF_OPEN_IN_ALL, HALF_OPEN_PER_ADDRESS
from cryptomap.model.address import Datagram, Endpoint

GOOD, NEW = 100, 20
LATER = 30
PER_SECOND, SECONDS = 50_000, 58.0
STEP = 0.01
HUB = Endpoint(R2_ADDRESS, 500)


class Flood:
    """First messages as the spokes send them, from anywhere, each with a cookie of its own.

    With `again` every other one is what was sent so many seconds before.
    """

    def __init__(
        self,
        site: Star,
        data: bytes,
        source: Callable[[Random], IPv4Address],
        again: float | None = None,
    ) -> None:
        self.site = site
        self.tail = data[8:]
        self.source = source
        self.random = Random(7)
        self.copies: deque[Datagram] = deque()
        self.again = again

    def run(self, seconds: float) -> None:
        """Time goes on while it goes on."""
        for _ in range(round(seconds / STEP)):
            self.site.run(STEP)
            for number in range(round(PER_SECOND * STEP)):
                self._send(self._copy() if number % 2 else self._fresh())
            self.site.hub.turn()
            assert self.site.hub.endpoint._ctx.half_open.octets <= HALF_OPEN_IN_ALL * HALF_OPEN_OCTETS

    def _fresh(self) -> Datagram:
        source = Endpoint(self.source(self.random), 500)
        one = Datagram(HUB, source, self.random.randbytes(8) + self.tail)
        if self.again is not None:
            self.copies.append(one)
        return one

    def _copy(self) -> Datagram:
        """What was sent a while ago, if it is that long ago that the flood began."""
        waiting = PER_SECOND / 2 * (self.again or 0)
        return self.copies.popleft() if len(self.copies) > waiting else self._fresh()

    def _send(self, datagram: Datagram) -> None:
        self.site.hub.endpoint.receive_datagram(self.site.clock.now, datagram)


def anywhere(random: Random) -> IPv4Address:
    return IPv4Address(random.getrandbits(32))


def first_message() -> bytes:
    site = Star(hub_config(), [spoke_config(1)])
    site.call()
    return site.network.sent[0].data


def clear(site: Star, number: int) -> None:
    """The spoke's IPsec SAs are gone, and its next packet makes new ones."""
    spoke = site.spokes[number - 1]
    spoke.endpoint.clear_sa(site.clock.now)
    spoke.turn()


def test_half_open_flood_of_50000_in_a_second() -> None:
    """100 tunnels stay, and each has new keys by the end; 20 new ones come up."""
    #  MM1 x 3,000,000 --> in a minute, from everywhere
    site = Star(hub_config(), [spoke_config(number) for number in range(1, GOOD + NEW + 1)])
    for number in range(1, GOOD + 1):
        site.call(number)
        site.run(0.02)
    site.run(5)
    assert len(site.hub.pairs) == GOOD
    old = {pair.inbound.spi for pair in site.hub.pairs}
    flood = Flood(site, first_message(), anywhere)
    for number in range(1, GOOD + NEW + 1):
        if number <= GOOD:
            clear(site, number)
        flood.run(SECONDS / (GOOD + NEW))
        site.call(number)
    assert site.hub.endpoint.call_statistics().dropped > 0.9 * PER_SECOND * SECONDS
    flood.run(2)
    assert len(site.hub.pairs) == GOOD + NEW
    assert not old & {pair.inbound.spi for pair in site.hub.pairs}
    site.check(1)
    site.check(GOOD + NEW)
    site.no_errors()


def under_flood_of_doubles(site: Star, again: float) -> None:
    """Spokes 1 to 10 have tunnels: half make new keys, half have forgotten all. The others are new."""
    for number in range(1, 11):
        site.call(number)
        site.run(0.1)
    site.run(5)
    assert len(site.hub.pairs) == 10
    flood = Flood(site, first_message(), anywhere, again)
    flood.run(2)
    for number in range(1, 11 + LATER):
        spoke = site.spokes[number - 1]
        if number <= 5:
            spoke.endpoint.clear_sa(site.clock.now)
            spoke.turn()
        elif number <= 10:
            site.network.drop = lambda parcel: True
            spoke.endpoint.shutdown(site.clock.now)
            spoke.turn()
            site.network.drop = lambda parcel: False
            spoke.reconfigure(spoke.config)
        site.call(number)
        flood.run(0.13)
    flood.run(16)
    site.no_errors()


def up(site: Star) -> list[int]:
    """Spokes with a pair."""
    return [number for number, spoke in enumerate(site.spokes, 1) if spoke.pairs]


def test_half_open_flood_that_comes_twice_at_once() -> None:
    """Who means it waits before sending again."""
    #  MM1, MM1 --> 25,000 times in a second, from everywhere
    site = Star(hub_config(), [spoke_config(number) for number in range(1, 11 + LATER)])
    under_flood_of_doubles(site, 0)
    assert up(site) == list(range(1, 11 + LATER))


def test_half_open_flood_that_comes_twice_as_if_it_were_meant() -> None:
    """Nothing tells them from those of new peers, which get in slowly: one in 25 of what they send again is
    looked at. Who was here before gets in."""
    #  MM1 --> 25,000 times in a second, from everywhere, and each a second later again
    site = Star(hub_config(), [spoke_config(number) for number in range(1, 11 + LATER)])
    under_flood_of_doubles(site, 1)
    assert up(site)[:10] == list(range(1, 11))
    assert len(up(site)) > 10


@pytest.mark.parametrize("named", [True, False])
def test_half_open_flood_does_not_keep_a_named_peer_waiting(named: bool) -> None:
    """One that the hub's configuration names gets in with its first message; another has to repeat it."""
    #  MM1 x 5000 --> in one moment, from everywhere      MM1 -->  <-- MM2   MM3 --> ...
    hub = hub_config()
    if named:
        hub = replace(
            hub, keyrings=global_keys(key("wolf", "0.0.0.0/0"), key("wolf", f"{spoke_address(1)}/32"))
        )
    site = Star(hub, [spoke_config(1)])
    flood = Flood(site, first_message(), anywhere)
    site.run(1)
    site.call()
    for _ in range(5000):
        flood._send(flood._fresh())
    site.run(0.5)
    assert bool(site.hub.pairs) is named
    site.run(1)
    assert site.hub.pairs


def test_half_open_flood_in_the_name_of_a_peer() -> None:
    """It has to repeat its message, and to answer while its half-open SA is among the last five."""
    #  MM1 x 50,000 --> in a second, all in the name of the one that calls
    site = Star(hub_config(), [spoke_config(1)])
    flood = Flood(site, first_message(), lambda random: spoke_address(1))
    flood.run(1.2)
    site.call()
    flood.run(10)
    site.check()
    assert len(site.hub.endpoint._ctx.half_open) <= HALF_OPEN_PER_ADDRESS
    site.no_errors()


def test_half_open_flood_from_one_address_is_its_own_trouble() -> None:
    """Others come up as if there were none: nothing has to come twice."""
    #  MM1 x 50,000 --> in a second, all from one address
    site = Star(hub_config(), [spoke_config(number) for number in range(1, 4)])
    flood = Flood(site, first_message(), lambda random: IPv4Address("66.6.6.6"))
    flood.run(0.5)
    for number in range(1, 4):
        site.call(number)
    flood.run(0.5)
    assert len(site.hub.pairs) == 3
    assert len(site.hub.endpoint._ctx.half_open) <= 5
    site.no_errors()
