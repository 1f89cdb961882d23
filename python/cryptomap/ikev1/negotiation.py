"""From the need for IPsec SAs to the exchanges that bring them: what an acquire, a soft limit or a lost
ISAKMP SA sets going."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.ikev1 import children, ezvpn, temporary
from cryptomap.ikev1.admission import admits
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import aggressive, main_mode, phase2, quick_mode
from cryptomap.ikev1.sa import ChildSa, IsakmpSa, Request
from cryptomap.ikev1.timers import CLIENT_RETRY, REFUSED_HOLD, REKEY_RETRY, Timer
from cryptomap.ikev1.transmit import transmit_node, transmit_phase1
from cryptomap.model import event as ev
from cryptomap.model.address import ISAKMP_PORT, Address, Endpoint
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.model.sa import Acquire
from cryptomap.model.selector import Selector
from cryptomap.model.status import Role
from cryptomap.policy.ipsec import own_sets
from cryptomap.policy.spd import PolicyLine

MOST_AT_ONCE = 64
"""Negotiations of one access list line: with `level per-host` each pair of hosts needs one."""


def acquire(ctx: Context, needed: Acquire) -> None:
    """A packet wants an SA that is not there. Asking again while one is on its way changes nothing."""
    line = ctx.spd.line(needed.policy_id)
    if line is None or not line.protects:
        return
    there = ctx.children.of_policy(line.policy_id)
    if any(not child.superseded and child.selector.matches(needed.packet) for child in there):
        return
    under_way = sum(policy_id == line.policy_id for policy_id, _ in ctx.wanted)
    if under_way < MOST_AT_ONCE:
        need(ctx, line, line.proxies_for(needed.packet))
    else:
        ctx.calls.ipsec_outgoing.rejected += 1


def replace_child(ctx: Context, child: ChildSa) -> None:
    """The pair is near its end: its successor is negotiated while it still works."""
    if child.in_use and not children.has_successor(ctx, child):
        need(ctx, child.line, child.selector, child)


def need(
    ctx: Context,
    line: PolicyLine,
    selector: Selector,
    replaces: ChildSa | None = None,
    *,
    renewed: bool = False,
) -> None:
    """Sees to it that SAs for the traffic are negotiated, unless that is under way or the peer just refused.

    Dynamic maps begin nothing; the SAs of their temporary entries are only replaced.
    """
    wanted = line.policy_id, selector
    if wanted in ctx.wanted or ctx.held.get(wanted, 0.0) > ctx.now:
        return
    if not ctx.config.isakmp_enabled or not own_sets(ctx.config, line.entry):
        return
    if line.template is not None and replaces is None:
        return
    remote = replaces.peer.address if replaces else ctx.peer_of(line)
    request = Request(line, selector, ctx.new_spi(), replaces.number if replaces else None, renewed)
    ctx.wanted[request.wanted] = request
    ctx.calls.ipsec_outgoing.accepted += 1
    ctx.emit(ev.IpsecSaRequested(phase2.request_message(ctx, request, remote)))
    if replaces is not None and replaces.session is not None:
        _begin_for_client(ctx, request, replaces)
    else:
        _begin(ctx, request, remote, replaces.peer if replaces else None)


def _begin_for_client(ctx: Context, request: Request, replaces: ChildSa) -> None:
    """A remote client is not called: its pair is replaced under an ISAKMP SA of its own, if one is left."""
    local, remote = replaces.local_address, replaces.peer.address
    fit = [sa for sa in ctx.sas.with_peer(local, remote) if sa.ready and sa.session is replaces.session]
    if fit:
        begin_quick(ctx, fit[-1], request)
    else:
        drop(ctx, request)


def _begin(ctx: Context, request: Request, remote: Address, at: Endpoint | None) -> None:
    """Under an established ISAKMP SA at once, else after the phase 1 that is under way or begins now."""
    local, entry = request.line.local_address, request.line.entry
    profile, client = entry.isakmp_profile, entry.ezvpn
    sa = ctx.sas.usable(local, remote, profile, at, client)
    if sa is not None:
        begin_quick(ctx, sa, request)
        return
    sa = ctx.sas.in_negotiation(local, remote, profile, client)
    if sa is not None:
        sa.requests.append(request)
        return
    sa = _begin_phase1(ctx, local, remote, profile, client)
    if sa is None:
        drop(ctx, request)
    else:
        sa.requests.append(request)


def recover(ctx: Context, local: Address, remote: Address, spi: int) -> None:
    """The peer uses an SA that we do not have, and there is no ISAKMP SA to tell it so: one is made, where
    `invalid-spi-recovery` is configured and a crypto map knows the peer."""
    line = ctx.spd.line_with_peer(local, remote)
    if not ctx.config.invalid_spi_recovery or line is None or not ctx.may_notify():
        return
    profile = line.entry.isakmp_profile
    if ctx.sas.in_negotiation(local, remote, profile) is None:
        sa = _begin_phase1(ctx, local, remote, profile)
        if sa is not None:
            sa.unknown_spi = spi


def begin_successor(ctx: Context, old: IsakmpSa) -> None:
    """A phase 1 with the peer of an ISAKMP SA whose end is near, unless one is under way."""
    local, remote = old.local.address, old.remote.address
    if ctx.sas.in_negotiation(local, remote, old.profile, old.client) is None:
        _begin_phase1(ctx, local, remote, old.profile, old.client)


def call_gateway(ctx: Context, name: str) -> None:
    """Our client `name` calls the gateway whose turn it is, unless it has an ISAKMP SA or is calling."""
    local = ctx.spd.outside(name)
    remote = ezvpn.gateway(ctx, name)
    if local is None or remote is None or not ctx.config.isakmp_enabled:
        return
    if ctx.sas.usable(local, remote, None, client=name) or ctx.sas.in_negotiation(local, remote, None, name):
        return
    ezvpn.called(ctx, name)
    if _begin_phase1(ctx, local, remote, None, name) is None:
        ctx.timers.set(Timer.CLIENT, name, ctx.now + CLIENT_RETRY)


def client_due(ctx: Context, whose: object) -> None:
    """A client that is to have a tunnel calls, if it has none."""
    if isinstance(whose, str) and ezvpn.automatic(ctx, whose):
        call_gateway(ctx, whose)


def raise_tunnels(ctx: Context) -> None:
    """Clients that were told who they are get their IPsec SAs at once, not with the first packet."""
    for line in ctx.spd.client_lines():
        if ezvpn.has_tunnel(ctx, line) and not ctx.children.of_policy(line.policy_id):
            need(ctx, line, line.proxy)
    ezvpn.begin_automatic(ctx)


def _begin_phase1(
    ctx: Context, local: Address, remote: Address, profile: str | None, client: str | None = None
) -> IsakmpSa | None:
    """An ISAKMP SA on its way; None when the configuration has not what it takes, or too many are there."""
    if not admits(ctx, local, remote, incoming=False):
        return None
    duplicate = bool(ctx.sas.with_peer(local, remote))
    ends = Endpoint(local, ISAKMP_PORT), Endpoint(remote, ISAKMP_PORT)
    sa = IsakmpSa(next(ctx.handles), Role.INITIATOR, *ends, ctx.now, ctx.new_cookie())
    sa.profile, sa.client = profile, client
    ctx.emit(ev.SaRequest(sa.ref, sa.profile))
    if not duplicate:
        ctx.emit(ev.PeerCreated(sa.ref))
    ctx.emit(ev.NodeCreated(sa.ref, 0, duplicate))
    try:
        mode = aggressive if aggressive.wanted(ctx, sa) else main_mode
        step = mode.begin(ctx, sa)
    except PeerIncompatibleError as error:
        ctx.emit(ev.PeerInvalid(sa.ref, type(error).__name__, str(error)))
        return None
    ctx.sas.add(sa)
    transmit_phase1(ctx, sa, step, b"")
    return sa


def begin_quick(ctx: Context, sa: IsakmpSa, request: Request) -> None:
    """A quick mode for the request, now."""
    try:
        node, step = quick_mode.begin(ctx, sa, request)
    except PeerIncompatibleError as error:
        ctx.emit(ev.PeerInvalid(sa.ref, type(error).__name__, str(error)))
        drop(ctx, request)
        return
    transmit_node(ctx, sa, node, step, b"")
    quick_mode.begun(ctx, sa, node)


def begin_waiting(ctx: Context, sa: IsakmpSa) -> None:
    """The quick modes that waited for this SA; those whose traffic has an SA by now are let go."""
    requests, sa.requests = sa.requests, []
    for request in requests:
        if request.replaces is None and _served(ctx, request):
            drop(ctx, request)
        else:
            begin_quick(ctx, sa, request)


def _served(ctx: Context, request: Request) -> bool:
    return any(child.in_use for child in ctx.children.with_traffic(request.wanted))


def reconsider(ctx: Context) -> None:
    """The configuration changed: what waits for an ISAKMP SA goes by it, or is given up."""
    for sa in ctx.sas:
        requests, sa.requests = sa.requests, []
        for request in requests:
            line = ctx.current(request.line, sa.local.address, sa.remote.address)
            if line is None:
                drop(ctx, request)
                continue
            ctx.wanted[request.wanted] = changed = replace(request, line=line)
            sa.requests.append(changed)


def done(ctx: Context, request: Request) -> None:
    """The request has its SAs, or is given up."""
    if ctx.wanted.get(request.wanted) is request:
        del ctx.wanted[request.wanted]
        temporary.leave(ctx, request.line)


def forgo(ctx: Context, child: ChildSa) -> None:
    """A pair is to go for good: what is negotiated in its place for a temporary entry comes to nothing."""
    request = ctx.wanted.get(child.traffic)
    if request is not None and child.line.template is not None:
        done(ctx, request)


def drop(ctx: Context, request: Request) -> None:
    """The request is given up: the next packet may ask again, and a replacement is tried again."""
    done(ctx, request)
    ctx.free_spi(request.spi)
    if ctx.children.by_number(request.replaces) is not None:
        at = max(ctx.now + REKEY_RETRY, ctx.held.get(request.wanted, 0.0))
        ctx.timers.set(Timer.REKEY, request.replaces, at)


def refused(ctx: Context, request: Request) -> None:
    """The peer will not have it: it rests a while."""
    ctx.held = {wanted: until for wanted, until in ctx.held.items() if until > ctx.now}
    ctx.held[request.wanted] = ctx.now + REFUSED_HOLD
    drop(ctx, request)


def rekey_due(ctx: Context, whose: object) -> None:
    child = ctx.children.by_number(whose)
    if child is not None:
        replace_child(ctx, child)


def renew(ctx: Context, requests: Iterable[Request]) -> None:
    """Requests whose ISAKMP SA went away under them begin again under another.

    Once only: a peer that deletes the next one too is left in peace for a while.
    """
    for request in requests:
        if request.renewed:
            refused(ctx, request)
            continue
        replaced = ctx.children.by_number(request.replaces)
        done(ctx, request)
        ctx.free_spi(request.spi)
        line = replaced.line if replaced else ctx.spd.line(request.line.policy_id)
        if line is not None and line.protects:
            need(ctx, line, request.selector, replaced, renewed=True)


def next_peer(ctx: Context, lines: Iterable[PolicyLine], silent: Address, *, was_up: bool = False) -> None:
    """This peer does not answer: where it was in turn, the entry's next one is.

    A peer that is lost after it had answered (`was_up`) sends us back to the `default` one, if there is one.
    """
    for line in lines:
        entry = line.entry
        if len(entry.peers) > 1 and ctx.peer_of(line) == silent:
            key = line.map_name, entry.sequence
            turn = ctx.peer_choice.get(key, 0)
            back = was_up and entry.default_peer and turn > 0
            ctx.peer_choice[key] = 0 if back else (turn + 1) % len(entry.peers)
