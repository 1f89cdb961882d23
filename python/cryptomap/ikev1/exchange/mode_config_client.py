"""Mode config: the client. The ladder stands in `mode_config`."""

from dataclasses import dataclass

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import transaction
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature.config_attributes import decode
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.remote_access import Assignment
from cryptomap.wire.config_numbers import ConfigAttribute as Kind
from cryptomap.wire.config_numbers import ConfigMessage
from cryptomap.wire.payload import Attribute, AttributesPayload

_ADDRESS = (Kind.IP4_ADDRESS, Kind.IP4_NETMASK)
_OTHERS = (
    Kind.IP4_DNS,
    Kind.IP4_NBNS,
    Kind.ADDRESS_EXPIRY,
    Kind.APPLICATION_VERSION,
    Kind.UNITY_BANNER,
    Kind.UNITY_DEF_DOMAIN,
    Kind.UNITY_SPLIT_INCLUDE,
    Kind.UNITY_SPLIT_DNS,
    Kind.UNITY_PFS,
    Kind.UNITY_SAVE_PASSWORD,
    Kind.UNITY_BACKUP_SERVERS,
)


@dataclass(frozen=True, slots=True)
class AwaitConfiguration:
    """REQUEST sent; the gateway owes its REPLY. The caller takes what `decode` makes of it."""

    def receive(
        self, ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload
    ) -> "Step[ModeConfigClient]":
        if payload.type != ConfigMessage.REPLY:
            raise PeerMisbehavedError(f"{ConfigMessage(payload.type).name} where REPLY belongs")
        ctx.emit(ev.ConfigTaken(sa.ref, decode(payload.attributes)))
        ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, "Transaction mode done"))
        move(ctx, sa, Input.CFG_REPLY)
        return Step(None)


ModeConfigClient = AwaitConfiguration


def begin(ctx: Context, sa: IsakmpSa, *, address: bool) -> tuple[Node, Step[ModeConfigClient]]:
    """The REQUEST; for an address too, or only for the rest."""
    kinds = (*_ADDRESS, *_OTHERS) if address else _OTHERS
    node = transaction.new_node(ctx, sa)
    ctx.emit(ev.ConfigBegun(sa.ref, node.message_id))
    data = transaction.compose(sa, node, ConfigMessage.REQUEST, 0, [Attribute(kind, b"") for kind in kinds])
    move(ctx, sa, Input.PHASE1_COMPLETE_PULL)
    sa.packet_state = PacketState.CONF_ADDR
    return node, Step(AwaitConfiguration(), data, insist=True)


def pushed(
    ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload
) -> tuple[Step[ModeConfigClient], Assignment | None]:
    """A SET, and the ACK that names what we took of it: nothing, unless we are this gateway's client."""
    taken: Assignment | None = None
    names: list[Attribute] = []
    if sa.client is not None:
        taken = decode(payload.attributes)
        names = [Attribute(each.type, b"") for each in payload.attributes]
        ctx.emit(ev.ConfigTaken(sa.ref, taken))
        _end_request(ctx, sa)
        move(ctx, sa, Input.CFG_SET)
    data = transaction.compose(sa, node, ConfigMessage.ACK, payload.identifier, names)
    return Step(None, data), taken


def _end_request(ctx: Context, sa: IsakmpSa) -> None:
    """A gateway that pushes has said all there is to say."""
    for node in sa.nodes.values():
        if isinstance(node.phase, AwaitConfiguration):
            ctx.give_up(sa, node)
