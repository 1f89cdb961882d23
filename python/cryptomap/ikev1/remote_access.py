"""Between phase 1 and the first quick mode ("phase 1.5"): Xauth, then mode config, and what follows.

`begin` is the way in, and `lifecycle.authorise` the one way out to IPsec SAs.
"""

from ipaddress import IPv4Address

from cryptomap.ikev1 import access, ezvpn, lifecycle, negotiation, sessions
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import mode_config, mode_config_client, xauth, xauth_client
from cryptomap.ikev1.exchange.mode_config_client import AwaitConfiguration
from cryptomap.ikev1.exchange.xauth import AwaitVerdict
from cryptomap.ikev1.exchange.xauth_client import AwaitUser
from cryptomap.ikev1.feature import lifetime
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.states import PacketState
from cryptomap.ikev1.timers import AAA_WAIT, GATEWAY_WAIT, PUSH_WAIT, Timer
from cryptomap.ikev1.transmit import transmit_node
from cryptomap.model import event as ev
from cryptomap.model.algorithm import Extended
from cryptomap.model.remote_access import (
    Accepted,
    Assignment,
    EzvpnEvent,
    EzvpnMode,
    Rejected,
    Unavailable,
    Verdict,
)

_FAILED = "XAuthenticate fail"


def begin(ctx: Context, sa: IsakmpSa) -> None:
    """Phase 1 is over: what the peer's user, or ours, has to do before there may be IPsec SAs."""
    if sa.xauth_list is not None:
        sa.xauth_pending = True
        sa.packet_state = PacketState.CONF_XAUTH
        transmit_node(ctx, sa, *xauth.begin(ctx, sa, sa.xauth_list), b"")
        _give_time(ctx, sa, ctx.config.xauth_timeout)
    elif sa.client is not None:
        _begin_as_client(ctx, sa)
    else:
        lifecycle.authorise(ctx, sa)
        _admit(ctx, sa)


def _begin_as_client(ctx: Context, sa: IsakmpSa) -> None:
    if sa.policy is not None and sa.policy.extended != (Extended.NONE,):
        sa.xauth_pending = True
        sa.packet_state = PacketState.CONF_XAUTH
        _give_time(ctx, sa, GATEWAY_WAIT)
    else:
        _pull(ctx, sa)


def _give_time(ctx: Context, sa: IsakmpSa, seconds: float) -> None:
    ctx.timers.set(Timer.XAUTH, sa.handle, ctx.now + seconds)


def asked_aaa(ctx: Context, sa: IsakmpSa) -> None:
    """The user has answered; AAA is asked."""
    _give_time(ctx, sa, AAA_WAIT)


def login_answered(ctx: Context, number: int, verdict: Verdict) -> None:
    """AAA has spoken. An answer for an SA that is gone is passed over."""
    handle, message_id = ctx.logins.pop(number, (0, 0))
    sa = ctx.sas.by_handle(handle)
    node = sa.nodes.get(message_id) if sa is not None and not sa.deleted else None
    if sa is None or node is None or not isinstance(node.phase, AwaitVerdict):
        return
    login = node.phase.login
    ctx.give_up(sa, node)
    verdict = _with_limits(ctx, sa, login.user, verdict)
    _log(ctx, sa, login.user, verdict)
    transmit_node(ctx, sa, *xauth.decided(ctx, sa, login, verdict), b"")
    _give_time(ctx, sa, ctx.config.xauth_timeout)


def _with_limits(ctx: Context, sa: IsakmpSa, user: str, verdict: Verdict) -> Verdict:
    """A user that is known may still not be one of this group, or one too many."""
    if not isinstance(verdict, Accepted):
        return verdict
    if not access.in_group(ctx, sa, user):
        return Rejected()
    full = sessions.full(ctx, sa, user)
    return verdict if full is None else Unavailable(full)


def _log(ctx: Context, sa: IsakmpSa, user: str, verdict: Verdict) -> None:
    outcome = {Accepted: "PASSED", Rejected: "REJECTED", Unavailable: "FAILED"}.get(type(verdict))
    if outcome is not None:
        why = f" ({verdict.reason})" if isinstance(verdict, Unavailable) else ""
        ends = f"Client_public_addr={sa.remote.address} Server_public_addr={sa.local.address}"
        text = f"(Server) Authentication {outcome}{why} User={user} Group={sa.group or ''} {ends}"
        ctx.emit(ev.LogMessage("CRYPTO", 6, "VPN_TUNNEL_STATUS", text))


