"""How many ISAKMP SAs others may make us begin: what is looked at, and `crypto call admission limit ike`."""

from cryptomap.ikev1.context import Context
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram
from cryptomap.wire.isakmp import first_cookie

_SA_LIMIT, _NEGOTIATION_LIMIT = "IKE SA LIMIT REACHED", "IN-NEGOTIATION SA LIMIT REACHED"
_FLOOD = "MORE REQUESTS THAN ARE LOOKED AT"


def admits_datagram(ctx: Context, now: float, datagram: Datagram) -> bool:
    """Whether a datagram is looked at: of first messages, not more than may be. One in a second is logged."""
    cookie = first_cookie(datagram.data)
    remote = datagram.remote.address
    if cookie is None or ctx.doorkeeper.admits(now, cookie, remote):
        return True
    ctx.counters.turned_away += 1
    if ctx.complaints.take(now):
        _deny(ctx, remote, datagram.local.address, _FLOOD, incoming=True)
    return False


def admits(ctx: Context, local: Address, remote: Address, *, incoming: bool) -> bool:
    """Whether one more ISAKMP SA may be begun; counts it, and logs a refusal."""
    limit = ctx.config.call_admission
    reason = None
    if limit.sas is not None and ctx.sas.living + len(ctx.half_open) >= limit.sas:
        reason = _SA_LIMIT
    elif (
        limit.in_negotiation is not None and ctx.sas.negotiating + len(ctx.half_open) >= limit.in_negotiation
    ):
        reason = _NEGOTIATION_LIMIT
    calls = ctx.calls.incoming if incoming else ctx.calls.outgoing
    if reason is None:
        calls.accepted += 1
        return True
    calls.rejected += 1
    _deny(ctx, remote, local, reason, incoming=incoming)
    return False


def _deny(ctx: Context, remote: Address, local: Address, reason: str, *, incoming: bool) -> None:
    direction, ends = ("INCOMING", (remote, local)) if incoming else ("OUTGOING", (local, remote))
    text = f"IKE denies an {direction} SA request from {ends[0]} to {ends[1]} due to {reason}"
    ctx.emit(ev.LogMessage("CRYPTO", 4, "IKE_DENY_SA_REQ", text))
