"""Who gets in while more knock than can be seen to."""

from ipaddress import IPv4Address, IPv6Address
from random import Random

from cryptomap.ikev1.doorkeeper import (
    MOST_AGAIN,
    MOST_AT_ONCE,
    MOST_MARKS,
    MOST_OF_ADDRESS,
    REMEMBERED,
    Doorkeeper,
)

PEER = IPv4Address("12.1.1.2")
COOKIE = b"whatever"


def crowd(door: Doorkeeper, now: float, count: int, seed: int = 1) -> int:
    """So many messages of so many addresses, all in one moment; how many got in."""
    random = Random(seed)
    return sum(
        door.admits(now, random.randbytes(8), IPv4Address(random.getrandbits(32))) for _ in range(count)
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


def test_those_who_come_again_are_bounded_too() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, 5000)
    assert crowd(door, 1.0, 5000) == MOST_AGAIN


def test_nobody_is_remembered_for_ever() -> None:
    door = Doorkeeper()
    crowd(door, 1.0, MOST_AT_ONCE)
    assert not door.admits(1.0, COOKIE, PEER)
    later = 1.0 + 2 * REMEMBERED
    crowd(door, later, MOST_AT_ONCE, 2)
    assert not door.admits(later, COOKIE, PEER)


def test_as_long_as_a_slow_peer_takes_to_send_again() -> None:
    door = Doorkeeper()
    for second in range(15):
        crowd(door, second, MOST_AT_ONCE, second)
        if second == 0:
            assert not door.admits(second, COOKIE, PEER)
    assert door.admits(14, COOKIE, PEER)


def test_one_address_has_its_share() -> None:
    door = Doorkeeper()
    cookies = [number.to_bytes(8, "big") for number in range(1, 101)]
    assert sum(door.admits(1.0, cookie, PEER) for cookie in cookies) == MOST_OF_ADDRESS
    assert crowd(door, 1.0, 100) == 100, "the others do not notice"


def test_few_get_in_by_mistake() -> None:
    """At 50,000 in a second, after ten seconds: of ever new ones fewer than one in 200 looks like an old
    one."""
    door = Doorkeeper()
    for second in range(10):
        crowd(door, second, 50_000, second)
    assert crowd(door, 9.5, 10_000, 99) < 50


def test_it_takes_no_more_room_for_more() -> None:
    """Two sets of 2 MiB while there is a crowd; nothing when it has gone."""
    door = Doorkeeper()
    for second in range(4):
        crowd(door, second, MOST_AT_ONCE + 20_000, second)
    assert len(door._marks) == 1
    door._marks[0].count = MOST_MARKS
    crowd(door, 5.0, MOST_AT_ONCE + 1)
    door._marks[0].count = MOST_MARKS
    crowd(door, 6.0, MOST_AT_ONCE + 1)
    assert [len(marks._bits) for marks in door._marks] == [1 << 21] * 2
    crowd(door, 6.0 + 2 * REMEMBERED, 1)
    assert door._marks == []
