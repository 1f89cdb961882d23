"""Keyrings and ISAKMP profiles, as in the note's lab 3."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from tests.sim.configs import R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site

from cryptomap.model import event as ev
from cryptomap.model.config import (
    IdentityKind,
    IsakmpProfile,
    Keyring,
    MatchIdentity,
    PresharedKey,
    RouterConfig,
    Secret,
)

L2L_KEYS = {"L2LKEY": Keyring("L2LKEY", (key("wolf", "13.1.1.3/32"),))}
PEER = MatchIdentity(network=IPv4Network("13.1.1.3/32"))
L2L = IsakmpProfile("L2L", (PEER,), keyring="L2LKEY")


def lab_3(profile: IsakmpProfile = L2L, keyrings: Mapping[str, Keyring] = L2L_KEYS) -> RouterConfig:
    """R2 without any `crypto isakmp key`; R3 as in lab 1."""
    return replace(r2(isakmp_profile="L2L"), keyrings=keyrings, isakmp_profiles={profile.name: profile})


def test_lab_3() -> None:
    #  MM1..4 with the key of L2LKEY      MM5* -->      <-- MM6*, IDir 13.1.1.3: profile L2L
    site = Site(lab_3(), r3())
    site.bring_up()
    assert {lookup.keyring for lookup in site.left.of(ev.KeyLookup)} == {"L2LKEY"}
    assert [match.profile for match in site.left.of(ev.ProfileMatched)] == ["L2L"]
    assert site.left.established[0].profile == "L2L"
    assert site.left.of(ev.SaRequest)[0].profile == "L2L"
    assert [match.profile for match in site.right.of(ev.ProfileMatched)] == [None]


def test_lab_3_from_the_other_side() -> None:
    """The responder knows the profile from message 5 on; every keyring is searched before."""
    #  <-- MM1..3  (which key?)  MM4 -->      <-- MM5*, IDii 13.1.1.3: profile L2L      MM6* -->
    site = Site(lab_3(), r3())
    site.ping_back()
    site.run(3)
    site.check()
    assert site.left.established[0].profile == "L2L"


def test_an_initiator_looks_in_the_profiles_keyring_only() -> None:
    #  MM1 -->  <-- MM2  MM3 -->  <-- MM4      SKEYID from "wolf", not from "sheep"
    keyrings = {**L2L_KEYS, **{"default": Keyring("default", (key("sheep", "13.1.1.3/32"),))}}
    site = Site(lab_3(keyrings=keyrings), r3())
    site.bring_up()


def test_a_profile_whose_keyring_lacks_the_key_fails_as_responder() -> None:
    """The key was found in another keyring: the peer proved something that its profile does not know."""
    #  <-- MM5*, HASH_I fits, but by the wrong keyring      (no MM6)
    keyrings = {"OTHER": Keyring("OTHER", (key("wolf", "13.1.1.3/32"),)), **L2L_KEYS}
    site = Site(lab_3(keyrings=keyrings), r3())
    site.ping_back()
    site.run(5)
    assert site.left.established == []
    site.run(60)
    site.bring_up()


def test_an_identity_of_another_profile_fails() -> None:
    #  MM5* -->      <-- MM6*, an IDir that the profile does not match      (no QM1)
    other = IsakmpProfile("L2L", (MatchIdentity(network=IPv4Network("9.9.9.9/32")),), keyring="L2LKEY")
    site = Site(lab_3(other), r3())
    site.ping()
    site.run(5)
    assert site.left.established == []


def test_identities_by_name() -> None:
    """`crypto isakmp identity hostname` here, `match identity host` and `host domain` there."""
    #  MM5* -->      <-- MM6*, IDir R3.example.net
    for rule in (MatchIdentity(host="R3.example.net"), MatchIdentity(host_domain="example.net")):
        profile = IsakmpProfile("L2L", (rule,), keyring="L2LKEY")
        right = replace(r3(), domain_name="example.net", isakmp_identity=IdentityKind.HOSTNAME)
        site = Site(lab_3(profile), right)
        site.bring_up()
        assert site.left.of(ev.ProfileMatched)[0].profile == "L2L"


@pytest.mark.parametrize("back", [False, True])
def test_a_key_for_a_hostname(back: bool) -> None:
    """`crypto isakmp key wolf hostname R3` and `ip host R3 13.1.1.3`: main mode knows the address only."""
    #  MM1..4 with the key of R3      MM5* -->  <-- MM6*      whoever begins
    named = PresharedKey(Secret("wolf"), hostname="R3")
    left = replace(r2(), keyrings=global_keys(named), hosts={"R3": (R3_ADDRESS,)})
    site = Site(left, r3())
    site.ping_back() if back else site.ping()
    site.run(3)
    site.check()
    unknown = Site(replace(left, hosts={}), r3())
    unknown.ping()
    unknown.run(5)
    assert unknown.network.sent == []


def test_self_identity() -> None:
    #  MM5*, IDii as the profile says -->
    for words, kind, text in (
        ("fqdn", 2, "R2"),
        ("fqdn gate.example", 2, "gate.example"),
        ("user-fqdn a@example", 3, "a@example"),
        ("address", 1, "12.1.1.2"),
    ):
        site = Site(lab_3(replace(L2L, self_identity=words)), r3())
        site.bring_up()
        shown = [shown for shown in site.right.of(ev.IdentityShown) if not shown.sent]
        assert [(identity.id_type, identity.text) for identity in shown] == [(kind, text)]


def test_sas_are_not_shared_between_profiles() -> None:
    """An entry that is bound to a profile does not use an ISAKMP SA that is not."""
    #  MM1..6 without a profile      MM1..6 for L2L      QM1* under the second -->
    site = Site(r2(), r3())
    site.bring_up()
    site.left.reconfigure(lab_3())
    site.left.endpoint.clear_sa(site.clock.now)
    site.left.turn()
    site.run(1)
    site.bring_up()
    assert sorted(sa.profile or "" for sa in site.left.established) == ["", "L2L"]
