"""A data plane that seals nothing: a packet carries the SA it was sent by, and the receiver compares."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.sim.network import Clock, EspPacket

from cryptomap.model.address import Endpoint
from cryptomap.model.sa import (
    Acquire,
    Direction,
    EngineEvent,
    Expired,
    InvalidSpi,
    PeerMoved,
    PolicyAction,
    PolicySpec,
    SaCounters,
    SaKey,
    SaSpec,
    UdpEncapsulation,
)
from cryptomap.model.selector import Packet
from cryptomap.policy.spd import PolicyLine

PACKET_SIZE = 1000
ACQUIRE_EVERY = 1.0
WINDOW = 64


@dataclass(slots=True)
class Installed:
    """An SA and what it has done. It keeps the key that it was installed under."""

    spec: SaSpec
    key: SaKey
    since: float
    packets: int = 0
    octets: int = 0
    last_used: float | None = None
    told_soft: bool = False
    ended: bool = False
    peer: Endpoint | None = None
    seen: set[int] = field(default_factory=set)
    """Sequence numbers within the window of the highest."""
    highest: int = 0


@dataclass(slots=True)
class DataPlane:
    """Follows `engine.Backend`'s contract as far as packets and limits go."""

    clock: Clock
    raise_event: Callable[[EngineEvent], None]
    transmit: Callable[[EspPacket], None]
    policies: list[PolicySpec] = field(default_factory=list)
    sas: dict[SaKey, Installed] = field(default_factory=dict)
    temporary: list[PolicyLine] = field(default_factory=list)
    """Lines at DYNAMIC places."""
    received: list[Packet] = field(default_factory=list)
    packet_size: int = PACKET_SIZE
    """Octets of every inner packet."""
    clear: list[Packet] = field(default_factory=list)
    """What no policy took."""
    sent: int = 0
    dropped: int = 0
    """Packets that had no SA."""
    refused: list[str] = field(default_factory=list)
    """Why packets that arrived were not taken."""
    _acquired: dict[object, float] = field(default_factory=dict)

    def set_policies(self, policies: list[PolicySpec]) -> None:
        self.policies = policies
        slots = {one.policy_id for one in policies}
        self.temporary = [one for one in self.temporary if one.template and one.template.slot in slots]

    def add_policy(self, line: PolicyLine) -> None:
        assert all(one.policy_id != line.policy_id for one in self.temporary), "policy installed twice"
        self.temporary.append(line)

    def remove_policy(self, line: PolicyLine) -> None:
        assert all(one.spec.policy_id != line.policy_id for one in self.sas.values()), "SAs without policy"
        self.temporary = [one for one in self.temporary if one.policy_id != line.policy_id]

    def add_sa(self, spec: SaSpec) -> None:
        assert spec.key not in self.sas, "SA installed twice"
        known = {*(one.policy_id for one in self.policies), *(one.policy_id for one in self.temporary)}
        assert spec.policy_id in known, "SA installed before its policy"
        self.sas[spec.key] = installed = Installed(spec, spec.key, self.clock.now)
        for limit, hard in ((spec.limits.soft_seconds, False), (spec.limits.hard_seconds, True)):
            if limit is not None:
                self.clock.after(limit, lambda hard=hard: self._reached(installed, hard, "seconds"))  # type: ignore[misc]

    def delete_sa(self, key: SaKey) -> None:
        assert key in self.sas, "an SA that is not there was removed"
        del self.sas[key]

    def redirect_sa(self, key: SaKey, remote: object, encapsulation: UdpEncapsulation) -> None:
        """An engine's SA keeps its key (`Backend.redirect_sa`)."""
        installed = self.sas[key]
        installed.spec = replace(installed.spec, remote=remote, encapsulation=encapsulation)

    def counters(self, key: SaKey) -> SaCounters | None:
        installed = self.sas.get(key)
        if installed is None:
            return None
        return SaCounters(installed.packets, installed.octets, last_used=installed.last_used)

    def of(self, direction: Direction) -> list[SaSpec]:
        return [one.spec for one in self.sas.values() if one.spec.direction is direction]

    def send(self, packet: Packet) -> None:
        """An inner packet wants out."""
        policy = self._match(packet)
        if policy is None:
            self.clear.append(packet)
            return
        self.sent += 1
        for installed in reversed(tuple(self.sas.values())):
            spec = installed.spec
            serves = spec.direction is Direction.OUTBOUND and spec.policy_id == policy.policy_id
            if serves and spec.selector.matches(packet) and not installed.ended:
                self._seal(installed, packet)
                return
        self.dropped += 1
        asks = (policy.policy_id, packet if policy.per_host else None)
        if self.clock.now - self._acquired.get(asks, -9.0) >= ACQUIRE_EVERY:
            self._acquired[asks] = self.clock.now
            self.raise_event(Acquire(policy.policy_id, packet))

    def _match(self, packet: Packet) -> PolicySpec | None:
        at = 0
        while at < len(self.policies):
            policy = self.policies[at]
            fits = policy.selector.matches(packet)
            fits &= policy.source_ports[0] <= packet.source_port <= policy.source_ports[1]
            fits &= policy.destination_ports[0] <= packet.destination_port <= policy.destination_ports[1]
            if fits and policy.action is PolicyAction.PROTECT:
                return policy
            if policy.action is PolicyAction.DYNAMIC:
                taking = self._match_temporary(policy.policy_id, packet)
                if taking is not None:
                    return taking
            at = policy.jump_to if fits and policy.action is PolicyAction.JUMP else at + 1
        return None

    def _match_temporary(self, slot: int, packet: Packet) -> PolicySpec | None:
        for line in self.temporary:
            if line.template is not None and line.template.slot == slot and line.proxy.matches(packet):
                return line.spec
        return None

    def _seal(self, installed: Installed, packet: Packet) -> None:
        spec = installed.spec
        ports = spec.encapsulation or UdpEncapsulation(0, 0)
        source, destination = Endpoint(spec.local, ports.local_port), Endpoint(spec.remote, ports.remote_port)
        self._count(installed)
        self.transmit(EspPacket(source, destination, spec, installed.packets, packet))

    def receive(self, parcel: EspPacket) -> None:
        """An encapsulated packet arrived."""
        theirs = parcel.sealed_with
        assert isinstance(theirs, SaSpec)
        assert isinstance(parcel.inner, Packet)
        key = SaKey(parcel.destination.address, theirs.protocol, theirs.spi)
        installed = self.sas.get(key)
        if installed is None or installed.ended:
            self.refused.append("no SA")
            if installed is None:
                event = InvalidSpi(parcel.source.address, key.destination, key.protocol, key.spi)
                self.raise_event(event)
            return
        ours = installed.spec
        assert (ours.cipher, ours.encryption_key) == (theirs.cipher, theirs.encryption_key), "keys differ"
        assert (ours.auth, ours.auth_key) == (theirs.auth, theirs.auth_key), "keys differ"
        assert (ours.encapsulation is None) == (theirs.encapsulation is None), "encapsulation differs"
        if not ours.selector.matches(parcel.inner):
            self.refused.append("selector")
            return
        if parcel.sequence in installed.seen:
            return
        if parcel.sequence <= installed.highest - WINDOW:
            self.refused.append("outside the window")
            return
        installed.seen.add(parcel.sequence)
        if parcel.sequence > installed.highest:
            installed.highest = parcel.sequence
            installed.seen = {number for number in installed.seen if number > parcel.sequence - WINDOW}
        self.received.append(parcel.inner)
        self._count(installed)
        self._follow(installed, parcel.source)

    def _follow(self, installed: Installed, source: Endpoint) -> None:
        spec = installed.spec
        if spec.encapsulation is None:
            return
        known = installed.peer or Endpoint(spec.remote, spec.encapsulation.remote_port)
        installed.peer = source
        if source != known:
            self.raise_event(PeerMoved(spec.key, source.address, source.port))

    def _count(self, installed: Installed) -> None:
        installed.packets += 1
        installed.last_used = self.clock.now
        installed.octets += self.packet_size
        limits = installed.spec.limits
        for count, soft, hard, reason in (
            (installed.octets, limits.soft_bytes, limits.hard_bytes, "bytes"),
            (installed.packets, limits.soft_packets, limits.hard_packets, "packets"),
        ):
            if hard is not None and count >= hard:
                self._reached(installed, True, reason)
            elif soft is not None and count >= soft:
                self._reached(installed, False, reason)

    def _reached(self, installed: Installed, hard: bool, reason: str) -> None:
        key = installed.key
        if self.sas.get(key) is not installed or installed.ended or (installed.told_soft and not hard):
            return
        installed.told_soft = True
        installed.ended = hard
        event = Expired(key, hard, reason)
        self.clock.after(0.0, lambda: self.raise_event(event))
