"""Aggressive mode with pre-shared keys, both roles (RFC 2409 section 5.4)."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import AES_POLICY, R2_ADDRESS, R3_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Faults, Nat, Parcel

from cryptomap.ikev1.tables import HALF_OPEN_PER_ADDRESS
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram
from cryptomap.model.algorithm import Group
from cryptomap.model.config import IsakmpPeer, PresharedKey, RouterConfig, Secret
from cryptomap.model.remote_access import ClientGroup
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType, Flag

WOLF = Secret("wolf")


def calling(words: str = "ipv4-address 12.1.1.2", secret: str = "wolf") -> RouterConfig:
    """R2 with a `crypto isakmp peer` block for R3, and no other key."""
    peer = IsakmpPeer(R3_ADDRESS, password=Secret(secret), client_endpoint=words)
    return replace(r2(), keyrings={}, isakmp_peers=(peer,))


def named(*keys: PresharedKey) -> RouterConfig:
    """R3 with these keys only."""
    return replace(r3(), keyrings=global_keys(*keys))


def test_the_messages_of_a_tunnel() -> None:
    #  AM1: SA, KE, Ni, IDii  -->
    #                         <-- AM2: SA, KE, Nr, IDir, HASH_R
    #  AM3*: HASH_I           -->   QM1* -->  <-- QM2*  QM3* -->
    site = Site(calling(), r3())
    site.bring_up()
    heads = [split(datagram.data)[0] for datagram in site.network.sent]
    aggressive, quick = ExchangeType.AGGRESSIVE, ExchangeType.QUICK_MODE
    assert [head.exchange for head in heads] == [aggressive] * 3 + [quick] * 3
    assert [bool(head.flags & Flag.E) for head in heads] == [False, False, True, True, True, True]
    assert [sa.state for sa in site.left.established] == ["QM_IDLE"]


def test_the_states_that_debug_shows() -> None:
    site = Site(calling(), r3())
    site.bring_up()
    left, right = (
        [(change.old, change.new) for change in router.of(ev.StateChange) if change.message_id is None]
        for router in site.both
    )
    assert left[:2] == [("IKE_READY", "IKE_I_AM1"), ("IKE_I_AM1", "IKE_P1_COMPLETE")]
    assert right[:3] == [
        ("IKE_READY", "IKE_R_AM_AAA_AWAIT"),
        ("IKE_R_AM_AAA_AWAIT", "IKE_R_AM2"),
        ("IKE_R_AM2", "IKE_P1_COMPLETE"),
    ]


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("ipv4-address 12.1.1.2", r3),
        ("fqdn spoke.example", lambda: named(PresharedKey(WOLF, hostname="spoke.example"))),
        ("user-fqdn u@spoke.example", lambda: named(PresharedKey(WOLF, hostname="u@spoke.example"))),
    ],
)
def test_the_key_is_found_by_the_identity(words: str, answers: Callable[[], RouterConfig]) -> None:
    site = Site(calling(words), answers())
    site.bring_up()
    shown = [shown.text for shown in site.right.of(ev.IdentityShown) if not shown.sent]
    assert shown == [words.split()[1]]


def test_an_identity_is_looked_for_before_the_address() -> None:
    """Both lines fit: the name is the better one."""
    keys = (key("sheep", f"{R2_ADDRESS}/32"), PresharedKey(WOLF, hostname="spoke.example"))
    Site(calling("fqdn spoke.example"), named(*keys)).bring_up()


def test_all_offers_are_of_the_best_policys_group() -> None:
    policies = (
        AES_POLICY,
        replace(AES_POLICY, priority=20, group=Group.MODP_2048),
        replace(AES_POLICY, priority=30, key_bits=128),
    )
    by_priority = {policy.priority: policy for policy in policies}
    site = Site(replace(calling(), isakmp_policies=by_priority), replace(r3(), isakmp_policies=by_priority))
    site.bring_up()
    assert len(site.right.of(ev.PolicyChecked)) == 1
    _, body = split(site.network.sent[0].data)
    # Two transforms: the offers of group 14 stayed at home.
    assert body[4 + 8 + 4 + 3] == 2


@pytest.mark.parametrize("closed", ["left", "right"])
def test_it_can_be_turned_off(closed: str) -> None:
    left, right = calling(), r3()
    if closed == "left":
        left = replace(left, aggressive_mode=False)
    else:
        right = replace(right, aggressive_mode=False)
    site = Site(left, right)
    site.ping()
    site.run(30)
    assert site.left.established == site.right.established == []
    (log,) = (site.left if closed == "left" else site.right).of(ev.LogMessage)[:1]
    assert (log.facility, log.severity, log.mnemonic) == ("CRYPTO", 5, "IKMP_AG_MODE_DISABLED")
    assert site.right.isakmp_sas == [], "no state is left"
    site.no_errors()


@pytest.mark.parametrize("shielded", ["left", "right"])
def test_the_compliance_shield_refuses_it_with_pre_shared_keys(shielded: str) -> None:
    left, right = calling(), r3()
    if shielded == "left":
        left = replace(left, compliance_shield=True)
    else:
        right = replace(right, compliance_shield=True)
    site = Site(left, right)
    site.ping()
    site.run(30)
    assert site.left.established == site.right.established == []
    router = site.left if shielded == "left" else site.right
    assert any("compliance shield" in invalid.reason for invalid in router.of(ev.PeerInvalid))
    site.no_errors()


def test_wrong_key() -> None:
    """The initiator sees it first: HASH_R does not fit, so that it never sends its own."""
    site = Site(calling(secret="sheep"), r3())
    site.ping()
    site.run(40)
    assert site.left.established == site.right.established == []
    assert site.left.endpoint.counters.unauthenticated > 0
    site.no_errors()


def test_a_group_name_finds_the_groups_key() -> None:
    """ID_KEY_ID names a client group."""
    group = ClientGroup("VPNG", WOLF)
    right = replace(named(), client_groups={"VPNG": group})
    site = Site(calling("group VPNG"), right)
    site.ping()
    site.run(3)
    assert [len(router.established) for router in site.both] == [1, 1]


def test_through_a_nat() -> None:
    site = Site(calling(), named(key("wolf", "0.0.0.0/0")))
    site.network.nat = Nat(R2_ADDRESS, IPv4Address("99.0.0.9"))
    site.ping()
    site.run(3)
    (left,), (right,) = site.left.established, site.right.established
    assert [left.nat_detected, right.nat_detected] == [True, True]
    assert (left.local.port, left.remote.port, right.local.port) == (4500, 4500, 4500)
    assert right.remote.port not in (500, 4500), "the NAT chose it"


def test_both_know_that_there_is_no_nat() -> None:
    site = Site(calling(), r3())
    site.bring_up()
    for router in site.both:
        assert [(each.local_behind_nat, each.remote_behind_nat) for each in router.of(ev.NatDetected)] == [
            (False, False)
        ]


@pytest.mark.parametrize("seed", range(50))
def test_loss_each_way(seed: int) -> None:
    site = Site(calling(), r3(), seed, Faults(loss=0.3))
    site.traffic(165, 5)
    assert all(router.established for router in site.both), site.trouble()
    site.no_errors()


def test_first_messages_cost_few_key_exchanges_in_a_second() -> None:
    site = Site(calling(), r3())
    site.ping()
    first = site.network.sent[0]
    for number in range(200):
        data = number.to_bytes(8, "big") + first.data[8:]
        spoofed = replace(first, local=first.remote, data=b"\x01" + data[1:])
        remote = replace(first.local, address=IPv4Address(f"77.1.{number // 250}.{number % 250 + 1}"))
        site.right.endpoint.receive_datagram(site.clock.now, replace(spoofed, remote=remote))
    assert len(site.right.isakmp_sas) <= 50


def test_a_forged_answer_changes_nothing() -> None:
    """Message 2 comes in clear, but its HASH_R proves it: until then nothing of it is kept."""
    #  AM1 -->    <-- AM2 (forged: another cookie, a HASH_R that does not fit)    <-- AM2
    site = Site(calling(), r3())
    carry = site.network._carry

    def after_a_forgery(parcel: Parcel, to: Address) -> None:
        if isinstance(parcel, Datagram) and to == R2_ADDRESS and not site.left.established:
            data = parcel.data[:8] + b"forgery!" + parcel.data[16:]
            carry(Datagram(parcel.local, parcel.remote, data), to)
            site.clock.after(0.01, lambda: carry(parcel, to))
        else:
            carry(parcel, to)

    site.network._carry = after_a_forgery  # type: ignore[method-assign]
    site.ping()
    site.run(0.9)
    assert site.left.endpoint.counters.unauthenticated == 1
    assert len(site.left.established) == 1, "the genuine answer was taken at once"
    site.bring_up()
    site.no_errors()


def test_forged_first_messages_do_not_keep_the_peer_out() -> None:
    """Aggressive mode has keys at once, though nobody has shown yet that he gets our answers."""
    #  AM1 x 5 -->  (forged source)      MM1 -->  <-- MM2
    site = Site(calling(), r3())
    site.ping()
    first = site.network.sent[0]
    for number in range(1, 20):
        data = number.to_bytes(8, "big") + first.data[8:]
        there = Datagram(first.remote, first.local, data)
        site.right.endpoint.receive_datagram(site.clock.now, there)
    assert len(site.right.isakmp_sas) == HALF_OPEN_PER_ADDRESS
    site.run(3)
    site.check()
    site.no_errors()
