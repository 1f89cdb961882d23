"""The tables of ISAKMP SAs and of IPsec SA pairs: who is found by what, and how many there may be."""

from collections.abc import Iterator

from cryptomap.ikev1.sa import ChildSa, IsakmpSa
from cryptomap.model.address import Address, Endpoint
from cryptomap.model.sa import SaKey
from cryptomap.model.status import Role

HALF_OPEN_PER_ADDRESS = 5
"""Responder SAs of one address whose peer has not authenticated."""
HALF_OPEN_IN_ALL = 1000
"""The same for all addresses together."""

_Pair = tuple[Address, Address]


class SaTable:
    """ISAKMP SAs by initiator cookie, by handle and by peer; dead ones stay until they are purged."""

    def __init__(self) -> None:
        self._by_handle: dict[int, IsakmpSa] = {}
        self._by_cookie: dict[bytes, list[IsakmpSa]] = {}
        self._by_peer: dict[_Pair, list[IsakmpSa]] = {}
        self._half_open: dict[int, IsakmpSa] = {}
        self._half_open_of: dict[Address, dict[int, IsakmpSa]] = {}

    def __iter__(self) -> Iterator[IsakmpSa]:
        return iter(tuple(self._by_handle.values()))

    def add(self, sa: IsakmpSa) -> None:
        self._by_handle[sa.handle] = sa
        self._by_cookie.setdefault(sa.initiator_cookie, []).append(sa)
        self._by_peer.setdefault((sa.local.address, sa.remote.address), []).append(sa)
        if sa.role is Role.RESPONDER:
            self._half_open[sa.handle] = sa
            self._half_open_of.setdefault(sa.remote.address, {})[sa.handle] = sa

    def by_handle(self, handle: object) -> IsakmpSa | None:
        return self._by_handle.get(handle) if isinstance(handle, int) else None

    def find(self, initiator_cookie: bytes, responder_cookie: bytes) -> IsakmpSa | None:
        """The SA of both cookies. An initiator that waits for message 2 has no responder's cookie yet."""
        for sa in self._by_cookie.get(initiator_cookie, ()):
            waits = sa.role is Role.INITIATOR and not any(sa.responder_cookie)
            if not sa.deleted and (waits or sa.responder_cookie == responder_cookie):
                return sa
        return None

    def find_first(self, initiator_cookie: bytes, remote: Endpoint) -> IsakmpSa | None:
        """The SA that a first message of main mode has made here already."""
        for sa in self._by_cookie.get(initiator_cookie, ()):
            if sa.role is Role.RESPONDER and sa.remote.address == remote.address:
                return sa
        return None

    def with_peer(self, local: Address, remote: Address) -> tuple[IsakmpSa, ...]:
        """All SAs between the two, dead ones included, oldest first."""
        return tuple(self._by_peer.get((local, remote), ()))

    def usable(self, local: Address, remote: Address, profile: str | None) -> IsakmpSa | None:
        """The newest established SA with the peer; of that profile, when one is given."""
        fit = [
            sa
            for sa in self._by_peer.get((local, remote), ())
            if sa.usable and (profile is None or sa.profile == profile)
        ]
        return max(fit, key=lambda sa: (sa.established or 0.0, sa.handle), default=None)

    def all_usable(self, local: Address, remote: Address) -> tuple[IsakmpSa, ...]:
        """Every established SA with the peer: news goes under all, since the peer may have lost one."""
        return tuple(sa for sa in self._by_peer.get((local, remote), ()) if sa.usable)

    def in_negotiation(self, local: Address, remote: Address, profile: str | None) -> IsakmpSa | None:
        """An SA that we are setting up with the peer."""
        for sa in self._by_peer.get((local, remote), ()):
            if sa.role is Role.INITIATOR and sa.phase is not None and sa.profile == profile:
                return sa
        return None

    def authenticated(self, sa: IsakmpSa) -> None:
        """The SA's peer has proved itself, or is gone: it no longer counts as half open."""
        if self._half_open.pop(sa.handle, None) is not None:
            same = self._half_open_of[sa.remote.address]
            del same[sa.handle]
            if not same:
                del self._half_open_of[sa.remote.address]

    def crowded_out(self, remote: Address) -> tuple[bool, IsakmpSa | None]:
        """Whether one more half-open SA of `remote` may be, and which one goes for it.

        The oldest goes whose peer has not shown yet that it gets our answers. Where all have, there
        is no room.
        """
        crowd = self._half_open_of.get(remote, {})
        if len(crowd) < HALF_OPEN_PER_ADDRESS:
            if len(self._half_open) < HALF_OPEN_IN_ALL:
                return True, None
            crowd = self._half_open
        victim = next((sa for sa in crowd.values() if sa.protection is None), None)
        return victim is not None, victim

    def move(self, sa: IsakmpSa, remote: Endpoint) -> None:
        """The peer, which has proved itself, is to be found elsewhere from now on."""
        self.authenticated(sa)
        self._drop_peer(sa)
        sa.remote = remote
        self._by_peer.setdefault((sa.local.address, remote.address), []).append(sa)

    def discard(self, sa: IsakmpSa) -> None:
        """Forgets the SA."""
        self._by_handle.pop(sa.handle, None)
        self.authenticated(sa)
        self._drop_peer(sa)
        same = self._by_cookie.get(sa.initiator_cookie, [])
        if sa in same:
            same.remove(sa)
        if not same:
            self._by_cookie.pop(sa.initiator_cookie, None)

    def _drop_peer(self, sa: IsakmpSa) -> None:
        pair = sa.local.address, sa.remote.address
        same = self._by_peer.get(pair, [])
        if sa in same:
            same.remove(sa)
        if not same:
            self._by_peer.pop(pair, None)


class ChildTable:
    """IPsec SA pairs by number, by the keys of both their SAs, by policy and by peer."""

    def __init__(self) -> None:
        self._by_number: dict[int, ChildSa] = {}
        self._by_key: dict[SaKey, ChildSa] = {}
        self._by_policy: dict[int, list[ChildSa]] = {}
        self._by_peer: dict[_Pair, list[ChildSa]] = {}

    def __iter__(self) -> Iterator[ChildSa]:
        return iter(tuple(self._by_number.values()))

    def add(self, child: ChildSa) -> None:
        self._by_number[child.number] = child
        self._by_key[child.inbound.key] = child
        self._by_key[child.outbound.key] = child
        self._by_policy.setdefault(child.policy_id, []).append(child)
        self._by_peer.setdefault(_ends(child), []).append(child)

    def remove(self, child: ChildSa) -> None:
        del self._by_number[child.number]
        for key in (child.inbound.key, child.outbound.key):
            if self._by_key.get(key) is child:
                del self._by_key[key]
        self._by_policy[child.policy_id].remove(child)
        self._by_peer[_ends(child)].remove(child)

    def by_number(self, number: object) -> ChildSa | None:
        return self._by_number.get(number) if isinstance(number, int) else None

    def by_key(self, key: SaKey) -> ChildSa | None:
        return self._by_key.get(key)

    def of_policy(self, policy_id: int) -> tuple[ChildSa, ...]:
        """Oldest first."""
        return tuple(self._by_policy.get(policy_id, ()))

    def with_peer(self, local: Address, remote: Address) -> tuple[ChildSa, ...]:
        return tuple(self._by_peer.get((local, remote), ()))


def _ends(child: ChildSa) -> _Pair:
    return child.inbound.local, child.inbound.remote
