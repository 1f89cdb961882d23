"""The compiled half of cryptomap: finite-field Diffie-Hellman, ESP, and the userspace data plane."""

from ipaddress import IPv4Address
from typing import final

from cryptomap.model.address import Address
from cryptomap.model.sa import (
    EngineEvent,
    PolicySpec,
    SaCounters,
    SaKey,
    SaSpec,
    UdpEncapsulation,
)

__all__ = ["DataPlane", "EspOpener", "EspSealer", "modp_jacobi", "modp_power"]

def modp_jacobi(value: bytes, modulus: bytes) -> int:
    """The Jacobi symbol of `value` over `modulus`, both unsigned and big-endian: -1, 0 or 1.

    For a prime modulus it says whether `value` is a square. Time depends on both values. Raises `ValueError`
    when the modulus is even, below 3 or above 8192 bits, or the value has more octets than the modulus.
    """

def modp_power(base: bytes, exponent: bytes, modulus: bytes) -> bytes:
    """`base` to the power of `exponent`, modulo `modulus`; all unsigned and big-endian.

    The result is as long as `modulus` was given. Time depends on lengths only, and other threads of Python
    run meanwhile. Raises `ValueError` when the modulus is even, below 3 or above 8192 bits, the base is not
    below it, or the exponent is empty or longer than it.
    """

@final
class EspSealer:
    """Turns IPv4 packets into ESP packets by an outbound SA of its own, without any data plane.

    For tests and tools: `seal` gives what would go out after the outer IP header (RFC 4303), tunnel mode.
    Raises `MisuseError` for an SA that cannot be: keys of a wrong length, a reserved SPI, no integrity.
    """

    def __new__(cls, spec: SaSpec) -> EspSealer: ...
    def seal(self, inner: bytes) -> bytes:
        """The ESP packet, SPI to ICV, that carries the IPv4 packet `inner`.

        Raises `MisuseError` when the SA is used up."""

    def counters(self) -> SaCounters:
        """What the SA has counted."""

@final
class EspOpener:
    """Turns ESP packets back into IPv4 packets by an inbound SA of its own, without any data plane."""

    def __new__(cls, spec: SaSpec) -> EspOpener: ...
    def open(self, sealed: bytes) -> bytes | None:
        """The IPv4 packet in the ESP packet `sealed`, SPI to ICV; the SPI is not looked at.

        A dummy packet (RFC 4303 section 2.6) gives None. Raises `AuthenticationFailedError`,
        `MalformedError`, `PeerMisbehavedError` (a replay, or traffic that the SA is not for) or
        `MisuseError` (the SA is used up). Each is counted as the data plane counts it."""

    def counters(self) -> SaCounters:
        """What the SA has counted."""

@final
class DataPlane:
    """A running userspace data plane: threads that need no Python, behind `cryptomap.engine.userspace`.

    The descriptors are duplicated. Raises `OSError` where the system refuses something and `MisuseError`
    for a caller's mistake, a change after `close` included."""

    def __new__(cls, esp_fd: int | None, udp_fd: int | None, mark: int) -> DataPlane: ...
    def attach(self, interface: str, device: str) -> None:
        """Serve `interface` by the persistent TUN `device` of this thread's network namespace."""

    def detach(self, interface: str, remove: bool) -> None:
        """Stop serving `interface`; `remove` lets its device go."""

    def set_policies(self, interface: str, policies: list[PolicySpec]) -> None:
        """Replace the ordered policies of `interface`."""

    def add_policy(self, slot: int, policy: PolicySpec) -> None:
        """Add a policy to the dynamic lines with the id `slot`."""

    def remove_policy(self, slot: int, policy: PolicySpec) -> None:
        """Take an added policy away; an unknown one is ignored."""

    def add_sa(self, spec: SaSpec) -> None:
        """Install one SA."""

    def delete_sa(self, key: SaKey) -> None:
        """Remove one SA; an unknown key is ignored."""

    def redirect_sa(self, key: SaKey, remote: Address, encapsulation: UdpEncapsulation) -> None:
        """Send an outbound SA's packets elsewhere. It keeps its key."""

    def counters(self, key: SaKey) -> SaCounters | None:
        """What an SA has counted, or None when there is no such SA."""

    def policy_drops(self, interface: str) -> int:
        """IPv4 packets of `interface` that were dropped for want of a policy or an SA."""

    def unserved(self) -> dict[int, int]:
        """Packets that were dropped because their policy had no SA, by policy id."""

    def statistics(self) -> dict[str, int]:
        """Counts of the whole data plane, by name.

        `keepalives` received, `malformed` datagrams, `device_errors` (a TUN device took no packet),
        `not_ipv4` packets from TUN devices, `events_lost` (events and IKE messages that found their
        queue full)."""

    def poll_events(self) -> list[EngineEvent]:
        """Events since the last call, oldest first."""

    def receive_datagrams(self) -> list[tuple[IPv4Address, IPv4Address, int, bytes]]:
        """IKE messages since the last call: local address, peer's address and port, octets."""

    def take_faults(self) -> list[str]:
        """What went wrong in threads since the last call, as text for a log."""

    def event_fd(self) -> int:
        """A descriptor that polls readable while events, IKE messages or faults wait."""

    def close(self) -> None:
        """Stop the threads and wipe the keys. Devices stay."""
