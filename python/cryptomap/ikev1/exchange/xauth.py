"""Xauth: the side that asks who the user is (draft-beaulieu-ike-xauth-02 sections 5 and 6).

    gateway                                          client
    REQUEST(TYPE, NAME="", PASSWORD="")       -->
                                              <--    REPLY(TYPE, NAME, PASSWORD)
    ... again with a MESSAGE, for a challenge or after a wrong password ...
    SET(STATUS=OK or FAIL)                    -->
                                              <--    ACK(STATUS)

Only the acknowledgement of a STATUS=OK that AAA caused lets the peer go on. A STATUS that comes from the peer
itself is a refusal or an attack, and ends the ISAKMP SA.
"""

from dataclasses import dataclass, field, replace

from cryptomap.ikev1 import access
from cryptomap.ikev1.api import Authenticate
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import transaction
from cryptomap.ikev1.exchange.step import Step, move
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import Input
from cryptomap.model import event as ev
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.remote_access import Accepted, Challenged, Unavailable, Verdict
from cryptomap.wire.config_numbers import ConfigAttribute, ConfigMessage, XauthStatus, XauthType
from cryptomap.wire.payload import Attribute, AttributesPayload

MOST_TRIES = 3
"""Passwords that a user may give before the ISAKMP SA goes."""
_IDENTIFIER_SIZE = 2
_ANSWERS = (
    ConfigAttribute.XAUTH_USER_PASSWORD,
    ConfigAttribute.XAUTH_PASSCODE,
    ConfigAttribute.XAUTH_ANSWER,
    ConfigAttribute.XAUTH_NEXT_PIN,
)
"""Where clients put what the user typed."""
_WRONG = "Login failed, please try again"


@dataclass(frozen=True, slots=True)
class Login:
    """One user's way through Xauth so far."""

    list_name: str
    identifier: int
    """Of all its exchanges (section 6)."""
    tries: int = 1
    user: str = ""
    challenge: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AwaitCredentials:
    """REQUEST sent; the client owes a name and a password."""

    login: Login

    def receive(
        self, ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload
    ) -> "Step[XauthServer]":
        _expect(payload, ConfigMessage.REPLY)
        given = {ConfigAttribute(each.type): each for each in payload.attributes}
        ctx.emit(ev.XauthAttributes(sa.ref, "reply", tuple(kind.name for kind in given)))
        if ConfigAttribute.XAUTH_STATUS in given:
            raise PeerMisbehavedError("the client will not be asked who its user is")
        named = given.get(ConfigAttribute.XAUTH_USER_NAME)
        typed = next((given[kind] for kind in _ANSWERS if kind in given), None)
        user = (transaction.text(named) if named else "") or self.login.user
        number = next(ctx.login_numbers)
        ctx.logins[number] = sa.handle, node.message_id
        password = transaction.octets(typed) if typed else b""
        name, list_name = access.account(ctx, sa, user), self.login.list_name
        question = Authenticate(number, list_name, name, password, sa.remote.address, self.login.challenge)
        ctx.outputs.append(question)
        ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, "Done with xauth request/reply exchange"))
        move(ctx, sa, Input.CFG_REPLY)
        return Step(AwaitVerdict(replace(self.login, user=user), number))


@dataclass(frozen=True, slots=True)
class AwaitVerdict:
    """AAA was asked, under this number; nothing is awaited from the client."""

    login: Login
    number: int


@dataclass(frozen=True, slots=True)
class AwaitXauthAck:
    """SET sent; the client owes its acknowledgement."""

    login: Login
    granted: bool

    def receive(
        self, ctx: Context, sa: IsakmpSa, node: Node, payload: AttributesPayload
    ) -> "Step[XauthServer]":
        _expect(payload, ConfigMessage.ACK)
        ctx.emit(ev.XauthAcknowledged(sa.ref))
        ctx.emit(ev.NodeDeleted(sa.ref, node.message_id, False, "Transaction mode done"))
        move(ctx, sa, Input.CFG_ACK)
        return Step(None)


XauthServer = AwaitCredentials | AwaitVerdict | AwaitXauthAck


def _expect(payload: AttributesPayload, kind: ConfigMessage) -> None:
    if payload.type != kind:
        raise PeerMisbehavedError(f"{ConfigMessage(payload.type).name} where {kind.name} belongs")


def begin(ctx: Context, sa: IsakmpSa, list_name: str) -> tuple[Node, Step[XauthServer]]:
    """The first REQUEST."""
    identifier = int.from_bytes(ctx.random(_IDENTIFIER_SIZE), "big")
    asked = _ask(ctx, sa, Login(list_name, identifier))
    move(ctx, sa, Input.PHASE1_COMPLETE_XAUTH)
    return asked


def decided(ctx: Context, sa: IsakmpSa, login: Login, verdict: Verdict) -> tuple[Node, Step[XauthServer]]:
    """What follows from AAA's word: another REQUEST, or the SET that ends it."""
    match verdict:
        case Accepted():
            return _tell(ctx, sa, login, granted=True)
        case Challenged(message, state):
            asked = _ask(ctx, sa, replace(login, challenge=state), message)
            move(ctx, sa, Input.AAA_LOGIN_AGAIN)
            return asked
        case Unavailable():
            return _tell(ctx, sa, login, granted=False)
    if login.tries >= MOST_TRIES:
        return _tell(ctx, sa, login, granted=False)
    asked = _ask(ctx, sa, replace(login, tries=login.tries + 1, challenge=None), _WRONG)
    move(ctx, sa, Input.AAA_LOGIN_AGAIN)
    return asked


def _ask(ctx: Context, sa: IsakmpSa, login: Login, message: str = "") -> tuple[Node, Step[XauthServer]]:
    kind = ConfigAttribute
    attributes = [
        Attribute(kind.XAUTH_TYPE, int(XauthType.GENERIC)),
        *([Attribute(kind.XAUTH_MESSAGE, message.encode())] if message else []),
        Attribute(kind.XAUTH_USER_NAME, b""),
        Attribute(kind.XAUTH_USER_PASSWORD, b""),
    ]
    node = transaction.new_node(ctx, sa)
    names = tuple(ConfigAttribute(each.type).name for each in attributes)
    ctx.emit(ev.ConfigBegun(sa.ref, node.message_id))
    ctx.emit(ev.XauthAttributes(sa.ref, "request", names))
    data = transaction.compose(sa, node, ConfigMessage.REQUEST, login.identifier, attributes)
    return node, Step(AwaitCredentials(login), data, insist=True)


def _tell(ctx: Context, sa: IsakmpSa, login: Login, *, granted: bool) -> tuple[Node, Step[XauthServer]]:
    node = transaction.new_node(ctx, sa)
    status = XauthStatus.OK if granted else XauthStatus.FAIL
    attributes = [Attribute(ConfigAttribute.XAUTH_STATUS, int(status))]
    ctx.emit(ev.ConfigBegun(sa.ref, node.message_id))
    data = transaction.compose(sa, node, ConfigMessage.SET, login.identifier, attributes)
    move(ctx, sa, Input.AAA_LOGIN_OVER)
    return node, Step(AwaitXauthAck(login, granted), data, insist=True)
