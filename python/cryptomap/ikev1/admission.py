"""`crypto call admission limit ike`: how many ISAKMP SAs there may be, and how many in negotiation."""

from cryptomap.ikev1.context import Context
from cryptomap.model import event as ev
from cryptomap.model.address import Address

_SA_LIMIT, _NEGOTIATION_LIMIT = "IKE SA LIMIT REACHED", "IN-NEGOTIATION SA LIMIT REACHED"


def admits(ctx: Context, local: Address, remote: Address, *, incoming: bool) -> bool:
    """Whether one more ISAKMP SA may be begun; counts it, and logs a refusal."""
    limit = ctx.config.call_admission
    reason = None
    if limit.sas is not None and ctx.sas.living >= limit.sas:
        reason = _SA_LIMIT
    elif limit.in_negotiation is not None and ctx.sas.negotiating >= limit.in_negotiation:
        reason = _NEGOTIATION_LIMIT
    calls = ctx.calls.incoming if incoming else ctx.calls.outgoing
    if reason is None:
        calls.accepted += 1
        return True
    calls.rejected += 1
    direction, ends = ("INCOMING", (remote, local)) if incoming else ("OUTGOING", (local, remote))
    text = f"IKE denies an {direction} SA request from {ends[0]} to {ends[1]} due to {reason}"
    ctx.emit(ev.LogMessage("CRYPTO", 4, "IKE_DENY_SA_REQ", text))
    return False
