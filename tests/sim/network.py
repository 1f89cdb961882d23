"""Virtual time, and a link that loses, repeats, delays and spoils datagrams as its seed says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from random import Random

from cryptomap.model.address import Address, Datagram, Endpoint


class Clock:
    """What is to happen, by time. Everything in a simulation runs out of here."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._order = count()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, when: float, what: Callable[[], None]) -> None:
        heappush(self._queue, (max(when, self.now), next(self._order), what))

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at(self.now + seconds, what)

    def run_until(self, when: float) -> None:
        while self._queue and self._queue[0][0] <= when:
            self.now, _, what = heappop(self._queue)
            what()
        self.now = when


@dataclass(slots=True)
class Faults:
    """Chances from 0 to 1 for each datagram, and its way in seconds, `jitter` on top at most.

    `burst` is how many in a row are lost on average, in each direction for itself; `loss` is of all of them.
    """

    loss: float = 0.0
    duplication: float = 0.0
    corruption: float = 0.0
    latency: float = 0.05
    jitter: float = 0.0
    burst: float | None = None
    """None is chance alone."""


@dataclass(frozen=True, slots=True)
class EspPacket:
    """What stands for an encapsulated packet: the SA it was sealed with, and what it holds."""

    source: Endpoint
    destination: Endpoint
    sealed_with: object
    sequence: int
    inner: object


Parcel = Datagram | EspPacket
Deliver = Callable[[Parcel], None]


def ends(parcel: Parcel) -> tuple[Endpoint, Endpoint]:
    """Source and destination."""
    if isinstance(parcel, Datagram):
        return parcel.local, parcel.remote
    return parcel.source, parcel.destination


class Nat:
    """One public address for a private one; every inside port gets an outside port of its own, unless it is
    one of `forwarded`, which are open from outside and stay as they are. Ports count up from `first`."""

    def __init__(
        self, inside: Address, outside: Address, forwarded: tuple[int, ...] = (), first: int = 20000
    ) -> None:
        self.inside, self.outside, self.forwarded = inside, outside, forwarded
        self._out = {port: port for port in forwarded}
        self._next = count(first)

    def outwards(self, end: Endpoint) -> Endpoint:
        if end.address != self.inside:
            return end
        if end.port not in self._out:
            self._out[end.port] = next(self._next)
        return Endpoint(self.outside, self._out[end.port])

    def inwards(self, end: Endpoint) -> Endpoint | None:
        if end.address != self.outside:
            return end
        port = next((inside for inside, outside in self._out.items() if outside == end.port), None)
        return None if port is None else Endpoint(self.inside, port)

    def forget(self) -> None:
        """The NAT lost its mappings: each port gets a new one."""
        self._out = {port: port for port in self.forwarded}


class Network:
    """Everybody's link to everybody."""

    def __init__(self, clock: Clock, seed: int, faults: Faults | None = None) -> None:
        self.clock = clock
        self.random = Random(seed)
        self.faults = faults or Faults()
        self.nat: Nat | None = None
        self.far_nat: Nat | None = None
        """A second one: at the other end, or for a second router behind the same address."""
        self.drop: Callable[[Parcel], bool] = lambda parcel: False
        """A test's own mischief, asked before chance is."""
        self.sent: list[Datagram] = []
        """Every IKE datagram that was put on the wire."""
        self._receivers: dict[Address, Deliver] = {}
        self._losing: set[Address] = set()
        """Towards whom a burst of losses is under way."""

    def attach(self, address: Address, deliver: Deliver) -> None:
        self._receivers[address] = deliver

    def send(self, parcel: Parcel) -> None:
        source, destination = ends(parcel)
        if isinstance(parcel, Datagram):
            self.sent.append(parcel)
        for nat in (self.nat, self.far_nat):
            if nat is not None:
                source = nat.outwards(source)
                destination = nat.inwards(destination) or destination
        if self.drop(parcel):
            return
        parcel = _between(parcel, source, destination)
        copies = 2 if self.random.random() < self.faults.duplication else 1
        for _ in range(copies):
            if not self._loses(destination.address):
                self._carry(parcel, destination.address)

    def _loses(self, to: Address) -> bool:
        """Two states, as in Gilbert's model of a link: a burst ends and begins by chance."""
        faults = self.faults
        if faults.burst is None:
            return self.random.random() < faults.loss
        ends = 1 / faults.burst
        begins = ends * faults.loss / (1 - faults.loss)
        losing = self.random.random() >= ends if to in self._losing else self.random.random() < begins
        (self._losing.add if losing else self._losing.discard)(to)
        return losing

    def _carry(self, parcel: Parcel, to: Address) -> None:
        if self.random.random() < self.faults.corruption:
            if isinstance(parcel, EspPacket):
                return
            parcel = Datagram(parcel.local, parcel.remote, self.spoil(parcel.data))
        delay = self.faults.latency + self.random.random() * self.faults.jitter
        receiver = self._receivers.get(to)
        if receiver is not None:
            self.clock.after(delay, lambda: receiver(parcel))

    def spoil(self, data: bytes) -> bytes:
        """One octet changed."""
        at = self.random.randrange(len(data))
        return data[:at] + bytes([data[at] ^ self.random.randrange(1, 256)]) + data[at + 1 :]


def _between(parcel: Parcel, source: Endpoint, destination: Endpoint) -> Parcel:
    if isinstance(parcel, Datagram):
        return Datagram(source, destination, parcel.data)
    return replace(parcel, source=source, destination=destination)
