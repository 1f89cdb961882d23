"""Phase 1 policies: rules S73, S77 and M1."""

from dataclasses import replace

import pytest

from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, RouterConfig
from cryptomap.policy import isakmp
from cryptomap.policy.isakmp import IsakmpOffer, own_policies, select

STRONG = IsakmpPolicy(10, IkeCipher.AES, 256, Hash.SHA256, AuthMethod.PRE_SHARE, Group.MODP_2048)
OFFER = IsakmpOffer(1, IkeCipher.AES, 256, Hash.SHA256, AuthMethod.PRE_SHARE, Group.MODP_2048, 86400)


def test_policies_stand_by_number() -> None:
    config = RouterConfig(
        isakmp_policies={number: replace(STRONG, priority=number) for number in (30, 5, 20)}
    )
    assert [policy.priority for policy in own_policies(config)] == [5, 20, 30]


def test_the_built_in_policies() -> None:
    """Cisco's table of default IKE policies: AES before 3DES, SHA before MD5, rsa-sig before pre-share."""
    config = RouterConfig(compliance_shield=False)
    policies = own_policies(config)
    assert [policy.priority for policy in policies] == list(range(65507, 65515))
    assert (policies[0].encryption, policies[0].hash, policies[0].group) == (IkeCipher.AES, Hash.SHA, 5)
    assert (policies[7].encryption, policies[7].hash, policies[7].group) == (
        IkeCipher.TRIPLE_DES,
        Hash.MD5,
        2,
    )
    assert own_policies(replace(config, isakmp_policies={10: STRONG})) == (STRONG,)


@pytest.mark.parametrize(
    "change", [{"encryption": IkeCipher.DES}, {"hash": Hash.MD5}, {"group": Group.MODP_1536}]
)
def test_the_shield_leaves_weak_policies_out(change: dict[str, object]) -> None:
    weak = replace(STRONG, priority=1, **change)  # type: ignore[arg-type]
    config = RouterConfig(isakmp_policies={1: weak, 10: STRONG})
    assert own_policies(config) == (STRONG,)
    assert own_policies(replace(config, compliance_shield=False)) == (weak, STRONG)
    assert own_policies(RouterConfig()) == ()


@pytest.mark.parametrize(
    ("change", "mismatch"),
    [
        ({}, None),
        ({"lifetime": 60}, None),
        ({"lifetime": None}, None),
        ({"encryption": IkeCipher.DES}, "encryption"),
        ({"encryption": None, "hash": None}, "encryption"),
        ({"hash": Hash.SHA}, "hash"),
        ({"hash": None, "group": None}, "hash"),
        ({"authentication": AuthMethod.RSA_SIG}, "authentication"),
        ({"group": Group.MODP_1024}, "group"),
        ({"key_bits": 128}, "key length"),
    ],
)
def test_what_differs_first(change: dict[str, object], mismatch: str | None) -> None:
    assert isakmp.mismatch(replace(OFFER, **change), STRONG) == mismatch  # type: ignore[arg-type]


def test_aes_without_a_number_is_128() -> None:
    assert isakmp.mismatch(replace(OFFER, key_bits=128), replace(STRONG, key_bits=None)) is None


def test_an_unknown_method_never_fits() -> None:
    policy = replace(STRONG, authentication=AuthMethod.RSA_SIG)
    assert isakmp.mismatch(replace(OFFER, authentication=None), policy) == "authentication"
    assert isakmp.mismatch(replace(OFFER, authentication=AuthMethod.RSA_SIG), policy) is None


def test_own_policies_outside_offers_inside() -> None:
    """The responder's lowest number that fits any offer wins, though the initiator prefers another."""
    first = replace(STRONG, priority=1, hash=Hash.SHA512)
    second = replace(STRONG, priority=2)
    offers = [replace(OFFER, number=1), replace(OFFER, number=2, hash=Hash.SHA512)]
    checks = select([first, second], offers)
    assert [(c.policy.priority, c.offer.number, c.mismatch) for c in checks] == [(1, 1, "hash"), (1, 2, None)]
    assert [check.mismatch for check in select([first], offers[:1])] == ["hash"]
    assert select([], offers) == ()


@pytest.mark.parametrize(
    ("own", "offered", "lives"),
    [(600, 1200, 600), (86400, 60, 60), (86400, None, 86400), (86400, 0, 86400)],
)
def test_the_smaller_lifetime(own: int, offered: int | None, lives: int) -> None:
    """From a log of a real router: offer 1200, own 600, actual life 600."""
    assert isakmp.lifetime(replace(OFFER, lifetime=offered), replace(STRONG, lifetime=own)) == lives