def xauth_over(ctx: Context, sa: IsakmpSa, user: str, *, granted: bool) -> None:
    """The client has acknowledged what it was told of its user."""
    if not granted:
        lifecycle.delete(ctx, sa, _FAILED, notify=True)
        return
    sa.xauth_pending, sa.user = False, user
    ctx.timers.cancel(Timer.XAUTH, sa.handle)
    lifecycle.authorise(ctx, sa)
    _admit(ctx, sa)


def _admit(ctx: Context, sa: IsakmpSa) -> None:
    """A client may come in: its session begins, and it is told its address if the gateway pushes."""
    if sa.user is not None or sa.group is not None:
        sessions.start(ctx, sa)
        lifetime.tell(ctx, sa)
        pushed = mode_config.begin_push(ctx, sa)
        if pushed is not None:
            transmit_node(ctx, sa, *pushed, b"")


def refuse(ctx: Context, sa: IsakmpSa, node: Node) -> None:
    """The peer did what it may not, and it was the peer: Xauth fails, another exchange just ends."""
    if sa.deleted:
        return
    if sa.xauth_pending or isinstance(node.phase, AwaitConfiguration):
        lifecycle.delete(ctx, sa, _FAILED if sa.xauth_pending else "Mode config failed", notify=True)
    else:
        lifecycle.end_node(ctx, sa, node.message_id)


def timed_out(ctx: Context, whose: object) -> None:
    """The user, the gateway or AAA took too long."""
    sa = ctx.sas.by_handle(whose)
    if sa is not None and not sa.deleted:
        reason = "Xauth timed out" if sa.xauth_pending else "Mode config timed out"
        lifecycle.delete(ctx, sa, reason, notify=True)


def gateway_asked(ctx: Context, sa: IsakmpSa, node: Node) -> None:
    """The gateway has asked for our user: a person has to answer, or it has been answered."""
    if sa.xauth_pending:
        waits = isinstance(node.phase, AwaitUser)
        ezvpn.happened(ctx, sa, EzvpnEvent.XAUTH_REQUEST if waits else EzvpnEvent.XAUTH_REQ_INFO_READY)
        _give_time(ctx, sa, GATEWAY_WAIT if waits else AAA_WAIT)


def user_judged(ctx: Context, sa: IsakmpSa, *, granted: bool) -> None:
    """The gateway has told us what it thinks of our user."""
    ctx.timers.cancel(Timer.XAUTH, sa.handle)
    ezvpn.happened(ctx, sa, EzvpnEvent.XAUTH_STATUS)
    if not granted:
        ezvpn.rejected(ctx, sa)
        lifecycle.delete(ctx, sa, _FAILED, notify=True)
        return
    sa.xauth_pending = False
    _pull(ctx, sa)


def hang_up(ctx: Context, name: str, reason: str) -> None:
    """Our client `name` lets go of its gateway, and of what it was told."""
    pairs = [child for child in ctx.children if child.line.entry.ezvpn == name]
    sas = [sa for sa in ctx.sas if sa.client == name and not sa.deleted]
    lifecycle.end(ctx, pairs, sas, reason)
    ezvpn.forget(ctx, name)


def answer_gateway(ctx: Context, name: str, user: str, password: str) -> bool:
    """A person answers what a gateway asked our client `name`; False when nothing was asked."""
    for sa in ctx.sas:
        for node in sa.nodes.values():
            if sa.client == name and isinstance(node.phase, AwaitUser):
                asked = node.phase.asked
                step = xauth_client.answer(ctx, sa, node, asked, user, password)
                transmit_node(ctx, sa, node, step, node.transmission.answered)
                ezvpn.happened(ctx, sa, EzvpnEvent.XAUTH_REQ_INFO_READY)
                return True
    return False


def _pull(ctx: Context, sa: IsakmpSa) -> None:
    client = ctx.config.ezvpn_clients.get(sa.client or "")
    address = client is not None and client.mode is not EzvpnMode.NETWORK_EXTENSION
    transmit_node(ctx, sa, *mode_config_client.begin(ctx, sa, address=address), b"")


def configured(ctx: Context, sa: IsakmpSa, told: Assignment) -> None:
    """The gateway has told our client who it is; one that has not may still push it."""
    if sa.client is None or not isinstance(sa.remote.address, IPv4Address):
        return
    if not ezvpn.configured(ctx, sa, told):
        _give_time(ctx, sa, PUSH_WAIT)
        return
    ctx.timers.cancel(Timer.XAUTH, sa.handle)
    if not sa.authorised:
        lifecycle.authorise(ctx, sa)
        negotiation.raise_tunnels(ctx)
