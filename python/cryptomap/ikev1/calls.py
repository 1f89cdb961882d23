"""What `show crypto call admission statistics` counts of requests for SAs."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Refusal(StrEnum):
    """Why no ISAKMP SA is begun, in the words of the log."""

    RESOURCES = "LOW SYSTEM RESOURCES"
    """As many half-open SAs as there may be."""
    SAS = "IKE SA LIMIT REACHED"
    IN_NEGOTIATION = "IN-NEGOTIATION SA LIMIT REACHED"


@dataclass(slots=True)
class Requests:
    """Requests of one kind and direction."""

    accepted: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Calls:
    """Incoming and outgoing requests for ISAKMP SAs, and for IPsec SA pairs."""

    incoming: Requests = field(default_factory=Requests)
    outgoing: Requests = field(default_factory=Requests)
    refusals: "Counter[Refusal]" = field(default_factory=Counter)
    """Why ISAKMP SAs of either direction were rejected."""
    turned_away: int = 0
    """First messages that were not looked at."""
    ipsec_incoming: Requests = field(default_factory=Requests)
    """Quick modes that peers began: accepted is answered, rejected is refused whatever for."""
    ipsec_outgoing: Requests = field(default_factory=Requests)
    """Negotiations of ours: rejected are those beyond how many a line may have under way."""
