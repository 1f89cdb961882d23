"""The default data plane: TUN devices, raw IP protocol 50 and UDP 4500, moved by threads of the Rust core."""

import logging
import socket
from collections.abc import Mapping, Sequence

from cryptomap import _core
from cryptomap.engine.validation import check_added, check_policies, check_sa
from cryptomap.model.address import Address, Datagram, Endpoint
from cryptomap.model.error import MisuseError
from cryptomap.model.sa import (
    EngineEvent,
    PolicySpec,
    SaCounters,
    SaKey,
    SaSpec,
    UdpEncapsulation,
)

logger = logging.getLogger(__name__)


class UserspaceEngine:
    """A `Backend` (IPv4 tunnel mode) whose packets never touch Python.

    `esp_socket` is an `AF_INET`, `SOCK_RAW`, `IPPROTO_ESP` socket; without it nothing is sent or received as
    raw ESP. `udp_socket` is bound to port 4500 on every address; without it there is no UDP encapsulation
    (RFC 3948). Both are duplicated, so the caller may close its own; nobody else may read from them. `mark`
    is the `SO_MARK` of everything that the engine sends.

    Raises `OSError` where the system refuses a socket (raw ones need CAP_NET_RAW, marks CAP_NET_ADMIN).
    """

    def __init__(
        self, *, esp_socket: socket.socket | None, udp_socket: socket.socket | None, mark: int
    ) -> None:
        self._udp_port = udp_socket.getsockname()[1] if udp_socket else 0
        self._core = _core.DataPlane(
            esp_socket.fileno() if esp_socket else None, udp_socket.fileno() if udp_socket else None, mark
        )

    def attach(self, interface: str, device: str, mtu: int) -> None:
        """Protect `interface` with the persistent TUN `device` of the thread's network namespace.

        The device is created when it is missing, and nothing else about it is changed: link state, `mtu`
        and routes are the caller's to set. Raises `MisuseError` when the interface is attached already,
        `OSError` when the device cannot be opened.
        """
        if mtu < 68:
            raise MisuseError(f"an MTU of {mtu} is below IPv4's smallest, 68 (RFC 791)")
        self._core.attach(interface, device)

    def detach(self, interface: str, remove: bool) -> None:
        """Stop reading the interface's device. `remove` lets the device go; else it stays, and drops."""
        self._core.detach(interface, remove)

    def receive_datagrams(self) -> list[Datagram]:
        """IKE messages that came in on the UDP socket since the last call, oldest first.

        The non-ESP marker is stripped. NAT keepalives are counted in `statistics` and go no further.
        """
        return [
            Datagram(Endpoint(local, self._udp_port), Endpoint(remote, port), data)
            for local, remote, port, data in self._core.receive_datagrams()
        ]

    def set_policies(self, interface: str, policies: Sequence[PolicySpec]) -> None:
        """See `Backend.set_policies`. The interface need not be attached yet."""
        check_policies(policies)
        self._core.set_policies(interface, list(policies))

    def add_policy(self, slot: int, policy: PolicySpec) -> None:
        """See `Backend.add_policy`."""
        check_added(policy)
        self._core.add_policy(slot, policy)

    def remove_policy(self, slot: int, policy: PolicySpec) -> None:
        """See `Backend.remove_policy`."""
        self._core.remove_policy(slot, policy)

    def add_sa(self, spec: SaSpec) -> None:
        """See `Backend.add_sa`. Raises `MisuseError` for an SA that is there, or that cannot run here."""
        check_sa(spec)
        self._core.add_sa(spec)

    def delete_sa(self, key: SaKey) -> None:
        """See `Backend.delete_sa`."""
        self._core.delete_sa(key)

    def redirect_sa(self, key: SaKey, remote: Address, encapsulation: UdpEncapsulation) -> None:
        """See `Backend.redirect_sa`. The SA keeps its key. Raises `MisuseError` when it is not there."""
        self._core.redirect_sa(key, remote, encapsulation)

    def counters(self, key: SaKey) -> SaCounters | None:
        """See `Backend.counters`."""
        return self._core.counters(key)

    def policy_drops(self, interface: str) -> int:
        """See `Backend.policy_drops`."""
        return self._core.policy_drops(interface)

    def unserved(self) -> Mapping[int, int]:
        """See `Backend.unserved`."""
        return self._core.unserved()

    def statistics(self) -> Mapping[str, int]:
        """Counters of the whole engine since it started, by name."""
        return self._core.statistics()

    def poll_events(self) -> list[EngineEvent]:
        """See `Backend.poll_events`. Faults of the core's threads are logged here as errors."""
        for fault in self._core.take_faults():
            logger.error("data plane: %s", fault)
        return self._core.poll_events()

    def event_fd(self) -> int:
        """See `Backend.event_fd`. It is readable while datagrams or faults wait, too."""
        return self._core.event_fd()

    def close(self) -> None:
        """See `Backend.close`. Devices stay, and drop what is routed to them."""
        self._core.close()
