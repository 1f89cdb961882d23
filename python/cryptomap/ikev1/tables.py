"""The tables of ISAKMP SAs and of IPsec SA pairs: who is found by what, and how many there may be."""

from collections.abc import Iterator
from itertools import count
from typing import TypeVar

from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Traffic
from cryptomap.model.address import Address, Endpoint
from cryptomap.model.sa import SaKey
from cryptomap.model.selector import Selector
from cryptomap.model.status import Role
from cryptomap.policy.spd import LARGEST_ID, PolicyLine
from cryptomap.wire.numbers import ExchangeType

HALF_OPEN_PER_ADDRESS = 5
"""Responder SAs of one address whose peer has not authenticated; and as many that owe message 3."""
HALF_OPEN_IN_ALL = 1000
"""The same for all addresses together."""

_Pair = tuple[Address, Address]
K = TypeVar("K")
T = TypeVar("T")


class SaTable:
    """ISAKMP SAs by initiator cookie, by handle and by peer; dead ones stay until they are purged."""

    def __init__(self) -> None:
        self._by_handle: dict[int, IsakmpSa] = {}
        self._by_cookie: dict[bytes, list[IsakmpSa]] = {}
        self._by_peer: dict[_Pair, list[IsakmpSa]] = {}
        self._negotiating: set[int] = set()
        self._living: set[int] = set()
        self._half_open: dict[int, IsakmpSa] = {}
        self._half_open_of: dict[Address, dict[int, IsakmpSa]] = {}

    def __iter__(self) -> Iterator[IsakmpSa]:
        return iter(tuple(self._by_handle.values()))

    def add(self, sa: IsakmpSa) -> None:
        self._by_handle[sa.handle] = sa
        self._living.add(sa.handle)
        self._negotiating.add(sa.handle)
        self._by_cookie.setdefault(sa.initiator_cookie, []).append(sa)
        self._by_peer.setdefault((sa.local.address, sa.remote.address), []).append(sa)
        if sa.role is Role.RESPONDER:
            self._half_open[sa.handle] = sa
            self._half_open_of.setdefault(sa.remote.address, {})[sa.handle] = sa

    @property
    def living(self) -> int:
        """How many there are, without the deleted ones."""
        return len(self._living)

    @property
    def negotiating(self) -> int:
        """How many of the living are not established."""
        return len(self._negotiating)

    def by_handle(self, handle: object) -> IsakmpSa | None:
        return self._by_handle.get(handle) if isinstance(handle, int) else None

    def find(self, initiator_cookie: bytes, responder_cookie: bytes) -> IsakmpSa | None:
        """The SA of both cookies. An initiator that waits for message 2 has no responder's cookie yet."""
        for sa in self._by_cookie.get(initiator_cookie, ()):
            waits = sa.role is Role.INITIATOR and not any(sa.responder_cookie)
            if not sa.deleted and (waits or sa.responder_cookie == responder_cookie):
                return sa
        return None

    def is_ours(self, initiator_cookie: bytes) -> bool:
        """Whether we chose this initiator's cookie."""
        return any(sa.role is Role.INITIATOR for sa in self._by_cookie.get(initiator_cookie, ()))

    def find_first(self, initiator_cookie: bytes, remote: Endpoint) -> IsakmpSa | None:
        """The SA that a first message of main mode has made here already."""
        for sa in self._by_cookie.get(initiator_cookie, ()):
            if sa.role is Role.RESPONDER and sa.remote.address == remote.address:
                return sa
        return None

    def with_peer(self, local: Address, remote: Address) -> tuple[IsakmpSa, ...]:
        """All SAs between the two, dead ones included, oldest first."""
        return tuple(self._by_peer.get((local, remote), ()))

    def usable(
        self,
        local: Address,
        remote: Address,
        profile: str | None,
        at: Endpoint | None = None,
        client: str | None = None,
    ) -> IsakmpSa | None:
        """The newest SA with the peer that takes quick modes; of that profile, when one is given, and of that
        client of ours or of none.

        Several peers may be behind one address: one that is `at` the port in question comes first.
        """
        fit = [
            sa
            for sa in self._by_peer.get((local, remote), ())
            if sa.ready and sa.client == client and (profile is None or sa.profile == profile)
        ]
        return max(fit, key=lambda sa: (sa.remote == at, sa.established or 0.0, sa.handle), default=None)

    def newest_at(self, sa: IsakmpSa) -> bool:
        """Whether no established SA with the same peer is newer."""
        newest = self.usable(sa.local.address, sa.remote.address, None, sa.remote, sa.client)
        return newest is sa or newest is None or newest.remote != sa.remote

    def all_usable(self, local: Address, remote: Address) -> tuple[IsakmpSa, ...]:
        """Every established SA with the peer: news goes under all, since the peer may have lost one."""
        return tuple(sa for sa in self._by_peer.get((local, remote), ()) if sa.usable)

    def in_negotiation(
        self, local: Address, remote: Address, profile: str | None, client: str | None = None
    ) -> IsakmpSa | None:
        """An SA that we are setting up with the peer, up to where it takes quick modes."""
        for sa in self._by_peer.get((local, remote), ()):
            ours = sa.role is Role.INITIATOR and sa.profile == profile and sa.client == client
            if ours and not sa.deleted and not sa.authorised:
                return sa
        return None

    def authenticated(self, sa: IsakmpSa) -> None:
        """The SA's peer has proved itself, or is gone: it no longer counts as half open."""
        self._negotiating.discard(sa.handle)
        if self._half_open.pop(sa.handle, None) is not None:
            same = self._half_open_of[sa.remote.address]
            del same[sa.handle]
            if not same:
                del self._half_open_of[sa.remote.address]

    def buried(self, sa: IsakmpSa) -> None:
        """The SA is deleted, though still shown."""
        self._living.discard(sa.handle)
        self.authenticated(sa)

    def crowded_out(self, remote: Address) -> tuple[bool, IsakmpSa | None]:
        """Whether one more half-open SA of `remote` may be, and which one goes for it.

        The oldest goes whose peer has not shown yet that it gets our answers: in aggressive mode only its
        proof shows that. Where all have, there is no room.
        """
        crowd = self._half_open_of.get(remote, {})
        if len(crowd) < HALF_OPEN_PER_ADDRESS:
            if len(self._half_open) < HALF_OPEN_IN_ALL:
                return True, None
            crowd = self._half_open
        victim = next((sa for sa in crowd.values() if not _answered(sa)), None)
        return victim is not None, victim

    def move(self, sa: IsakmpSa, remote: Endpoint) -> None:
        """The peer, which has proved itself, is to be found elsewhere from now on."""
        self.authenticated(sa)
        _take(self._by_peer, (sa.local.address, sa.remote.address), sa)
        sa.remote = remote
        self._by_peer.setdefault((sa.local.address, remote.address), []).append(sa)

    def discard(self, sa: IsakmpSa) -> None:
        """Forgets the SA."""
        self._by_handle.pop(sa.handle, None)
        self.buried(sa)
        _take(self._by_peer, (sa.local.address, sa.remote.address), sa)
        _take(self._by_cookie, sa.initiator_cookie, sa)


