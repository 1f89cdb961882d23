"""What every engine asks of what it is handed, so that a caller's mistake shows with any of them."""

from collections.abc import Sequence

from cryptomap.model.error import MisuseError
from cryptomap.model.sa import ESP_PROTOCOL, PolicyAction, PolicySpec, SaSpec

FIRST_SPI = 256
"""RFC 4303 section 2.1: 1 to 255 are reserved, 0 is never sent."""


def check_policies(policies: Sequence[PolicySpec]) -> None:
    """Raise `MisuseError` for a jump that does not lead forward, or for ports that are no range."""
    for index, policy in enumerate(policies):
        if policy.action is PolicyAction.JUMP and policy.jump_to <= index:
            raise MisuseError(f"policy {policy.policy_id}: line {index} jumps back to {policy.jump_to}")
        for low, high in (policy.source_ports, policy.destination_ports):
            if not 0 <= low <= high <= 65535:
                raise MisuseError(f"policy {policy.policy_id}: {low} to {high} is no port range")
        if policy.selector.source.version != policy.selector.destination.version:
            raise MisuseError(f"policy {policy.policy_id} mixes IPv4 and IPv6")


def check_added(policy: PolicySpec) -> None:
    """Raise `MisuseError` for a policy that cannot be added to a DYNAMIC line."""
    if policy.action is not PolicyAction.PROTECT:
        raise MisuseError(f"policy {policy.policy_id} does not protect: it cannot be added")
    check_policies([policy])


def check_sa(spec: SaSpec) -> None:
    """Raise `MisuseError` for an SA that no engine can run."""
    if not FIRST_SPI <= spec.spi < 2**32:
        raise MisuseError(f"SPI {spec.spi:#x} is reserved or too large")
    if spec.protocol != ESP_PROTOCOL:
        raise MisuseError(f"IP protocol {spec.protocol} is not supported: only ESP (50) is")
    if spec.local.version != spec.remote.version:
        raise MisuseError("the SA's ends mix IPv4 and IPv6")
    if spec.replay_window != 0 and not 32 <= spec.replay_window <= 1024:
        raise MisuseError(f"replay window {spec.replay_window} is neither 0 nor 32 to 1024")
