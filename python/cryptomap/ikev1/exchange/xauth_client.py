"""Xauth: the side that is asked. The ladder stands in `xauth`.

A user's name and password go only to a gateway whose identity was checked in phase 1. What is configured is
sent once: a gateway that asks again did not like it, or asks something else, and then a person has to answer.
"""

from dataclasses import dataclass

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import transaction
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input, State
from cryptomap.model import event as ev
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.policy.ezvpn import saved_user
from cryptomap.wire.config_numbers import ConfigAttribute, ConfigMessage, XauthStatus, XauthType
from cryptomap.wire.payload import Attribute, AttributesPayload

_PASSWORDS = frozenset(
    {
        ConfigAttribute.XAUTH_USER_PASSWORD,
        ConfigAttribute.XAUTH_PASSCODE,
        ConfigAttribute.XAUTH_ANSWER,
        ConfigAttribute.XAUTH_NEXT_PIN,
    }
)


@dataclass(frozen=True, slots=True)
class AwaitUser:
    """A REQUEST has come that only a person can answer: `crypto ipsec client ezvpn xauth`."""

    asked: AttributesPayload


@dataclass(frozen=True, slots=True)
class AwaitOutcome:
    """REPLY sent; the gateway owes its SET, or another REQUEST, in an exchange of its own. Until then the
    REPLY is sent again."""


XauthClient = AwaitUser | AwaitOutcome


def asked(ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload) -> Step[XauthClient]:
    """A REQUEST: answered with what is configured, else once a person has."""
    attributes = {ConfigAttribute(each.type): each for each in payload.attributes}
    ctx.emit(ev.XauthAttributes(sa.ref, "request", tuple(kind.name for kind in attributes)))
    client = ctx.config.ezvpn_clients.get(sa.client or "")
    kind = attributes.get(ConfigAttribute.XAUTH_TYPE)
    if client is None or (kind is not None and kind.number != XauthType.GENERIC):
        return Step(None, _reply(sa, node, payload, [_status(XauthStatus.FAIL)]))
    again = sa.state is State.XAUTH_REPLY_SENT
    _end_reply(ctx, sa)
    move(ctx, sa, Input.XAUTH_REQUEST)
    saved = saved_user(client)
    if saved is not None and not again:
        return answer(ctx, sa, node, payload, *saved)
    said = attributes.get(ConfigAttribute.XAUTH_MESSAGE)
    message = f' "{transaction.text(said)}"' if said else ""
    command = f"`crypto ipsec client ezvpn xauth {client.name}`"
    text = f"(Client) {client.name}: Pending XAuth Request{message}, please enter {command}"
    ctx.emit(ev.LogMessage("CRYPTO", 5, "EZVPN_XAUTH_PENDING", text))
    return Step(AwaitUser(payload))


def answer(
    ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload, user: str, password: str
) -> Step[XauthClient]:
    """The REPLY: what was asked for, and nothing else."""
    attributes = []
    for asked_for in payload.attributes:
        kind = ConfigAttribute(asked_for.type)
        if kind is ConfigAttribute.XAUTH_TYPE:
            attributes.append(asked_for)
        elif kind is ConfigAttribute.XAUTH_USER_NAME:
            attributes.append(Attribute(kind, user.encode()))
        elif kind in _PASSWORDS:
            attributes.append(Attribute(kind, password.encode()))
    names = tuple(ConfigAttribute(each.type).name for each in attributes)
    ctx.emit(ev.XauthAttributes(sa.ref, "reply", names))
    move(ctx, sa, Input.XAUTH_REPLY_ATTR)
    return Step(AwaitOutcome(), _reply(sa, node, payload, attributes), insist=True)


def told(
    ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload
) -> tuple[Step[XauthClient], bool]:
    """A SET with the outcome, which may come only after our REPLY; and whether the user was let in."""
    status = next(each for each in payload.attributes if each.type == ConfigAttribute.XAUTH_STATUS)
    if sa.state is not State.XAUTH_REPLY_SENT:
        raise PeerMisbehavedError("an outcome of Xauth before the user was asked for")
    _end_reply(ctx, sa)
    granted = status.number == XauthStatus.OK
    move(ctx, sa, Input.CFG_SET)
    data = transaction.compose(sa, node, ConfigMessage.ACK, payload.identifier, [status])
    return Step(None, data), granted


def _end_reply(ctx: Context, sa: IsakmpSa) -> None:
    """The gateway has got our REPLY."""
    for node in sa.nodes.values():
        if isinstance(node.phase, AwaitOutcome):
            ctx.give_up(sa, node)


def _status(status: XauthStatus) -> Attribute:
    return Attribute(ConfigAttribute.XAUTH_STATUS, int(status))


def _reply(sa: IsakmpSa, node: Node, payload: AttributesPayload, attributes: list[Attribute]) -> bytes:
    return transaction.compose(sa, node, ConfigMessage.REPLY, payload.identifier, attributes)
