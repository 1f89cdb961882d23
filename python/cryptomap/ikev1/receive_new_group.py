"""New group mode as it arrives: one message, one answer."""

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import new_group
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.exchange.step import Step
from cryptomap.ikev1.find import check_fresh, digest_of, find, follow
from cryptomap.ikev1.message import first_iv, unprotect
from cryptomap.ikev1.node_limits import make_room
from cryptomap.ikev1.sa import Node
from cryptomap.ikev1.transmit import repeated, transmit_node
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.error import PeerIncompatibleError, PeerMisbehavedError
from cryptomap.wire.isakmp import Header
from cryptomap.wire.numbers import NotifyType


def receive_new_group(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    """A message of new group mode."""
    sa = find(ctx, datagram, header)
    if sa is None:
        return
    if not sa.usable or not header.message_id or not header.encrypted:
        raise PeerMisbehavedError("new group mode before phase 1 is over, without message id, or in clear")
    digest = digest_of(datagram)
    node = sa.nodes.get(header.message_id)
    if node is not None and repeated(ctx, sa, node.transmission, digest, 2):
        return
    check_fresh(sa, header.message_id)
    node = Node(header.message_id, first_iv(sa, header.message_id))
    message = unprotect(sa, header, body, node.iv)
    new_group.check(sa, message)
    make_room(ctx, sa)
    follow(ctx, sa, datagram)
    ctx.emit(ev.PacketReceived(sa.ref))
    ctx.remember_id(sa, node.message_id)
    try:
        reply = new_group.answer(ctx, sa, node, message)
    except PeerIncompatibleError as error:
        cookies = sa.initiator_cookie + sa.responder_cookie
        send_notify(ctx, sa, error.notify or NotifyType.ATTRIBUTES_NOT_SUPPORTED, cookies)
        raise
    sa.nodes[node.message_id] = node
    transmit_node(ctx, sa, node, Step(None, reply), digest)
