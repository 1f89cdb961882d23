"""Transform sets, PFS and lifetimes: rules S82, S83, M10 and M12."""

from dataclasses import replace

import pytest

from cryptomap.model.algorithm import EspAuth, EspCipher, Group, Mode
from cryptomap.model.config import CryptoMapEntry, Lifetime, RouterConfig, TransformSet
from cryptomap.policy import ipsec
from cryptomap.policy.ipsec import IpsecLifetime, IpsecOffer

SET = TransformSet("a", EspCipher.AES, 256, EspAuth.SHA256)
OFFER = IpsecOffer(1, 1, EspCipher.AES, 256, EspAuth.SHA256, Mode.TUNNEL, False, None, 3600, 4608000)
ENTRY = CryptoMapEntry(10, transform_sets=("a", "b", "missing"))


def config(*sets: TransformSet, shield: bool = False) -> RouterConfig:
    return RouterConfig(transform_sets={one.name: one for one in sets}, compliance_shield=shield)


def test_sets_stand_in_the_order_of_the_entry() -> None:
    second = replace(SET, name="b", key_bits=128)
    assert ipsec.own_sets(config(second, SET), ENTRY) == (SET, second)


def test_a_set_that_insists_on_transport_mode_is_left_out() -> None:
    insists = replace(SET, mode=Mode.TRANSPORT, mode_required=True)
    assert ipsec.own_sets(config(insists), ENTRY) == ()
    prefers = replace(SET, mode=Mode.TRANSPORT)
    assert ipsec.own_sets(config(prefers), ENTRY) == (prefers,)


@pytest.mark.parametrize(
    "weak",
    [
        TransformSet("a", EspCipher.DES, None, EspAuth.SHA),
        TransformSet("a", EspCipher.TRIPLE_DES, None, EspAuth.SHA256),
        TransformSet("a", EspCipher.AES, 256, EspAuth.MD5),
        TransformSet("a", EspCipher.NULL, None, EspAuth.SHA256),
        TransformSet("a", EspCipher.AES, 256),
    ],
)
def test_the_shield_leaves_weak_sets_out(weak: TransformSet) -> None:
    assert ipsec.own_sets(config(weak, shield=True), ENTRY) == ()
    assert ipsec.own_sets(config(weak), ENTRY) == (weak,)


def test_the_shield_lets_gcm_pass() -> None:
    gcm = TransformSet("a", EspCipher.GCM, 256)
    assert ipsec.own_sets(config(gcm, shield=True), ENTRY) == (gcm,)


@pytest.mark.parametrize(
    ("change", "encapsulated", "mismatch"),
    [
        ({}, False, None),
        ({"seconds": None, "kilobytes": 1}, False, None),
        ({"cipher": None}, False, "transform"),
        ({"auth": EspAuth.SHA}, False, "transform"),
        ({"auth": None}, False, "transform"),
        ({"key_bits": 128}, False, "key length"),
        ({"mode": Mode.TRANSPORT}, False, "encapsulation"),
        ({"mode": None}, False, "encapsulation"),
        ({}, True, "encapsulation"),
        ({"encapsulated": True}, True, None),
    ],
)
def test_what_differs_first(change: dict[str, object], encapsulated: bool, mismatch: str | None) -> None:
    offer = replace(OFFER, **change)  # type: ignore[arg-type]
    assert ipsec.mismatch(offer, SET, encapsulated=encapsulated) == mismatch


def test_aes_without_a_number_is_128() -> None:
    assert (
        ipsec.mismatch(replace(OFFER, key_bits=128), replace(SET, key_bits=None), encapsulated=False) is None
    )


@pytest.mark.parametrize(
    ("own", "offered", "fits"),
    [
        (None, None, True),
        (None, 1, True),
        (None, 21, True),
        (None, 99, False),
        (Group.MODP_768, None, False),
        (Group.MODP_768, 1, True),
        (Group.MODP_768, 2, True),
        (Group.MODP_768, 5, False),
        (Group.MODP_2048, 14, True),
        (Group.MODP_2048, 2, False),
        (Group.MODP_2048, None, False),
    ],
)
def test_pfs(own: Group | None, offered: int | None, fits: bool) -> None:
    assert ipsec.pfs_fits(replace(ENTRY, pfs=own), offered) is fits


def test_lifetimes_are_inherited_unit_by_unit() -> None:
    whole = replace(config(), lifetime=Lifetime(600, None))
    assert ipsec.own_lifetime(config(), ENTRY) == IpsecLifetime(3600, 4608000)
    assert ipsec.own_lifetime(whole, ENTRY) == IpsecLifetime(600, 4608000)
    assert ipsec.own_lifetime(whole, replace(ENTRY, lifetime=Lifetime(None, 10240))) == IpsecLifetime(
        600, 10240
    )


def test_the_smaller_of_both_unit_by_unit() -> None:
    own = IpsecLifetime(600, 4608000)
    assert ipsec.agreed_lifetime(own, 3600, 10240) == IpsecLifetime(600, 10240)
    assert ipsec.agreed_lifetime(own, None, None) == own
    assert ipsec.agreed_lifetime(own, 120, None) == IpsecLifetime(120, 4608000)


@pytest.mark.parametrize("seconds", [1, 60, 120, 3600, 86400])
@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_soft_limits_come_in_time_and_the_initiators_first(seconds: int, chance: float) -> None:
    life = IpsecLifetime(seconds, 2560)
    first = ipsec.limits(life, initiator=True, chance=chance)
    second = ipsec.limits(life, initiator=False, chance=0.0)
    third = ipsec.limits(life, initiator=False, chance=chance)
    for one in (first, second, third):
        assert one.soft_seconds is not None
        assert one.soft_bytes is not None
        assert seconds - 30 <= one.soft_seconds < seconds == one.hard_seconds
        assert 2560 * 1024 - 256 * 1024 <= one.soft_bytes < 2560 * 1024 == one.hard_bytes
    assert (first.soft_seconds or 0) < (second.soft_seconds or 0)
    assert (first.soft_bytes or 0) < (second.soft_bytes or 0)
