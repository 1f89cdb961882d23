"""Dynamic maps in the policy database: where their lines stand, and whom they let have what."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address

import pytest

from cryptomap.model.access_list import AccessList, Action, permitting
from cryptomap.model.address import Address
from cryptomap.model.config import CryptoMap, CryptoMapEntry, Interface, InterfaceName, RouterConfig
from cryptomap.model.error import MisuseError
from cryptomap.model.sa import PolicyAction
from cryptomap.model.selector import Packet, Selector
from cryptomap.policy.spd import PolicyLine, Spd, Template, compile_spd

E0 = InterfaceName("Ethernet0/0")
LOCAL, PEER, OTHER = (IPv4Address(text) for text in ("12.1.1.2", "13.1.1.3", "14.1.1.4"))
A, B, C = (IPv4Network(text) for text in ("2.2.2.0/24", "3.3.3.0/24", "4.4.4.0/24"))
TO_B, TO_C = Selector(A, B), Selector(A, C)
DENY_C = replace(permitting(TO_C), action=Action.DENY)


def template(sequence: int, **changes: object) -> CryptoMapEntry:
    return replace(CryptoMapEntry(sequence, transform_sets=("set",)), **changes)  # type: ignore[arg-type]


STATIC = CryptoMapEntry(20, (PEER,), ("set",), "TO-B")
DYNAMIC = CryptoMapEntry(10, dynamic="D")


def config(*templates: CryptoMapEntry, entries: tuple[CryptoMapEntry, ...] = (DYNAMIC,)) -> RouterConfig:
    lists = {
        "TO-B": (permitting(TO_B),),
        "NOT-C": (DENY_C, permitting(Selector(A, IPv4Network("0.0.0.0/0")))),
    }
    return RouterConfig(
        interfaces={E0: Interface(E0, IPv4Interface("12.1.1.2/24"), crypto_map="M")},
        access_lists={name: AccessList(name, lines) for name, lines in lists.items()},
        crypto_maps={"M": CryptoMap("M", {one.sequence: one for one in entries})},
        dynamic_maps={"D": CryptoMap("D", {one.sequence: one for one in templates})},
    )


def compiled(*templates: CryptoMapEntry, entries: tuple[CryptoMapEntry, ...] = (DYNAMIC,)) -> Spd:
    return compile_spd(config(*templates, entries=entries), {E0: LOCAL})


def found(spd: Spd, peer: Address, proxies: Selector, profile: str | None = None) -> list[int]:
    """Sequence numbers of the entries and templates that let the peer have it, in order."""
    return [one.entry.sequence for one in spd.permitting(LOCAL, peer, proxies, profile)]


def actions(spd: Spd) -> list[PolicyAction]:
    return [spec.action for spec in spd.specs(E0)]


def test_a_template_without_a_list_is_a_place_for_lines() -> None:
    spd = compiled(template(10), template(20))
    assert actions(spd) == [PolicyAction.DYNAMIC]
    assert spd.lines(E0) == ()
    assert found(spd, PEER, TO_B) == found(spd, OTHER, TO_C) == [10, 20]


def test_lines_of_a_templates_list_come_after_its_place() -> None:
    spd = compiled(template(10, match_address="NOT-C"), entries=(replace(STATIC, sequence=5), DYNAMIC))
    specs = spd.specs(E0)
    assert actions(spd) == [
        PolicyAction.PROTECT,
        PolicyAction.DYNAMIC,
        PolicyAction.JUMP,
        PolicyAction.PROTECT,
    ]
    assert specs[2].jump_to == len(specs)
    assert [line.template is not None for line in spd.lines(E0)] == [False, True, True]


def test_a_jump_counts_the_places_of_dynamic_lines() -> None:
    entries = (DYNAMIC, replace(STATIC, match_address="NOT-C"), replace(STATIC, sequence=30))
    spd = compiled(template(10), entries=entries)
    assert actions(spd) == [
        PolicyAction.DYNAMIC,
        PolicyAction.JUMP,
        PolicyAction.PROTECT,
        PolicyAction.PROTECT,
    ]
    assert spd.specs(E0)[1].jump_to == 3


@pytest.mark.parametrize(
    ("changes", "peer", "proxies", "permitted"),
    [
        ({}, OTHER, TO_C, True),
        ({"peers": (PEER,)}, PEER, TO_C, True),
        ({"peers": (PEER,)}, OTHER, TO_C, False),
        ({"match_address": "TO-B"}, OTHER, TO_B, True),
        ({"match_address": "TO-B"}, OTHER, Selector(A, IPv4Network("3.3.3.7/32"), 6, 0, 80), True),
        ({"match_address": "TO-B"}, OTHER, TO_C, False),
        ({"match_address": "TO-B"}, OTHER, Selector(A, IPv4Network("3.3.0.0/16")), False),
        ({"match_address": "NOT-C"}, OTHER, TO_B, True),
        ({"match_address": "NOT-C"}, OTHER, TO_C, False),
        ({"match_address": "missing"}, OTHER, TO_B, False),
        ({"transform_sets": ()}, OTHER, TO_B, False),
        ({"isakmp_profile": "P"}, OTHER, TO_B, False),
    ],
)
def test_whom_a_template_lets_have_what(
    changes: dict[str, object], peer: IPv4Address, proxies: Selector, permitted: bool
) -> None:
    assert found(compiled(template(10, **changes)), peer, proxies) == ([10] if permitted else [])


def test_profiles() -> None:
    spd = compiled(template(10, isakmp_profile="P"), template(20))
    assert found(spd, PEER, TO_B, "P") == [10, 20]
    assert found(spd, PEER, TO_B, "Q") == [20]


def test_a_maps_profile_is_that_of_its_entries_and_templates_unless_they_name_one() -> None:
    whole = config(template(10), template(20, isakmp_profile="Q"), entries=(DYNAMIC, STATIC))
    maps = {"M": replace(whole.crypto_maps["M"], isakmp_profile="P")}
    spd = compile_spd(replace(whole, crypto_maps=maps), {E0: LOCAL})
    assert found(spd, PEER, TO_B) == []
    assert found(spd, PEER, TO_B, "Q") == [20]
    assert found(spd, PEER, TO_B, "P") == [10, 20]


def test_the_order_is_that_of_the_maps() -> None:
    spd = compiled(template(10), entries=(DYNAMIC, STATIC, replace(STATIC, sequence=5)))
    assert found(spd, PEER, TO_B) == [5, 10, 20]


def test_a_missing_dynamic_map_has_no_place() -> None:
    whole = replace(config(), dynamic_maps={})
    assert compile_spd(whole, {E0: LOCAL}).specs(E0) == []


def line(spd: Spd, proxies: Selector = TO_B) -> PolicyLine:
    found = next(spd.permitting(LOCAL, PEER, proxies))
    assert isinstance(found, Template)
    return found.line(2**31 + 5, 65536, PEER, proxies)


def test_the_line_of_a_temporary_entry() -> None:
    web = Selector(A, IPv4Network("3.3.3.7/32"), 6, 0, 80)
    made = line(compiled(template(10, reverse_route=True)), web)
    assert (made.entry.peers, made.entry.sequence, made.entry.reverse_route) == ((PEER,), 65536, True)
    assert made.spec.action is PolicyAction.PROTECT
    assert (made.spec.source_ports, made.spec.destination_ports) == ((0, 65535), (80, 80))
    assert made.spec.selector == Selector(A, IPv4Network("3.3.3.7/32"), 6)
    assert made.proxy == web
    assert made.covers(web)


def test_temporary_entries_know_ipv4_only() -> None:
    spd = compiled(template(10))
    permitting_all = next(spd.permitting(LOCAL, PEER, TO_B))
    assert isinstance(permitting_all, Template)
    with pytest.raises(MisuseError):
        permitting_all.line(1, 65536, IPv6Address("2001:db8::1"), TO_B)


@pytest.mark.parametrize(
    ("changed", "there"),
    [
        (template(10, pfs=None), True),
        (template(10, match_address="TO-B"), True),
        (template(10, match_address="NOT-C", peers=(PEER,)), True),
        (template(10, peers=(OTHER,)), False),
        (template(20), False),
        (template(10, transform_sets=()), False),
    ],
)
def test_a_temporary_line_in_a_changed_configuration(changed: CryptoMapEntry, there: bool) -> None:
    made = line(compiled(template(10)))
    current = compiled(changed).current(made, LOCAL, PEER)
    assert (current is not None) is there
    if current is not None and current.template is not None:
        assert (current.policy_id, current.entry.sequence) == (made.policy_id, made.entry.sequence)
        assert current.template.entry == changed
    assert compiled(template(10)).current(made, OTHER, PEER) is None


def test_only_lines_that_may_begin_are_found_by_their_peer() -> None:
    spd = compiled(template(10, match_address="TO-B", peers=(PEER,)))
    assert spd.line_with_peer(LOCAL, PEER) is None
    both = compiled(template(10, match_address="TO-B", peers=(PEER,)), entries=(DYNAMIC, STATIC))
    begins = both.line_with_peer(LOCAL, PEER)
    assert begins is not None
    assert begins.entry == STATIC


def test_what_is_proposed_for_a_packet() -> None:
    packet = Packet(IPv4Address("2.2.2.9"), IPv4Address("3.3.3.7"), 6, 4000, 80)
    for per_host, proposed in (
        (False, TO_B),
        (True, Selector(IPv4Network("2.2.2.9/32"), IPv4Network("3.3.3.7/32"))),
    ):
        spd = compiled(entries=(replace(STATIC, per_host=per_host),))
        assert spd.lines(E0)[0].proxies_for(packet) == proposed
        assert spd.specs(E0)[0].per_host is per_host
