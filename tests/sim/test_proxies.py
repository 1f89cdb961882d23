"""Which traffic an SA is for: proxy identities, mirrored lists, protocols, ports (rules M4 and M5 of IOS)."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.sim.configs import AES_SET, R2_ADDRESS, R2_LAN, R3_ADDRESS, R3_LAN, deny, permit, router
from tests.sim.harness import Router, Site

from cryptomap.model import event as ev
from cryptomap.model.access_list import AccessList, Ace, Ports
from cryptomap.model.config import CryptoMap, CryptoMapEntry, RouterConfig
from cryptomap.model.selector import Packet, Selector

TCP, UDP, ICMP, GRE = 6, 17, 1, 47
WEB, HIGH = Ports(80, 80), Ports(1024, 65535)
HOST2, HOST3 = IPv4Network("2.2.2.2/32"), IPv4Network("3.3.3.3/32")


def left(*lines: Ace) -> RouterConfig:
    return router("R2", R2_ADDRESS, R3_ADDRESS, lines)


def right(*lines: Ace) -> RouterConfig:
    return router("R3", R3_ADDRESS, R2_ADDRESS, lines)


def mirrored(line: Ace) -> Ace:
    return replace(
        line,
        source=line.destination,
        destination=line.source,
        source_ports=line.destination_ports,
        destination_ports=line.source_ports,
    )


def send(sender: Router, protocol: int, source_port: int = 0, destination_port: int = 0) -> None:
    """One packet of that kind from LAN to LAN."""
    ends = [IPv4Address("2.2.2.2"), IPv4Address("3.3.3.3")]
    if sender.name == "right":
        ends.reverse()
    sender.plane.send(Packet(ends[0], ends[1], protocol, source_port, destination_port))


def passes(site: Site, sender: Router, *packet: int) -> bool:
    receiver = site.left if sender is site.right else site.right
    before = len(receiver.plane.received)
    send(sender, *packet)
    site.run(1)
    return len(receiver.plane.received) > before


LINES = [
    # the line of R2's list, a packet from R2 that fits, and the protocol and ports that are proposed
    (permit(R2_LAN, R3_LAN, protocol=TCP), (TCP, 1025, 80), (TCP, 0, 0)),
    (permit(R2_LAN, R3_LAN, protocol=TCP, destination_ports=WEB), (TCP, 1025, 80), (TCP, 0, 80)),
    (permit(R2_LAN, R3_LAN, protocol=UDP, source_ports=Ports(53, 53)), (UDP, 53, 2000), (UDP, 53, 0)),
    (
        permit(HOST2, HOST3, protocol=TCP, source_ports=WEB, destination_ports=WEB),
        (TCP, 80, 80),
        (TCP, 80, 80),
    ),
    # a range cannot be said in one ID payload: it is proposed as any port, and kept by the data plane
    (
        permit(R2_LAN, R3_LAN, protocol=TCP, source_ports=HIGH, destination_ports=WEB),
        (TCP, 1025, 80),
        (TCP, 0, 80),
    ),
    (permit(R2_LAN, R3_LAN, protocol=ICMP), (ICMP,), (ICMP, 0, 0)),
    (permit(R2_LAN, R3_LAN, protocol=GRE), (GRE,), (GRE, 0, 0)),
]


@pytest.mark.parametrize(("line", "packet", "proposed"), LINES)
@pytest.mark.parametrize("back", [False, True])
def test_protocols_and_ports(
    line: Ace, packet: tuple[int, ...], proposed: tuple[int, int, int], back: bool
) -> None:
    """A mirrored list, whoever begins: the same pair of selectors at both ends, and packets both ways."""
    #  QM1*: IDci 2.2.2.0/24 tcp, IDcr 3.3.3.0/24 tcp 80 -->       <-- QM1*: the two the other way round
    site = Site(left(line), right(mirrored(line)))
    there, again = packet, (packet[0], *reversed(packet[1:]))
    first = site.right if back else site.left
    send(first, *(again if back else there))
    site.run(3)
    source, destination = (HOST2, HOST3) if line.source.wildcard == IPv4Address(0) else (R2_LAN, R3_LAN)
    assert site.left.pair.selector == Selector(source, destination, *proposed)
    assert site.right.pair.selector == site.left.pair.selector.reversed()
    assert passes(site, site.left, *there)
    assert passes(site, site.right, *again)
    site.no_errors()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # R2's line, and what R3's list permits instead of its mirror
        (permit(R2_LAN, R3_LAN, protocol=TCP), permit(R3_LAN, R2_LAN, protocol=UDP)),
        (permit(R2_LAN, R3_LAN), permit(R3_LAN, R2_LAN, protocol=TCP)),
        (permit(R2_LAN, R3_LAN, protocol=TCP), permit(R3_LAN, R2_LAN, protocol=TCP, source_ports=WEB)),
        (
            permit(R2_LAN, R3_LAN, protocol=TCP, destination_ports=WEB),
            permit(R3_LAN, R2_LAN, protocol=TCP, source_ports=Ports(443, 443)),
        ),
        (
            permit(R2_LAN, R3_LAN, protocol=TCP, destination_ports=WEB),
            permit(R3_LAN, R2_LAN, protocol=TCP, destination_ports=WEB),
        ),
    ],
)
def test_lists_that_do_not_mirror(ours: Ace, theirs: Ace) -> None:
    #  QM1* -->       <-- HDR*, HASH(1), N(NO-PROPOSAL-CHOSEN)
    site = Site(left(ours), right(theirs))
    send(site.left, ours.protocol or TCP, 1025, 80)
    site.run(3)
    assert site.left.pairs == site.right.pairs == []
    assert site.right.of(ev.IpsecProposalInvalid)[0].reason == "proxy"
    assert site.left.of(ev.NotifyReceived)[0].name == "NO_PROPOSAL_CHOSEN"
    assert site.left.established, "the ISAKMP SA stays"


def test_a_part_of_the_responders_line_in_ports() -> None:
    """R3 permits all; R2 asks for one port, and the pair is for that only."""
    #  QM1*, IDcr 3.3.3.0/24 tcp 80 -->      <-- QM2*, the same
    line = permit(R2_LAN, R3_LAN, protocol=TCP, destination_ports=WEB)
    site = Site(left(line), right(permit(R3_LAN, R2_LAN)))
    send(site.left, TCP, 1025, 80)
    site.run(3)
    assert site.right.pair.selector == Selector(R3_LAN, R2_LAN, TCP, 80, 0)
    assert passes(site, site.left, TCP, 1025, 80)
    assert not passes(site, site.right, UDP, 53, 53), "that has no SA"
    site.no_errors()


def with_entries(config: RouterConfig, *entries: tuple[CryptoMapEntry, tuple[Ace, ...]]) -> RouterConfig:
    """The map's entries and each one's access list."""
    lists = {str(entry.sequence): AccessList(str(entry.sequence), lines) for entry, lines in entries}
    whole = {entry.sequence: replace(entry, match_address=str(entry.sequence)) for entry, _ in entries}
    return replace(config, access_lists=lists, crypto_maps={"huawei": CryptoMap("huawei", whole)})


def entry(sequence: int, peer: IPv4Address, *sets: str) -> CryptoMapEntry:
    return CryptoMapEntry(sequence, (peer,), sets or (AES_SET.name,))


def test_the_lowest_sequence_that_permits_answers() -> None:
    """R3 has two entries for R2: the one whose list takes the proxies counts, with its own settings."""
    #  QM1*, 2.2.2.0/24 -->  (R3's entry 20)      QM1*, 2.2.9.0/24 -->  (entry 30)
    more2, more3 = IPv4Network("2.2.9.0/24"), IPv4Network("3.3.9.0/24")
    ours = with_entries(
        left(),
        (entry(5, R3_ADDRESS), (permit(more2, more3),)),
        (entry(7, R3_ADDRESS), (permit(R2_LAN, R3_LAN),)),
    )
    theirs = with_entries(
        right(),
        (entry(20, R2_ADDRESS), (permit(R3_LAN, R2_LAN),)),
        (entry(30, R2_ADDRESS), (permit(more3, more2),)),
        (entry(40, R2_ADDRESS), (permit(R3_LAN, R2_LAN),)),
    )
    site = Site(ours, theirs)
    site.ping()
    site.left.ping("2.2.9.1", "3.3.9.1")
    site.run(3)
    assert {(pair.line.entry.sequence, str(pair.selector.source)) for pair in site.right.pairs} == {
        (20, "3.3.3.0/24"),
        (30, "3.3.9.0/24"),
    }
    assert len(site.left.established) == 1


def test_a_deny_line_goes_to_the_next_entry_on_both_sides() -> None:
    """`deny` in the first entry: that host's traffic is of the second entry."""
    #  2.2.2.2 denied in 10, permitted in 20:   QM1* with IDci 2.2.2.2 -->
    host_lines = (permit(HOST2, R3_LAN),), (permit(R3_LAN, HOST2),)
    ours = with_entries(
        left(),
        (entry(10, R3_ADDRESS), (deny(HOST2, R3_LAN), permit(R2_LAN, R3_LAN))),
        (entry(20, R3_ADDRESS), host_lines[0]),
    )
    theirs = with_entries(
        right(),
        (entry(10, R2_ADDRESS), (deny(R3_LAN, HOST2), permit(R3_LAN, R2_LAN))),
        (entry(20, R2_ADDRESS), host_lines[1]),
    )
    site = Site(ours, theirs)
    site.ping()
    site.run(3)
    assert (site.left.pair.line.entry.sequence, site.right.pair.line.entry.sequence) == (20, 20)
    assert site.left.pair.selector.source == HOST2
    site.check_passes()
    site.left.ping("2.2.2.9", "3.3.3.3")
    site.run(3)
    assert {pair.line.entry.sequence for pair in site.left.pairs} == {10, 20}
    site.no_errors()


def test_a_peer_gets_nothing_of_another_peers_entry() -> None:
    """The proxies fit an entry of R3's, but that is not for R2."""
    #  QM1* -->      <-- HDR*, HASH(1), N(NO-PROPOSAL-CHOSEN)
    other = IPv4Address("14.1.1.4")
    theirs = with_entries(right(), (entry(10, other), (permit(R3_LAN, R2_LAN),)))
    site = Site(left(permit(R2_LAN, R3_LAN)), theirs)
    site.ping()
    site.run(3)
    assert site.left.pairs == site.right.pairs == []
    assert site.right.of(ev.IpsecProposalInvalid)[0].reason == "proxy"
