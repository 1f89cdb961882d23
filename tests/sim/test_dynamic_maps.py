"""Dynamic crypto maps: the template begins nothing, answers whoever is let in, and its temporary entries live
with their SAs."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.sim.configs import (
    AES_SET,
    LAB_SET,
    OUTSIDE,
    R2_ADDRESS,
    R2_LAN,
    deny,
    global_keys,
    key,
    permit,
)
from tests.sim.harness import Router
from tests.sim.network import Parcel
from tests.sim.star import hub_config, lan, protected, spoke_address, spoke_config, star, template

from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.algorithm import Group
from cryptomap.model.config import (
    CryptoMap,
    CryptoMapEntry,
    IsakmpProfile,
    MatchIdentity,
)
from cryptomap.model.sa import PolicyAction
from cryptomap.model.selector import Selector
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType

ANYWHERE = IPv4Network("0.0.0.0/0")


def refusals(router: Router) -> list[str]:
    return [invalid.reason for invalid in router.of(ev.IpsecProposalInvalid)]


def test_a_dynamic_map_begins_nothing() -> None:
    #  2.2.2.2 -> 3.0.1.3   no entry protects it: it leaves as it is, and IKE does not hear of it
    site = star()
    site.answer()
    site.run(60)
    assert site.network.sent == []
    assert len(site.hub.plane.clear) == 1


def test_the_side_with_the_static_map_begins() -> None:
    #  spoke MM1 --> hub ... QM1*, IDci 3.0.1.0/24, IDcr 2.2.2.0/24 --> ... <-- QM2*   QM3* -->
    site = star()
    site.bring_up()
    assert protected(site.hub) == [Selector(R2_LAN, lan(1))]
    assert site.hub.pair.line.entry.peers == (spoke_address(1),)
    assert site.hub.pair.line.entry.sequence == 65536
    assert not site.hub.pair.initiator
    site.no_errors()


def test_a_temporary_entry_goes_with_its_last_sa() -> None:
    site = star()
    site.bring_up()
    site.spoke.endpoint.clear_sa(site.clock.now)
    site.spoke.turn()
    site.run(1)
    assert site.hub.pairs == []
    assert protected(site.hub) == []
    site.answer()
    assert len(site.hub.plane.clear) == 1, "as with IOS, nothing protects it any more"
    site.bring_up()
    site.no_errors()


def test_spokes_have_entries_of_their_own() -> None:
    site = star(None, spoke_config(1), spoke_config(2), spoke_config(3))
    for number in (1, 2, 3):
        site.bring_up(number)
    assert protected(site.hub) == [Selector(R2_LAN, lan(n)) for n in (1, 2, 3)]
    assert [pair.line.entry.sequence for pair in site.hub.pairs] == [65536, 65537, 65538]
    site.spokes[1].endpoint.shutdown(site.clock.now)
    site.spokes[1].turn()
    site.run(1)
    assert protected(site.hub) == [Selector(R2_LAN, lan(n)) for n in (1, 3)]
    site.check(1)
    site.check(3)


def test_one_spoke_with_two_networks_has_one_entry() -> None:
    both = spoke_config(1)
    lines = (permit(lan(1), R2_LAN), permit(lan(9), R2_LAN))
    both = replace(both, access_lists={"101": replace(both.access_lists["101"], lines=lines)})
    site = star(None, both)
    site.bring_up()
    site.spoke.ping("3.0.9.3", "2.2.2.2")
    site.run(3)
    assert protected(site.hub) == [Selector(R2_LAN, lan(1)), Selector(R2_LAN, lan(9))]
    assert {pair.line.entry.sequence for pair in site.hub.pairs} == {65536}


def test_what_is_left_half_made_leaves_no_policy() -> None:
    """Message 3 of quick mode never comes."""
    #  QM1* -->   <-- QM2*   QM3* --x
    site = star()
    messages = 0

    def lose_the_third(parcel: Parcel) -> bool:
        nonlocal messages
        if not isinstance(parcel, Datagram) or parcel.local.address == R2_ADDRESS:
            return False
        if split(parcel.data)[0].exchange is ExchangeType.QUICK_MODE:
            messages += 1
        return messages > 1

    site.network.drop = lose_the_third
    site.call()
    site.run(2)
    assert protected(site.hub) == [Selector(R2_LAN, lan(1))], "nothing of it may leave in clear meanwhile"
    site.answer()
    assert site.hub.plane.clear == []
    site.spoke.alive = False
    site.run(60)
    assert site.hub.pairs == []
    assert protected(site.hub) == []


@pytest.mark.parametrize(("peer", "comes_up"), [(spoke_address(1), True), (IPv4Address("9.9.9.9"), False)])
def test_a_template_with_a_peer_is_for_that_peer(peer: IPv4Address, comes_up: bool) -> None:
    site = star(hub_config(template(peers=(peer,))))
    site.call()
    site.run(5)
    assert bool(site.hub.pairs) is comes_up
    site.answer()
    site.run(5)
    assert all(datagram.remote.address != IPv4Address("9.9.9.9") for datagram in site.network.sent)


LIST = ("ACL", (deny(R2_LAN, lan(2)), permit(R2_LAN, IPv4Network("3.0.0.0/16"))))


@pytest.mark.parametrize(("number", "comes_up"), [(1, True), (2, False)])
def test_proxies_must_be_within_the_templates_list(number: int, comes_up: bool) -> None:
    site = star(hub_config(template(match_address="ACL"), lists=[LIST]), spoke_config(1), spoke_config(2))
    site.call(number)
    site.run(5)
    assert bool(site.hub.pairs) is comes_up
    assert refusals(site.hub) == ([] if comes_up else ["proxy"])
    if comes_up:
        site.check()


def test_more_than_the_templates_list_is_refused() -> None:
    greedy = spoke_config(1)
    lines = (permit(lan(1), ANYWHERE),)
    greedy = replace(greedy, access_lists={"101": replace(greedy.access_lists["101"], lines=lines)})
    site = star(hub_config(template(match_address="ACL"), lists=[LIST]), greedy)
    site.call()
    site.run(5)
    assert refusals(site.hub) == ["proxy"]
    assert site.hub.pairs == []


def test_what_the_templates_list_permits_never_leaves_in_clear() -> None:
    """The list filters too; what it protects waits for the peer to begin."""
    site = star(hub_config(template(match_address="ACL"), lists=[LIST]))
    site.answer(1)
    site.answer(2)
    site.run(60)
    assert [str(packet.destination) for packet in site.hub.plane.clear] == ["3.0.2.3"]
    assert site.hub.plane.dropped == 1
    assert site.network.sent == []
    site.bring_up()


def test_a_template_without_its_list_does_nothing() -> None:
    site = star(hub_config(template(match_address="ACL")))
    site.call()
    site.run(5)
    assert site.hub.pairs == []
    assert site.hub.spd.specs(OUTSIDE) == []


def test_the_first_template_that_takes_an_offer_is_used() -> None:
    hub = hub_config(template(10, transform_sets=("cisco",)), template(20))
    hub = replace(hub, transform_sets={one.name: one for one in (LAB_SET, AES_SET)})
    site = star(hub)
    site.bring_up()
    assert refusals(site.hub) == ["transform"]
    line = site.hub.pair.line
    assert line.template is not None
    assert (line.template.entry.sequence, line.entry.sequence) == (20, 65536)


@pytest.mark.parametrize(("ours", "comes_up"), [(None, False), (Group.MODP_2048, True)])
def test_a_template_may_want_pfs(ours: Group | None, comes_up: bool) -> None:
    site = star(hub_config(template(pfs=Group.MODP_2048)), spoke_config(1, pfs=ours))
    site.call()
    site.run(5)
    assert bool(site.hub.pairs) is comes_up
    assert refusals(site.hub) == ([] if comes_up else ["pfs"])


@pytest.mark.parametrize(("matched", "comes_up"), [("13.0.1.3/32", True), ("9.9.9.9/32", False)])
def test_a_template_of_a_profile_serves_that_profile(matched: str, comes_up: bool) -> None:
    profile = IsakmpProfile("CLIENTS", (MatchIdentity(network=IPv4Network(matched)),))
    hub = replace(hub_config(template(isakmp_profile="CLIENTS")), isakmp_profiles={"CLIENTS": profile})
    site = star(hub)
    site.call()
    site.run(5)
    assert bool(site.hub.pairs) is comes_up


def test_a_static_entry_with_a_smaller_number_comes_first() -> None:
    hub = hub_config()
    entry = CryptoMapEntry(5, (spoke_address(1),), ("strong",), "FIRST")
    crypto_map = CryptoMap("huawei", {5: entry, **hub.crypto_maps["huawei"].entries})
    first = replace(
        hub_config(lists=[("FIRST", (permit(R2_LAN, lan(1)),))]), crypto_maps={"huawei": crypto_map}
    )
    site = star(first, spoke_config(1), spoke_config(2))
    site.bring_up(1)
    assert site.hub.pair.line.entry == entry
    site.bring_up(2)
    assert protected(site.hub) == [Selector(R2_LAN, lan(2))]
    actions = [spec.action for spec in site.hub.spd.specs(OUTSIDE)]
    assert actions == [PolicyAction.PROTECT, PolicyAction.DYNAMIC]


def test_the_longest_key_wins() -> None:
    """`crypto isakmp key wolf address 0.0.0.0 0.0.0.0` is for those that no longer mask fits."""
    hub = hub_config()
    keys = (key("wolf", "0.0.0.0/0"), key("sheep", "13.0.2.0/24"), key("goat", "13.0.2.3/32"))
    hub = replace(hub, keyrings=global_keys(*keys))
    near = replace(spoke_config(2), keyrings=global_keys(key("goat", "12.1.1.2/32")))
    site = star(hub, spoke_config(1), near)
    site.bring_up(1)
    site.bring_up(2)


def test_the_wrong_key_gets_nothing() -> None:
    site = star(hub_config(secret="sheep"))
    site.call()
    site.run(10)
    assert site.hub.established == []
    assert site.hub.pairs == []
