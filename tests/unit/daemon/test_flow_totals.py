"""Counts of SAs that are gone are kept for `show crypto ipsec sa`, though not without end."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from cryptomap.daemon.flows import MOST_GONE, FlowTotals
from cryptomap.engine.memory import MemoryEngine
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.config import CryptoMapEntry, InterfaceName
from cryptomap.model.sa import Direction, SaCounters, SaSpec
from cryptomap.model.selector import Selector
from cryptomap.policy.spd import Template

NEAR, FAR = IPv4Network("10.1.0.0/24"), IPv4Network("10.2.0.0/24")
ENDS = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
SPEC = SaSpec(
    Direction.OUTBOUND,
    *ENDS,
    0x1001,
    Selector(NEAR, FAR),
    7,
    EspCipher.AES,
    bytes(16),
    EspAuth.SHA,
    bytes(20),
)


def serve(totals: FlowTotals, engine: MemoryEngine, spec: SaSpec, packets: int) -> None:
    """One SA from its beginning to its end."""
    engine.add_sa(spec)
    totals.installed(spec)
    engine.set_counters(spec.key, SaCounters(packets))
    totals.removing(spec.key)
    engine.delete_sa(spec.key)


def test_the_sas_of_a_flow_are_counted_together() -> None:
    engine = MemoryEngine()
    totals = FlowTotals(engine)
    for spi in (0x1001, 0x1002):
        serve(totals, engine, replace(SPEC, spi=spi), 5)
    assert totals.totals()[(7, SPEC.selector), "encapsulated"] == 10
    totals.clear()
    assert totals.totals()[(7, SPEC.selector), "encapsulated"] == 0


def test_a_temporary_line_takes_its_counts_along() -> None:
    engine = MemoryEngine()
    totals = FlowTotals(engine)
    entry = CryptoMapEntry(10, transform_sets=("TS",))
    template = Template(100, InterfaceName("Ethernet0/0"), "VPN", "ANY", entry, ENDS[0])
    line = template.line(7, 65536, ENDS[1], SPEC.selector)
    serve(totals, engine, SPEC, 5)
    totals.clear()
    totals.forget(line)
    serve(totals, engine, SPEC, 3)
    assert totals.totals()[(7, SPEC.selector), "encapsulated"] == 3


def test_what_is_kept_of_many_pairs_of_hosts_is_bounded() -> None:
    engine = MemoryEngine()
    totals = FlowTotals(engine)
    for host in range(MOST_GONE):
        far = IPv4Network((int(FAR.network_address) + host, 32))
        serve(totals, engine, replace(SPEC, selector=Selector(NEAR, far)), 1)
    assert len(totals.totals()) <= MOST_GONE
    assert totals.totals()[(7, Selector(NEAR, far)), "encapsulated"] == 1
