"""ICMP errors carry the packet that they are about (RFC 792), so one sent in clear would give it away.

An error about a packet that came through a tunnel goes back through it (RFC 4301 section 6.2). The kernel
sends ours from the outside interface, whose address no access list names, so they go in the name of the
host that the packet was for. An error that another router made, and that no line takes, is dropped.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network

from cryptomap.daemon.intercept.plan import has_ports
from cryptomap.model.sa import PolicyAction, PolicySpec

ERRORS = "meta nfproto ipv4 icmp type { 3, 4, 5, 11, 12 }"
"""Unreachable, source quench, redirect, time exceeded, parameter problem."""

# Where the quoted packet's fields are, in bits from the ICMP header on.
_VERSION_AND_LENGTH = 64
_PROTOCOL = _VERSION_AND_LENGTH + 72
_SOURCE = _VERSION_AND_LENGTH + 96
_DESTINATION = _VERSION_AND_LENGTH + 128
_SOURCE_PORT = _VERSION_AND_LENGTH + 160
_DESTINATION_PORT = _VERSION_AND_LENGTH + 176
_NO_OPTIONS = 0x45

QUOTED_ENDS = (f"@th,{_DESTINATION},32", f"@th,{_SOURCE},32")
"""Receiver and sender of the quoted packet: source and destination of a line that it comes back to."""
QUOTED_PROTOCOL = f"@th,{_PROTOCOL},8"
SPEAK_FOR_DESTINATION = f"ip saddr set @th,{_DESTINATION},32"
"""The statement that sends an error in the name of the quoted packet's destination."""


def quoting(line: PolicySpec, target: str) -> Iterator[str]:
    """Rules for errors about the traffic that comes back to `line`: to `target`, or past a `deny` line."""
    matches = " ".join([ERRORS, *_addresses_and_protocol(line)])
    verdict = "return" if line.action is PolicyAction.JUMP else f"goto {target}"
    if not has_ports(line):
        yield f"{matches} {verdict}"
        return
    if line.action is PolicyAction.PROTECT:  # Options move the ports: in doubt the packet was protected.
        yield f"{matches} @th,{_VERSION_AND_LENGTH},8 != {_NO_OPTIONS} {verdict}"
    yield " ".join([matches, f"@th,{_VERSION_AND_LENGTH},8 {_NO_OPTIONS}", *_ports(line), verdict])


def _addresses_and_protocol(line: PolicySpec) -> Iterator[str]:
    selector = line.selector.reversed()
    for offset, network in ((_SOURCE, selector.source), (_DESTINATION, selector.destination)):
        if isinstance(network, IPv4Network) and network.prefixlen:
            mask, address = int(network.netmask), int(network.network_address)
            yield f"@th,{offset},32 & {mask:#x} == {address:#x}"
    if selector.protocol:
        yield f"@th,{_PROTOCOL},8 {selector.protocol}"


def _ports(line: PolicySpec) -> Iterator[str]:
    for offset, (low, high) in (
        (_SOURCE_PORT, line.destination_ports),
        (_DESTINATION_PORT, line.source_ports),
    ):
        if (low, high) != (0, 65535):
            yield f"@th,{offset},16 {low}-{high}" if low != high else f"@th,{offset},16 {low}"
