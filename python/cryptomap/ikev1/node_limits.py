"""How many exchanges a peer that has proved itself may have under one ISAKMP SA at the same time."""

from cryptomap.ikev1 import lifecycle
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.quick_mode_responder import AwaitHash3
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.error import PeerMisbehavedError

MOST_UNANSWERED = 64
"""Quick modes whose message 3 the peer owes: each has keys, an SPI and an SA in the data plane."""
MOST_KEPT = 1024
"""Exchanges of any kind, those included that are over and answer duplicates."""


def make_room_for_quick_mode(ctx: Context, sa: IsakmpSa) -> None:
    """Raises `PeerMisbehavedError` where there is none. The message may come again: an honest peer's will."""
    if sum(isinstance(node.phase, AwaitHash3) for node in sa.nodes.values()) >= MOST_UNANSWERED:
        raise PeerMisbehavedError(f"{MOST_UNANSWERED} quick modes of the peer's wait for their third message")
    make_room(ctx, sa)


def make_room(ctx: Context, sa: IsakmpSa) -> None:
    """The same for one more exchange of any kind; the oldest one that is over goes for it."""
    if len(sa.nodes) < MOST_KEPT:
        return
    over = next((node for node in sa.nodes.values() if node.phase is None), None)
    if over is None:
        raise PeerMisbehavedError(f"{MOST_KEPT} exchanges are under way under the SA")
    lifecycle.end_node(ctx, sa, over.message_id)