def _answered(sa: IsakmpSa) -> bool:
    """Whether the half-open SA's peer has got our message 2."""
    return sa.protection is not None and sa.exchange is not ExchangeType.AGGRESSIVE


class ChildTable:
    """IPsec SA pairs by number, by the keys of both their SAs, by policy, by traffic and by peer."""

    def __init__(self) -> None:
        self._by_number: dict[int, ChildSa] = {}
        self._by_key: dict[SaKey, ChildSa] = {}
        self._by_policy: dict[int, list[ChildSa]] = {}
        self._by_traffic: dict[Traffic, list[ChildSa]] = {}
        self._by_peer: dict[_Pair, list[ChildSa]] = {}

    def __iter__(self) -> Iterator[ChildSa]:
        return iter(tuple(self._by_number.values()))

    def __len__(self) -> int:
        return len(self._by_number)

    def add(self, child: ChildSa) -> None:
        self._by_number[child.number] = child
        self._by_policy.setdefault(child.policy_id, []).append(child)
        self._by_traffic.setdefault(child.traffic, []).append(child)
        self.link(child)

    def remove(self, child: ChildSa) -> None:
        del self._by_number[child.number]
        _take(self._by_policy, child.policy_id, child)
        _take(self._by_traffic, child.traffic, child)
        self.unlink(child)

    def link(self, child: ChildSa) -> None:
        """Makes the pair known under where its peer is."""
        for key in _keys(child):
            self._by_key[key] = child
        self._by_peer.setdefault(_ends(child), []).append(child)

    def unlink(self, child: ChildSa) -> None:
        """The pair's peer is about to be somewhere else."""
        for key in _keys(child):
            if self._by_key.get(key) is child:
                del self._by_key[key]
        _take(self._by_peer, _ends(child), child)

    def by_number(self, number: object) -> ChildSa | None:
        return self._by_number.get(number) if isinstance(number, int) else None

    def by_key(self, key: SaKey) -> ChildSa | None:
        """By what the engine calls one of its SAs, or by the peer's address of now and its SPI."""
        return self._by_key.get(key)

    def of_policy(self, policy_id: int) -> tuple[ChildSa, ...]:
        """Oldest first."""
        return tuple(self._by_policy.get(policy_id, ()))

    def with_traffic(self, traffic: Traffic) -> tuple[ChildSa, ...]:
        """Those for the same traffic, oldest first."""
        return tuple(self._by_traffic.get(traffic, ()))

    def with_peer(self, local: Address, remote: Address) -> tuple[ChildSa, ...]:
        return tuple(self._by_peer.get((local, remote), ()))


FIRST_TEMPORARY_SEQUENCE = 65536
"""Entries that are configured have smaller numbers."""


class TemporaryLines:
    """The lines of temporary entries that SAs serve, by where they stand and what they protect."""

    def __init__(self) -> None:
        self.policy_ids = count(LARGEST_ID + 1)
        self.sequences = count(FIRST_TEMPORARY_SEQUENCE)
        self._ids: dict[tuple[int, Selector], int] = {}

    def policy_id(self, slot: int, proxies: Selector) -> int | None:
        return self._ids.get((slot, proxies))

    def holds(self, line: PolicyLine) -> bool:
        return self._ids.get(_stand(line)) == line.policy_id

    def add(self, line: PolicyLine) -> None:
        self._ids[_stand(line)] = line.policy_id

    def remove(self, line: PolicyLine) -> None:
        if self.holds(line):
            del self._ids[_stand(line)]


def _stand(line: PolicyLine) -> tuple[int, Selector]:
    return line.template.slot if line.template else 0, line.proxy


def _ends(child: ChildSa) -> _Pair:
    return child.inbound.local, child.peer.address


def _keys(child: ChildSa) -> set[SaKey]:
    """An engine's SA keeps its key when the peer moves; the peer names it by the address that it has."""
    outbound = child.outbound.key
    return {child.inbound.key, outbound, SaKey(child.peer.address, outbound.protocol, outbound.spi)}


def _take(lists: dict[K, list[T]], key: K, one: T) -> None:
    """Takes `one` from the list of `key`, which may be without it, and forgets an empty list."""
    same = lists.get(key, [])
    if one in same:
        same.remove(one)
    if not same:
        lists.pop(key, None)
