"""Transaction exchanges as they arrive: Xauth and mode config, whoever asks (draft-dukes-ike-mode-cfg-02).

A peer that has to do Xauth and does something else than what it owes is not let in; that it is the peer is
proved by the HASH.
"""

from cryptomap.ikev1 import remote_access
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import mode_config, mode_config_client, transaction, xauth_client
from cryptomap.ikev1.exchange.mode_config import AwaitPushAck
from cryptomap.ikev1.exchange.mode_config_client import AwaitConfiguration
from cryptomap.ikev1.exchange.step import Step
from cryptomap.ikev1.exchange.xauth import AwaitCredentials, AwaitVerdict, AwaitXauthAck
from cryptomap.ikev1.exchange.xauth_client import AwaitOutcome, AwaitUser
from cryptomap.ikev1.feature.config_attributes import decode
from cryptomap.ikev1.find import check_fresh, digest_of, find, follow
from cryptomap.ikev1.message import check_hash_payload, front_hash, unprotect
from cryptomap.ikev1.node_limits import make_room
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.transmit import repeated, transmit_node
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.error import MalformedError, PeerMisbehavedError
from cryptomap.model.status import Role
from cryptomap.wire.config_numbers import ConfigAttribute, ConfigMessage
from cryptomap.wire.isakmp import Header
from cryptomap.wire.payload import AttributesPayload

Answered = AwaitCredentials | AwaitXauthAck | AwaitPushAck | AwaitConfiguration
"""States that wait for the peer's answer."""
Transaction = Answered | AwaitVerdict | AwaitUser | AwaitOutcome
_XAUTH = frozenset(range(ConfigAttribute.XAUTH_TYPE, ConfigAttribute.XAUTH_ANSWER + 1))


def receive_transaction(ctx: Context, datagram: Datagram, header: Header, body: bytes) -> None:
    """One message. Raises a blame of `model.error` when it is dropped."""
    sa = find(ctx, datagram, header)
    if sa is None:
        return
    if not sa.usable or not header.message_id or not header.encrypted:
        raise PeerMisbehavedError("transaction before phase 1 is over, without message id, or in clear")
    node = sa.nodes.get(header.message_id)
    digest = digest_of(datagram)
    if node is not None and repeated(ctx, sa, node.transmission, digest, 2):
        return
    begins = node is None
    if node is None:
        check_fresh(sa, header.message_id)
        node = transaction.node_of(sa, header.message_id)
    if not begins and not isinstance(node.phase, Answered):
        raise PeerMisbehavedError("this transaction is over, or is no transaction")
    message = unprotect(sa, header, body, node.iv)
    front, rest = front_hash(message)
    check_hash_payload(front, transaction.expected_hash(sa, message, rest))
    message.check(transaction.RULES)
    payload = message.one(AttributesPayload)
    if begins and _too_early(sa, payload):
        raise PeerMisbehavedError("mode config before Xauth is over")
    if begins:
        make_room(ctx, sa)
    follow(ctx, sa, datagram)
    ctx.emit(ev.PacketReceived(sa.ref))
    if begins:
        ctx.emit(ev.NodeCreated(sa.ref, node.message_id))
    ctx.emit(ev.ConfigReceived(sa.ref, node.message_id, ConfigMessage(payload.type).name))
    sa.nodes[node.message_id] = node
    ctx.remember_id(sa, node.message_id)
    node.iv = message.iv
    _process(ctx, sa, node, payload, digest)


def _process(ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload, digest: bytes) -> None:
    """A message that is proved: what is wrong with it now is its sender's doing."""
    phase = node.phase
    try:
        if isinstance(phase, Answered):
            _answered(ctx, sa, node, phase, payload, digest)
        else:
            _asked(ctx, sa, node, payload, digest)
    except (PeerMisbehavedError, MalformedError):
        remote_access.refuse(ctx, sa, node)
        raise


def _is_xauth(payload: AttributesPayload) -> bool:
    return any(attribute.type in _XAUTH for attribute in payload.attributes)


def _too_early(sa: IsakmpSa, payload: AttributesPayload) -> bool:
    """A client may have missed that its acknowledgement was lost: it will ask again."""
    return sa.xauth_list is not None and not sa.authorised and not _is_xauth(payload)


def _answered(
    ctx: Context, sa: IsakmpSa, node: Node, phase: Answered, payload: AttributesPayload, digest: bytes
) -> None:
    step: Step[Transaction] = phase.receive(ctx, sa, node, payload)
    transmit_node(ctx, sa, node, step, digest)
    match phase:
        case AwaitCredentials():
            remote_access.asked_aaa(ctx, sa)
        case AwaitXauthAck(login, granted):
            remote_access.xauth_over(ctx, sa, login.user, granted=granted)
        case AwaitConfiguration():
            remote_access.configured(ctx, sa, decode(payload.attributes))


def _asked(ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload, digest: bytes) -> None:
    """The peer begins."""
    match ConfigMessage(payload.type), _is_xauth(payload):
        case ConfigMessage.REQUEST, True:
            _only_of_gateways(sa)
            transmit_node(ctx, sa, node, xauth_client.asked(ctx, sa, node, payload), digest)
            remote_access.gateway_asked(ctx, sa, node)
        case ConfigMessage.SET, True:
            _only_of_gateways(sa)
            step, granted = xauth_client.told(ctx, sa, node, payload)
            transmit_node(ctx, sa, node, step, digest)
            remote_access.user_judged(ctx, sa, granted=granted)
        case ConfigMessage.REQUEST, False:
            transmit_node(ctx, sa, node, mode_config.asked(ctx, sa, node, payload), digest)
        case ConfigMessage.SET, False:
            pushed, assignment = mode_config_client.pushed(ctx, sa, node, payload)
            transmit_node(ctx, sa, node, pushed, digest)
            if assignment is not None:
                remote_access.configured(ctx, sa, assignment)
        case _:
            raise PeerMisbehavedError(f"{ConfigMessage(payload.type).name} that answers nothing")


def _only_of_gateways(sa: IsakmpSa) -> None:
    if sa.role is not Role.INITIATOR:
        raise PeerMisbehavedError("a client has no say in Xauth")
