"""Addresses of `ip local pool`: who has which, and who had it last."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from cryptomap.model.remote_access import AddressPool

MOST_REMEMBERED = 4096
"""Clients whose last address is kept for them while others are free."""


@dataclass(slots=True)
class Leases:
    """Addresses in use and, oldest first, what clients that left had."""

    taken: set[IPv4Address] = field(default_factory=set)
    had: dict[Hashable, IPv4Address] = field(default_factory=dict)

    def take(
        self, pools: Sequence[AddressPool], owner: Hashable, requested: IPv4Address | None
    ) -> IPv4Address | None:
        """An address out of the pools, None when all are in use.

        The one that the owner had before, else the one it asks for, else one that nobody had, else the one
        that has been free for longest.
        """
        wishes = (self.had.get(owner), requested)
        kept = set(self.had.values())
        found = next((each for each in wishes if each is not None and self._free(pools, each)), None)
        found = found or next((each for each in self._all_free(pools) if each not in kept), None)
        found = found or next((each for each in self.had.values() if self._free(pools, each)), None)
        if found is not None:
            self.taken.add(found)
        return found

    def release(self, address: IPv4Address, owner: Hashable) -> None:
        """Its user is gone; it is kept for it as long as there are others."""
        self.taken.discard(address)
        self.had = {who: what for who, what in self.had.items() if what != address and who != owner}
        self.had[owner] = address
        while len(self.had) > MOST_REMEMBERED:
            del self.had[next(iter(self.had))]

    def _free(self, pools: Sequence[AddressPool], address: IPv4Address) -> bool:
        return address not in self.taken and any(
            low <= address <= high for pool in pools for low, high in pool.ranges
        )

    def _all_free(self, pools: Sequence[AddressPool]) -> Iterator[IPv4Address]:
        for pool in pools:
            for low, high in pool.ranges:
                for number in range(int(low), int(high) + 1):
                    if IPv4Address(number) not in self.taken:
                        yield IPv4Address(number)
