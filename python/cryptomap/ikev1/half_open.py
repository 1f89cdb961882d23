"""Peers whose first message of main mode has been answered, in as few octets as will do.

Whoever sent it may be anybody: only message 3 shows that message 2 arrived where it went. An ISAKMP SA takes
some kilobytes; so until message 3 there is none, but a record of what will be needed then, packed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from struct import Struct
from zlib import compress, decompress

from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import PacketState, State
from cryptomap.ikev1.tables import HALF_OPEN_IN_ALL, HALF_OPEN_PER_ADDRESS
from cryptomap.ikev1.timers import HALF_OPEN_LIFE, Transmission
from cryptomap.model.address import Address, Endpoint
from cryptomap.model.algorithm import Extended
from cryptomap.model.status import Role
from cryptomap.wire.cursor import Reader

HALF_OPEN_OCTETS = 512
"""What each may take: enough for the offers of a dozen policies. One with more has the place of several."""
TABLE_OCTETS = 230
"""What each takes in tables and in overhead, besides its record."""

_FIXED = Struct("!8s8s16sQdHHHIBBBBBH")


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """An ISAKMP SA after message 2, and what message 3 needs besides."""

    sa: IsakmpSa
    policy: int
    """Priority of the policy that was agreed on."""
    lifetime: int
    extended: Extended
    sa_body: bytes = field(repr=False)
    natt_id: bytes = field(repr=False)
    """Empty where one side knows no NAT traversal."""

    def pack(self) -> bytes:
        sa = self.sa
        ends = sa.local.address.packed, sa.remote.address.packed
        fixed = _FIXED.pack(
            sa.initiator_cookie,
            sa.responder_cookie,
            sa.transmission.answered,
            sa.handle,
            sa.created,
            sa.local.port,
            sa.remote.port,
            self.policy,
            self.lifetime,
            self.extended.value,
            sa.transmission.resends,
            sa.peer_takes_fragments << 1 | sa.peer_answers_dpd,
            len(ends[0]),
            len(self.natt_id),
            len(self.sa_body),
        )
        return fixed + b"".join(ends) + compress(self.sa_body + self.natt_id + (sa.transmission.data or b""))

    @classmethod
    def unpack(cls, record: bytes) -> "HalfOpen":
        reader = Reader(record)
        initiator, responder, answered, handle, created, *numbers = reader.fixed(_FIXED)
        local, remote, policy, lifetime, extended, resends, flags, width, natt_size, size = numbers
        here, there = ip_address(reader.take(width)), ip_address(reader.take(width))
        octets = Reader(decompress(reader.rest()))
        sa_body, natt_id = octets.take(size), octets.take(natt_size)
        sa = IsakmpSa(
            handle,
            Role.RESPONDER,
            Endpoint(here, local),
            Endpoint(there, remote),
            created,
            initiator,
            responder,
            state=State.R_MM2,
            packet_state=PacketState.MM_SA_SETUP,
            transmission=Transmission(octets.rest(), answered, resends=resends),
            peer_takes_fragments=bool(flags & 2),
            peer_answers_dpd=bool(flags & 1),
        )
        return cls(sa, policy, lifetime, Extended(extended), sa_body, natt_id)


class HalfOpenTable:
    """The records, oldest first, by initiator cookie and address of the peer."""

    def __init__(self) -> None:
        self._records: dict[bytes, bytes] = {}
        self._of: Counter[bytes] = Counter()
        self._octets = 0

    def __iter__(self) -> Iterator[HalfOpen]:
        return iter([HalfOpen.unpack(record) for record in self._records.values()])

    def __len__(self) -> int:
        return len(self._records)

    @property
    def octets(self) -> int:
        """What they take, all in all."""
        return self._octets + TABLE_OCTETS * len(self)

    def find(self, initiator_cookie: bytes, remote: Address) -> HalfOpen | None:
        record = self._records.get(initiator_cookie + remote.packed)
        return None if record is None else HalfOpen.unpack(record)

    def add(self, half_open: HalfOpen) -> list[IsakmpSa]:
        """Returns those that go for it: there are never more of one address, or in all, than may be."""
        record = half_open.pack()
        remote = half_open.sa.remote.address.packed
        gone = [self._oldest_of(remote)] if self._of[remote] >= HALF_OPEN_PER_ADDRESS else []
        self._records[_key(half_open.sa)] = record
        self._of[remote] += 1
        self._octets += len(record)
        for one in gone:
            self.remove(one)
        while len(self) > HALF_OPEN_IN_ALL or self.octets > HALF_OPEN_OCTETS * HALF_OPEN_IN_ALL:
            gone.append(self._oldest())
            self.remove(gone[-1])
        return gone

    def update(self, half_open: HalfOpen) -> None:
        """Its reply has been repeated."""
        self._records[_key(half_open.sa)] = half_open.pack()

    def remove(self, sa: IsakmpSa) -> bool:
        """Forgets what it was half open for; False when it is not here."""
        record = self._records.pop(_key(sa), None)
        if record is None:
            return False
        remote = sa.remote.address.packed
        self._octets -= len(record)
        self._of[remote] -= 1
        if not self._of[remote]:
            del self._of[remote]
        return True

    def next_end(self) -> float | None:
        """When the oldest has been kept long enough."""
        return self._oldest().created + HALF_OPEN_LIFE if self._records else None

    def pop_due(self, now: float) -> IsakmpSa | None:
        """Takes the oldest, when it has been kept long enough."""
        end = self.next_end()
        if end is None or end > now:
            return None
        oldest = self._oldest()
        self.remove(oldest)
        return oldest

    def _oldest(self) -> IsakmpSa:
        return HalfOpen.unpack(next(iter(self._records.values()))).sa

    def _oldest_of(self, remote: bytes) -> IsakmpSa:
        return HalfOpen.unpack(next(self._records[key] for key in self._records if key.endswith(remote))).sa


def _key(sa: IsakmpSa) -> bytes:
    return sa.initiator_cookie + sa.remote.address.packed
