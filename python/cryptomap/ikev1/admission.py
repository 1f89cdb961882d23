"""How many ISAKMP SAs others may make us begin: what is looked at, and `crypto call admission limit ike`."""

from cryptomap.ikev1.calls import Refusal, Requests
from cryptomap.ikev1.context import Context
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram
from cryptomap.model.status import CallStatistics, RequestCounts
from cryptomap.wire.isakmp import first_cookie

_FLOOD = "MORE REQUESTS THAN ARE LOOKED AT"


def admits_datagram(ctx: Context, now: float, datagram: Datagram) -> bool:
    """Whether a datagram is looked at: of first messages, not more than may be. One in a second is logged."""
    cookie = first_cookie(datagram.data)
    if cookie is None:
        return True
    local, remote = datagram.local.address, datagram.remote.address
    if ctx.doorkeeper.admits(now, cookie, remote, known=_is_known(ctx, local, remote)):
        return True
    ctx.calls.turned_away += 1
    if ctx.complaints.take(now):
        _deny(ctx, remote, local, _FLOOD, incoming=True)
    return False


def _is_known(ctx: Context, local: Address, remote: Address) -> bool:
    """Whether the configuration names the peer, or it has proved itself: it may have forgotten our SAs."""
    return (
        remote in ctx.named
        or bool(ctx.children.with_peer(local, remote))
        or bool(ctx.sas.all_usable(local, remote))
    )


def admits(ctx: Context, local: Address, remote: Address, *, incoming: bool) -> bool:
    """Whether one more ISAKMP SA may be begun; counts it, and logs a refusal."""
    refusal = _refusal(ctx)
    if refusal is None:
        (ctx.calls.incoming if incoming else ctx.calls.outgoing).accepted += 1
        return True
    reject(ctx, refusal, incoming=incoming)
    _deny(ctx, remote, local, refusal, incoming=incoming)
    return False


def _refusal(ctx: Context) -> Refusal | None:
    limit, half_open = ctx.config.call_admission, len(ctx.half_open)
    if limit.sas is not None and ctx.sas.living + half_open >= limit.sas:
        return Refusal.SAS
    if limit.in_negotiation is not None and ctx.sas.negotiating + half_open >= limit.in_negotiation:
        return Refusal.IN_NEGOTIATION
    return None


def reject(ctx: Context, refusal: Refusal, *, incoming: bool) -> None:
    """Counts a request that is not granted."""
    (ctx.calls.incoming if incoming else ctx.calls.outgoing).rejected += 1
    ctx.calls.refusals[refusal] += 1


def _deny(ctx: Context, remote: Address, local: Address, reason: str, *, incoming: bool) -> None:
    direction, ends = ("INCOMING", (remote, local)) if incoming else ("OUTGOING", (local, remote))
    text = f"IKE denies an {direction} SA request from {ends[0]} to {ends[1]} due to {reason}"
    ctx.emit(ev.LogMessage("CRYPTO", 4, "IKE_DENY_SA_REQ", text))


def statistics(ctx: Context) -> CallStatistics:
    """What has been counted, and the SAs there are at the moment."""
    calls, limit = ctx.calls, ctx.config.call_admission
    negotiating = ctx.sas.negotiating + len(ctx.half_open)
    unfinished = sum(not child.outbound_installed for child in ctx.children)
    return CallStatistics(
        sa_limit=limit.sas,
        negotiation_limit=limit.in_negotiation,
        active=ctx.sas.living - ctx.sas.negotiating,
        negotiating=negotiating,
        incoming=_counts(calls.incoming),
        outgoing=_counts(calls.outgoing),
        rejected_for_resources=calls.refusals[Refusal.RESOURCES],
        rejected_by_sa_limit=calls.refusals[Refusal.SAS],
        rejected_by_negotiation_limit=calls.refusals[Refusal.IN_NEGOTIATION],
        dropped=calls.turned_away,
        ipsec_active=len(ctx.children) - unfinished,
        ipsec_negotiating=len(ctx.wanted) + unfinished,
        ipsec_incoming=_counts(calls.ipsec_incoming),
        ipsec_outgoing=_counts(calls.ipsec_outgoing),
        asking_users=sum(sa.usable and not sa.authorised for sa in ctx.sas),
    )


def _counts(requests: Requests) -> RequestCounts:
    return RequestCounts(requests.accepted, requests.rejected)
