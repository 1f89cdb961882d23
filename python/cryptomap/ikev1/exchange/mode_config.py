"""Mode config: the gateway that has the addresses (draft-dukes-ike-mode-cfg-02 section 2).

    client                                              gateway
    REQUEST(ADDRESS="", DNS="", ...)      -->
                                          <--           REPLY(ADDRESS, DNS, ...)     a client that asks
                                          <--           SET(ADDRESS, DNS, ...)       a gateway that pushes
    ACK(ADDRESS="", DNS="", ...)          -->

`client configuration address respond` answers a REQUEST, `initiate` sends a SET. A client hears only what it
asks for; a REQUEST that may not be answered gets a REPLY with nothing in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryptomap.ikev1 import access, sessions
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import transaction
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.feature.config_attributes import decode, encode, requested_address
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input, PacketState
from cryptomap.model import event as ev
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.remote_access import AddressMode, Assignment
from cryptomap.policy.client_access import told_by_group
from cryptomap.wire.config_numbers import ConfigAttribute, ConfigMessage
from cryptomap.wire.payload import Attribute, AttributesPayload

VERSION = "cryptomap"
"""What we say that we are."""


@dataclass(frozen=True, slots=True)
class AwaitPushAck:
    """SET sent; the client owes its acknowledgement."""

    def receive(
        self, ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload
    ) -> "Step[ModeConfig]":
        if payload.type != ConfigMessage.ACK:
            raise PeerMisbehavedError(f"{ConfigMessage(payload.type).name} where ACK belongs")
        ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, "Transaction mode done"))
        move(ctx, sa, Input.CFG_ACK)
        sa.packet_state = PacketState.QM_IDLE
        return Step(None)


ModeConfig = AwaitPushAck


def asked(ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload) -> Step[ModeConfig]:
    """A REQUEST, and the REPLY to it."""
    wanted = dict.fromkeys(each.type for each in payload.attributes)
    ctx.emit(ev.ConfigChecked(sa.ref, tuple(ConfigAttribute(number).name for number in wanted)))
    attributes: Sequence[Attribute] = ()
    if AddressMode.RESPOND in access.lines(ctx, sa).address_modes:
        _end_push(ctx, sa)
        move(ctx, sa, Input.CFG_REQUEST)
        assignment = _assign(ctx, sa, payload if ConfigAttribute.IP4_ADDRESS in wanted else None)
        attributes = encode(assignment, wanted)
        ctx.emit(ev.ConfigSent(sa.ref, decode(attributes)))
        move(ctx, sa, Input.AAA_GROUP_ATTR)
    else:
        why = "configure `client configuration address respond` for it, or for all of its crypto map"
        ctx.emit(
            ev.PeerInvalid(sa.ref, "PeerIncompatibleError", f"a client asks for its configuration; {why}")
        )
    data = transaction.compose(sa, node, ConfigMessage.REPLY, payload.identifier, attributes)
    ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, "No Error"))
    return Step(None, data)


def _end_push(ctx: Context, sa: IsakmpSa) -> None:
    """A client that asks does not listen to what is pushed."""
    for node in sa.nodes.values():
        if isinstance(node.phase, AwaitPushAck):
            ctx.give_up(sa, node)
            sa.packet_state = PacketState.QM_IDLE


def begin_push(ctx: Context, sa: IsakmpSa) -> tuple[Node, Step[ModeConfig]] | None:
    """The SET, if the gateway is to push and there is an address."""
    if AddressMode.INITIATE not in access.lines(ctx, sa).address_modes:
        return None
    assignment = _assign(ctx, sa, AttributesPayload(ConfigMessage.REQUEST, 0, ()))
    if assignment.address is None:
        return None
    node = transaction.new_node(ctx, sa)
    attributes = encode(assignment)
    ctx.emit(ev.ConfigBegun(sa.ref, node.message_id))
    ctx.emit(ev.ConfigSent(sa.ref, decode(attributes)))
    data = transaction.compose(sa, node, ConfigMessage.SET, 0, attributes)
    move(ctx, sa, Input.PHASE1_COMPLETE_PUSH)
    sa.packet_state = PacketState.CONF_ADDR
    return node, Step(AwaitPushAck(), data, insist=True)


def _assign(ctx: Context, sa: IsakmpSa, payload: AttributesPayload | None) -> Assignment:
    """What this client is told; with its address where it asks for one (`payload`)."""
    group = access.group(ctx, sa)
    told = told_by_group(ctx.config, group) if group is not None else Assignment()
    if payload is not None:
        told = replace(told, address=sessions.lease(ctx, sa, requested_address(payload.attributes)))
    left = int(sa.expires - ctx.now) if sa.expires is not None else None
    return replace(told, expiry=left, version=VERSION)
