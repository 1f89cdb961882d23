"""The temporary entries of dynamic maps: made when a peer asks, there as long as an IPsec SA is.

One line protects one pair of proxies, whoever the peer is: when a peer comes back from another address, its
new SAs take the line over, and the old ones are left to their end. Each peer's entry has a number of
its own, beyond those that can be configured, as IOS has it.
"""

from cryptomap.ikev1.api import AddPolicy, RemovePolicy
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.selector import Selector
from cryptomap.policy.spd import PolicyLine, Template


def line_for(ctx: Context, sa: IsakmpSa, template: Template, proxies: Selector) -> PolicyLine:
    """The line of the peer's temporary entry for `proxies`, which may not be there yet."""
    peer = sa.remote.address
    known = (child.line for child in ctx.children.with_peer(sa.local.address, peer))
    entry = next((line.entry for line in known if _of(line, template)), None)
    sequence = entry.sequence if entry else next(ctx.temporary.sequences)
    policy_id = ctx.temporary.policy_id(template.slot, proxies)
    return template.line(policy_id or next(ctx.temporary.policy_ids), sequence, peer, proxies)


def _of(line: PolicyLine, template: Template) -> bool:
    same = line.template
    return same is not None and (same.slot, same.entry.sequence) == (template.slot, template.entry.sequence)


def enter(ctx: Context, line: PolicyLine) -> None:
    """SAs are about to serve the line: if it is a temporary one, packets are held to it from now on."""
    if line.template is not None and not ctx.temporary.holds(line):
        ctx.temporary.add(line)
        ctx.outputs.append(AddPolicy(line.template.slot, line))


def leave(ctx: Context, line: PolicyLine) -> None:
    """An SA pair of the line is gone, or a negotiation for it. While a successor is negotiated the line
    stays: the pair may come to its end first."""
    if line.template is None or not ctx.temporary.holds(line):
        return
    if not ctx.children.of_policy(line.policy_id) and (line.policy_id, line.proxy) not in ctx.wanted:
        ctx.temporary.remove(line)
        ctx.outputs.append(RemovePolicy(line.template.slot, line))
