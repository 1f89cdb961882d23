"""Who gets in while more knock than can be seen to."""

from ipaddress import IPv4Address, IPv6Address
from random import Random

from cryptomap.ikev1.doorkeeper import (
    LATEST,
    MOST_AGAIN,
    MOST_AT_ONCE,
    MOST_KNOWN,
    MOST_OF_ADDRESS,
    SOONEST,
    Doorkeeper,
)

PEER = IPv4Address("12.1.1.2")
COOKIE = b"whatever"


def crowd(door: Doorkeeper, now: float, count: int, seed: int = 1, *, known: bool = False) -> int:
    """So many messages of so many addresses, all in one moment; how many got in."""
    random = Random(seed)
    return sum(
        door.admits(now, random.randbytes(8), IPv4Address(random.getrandbits(32)), known=known)
        for _ in range(count)
    )


def test_a_few_get_in_at_once() -> None:
    door = Doorkeeper()
    assert crowd(door, 1.0, MOST_AT_ONCE) == MOST_AT_ONCE
    assert crowd(door, 1.0, 1000, 2) == 0
    assert crowd(door, 2.0, 10, 3) == 10


def test_who_comes_again_gets_in() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, 10_000)
    assert not door.admits(1.0, COOKIE, PEER)
    crowd(door, 2.0, 10_000, 2)
    assert not door.admits(2.0, b"another!", PEER)
    assert not door.admits(2.0, COOKIE, IPv4Address("12.1.1.3"))
    assert not door.admits(2.0, COOKIE, IPv6Address("::12.1.1.2"))
    assert door.admits(2.0, COOKIE, PEER)


def test_who_comes_twice_at_once_does_not() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, MOST_AT_ONCE)
    assert not door.admits(1.0, COOKIE, PEER)
    assert not door.admits(1.0, COOKIE, PEER)
    assert not door.admits(1.0 + SOONEST / 2, COOKIE, PEER)
    assert door.admits(1.0 + SOONEST, COOKIE, PEER), "it counts from the first time"


def test_who_is_known_has_a_share_apart() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, 10_000)
    assert crowd(door, 1.0, 1000, 2, known=True) == MOST_KNOWN
    assert crowd(door, 2.0, 1000, 3, known=True) == MOST_KNOWN + MOST_AT_ONCE


def test_who_comes_in_the_name_of_one_that_is_known() -> None:
    door = Doorkeeper()
    cookies = [number.to_bytes(8, "big") for number in range(1, 101)]
    assert sum(door.admits(1.0, cookie, PEER, known=True) for cookie in cookies) == MOST_OF_ADDRESS
    assert door.admits(1.0, COOKIE, IPv4Address("12.1.1.3"), known=True)


def test_who_means_it_gets_in_among_those_that_use_its_name() -> None:
    """A flood of ever new messages from one address, forged or not, and ten of the peer's own among them."""
    door = Doorkeeper()
    cookies = [number.to_bytes(8, "big") for number in range(1, 50_001)]
    own = [b"own" + number.to_bytes(5, "big") for number in range(10)]
    assert sum(door.admits(1.0, cookie, PEER) for cookie in cookies) == MOST_OF_ADDRESS
    assert not any(door.admits(1.0, cookie, PEER) for cookie in own)
    for cookie in cookies:
        door.admits(2.0, b"2" + cookie[1:], PEER)
    assert sum(door.admits(2.0, cookie, PEER) for cookie in own) >= 7


def test_one_address_has_its_share_of_what_comes_again_too() -> None:
    door = Doorkeeper()
    cookies = [number.to_bytes(8, "big") for number in range(1, 1001)]
    for cookie in cookies:
        door.admits(1.0, cookie, PEER)
    crowd(door, 1.75, MOST_AT_ONCE)
    assert sum(door.admits(1.75, cookie, PEER) for cookie in cookies) == MOST_OF_ADDRESS


def test_those_who_come_again_are_bounded_too() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, 50_000)
    crowd(door, 1.75, MOST_AT_ONCE, 2)
    assert crowd(door, 1.75, 50_000) == MOST_AGAIN


def test_nobody_is_remembered_for_ever() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, MOST_AT_ONCE)
    assert not door.admits(1.0, COOKIE, PEER)
    for second in range(1, 34):
        crowd(door, 1.0 + second, MOST_AT_ONCE + 1, second)
    later = 1.0 + LATEST + 1
    assert not door.admits(later, COOKIE, PEER)


def test_as_long_as_a_slow_peer_takes_to_send_again() -> None:
    door = Doorkeeper()
    for second in range(15):
        crowd(door, second, MOST_AT_ONCE, second)
        if second == 0:
            assert not door.admits(second, COOKIE, PEER)
    assert door.admits(14, COOKIE, PEER)


def test_most_are_remembered_in_a_flood() -> None:
    """Of 2^20 places 50,000 in a second take another's in one of 20: after a second 95 of 100 are left."""
    door = Doorkeeper()
    crowd(door, 0.0, MOST_AT_ONCE)
    crowd(door, 0.0, 100, 2)
    crowd(door, 0.0, 50_000, 3)
    crowd(door, 1.0, MOST_AT_ONCE, 4)
    assert crowd(door, 1.0, 100, 2) > 85


def test_one_address_has_its_share() -> None:
    door = Doorkeeper()
    cookies = [number.to_bytes(8, "big") for number in range(1, 101)]
    assert sum(door.admits(1.0, cookie, PEER) for cookie in cookies) == MOST_OF_ADDRESS
    assert crowd(door, 1.0, 100) == 100, "the others do not notice"


def test_few_get_in_by_mistake() -> None:
    """Of ever new messages fewer than one in 10,000 look like an old one."""
    door = Doorkeeper()
    for second in range(10):
        crowd(door, second, 50_000, second)
    crowd(door, 10.5, MOST_AT_ONCE, 98)
    assert crowd(door, 10.5, 40_000, 99) < 4


def test_it_takes_no_more_room_for_more() -> None:
    """4 MiB while there is a crowd; nothing when it has gone."""
    door = Doorkeeper()
    for second in range(4):
        crowd(door, second, MOST_AT_ONCE + 20_000, second)
        assert door._memory is not None
        places = door._memory._places
        assert len(places) * places.itemsize == 4 << 20
    crowd(door, 4.0 + LATEST, 1)
    assert door._memory is None
