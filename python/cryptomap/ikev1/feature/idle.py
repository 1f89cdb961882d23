"""Idle timers: an IPsec SA pair that carries no packet for a while is not worth keeping.

`crypto ipsec security-association idle-time`, or a map entry's own. Only data counts: IKE messages do not
pass the pair, and NAT keepalives are no packets of it.
"""

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import ChildSa
from cryptomap.ikev1.timers import Timer


def watch(ctx: Context, child: ChildSa) -> None:
    """Looks at the pair when it could have been idle for long enough; never, where that is not configured."""
    limit = _limit(ctx, child)
    if limit is None:
        ctx.timers.cancel(Timer.IDLE, child.number)
    else:
        ctx.timers.set(Timer.IDLE, child.number, max(ctx.now, _last_used(ctx, child) + limit))


def is_over(ctx: Context, child: ChildSa) -> bool:
    """Whether the pair has been idle for long enough."""
    limit = _limit(ctx, child)
    return limit is not None and _last_used(ctx, child) + limit <= ctx.now


def _limit(ctx: Context, child: ChildSa) -> int | None:
    return child.line.entry.idle_time or ctx.config.idle_time


def _last_used(ctx: Context, child: ChildSa) -> float:
    counted = [ctx.counters_of(spec.key) for spec in (child.inbound, child.outbound)]
    used = [counters.last_used for counters in counted if counters and counters.last_used is not None]
    return max([child.established, *used])
