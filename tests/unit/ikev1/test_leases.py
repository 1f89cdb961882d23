"""Who gets which address."""

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from cryptomap.ikev1 import leases
from cryptomap.ikev1.leases import Leases
from cryptomap.model.remote_access import AddressPool

FIRST = IPv4Address("10.9.9.1")


def pool(size: int, *, gap: bool = False) -> list[AddressPool]:
    """`size` addresses; in two lines of one pool with `gap`."""
    last = FIRST + size - 1
    ranges = ((FIRST, last),) if not gap else ((FIRST, FIRST), (FIRST + 1, last))
    return [AddressPool("RA", ranges)]


def test_one_after_the_other_until_there_are_none() -> None:
    book = Leases()
    got = [book.take(pool(3, gap=True), who, None) for who in range(4)]
    assert got == [FIRST, FIRST + 1, FIRST + 2, None]


def test_both_ends_of_a_range_belong_to_it() -> None:
    assert Leases().take([AddressPool("RA", ((FIRST, FIRST),))], "alice", None) == FIRST


def test_the_last_address_comes_before_the_one_asked_for() -> None:
    book = Leases()
    book.take(pool(9), "alice", FIRST + 4)
    book.release(FIRST + 4, "alice")
    assert book.take(pool(9), "alice", FIRST + 7) == FIRST + 4
    assert book.take(pool(9), "bob", FIRST + 7) == FIRST + 7


def test_what_is_asked_for_has_to_be_of_the_pool_and_free() -> None:
    book = Leases()
    assert book.take(pool(2), "alice", IPv4Address("8.8.8.8")) == FIRST
    assert book.take(pool(2), "bob", FIRST) == FIRST + 1


def test_others_addresses_are_given_last_and_oldest_first() -> None:
    book = Leases()
    for who in ("alice", "bob"):
        book.take(pool(3), who, None)
    book.release(FIRST + 1, "bob")
    book.release(FIRST, "alice")
    got = [book.take(pool(3), who, None) for who in ("carol", "dave", "erin")]
    assert got == [FIRST + 2, FIRST + 1, FIRST]


def test_what_is_remembered_is_bounded() -> None:
    book = Leases()
    size = leases.MOST_REMEMBERED + 100
    for who in range(size):
        address = FIRST + who
        book.taken.add(address)
        book.had[who] = address
    book.release(FIRST, 0)
    assert len(book.had) <= leases.MOST_REMEMBERED


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5))))
def test_no_address_is_given_twice(steps: list[tuple[bool, int]]) -> None:
    book, held = Leases(), dict[int, IPv4Address]()
    for take, who in steps:
        if take and who not in held:
            address = book.take(pool(4), who, None)
            assert (address is None) == (len(held) == 4)
            if address is not None:
                assert address not in held.values()
                held[who] = address
        elif not take and who in held:
            book.release(held.pop(who), who)
