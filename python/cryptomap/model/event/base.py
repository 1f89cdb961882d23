"""What the events have in common: which ISAKMP SA they are about."""

from dataclasses import dataclass

from cryptomap.model.address import Endpoint


@dataclass(frozen=True, slots=True)
class SaRef:
    """Which ISAKMP SA an event is about.

    `connection_id` is 0 until the SA has keys, `handle` is a number that stays from the first
    packet to the purge, `state` is the IOS packet state (`MM_NO_STATE` ...), `role` is `I` or `R`.
    """

    handle: int
    connection_id: int
    local: Endpoint
    remote: Endpoint
    role: str
    state: str


@dataclass(frozen=True, slots=True)
class IsakmpEvent:
    """Base of what `debug crypto isakmp` shows."""

    sa: SaRef


@dataclass(frozen=True, slots=True)
class IpsecEvent:
    """Base of what `debug crypto ipsec` shows."""
