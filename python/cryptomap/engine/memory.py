"""An engine that moves no packet: it keeps what it is told, and raises the events that a test injects."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from cryptomap.engine.validation import check_added, check_policies, check_sa
from cryptomap.model.address import Address, Datagram
from cryptomap.model.error import MisuseError
from cryptomap.model.sa import (
    Direction,
    EngineEvent,
    PolicyAction,
    PolicySpec,
    SaCounters,
    SaKey,
    SaSpec,
    UdpEncapsulation,
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changed the engine: the method's name and its arguments."""

    name: str
    arguments: tuple[object, ...]


@dataclass(slots=True)
class _Attachment:
    device: str
    mtu: int


@dataclass(slots=True)
class _State:
    policies: dict[str, tuple[PolicySpec, ...]] = field(default_factory=dict)
    added: dict[int, dict[int, PolicySpec]] = field(default_factory=dict)
    """Policies by their ids, under the id of their DYNAMIC line."""
    sas: dict[SaKey, SaSpec] = field(default_factory=dict)
    counters: dict[SaKey, SaCounters] = field(default_factory=dict)
    drops: dict[str, int] = field(default_factory=dict)
    unserved: dict[int, int] = field(default_factory=dict)
    attached: dict[str, _Attachment] = field(default_factory=dict)


class MemoryEngine:
    """A `Backend` for simulators, dry runs and tests.

    `calls` is everything that was asked for, oldest first. `sas` and `policies` are what is installed
    now. `inject`, `inject_datagram`, `set_counters`, `set_policy_drops` and `set_unserved` play the
    network's part.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._state = _State()
        self._events: list[EngineEvent] = []
        self._datagrams: list[Datagram] = []
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False

    @property
    def sas(self) -> dict[SaKey, SaSpec]:
        """A copy of the SAs that are installed, in the order of installation."""
        return dict(self._state.sas)

    @property
    def policies(self) -> dict[str, tuple[PolicySpec, ...]]:
        """A copy of the policies of each protected interface."""
        return dict(self._state.policies)

    @property
    def attached(self) -> dict[str, str]:
        """The device of each attached interface."""
        return {interface: attachment.device for interface, attachment in self._state.attached.items()}

    def added(self, slot: int) -> tuple[PolicySpec, ...]:
        """What was added to DYNAMIC lines of that id and is there, oldest first."""
        return tuple(self._state.added.get(slot, {}).values())

    def outbound_sa(self, policy_id: int) -> SaSpec | None:
        """The SA that packets of this policy would use: the newest outbound one."""
        specs = [spec for spec in self._state.sas.values() if spec.direction is Direction.OUTBOUND]
        return next((spec for spec in reversed(specs) if spec.policy_id == policy_id), None)

    def inject(self, event: EngineEvent) -> None:
        """Let `poll_events` return `event`."""
        self._events.append(event)
        os.eventfd_write(self._wake, 1)

    def inject_datagram(self, datagram: Datagram) -> None:
        """Let `receive_datagrams` return `datagram`."""
        self._datagrams.append(datagram)
        os.eventfd_write(self._wake, 1)

    def set_counters(self, key: SaKey, counters: SaCounters) -> None:
        """Let `counters` return these for an SA that is installed."""
        if key not in self._state.sas:
            raise MisuseError(f"no SA {key} to count for: install it first")
        self._state.counters[key] = counters

    def set_policy_drops(self, interface: str, drops: int) -> None:
        """Let `policy_drops` return this number."""
        self._state.drops[interface] = drops

    def set_unserved(self, policy_id: int, packets: int) -> None:
        """Let `unserved` say this of a policy."""
        self._state.unserved[policy_id] = packets

    def attach(self, interface: str, device: str, mtu: int) -> None:
        """Record that `interface` is protected through `device`."""
        self._record("attach", interface, device, mtu)
        if interface in self._state.attached:
            raise MisuseError(f"interface {interface} is attached already: detach it first")
        self._state.attached[interface] = _Attachment(device, mtu)

    def detach(self, interface: str, remove: bool) -> None:
        """Record that `interface` is not protected through its device any more."""
        self._record("detach", interface, remove)
        self._state.attached.pop(interface, None)

    def receive_datagrams(self) -> list[Datagram]:
        """The datagrams injected since the last call."""
        datagrams, self._datagrams = self._datagrams, []
        self._settle()
        return datagrams

    def set_policies(self, interface: str, policies: Sequence[PolicySpec]) -> None:
        """See `Backend.set_policies`."""
        self._record("set_policies", interface, tuple(policies))
        check_policies(policies)
        self._state.policies[interface] = tuple(policies)

    def add_policy(self, slot: int, policy: PolicySpec) -> None:
        """See `Backend.add_policy`."""
        self._record("add_policy", slot, policy)
        check_added(policy)
        lines = [line for lines in self._state.policies.values() for line in lines]
        if not any(line.policy_id == slot and line.action is PolicyAction.DYNAMIC for line in lines):
            raise MisuseError(f"there is no dynamic line {slot}: set policies first")
        self._state.added.setdefault(slot, {})[policy.policy_id] = policy

    def remove_policy(self, slot: int, policy: PolicySpec) -> None:
        """See `Backend.remove_policy`."""
        self._record("remove_policy", slot, policy)
        self._state.added.get(slot, {}).pop(policy.policy_id, None)

    def add_sa(self, spec: SaSpec) -> None:
        """See `Backend.add_sa`."""
        self._record("add_sa", spec)
        check_sa(spec)
        if spec.key in self._state.sas:
            raise MisuseError(f"SA {spec.key} is installed already: delete it first")
        self._state.sas[spec.key] = spec

    def delete_sa(self, key: SaKey) -> None:
        """See `Backend.delete_sa`."""
        self._record("delete_sa", key)
        self._state.sas.pop(key, None)
        self._state.counters.pop(key, None)

    def redirect_sa(self, key: SaKey, remote: Address, encapsulation: UdpEncapsulation) -> None:
        """See `Backend.redirect_sa`."""
        self._record("redirect_sa", key, remote, encapsulation)
        spec = self._state.sas.get(key)
        if spec is None or spec.direction is not Direction.OUTBOUND:
            raise MisuseError(f"no outbound SA {key} to redirect")
        self._state.sas[key] = replace(spec, remote=remote, encapsulation=encapsulation)

    def counters(self, key: SaKey) -> SaCounters | None:
        """See `Backend.counters`."""
        if key not in self._state.sas:
            return None
        return self._state.counters.get(key, SaCounters())

    def policy_drops(self, interface: str) -> int:
        """See `Backend.policy_drops`."""
        return self._state.drops.get(interface, 0)

    def unserved(self) -> Mapping[int, int]:
        """See `Backend.unserved`."""
        return dict(self._state.unserved)

    def poll_events(self) -> list[EngineEvent]:
        """See `Backend.poll_events`."""
        events, self._events = self._events, []
        self._settle()
        return events

    def event_fd(self) -> int:
        """See `Backend.event_fd`."""
        return self._wake

    def close(self) -> None:
        """See `Backend.close`. A second call does nothing."""
        if not self._closed:
            self._record("close")
            self._closed = True
            self._state = _State()
            os.close(self._wake)

    def _record(self, name: str, *arguments: object) -> None:
        if self._closed:
            raise MisuseError(f"{name} on an engine that was closed")
        self.calls.append(Call(name, arguments))

    def _settle(self) -> None:
        """Make the event descriptor unreadable when nothing waits."""
        if self._events or self._datagrams:
            return
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake)
