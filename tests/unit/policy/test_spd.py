"""Crypto maps and access lists as an ordered policy database: rules M4 and M5 of IOS."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from cryptomap.model.access_list import AccessList, Ace, Action, Ports, Remark, WildcardNetwork
from cryptomap.model.config import CryptoMap, CryptoMapEntry, Interface, InterfaceName, RouterConfig
from cryptomap.model.error import ConfigurationError
from cryptomap.model.sa import PolicyAction
from cryptomap.model.selector import Selector
from cryptomap.policy.spd import PolicyLine, Spd, Template, compile_spd

E0, LO = InterfaceName("Ethernet0/0"), InterfaceName("Loopback0")
LOCAL, PEER, OTHER = (IPv4Address(text) for text in ("12.1.1.2", "13.1.1.3", "14.1.1.4"))
A, B, C = (IPv4Network(text) for text in ("2.2.2.0/24", "3.3.3.0/24", "4.4.4.0/24"))


def line(action: Action, source: IPv4Network, destination: IPv4Network, **more: object) -> Ace:
    ends = (WildcardNetwork(net.network_address, net.hostmask) for net in (source, destination))
    return Ace(action, *ends, **more)  # type: ignore[arg-type]


def permit(source: IPv4Network, destination: IPv4Network, **more: object) -> Ace:
    return line(Action.PERMIT, source, destination, **more)


def deny(source: IPv4Network, destination: IPv4Network, **more: object) -> Ace:
    return line(Action.DENY, source, destination, **more)


def entry(sequence: int, name: str, peer: IPv4Address = PEER) -> CryptoMapEntry:
    return CryptoMapEntry(sequence, (peer,), ("set",), name)


def config(lists: dict[str, tuple[Ace | Remark, ...]], *entries: CryptoMapEntry) -> RouterConfig:
    return RouterConfig(
        interfaces={E0: Interface(E0, IPv4Interface("12.1.1.2/24"), crypto_map="huawei")},
        access_lists={name: AccessList(name, lines) for name, lines in lists.items()},
        crypto_maps={"huawei": CryptoMap("huawei", {one.sequence: one for one in entries})},
    )


def compiled(lists: dict[str, tuple[Ace | Remark, ...]], *entries: CryptoMapEntry) -> Spd:
    return compile_spd(config(lists, *entries), {E0: LOCAL})


def find_for_peer(
    spd: Spd, local: IPv4Address, peer: IPv4Address, proxies: Selector, profile: str | None = None
) -> PolicyLine | None:
    """The first configured line that lets the peer have the traffic."""
    found = next(spd.permitting(local, peer, proxies, profile), None)
    assert not isinstance(found, Template)
    return found


def test_lines_stand_in_the_order_of_sequence_numbers_and_lists() -> None:
    spd = compiled(
        {"1": (permit(A, B), Remark("x"), permit(A, C)), "2": (permit(B, C),)}, entry(20, "1"), entry(10, "2")
    )
    lines = spd.lines(E0)
    assert [one.entry.sequence for one in lines] == [10, 20, 20]
    assert [one.proxy for one in lines] == [Selector(B, C), Selector(A, B), Selector(A, C)]
    assert [one.spec for one in lines] == spd.specs(E0)
    assert all(one.local_address == LOCAL and one.map_name == "huawei" and one.protects for one in lines)
    assert all(spd.line(one.policy_id) is one for one in lines)
    assert spd.line(0) is None
    assert spd.lines(LO) == ()


def test_a_deny_line_jumps_to_the_next_entry() -> None:
    spd = compiled(
        {"1": (permit(A, A), deny(A, B), permit(A, C)), "2": (deny(C, C), permit(A, B))},
        entry(10, "1"),
        entry(20, "2"),
    )
    specs = spd.specs(E0)
    assert [spec.action for spec in specs] == [
        PolicyAction.PROTECT,
        PolicyAction.JUMP,
        PolicyAction.PROTECT,
        PolicyAction.JUMP,
        PolicyAction.PROTECT,
    ]
    assert [specs[1].jump_to, specs[3].jump_to] == [3, 5]


def test_ports() -> None:
    """A single port is offered, a range widens to any; the data plane keeps the range."""
    one = permit(A, B, protocol=6, source_ports=Ports(80, 80), destination_ports=Ports(1000, 2000))
    (spec,) = (spd := compiled({"1": (one,)}, entry(10, "1"))).specs(E0)
    assert spd.lines(E0)[0].proxy == Selector(A, B, 6, 80, 0)
    assert spec.selector == Selector(A, B, 6)
    assert (spec.source_ports, spec.destination_ports) == ((80, 80), (1000, 2000))


@pytest.mark.parametrize(
    "change",
    [{"peers": ()}, {"transform_sets": ()}, {"match_address": None}, {"match_address": "missing"}],
)
def test_incomplete_entries_do_nothing(change: dict[str, object]) -> None:
    spd = compiled({"1": (permit(A, B),)}, replace(entry(10, "1"), **change))  # type: ignore[arg-type]
    assert spd.specs(E0) == []
    assert spd.interfaces == (E0,)


def test_an_interface_without_address_map_or_life_protects_nothing() -> None:
    whole = config({"1": (permit(A, B),)}, entry(10, "1"))
    assert compile_spd(whole, {}).interfaces == ()
    for change in ({"shutdown": True}, {"crypto_map": None}, {"crypto_map": "missing"}):
        one = replace(whole.interfaces[E0], **change)  # type: ignore[arg-type]
        assert compile_spd(replace(whole, interfaces={E0: one}), {E0: LOCAL}).interfaces == ()


def test_local_address() -> None:
    whole = config({"1": (permit(A, B),)}, entry(10, "1"))
    maps = {"huawei": replace(whole.crypto_maps["huawei"], local_address=LO)}
    spd = compile_spd(replace(whole, crypto_maps=maps), {E0: LOCAL, LO: OTHER})
    assert spd.lines(E0)[0].local_address == OTHER


def test_policy_ids_stay_while_lines_do() -> None:
    first = compiled({"1": (permit(A, B), permit(A, C))}, entry(10, "1"))
    second = compiled({"1": (permit(B, C), replace(permit(A, C), sequence=30, log=True))}, entry(10, "1"))
    assert first.lines(E0)[1].policy_id == second.lines(E0)[1].policy_id
    assert first.lines(E0)[0].policy_id not in {one.policy_id for one in second.lines(E0)}


def test_policy_ids_are_unique_and_of_31_bits() -> None:
    spd = compiled({"1": (permit(A, B), permit(A, B), permit(A, B))}, entry(10, "1"))
    ids = {one.policy_id for one in spd.lines(E0)}
    assert len(ids) == 3
    assert all(0 < number < 2**31 for number in ids)


def test_a_wildcard_that_is_no_prefix_is_refused() -> None:
    odd = replace(permit(A, B), source=WildcardNetwork(IPv4Address("2.2.2.0"), IPv4Address("0.0.0.254")))
    lists: dict[str, tuple[Ace | Remark, ...]] = {"1": (odd,)}
    with pytest.raises(ConfigurationError, match=r"access list 1: 2\.2\.2\.0 0\.0\.0\.254 is no prefix"):
        compiled(lists, entry(10, "1"))


def test_an_icmp_type_is_widened_in_a_permit_and_refused_in_a_deny() -> None:
    spd = compiled({"1": (permit(A, B, protocol=1, icmp_type=8),)}, entry(10, "1"))
    assert [one.proxy for one in spd.lines(E0)] == [Selector(A, B, 1)]
    lists: dict[str, tuple[Ace | Remark, ...]] = {"1": (deny(A, B, protocol=1, icmp_type=8), permit(A, B))}
    with pytest.raises(ConfigurationError, match="access list 1: a deny line for one ICMP type"):
        compiled(lists, entry(10, "1"))


PART = Selector(IPv4Network("2.2.2.128/25"), IPv4Network("3.3.3.3/32"), 6, 0, 80)


@pytest.mark.parametrize(
    ("proxies", "found"),
    [
        (Selector(A, B), True),
        (PART, True),
        (Selector(IPv4Network("2.2.0.0/16"), B), False),
        (Selector(A, IPv4Network("0.0.0.0/0")), False),
        (Selector(B, A), False),
    ],
)
def test_what_a_responder_lets_the_peer_have(proxies: Selector, found: bool) -> None:
    spd = compiled({"1": (permit(A, B),)}, entry(10, "1"))
    assert (find_for_peer(spd, LOCAL, PEER, proxies) is not None) is found
    assert find_for_peer(spd, LOCAL, OTHER, proxies) is None
    assert find_for_peer(spd, OTHER, PEER, proxies) is None


def test_a_deny_line_keeps_the_responder_out_of_its_entry() -> None:
    lists: dict[str, tuple[Ace | Remark, ...]] = {
        "1": (deny(IPv4Network("2.2.2.2/32"), B), permit(A, B)),
        "2": (permit(A, B),),
    }
    spd = compiled(lists, entry(10, "1"), entry(20, "2"))
    host = find_for_peer(spd, LOCAL, PEER, Selector(IPv4Network("2.2.2.2/32"), B))
    whole = find_for_peer(spd, LOCAL, PEER, Selector(A, B))
    assert host is not None
    assert whole is not None
    assert (host.entry.sequence, whole.entry.sequence) == (20, 10), (
        "the mirrored permit line is offered whole"
    )


def test_a_mirrored_range_is_offered_as_any_port() -> None:
    spd = compiled({"1": (permit(A, B, protocol=6, source_ports=Ports(1000, 2000)),)}, entry(10, "1"))
    assert find_for_peer(spd, LOCAL, PEER, Selector(A, B, 6)) is not None
    assert find_for_peer(spd, LOCAL, PEER, Selector(A, B, 17)) is None
    assert find_for_peer(spd, LOCAL, PEER, Selector(A, B)) is None


def test_an_entry_of_a_profile_serves_that_profile() -> None:
    spd = compiled({"1": (permit(A, B),)}, replace(entry(10, "1"), isakmp_profile="L2L"))
    assert find_for_peer(spd, LOCAL, PEER, Selector(A, B)) is None
    assert find_for_peer(spd, LOCAL, PEER, Selector(A, B), "other") is None
    assert find_for_peer(spd, LOCAL, PEER, Selector(A, B), "L2L") is not None
