"""What a state answers: where the exchange stands next, and what is sent."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input, after
from cryptomap.model import event as ev

S = TypeVar("S", covariant=True)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """`phase` is what is awaited now, None when the exchange is over.

    `reply` is the next message; while `insist` is true it is sent again until it is answered.
    """

    phase: S | None
    reply: bytes | None = None
    insist: bool = False


def move(ctx: Context, sa: IsakmpSa, happened: Input) -> None:
    """Takes phase 1 along the table of legal moves."""
    old, sa.state = sa.state, after(sa.state, happened)
    ctx.emit(ev.StateChange(sa.ref, happened.words, old, sa.state))


def move_node(ctx: Context, sa: IsakmpSa, node: Node, happened: Input) -> None:
    """The same for a quick mode."""
    old, node.state = node.state, after(node.state, happened)
    ctx.emit(ev.StateChange(sa.ref, happened.words, old, node.state, node.message_id))
