"""What `show crypto ipsec sa` is collected from: SPD lines, the SA pairs of IKE, the engine's counters."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cryptomap.crypto.algorithms import esp_cipher
from cryptomap.daemon.host import Host
from cryptomap.daemon.mtu import plaintext_mtu
from cryptomap.engine.backend import Backend
from cryptomap.ikev1.sa import ChildSa
from cryptomap.model.address import ISAKMP_PORT, Address
from cryptomap.model.algorithm import Group
from cryptomap.model.sa import Direction, SaCounters, SaKey, SaSpec
from cryptomap.model.selector import Selector
from cryptomap.model.status import IpsecFlowStatus, IpsecSaStatus
from cryptomap.policy.spd import PolicyLine, Spd

_Flow = tuple[int, Selector | None]
"""A policy line and what an SA of it covers; None stands for packets that found no SA."""
_Total = tuple[_Flow, str]
MOST_GONE = 16384
"""Counts of SAs that are gone; beyond, the oldest are forgotten (each pair of hosts may have had SAs)."""
_KINDS = ("encapsulated", "decapsulated", "send_errors", "receive_errors")


class FlowTotals:
    """Packets of every SA a flow ever had: those that are gone are remembered here."""

    def __init__(self, engine: Backend) -> None:
        self._engine = engine
        self._live: dict[SaKey, SaSpec] = {}
        self._gone: Counter[_Total] = Counter()
        self._cleared: Counter[_Total] = Counter()

    def installed(self, spec: SaSpec) -> None:
        """An SA was given to the engine."""
        self._live[spec.key] = spec

    def removing(self, key: SaKey) -> None:
        """An SA is about to be taken from the engine."""
        spec = self._live.pop(key, None)
        if spec is not None:
            self._gone.update(self._counts(spec))
            while len(self._gone) > MOST_GONE:
                del self._gone[next(iter(self._gone))]

    def forget(self, line: PolicyLine) -> None:
        """A temporary entry's line is gone, and will not come back under this id."""
        for kind in _KINDS:
            total = (line.policy_id, line.proxy), kind
            self._gone.pop(total, None)
            self._cleared.pop(total, None)
        self._cleared.pop(((line.policy_id, None), "unserved"), None)

    def clear(self) -> None:
        """Count from zero again (`clear crypto sa counters`)."""
        self._cleared = self._all()

    def totals(self) -> Counter[_Total]:
        """Counts by flow and kind, of which there are four, `_KINDS`; and `unserved` by line, with None for
        the selector."""
        return self._all() - self._cleared

    def _all(self) -> Counter[_Total]:
        found = Counter(self._gone)
        for spec in self._live.values():
            found.update(self._counts(spec))
        found.update({((line, None), "unserved"): count for line, count in self._engine.unserved().items()})
        return found

    def _counts(self, spec: SaSpec) -> Counter[_Total]:
        counters = self._engine.counters(spec.key) or SaCounters()
        if spec.direction is Direction.OUTBOUND:
            flow = (spec.policy_id, spec.selector)
            return Counter(
                {(flow, "encapsulated"): counters.packets, (flow, "send_errors"): counters.send_errors}
            )
        flow = (spec.policy_id, spec.selector.reversed())
        errors = (
            counters.replay_dropped
            + counters.auth_failed
            + counters.selector_failed
            + counters.malformed
            + counters.expired_dropped
        )
        return Counter({(flow, "decapsulated"): counters.packets, (flow, "receive_errors"): errors})


@dataclass(frozen=True, slots=True)
class FlowCollector:
    """Puts together what `show crypto ipsec sa` asks. `peer_of` is the peer whose turn it is to be called."""

    now: float
    host: Host
    engine: Backend
    totals: Counter[_Total]
    peer_of: Callable[[PolicyLine], Address]

    def flows(self, spd: Spd, children: Iterable[ChildSa]) -> Iterator[IpsecFlowStatus]:
        """One for each permit line, and one more for each narrower pair of proxies that has SAs."""
        by_policy: dict[int, dict[Selector, list[ChildSa]]] = {}
        temporary: dict[int, PolicyLine] = {}
        for child in children:
            by_policy.setdefault(child.policy_id, {}).setdefault(child.selector, []).append(child)
            if child.line.template is not None:
                temporary[child.policy_id] = child.line
        for line in _lines(spd, temporary.values()):
            by_selector = by_policy.get(line.policy_id, {})
            for selector in dict.fromkeys((line.proxy, *by_selector)):
                yield self._flow(line, selector, by_selector.get(selector, []))

    def _flow(self, line: PolicyLine, selector: Selector, children: Sequence[ChildSa]) -> IpsecFlowStatus:
        newest = children[-1] if children else None
        peer = newest.peer.address if newest else self.peer_of(line)
        path_mtu = self.host.path_mtu(line.interface, peer)
        encapsulated = newest is not None and newest.outbound.encapsulation is not None
        counts = {kind: self.totals[(line.policy_id, selector), kind] for kind in _KINDS}
        if selector == line.proxy:
            counts["send_errors"] += self.totals[(line.policy_id, None), "unserved"]
        return IpsecFlowStatus(
            interface=line.interface,
            map_name=line.map_name,
            sequence=line.entry.sequence,
            local_address=line.local_address,
            peer=peer,
            peer_port=newest.peer.port if newest else ISAKMP_PORT,
            selector=selector,
            pfs_group=Group(newest.pfs_group) if newest and newest.pfs_group else None,
            **counts,
            template=(line.template.dynamic_map, line.template.entry.sequence) if line.template else None,
            path_mtu=path_mtu,
            plaintext_mtu=plaintext_mtu(path_mtu, newest.transform_set, encapsulated) if newest else path_mtu,
            inbound=tuple(self._sa(child, child.inbound) for child in children),
            outbound=tuple(self._sa(child, child.outbound) for child in children if child.outbound_installed),
        )

    def _sa(self, child: ChildSa, spec: SaSpec) -> IpsecSaStatus:
        counters = self.engine.counters(spec.key) or SaCounters()
        inbound = spec.direction is Direction.INBOUND
        bits = child.transform_set.key_bits
        cipher = esp_cipher(spec.cipher, bits)
        used = counters.bytes // 1024
        return IpsecSaStatus(
            spi=spec.spi,
            connection_id=child.inbound_connection_id if inbound else child.outbound_connection_id,
            flow_id=child.inbound_flow_id if inbound else child.outbound_flow_id,
            cipher=spec.cipher,
            key_bits=bits,
            auth=spec.auth,
            mode=spec.mode,
            udp_encapsulated=spec.encapsulation is not None,
            seconds_left=max(0, int(child.established + child.lifetime.seconds - self.now)),
            kilobytes_left=max(0, child.lifetime.kilobytes - used),
            iv_size=cipher.iv_size if cipher else 0,
            replay_window=spec.replay_window,
            counters=counters,
        )


def _lines(spd: Spd, temporary: Iterable[PolicyLine]) -> Iterator[PolicyLine]:
    """What may have SAs, by interface: the permit lines of its map, then those of temporary entries."""
    for name in spd.interfaces:
        yield from (line for line in spd.lines(name) if line.protects and line.template is None)
        there = [line for line in temporary if line.interface == name]
        yield from sorted(there, key=lambda line: line.entry.sequence)
