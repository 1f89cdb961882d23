"""What `show crypto ipsec sa` tells: a block for each permit line, and for each narrower pair.

The data plane counts by SA and forgets with it; what an SA had counted is added up here when it goes.
"""

from collections.abc import Iterator

from cryptomap.crypto.algorithms import esp_cipher
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import ChildSa, Totals
from cryptomap.model.address import ISAKMP_PORT
from cryptomap.model.algorithm import Group
from cryptomap.model.sa import SaCounters, SaSpec
from cryptomap.model.selector import Selector
from cryptomap.model.status import IpsecFlowStatus, IpsecSaStatus
from cryptomap.policy.ipsec import plaintext_mtu
from cryptomap.policy.spd import PolicyLine

PATH_MTU = 1500
_OCTETS_PER_KILOBYTE = 1024


def note_gone(ctx: Context, child: ChildSa) -> None:
    """The pair is about to go: what it counted is kept for its flow."""
    key = child.policy_id, child.selector
    ctx.flow_totals[key] = ctx.flow_totals.get(key, Totals()).plus(_counted(ctx, child))


def clear(ctx: Context) -> None:
    """Counts from here: what living SAs have counted so far is taken off."""
    ctx.flow_totals.clear()
    for child in ctx.children:
        key = child.policy_id, child.selector
        ctx.flow_totals[key] = ctx.flow_totals.get(key, Totals()).plus(_counted(ctx, child), -1)


def forget_lines_that_are_gone(ctx: Context) -> None:
    """Sums of lines that are no longer configured are of no use."""
    for key in [key for key in ctx.flow_totals if ctx.spd.line(key[0]) is None]:
        del ctx.flow_totals[key]


def collect(ctx: Context) -> Iterator[IpsecFlowStatus]:
    """Every flow, in the order of interfaces and lines."""
    for interface in ctx.spd.interfaces:
        for line in ctx.spd.lines(interface):
            if line.protects:
                children = ctx.children.of_policy(line.policy_id)
                narrower = dict.fromkeys(child.selector for child in children)
                for selector in dict.fromkeys([line.proxy, *narrower]):
                    yield _flow(
                        ctx, line, [child for child in children if child.selector == selector], selector
                    )


def _flow(ctx: Context, line: PolicyLine, children: list[ChildSa], selector: Selector) -> IpsecFlowStatus:
    newest = children[-1] if children else None
    totals = ctx.flow_totals.get((line.policy_id, selector), Totals())
    for child in children:
        totals = totals.plus(_counted(ctx, child))
    path = PATH_MTU
    return IpsecFlowStatus(
        interface=line.interface,
        map_name=line.map_name,
        sequence=line.entry.sequence,
        local_address=line.local_address,
        peer=newest.peer.address if newest else ctx.peer_of(line),
        peer_port=newest.peer.port if newest else ISAKMP_PORT,
        selector=selector,
        pfs_group=Group(newest.pfs_group) if newest and newest.pfs_group else None,
        encapsulated=totals.encapsulated,
        decapsulated=totals.decapsulated,
        send_errors=totals.send_errors,
        receive_errors=totals.receive_errors,
        path_mtu=path,
        plaintext_mtu=_plaintext(newest, path) if newest else path,
        inbound=tuple(_sa(ctx, child, child.inbound) for child in children),
        outbound=tuple(_sa(ctx, child, child.outbound) for child in children if child.outbound_installed),
    )


def _plaintext(child: ChildSa, path: int) -> int:
    return plaintext_mtu(path, child.transform_set, encapsulated=child.inbound.encapsulation is not None)


def _counted(ctx: Context, child: ChildSa) -> Totals:
    inbound, outbound = _counters(ctx, child.inbound), _counters(ctx, child.outbound)
    bad = inbound.replay_dropped + inbound.auth_failed + inbound.selector_failed + inbound.malformed
    return Totals(outbound.packets, inbound.packets, outbound.send_errors, bad)


def _counters(ctx: Context, spec: SaSpec) -> SaCounters:
    return ctx.counters_of(spec.key) or SaCounters()


def _sa(ctx: Context, child: ChildSa, spec: SaSpec) -> IpsecSaStatus:
    inbound = spec is child.inbound
    counters = _counters(ctx, spec)
    row = esp_cipher(spec.cipher, child.transform_set.key_bits)
    used = counters.bytes // _OCTETS_PER_KILOBYTE
    return IpsecSaStatus(
        spi=spec.spi,
        connection_id=child.inbound_connection_id if inbound else child.outbound_connection_id,
        flow_id=child.inbound_flow_id if inbound else child.outbound_flow_id,
        cipher=spec.cipher,
        key_bits=child.transform_set.key_bits,
        auth=spec.auth,
        mode=spec.mode,
        udp_encapsulated=spec.encapsulation is not None,
        seconds_left=max(0, int(child.established + child.lifetime.seconds - ctx.now)),
        kilobytes_left=max(0, child.lifetime.kilobytes - used),
        iv_size=row.iv_size if row else 0,
        replay_window=spec.replay_window,
        counters=counters,
    )
