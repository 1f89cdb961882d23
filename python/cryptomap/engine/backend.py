"""The seam between IKE's decisions and a data plane. Userspace, kernel and test engines stand behind it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cryptomap.model.address import Address
from cryptomap.model.sa import EngineEvent, PolicySpec, SaCounters, SaKey, SaSpec, UdpEncapsulation


class Backend(Protocol):
    """A data plane. Calls are quick and never block on packets; all raise `MisuseError` on our own mistakes.

    An engine keeps running without its caller: SAs stay, limits hold, nothing leaves in clear.
    """

    def set_policies(self, interface: str, policies: Sequence[PolicySpec]) -> None:
        """Replace the ordered outbound policies of a protected interface in one step.

        SAs whose `policy_id` is still there keep serving it, and what was added to DYNAMIC lines stays. An
        empty list removes the interface's policies (packets that still arrive are dropped).
        """

    def add_policy(self, slot: int, policy: PolicySpec) -> None:
        """Add a PROTECT policy (one port a side, or all) to the DYNAMIC lines with the id `slot`, whichever
        interfaces have them, now or later.

        Takes no longer the more there are. Of several that match a packet the one of the smallest
        networks takes it. Raises `MisuseError` when no interface has such a line.
        """

    def remove_policy(self, slot: int, policy: PolicySpec) -> None:
        """Take an added policy away; an unknown one is ignored. Its SAs stay, and no packet takes them."""

    def add_sa(self, spec: SaSpec) -> None:
        """Install one SA. An outbound SA becomes its policy's newest, and is used from now on."""

    def delete_sa(self, key: SaKey) -> None:
        """Remove one SA; unknown keys are ignored. Its counters go with it."""

    def redirect_sa(self, key: SaKey, remote: Address, encapsulation: UdpEncapsulation) -> None:
        """Send an outbound SA's packets to a new address and port (the peer moved)."""

    def counters(self, key: SaKey) -> SaCounters | None:
        """The SA's counters, or None when there is no such SA."""

    def policy_drops(self, interface: str) -> int:
        """Packets dropped on this interface because their policy had no SA, or none matched."""

    def unserved(self) -> Mapping[int, int]:
        """Packets dropped because their policy had no SA, by policy id. Policies without any are left out."""

    def poll_events(self) -> list[EngineEvent]:
        """Everything that happened since the last call, oldest first. At most some thousands are kept."""

    def event_fd(self) -> int:
        """A file descriptor that polls readable while `poll_events` would return something."""

    def close(self) -> None:
        """Stop, and wipe the keys."""
