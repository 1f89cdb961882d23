"""What two ends agree on, and what they do not."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from tests.sim.configs import (
    AES_POLICY,
    AES_SET,
    LAB_POLICY,
    LAB_SET,
    R2_ADDRESS,
    R2_LAN,
    R3_ADDRESS,
    R3_LAN,
    lab1,
    permit,
    r2,
    r3,
    router,
)
from tests.sim.harness import Site

from cryptomap.model import event as ev
from cryptomap.model.algorithm import EspAuth, EspCipher, Group, Hash, IkeCipher, Mode
from cryptomap.model.config import IsakmpPolicy, Lifetime, RouterConfig, TransformSet
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType, Flag

Make = Callable[..., RouterConfig]
SUITES = [
    (IkeCipher.DES, None, Hash.MD5, Group.MODP_768),
    (IkeCipher.DES, None, Hash.SHA, Group.MODP_1024),
    (IkeCipher.TRIPLE_DES, None, Hash.MD5, Group.MODP_1536),
    (IkeCipher.AES, None, Hash.SHA, Group.MODP_2048),
    (IkeCipher.AES, 192, Hash.SHA256, Group.MODP_3072),
    (IkeCipher.AES, 256, Hash.SHA384, Group.MODP_4096),
    (IkeCipher.AES, 128, Hash.SHA512, Group.ECP_256),
    (IkeCipher.AES, 256, Hash.SHA384, Group.ECP_384),
    (IkeCipher.AES, 256, Hash.SHA512, Group.ECP_521),
]
SETS = [
    TransformSet("a", EspCipher.DES, None, EspAuth.SHA),
    TransformSet("b", EspCipher.TRIPLE_DES, None, EspAuth.MD5),
    TransformSet("c", EspCipher.AES, None, EspAuth.SHA),
    TransformSet("d", EspCipher.AES, 192, EspAuth.SHA384),
    TransformSet("e", EspCipher.AES, 256, EspAuth.SHA512),
    TransformSet("f", EspCipher.GCM, 128),
    TransformSet("g", EspCipher.GCM, 256),
    TransformSet("h", EspCipher.NULL, None, EspAuth.SHA),
]


def test_the_messages_of_a_tunnel() -> None:
    #  MM1 -->  <-- MM2  MM3 -->  <-- MM4  MM5* -->  <-- MM6*   QM1* -->  <-- QM2*  QM3* -->
    site = Site(r2(), r3())
    site.bring_up()
    heads = [split(datagram.data)[0] for datagram in site.network.sent]
    main, quick = ExchangeType.IDENTITY_PROTECTION, ExchangeType.QUICK_MODE
    assert [head.exchange for head in heads] == [main] * 6 + [quick] * 3
    assert [bool(head.flags & Flag.E) for head in heads] == [False] * 4 + [True] * 5
    assert {datagram.local.port for datagram in site.network.sent} == {500}
    assert len({head.message_id for head in heads[6:]}) == 1


def test_the_outbound_spi_of_one_is_the_inbound_spi_of_the_other() -> None:
    #  QM1*, R2's inbound SPI -->      <-- QM2*, R3's inbound SPI
    site = Site(r2(), r3())
    site.bring_up()
    left, right = site.left.pair, site.right.pair
    assert (left.inbound.spi, left.outbound.spi) == (right.outbound.spi, right.inbound.spi)
    assert min(left.inbound.spi, left.outbound.spi) >= 256


def test_a_burst_begins_one_negotiation() -> None:
    #  (50 packets)      MM1..6  QM1*..3* once
    site = Site(r2(), r3())
    for _ in range(50):
        site.ping()
        site.run(0.005)
    site.run(3)
    assert len(site.network.sent) == 9
    assert site.left.plane.dropped > 0, "what comes before the SA is dropped, not kept"
    site.check()


def test_the_responder_may_begin_too() -> None:
    #  <-- MM1  MM2 -->  ...  <-- QM1*  QM2* -->  <-- QM3*
    site = Site(*lab1())
    site.ping_back()
    site.run(3)
    site.check()


@pytest.mark.parametrize("suite", SUITES)
def test_phase_1_suites(suite: tuple[IkeCipher, int | None, Hash, Group]) -> None:
    #  MM1: cipher, key length, hash, group -->      <-- MM2: the same
    policy = IsakmpPolicy(10, *suite[:3], AES_POLICY.authentication, suite[3])
    site = Site(r2(policies=(policy,)), r3(policies=(policy,)))
    site.bring_up()
    assert site.left.established[0].group is suite[3]


@pytest.mark.parametrize("one", SETS)
def test_transform_sets(one: TransformSet) -> None:
    #  QM1*: one proposal with one transform -->      <-- QM2*: the same
    site = Site(r2(sets=(one,), pfs=Group.ECP_256), r3(sets=(one,), pfs=Group.ECP_256))
    site.bring_up()


@pytest.mark.parametrize(
    ("change", "mismatch"),
    [
        ({"encryption": IkeCipher.DES}, "encryption"),
        ({"hash": Hash.SHA}, "hash"),
        ({"group": Group.MODP_1536}, "group"),
        ({"encryption": IkeCipher.AES, "key_bits": 192}, "encryption"),
    ],
)
def test_phase_1_must_match(change: dict[str, object], mismatch: str) -> None:
    #  MM1 -->      <-- HDR, N(NO-PROPOSAL-CHOSEN) in clear
    policy = replace(LAB_POLICY, **change)  # type: ignore[arg-type]
    site = Site(r2(policies=(LAB_POLICY,)), r3(policies=(policy,)))
    site.ping()
    site.run(5)
    (checked,) = site.right.of(ev.PolicyChecked)[:1]
    assert checked.mismatch == mismatch
    assert site.right.of(ev.NoPolicyAccepted)
    assert site.right.isakmp_sas == []
    assert site.left.of(ev.NotifyReceived)[0].name == "NO_PROPOSAL_CHOSEN"
    assert site.left.isakmp_sas, "a notify in clear ends nothing"


def test_key_length_must_match() -> None:
    #  MM1, AES with 256 -->      <-- HDR, N(NO-PROPOSAL-CHOSEN) in clear
    site = Site(r2(), r3(policies=(replace(AES_POLICY, key_bits=128),)))
    site.ping()
    site.run(5)
    assert site.right.of(ev.PolicyChecked)[0].mismatch == "key length"


def test_several_policies() -> None:
    """The responder's best policy wins; numbers are local; the initiator checks the choice again."""
    #  MM1, three transforms in the order of their numbers -->      <-- MM2, the third
    strong = replace(AES_POLICY, priority=20)
    weak = replace(LAB_POLICY, priority=5)
    third = replace(AES_POLICY, priority=3, hash=Hash.SHA512, group=Group.ECP_521)
    ours = (weak, replace(strong, priority=7), third)
    site = Site(r2(policies=ours), r3(policies=(replace(strong, priority=1), replace(weak, priority=2))))
    site.bring_up()
    assert site.right.established[0].encryption is IkeCipher.AES
    checks = [(check.transform, check.priority, check.mismatch) for check in site.left.of(ev.PolicyChecked)]
    assert checks == [(3, 3, "hash"), (3, 5, "encryption"), (3, 7, None)]


def test_wrong_key() -> None:
    #  MM1..4      MM5* -->  (decrypts to nothing sensible)   MM5* --> again, no answer
    site = Site(r2(secret="wolf"), r3(secret="sheep"))
    site.ping()
    site.run(40)
    assert site.left.established == site.right.established == []
    assert site.right.of(ev.AuthenticationFailed)
    log = site.right.of(ev.LogMessage)[0]
    assert (log.facility, log.severity, log.mnemonic) == ("CRYPTO", 4, "IKMP_BAD_MESSAGE")
    assert log.text == "IKE message from 12.1.1.2 failed its sanity check or is malformed"
    replies = [datagram for datagram in site.network.sent if datagram.local.address == R3_ADDRESS]
    assert len(replies) == 2, "message 5 gets no answer"
    site.no_errors()


def test_no_key_for_the_peer() -> None:
    #  (nothing is sent)      <-- MM1: nothing is made
    left = replace(r2(), keyrings={})
    site = Site(left, r3())
    site.ping()
    site.run(5)
    assert site.network.sent == []
    assert not site.left.of(ev.KeyLookup)[0].found
    site.ping_back()
    site.run(5)
    assert site.left.isakmp_sas == []


def test_no_common_transform_set() -> None:
    #  QM1 -->
    #       <-- HDR*, HASH(1), N(NO-PROPOSAL-CHOSEN)
    site = Site(r2(sets=(LAB_SET,)), r3())
    site.ping()
    site.run(3)
    assert site.left.pairs == site.right.pairs == []
    assert site.left.established
    notify = site.left.of(ev.NotifyReceived)[0]
    assert (notify.name, notify.trusted) == ("NO_PROPOSAL_CHOSEN", True)
    assert site.right.of(ev.IpsecProposalInvalid)[0].reason == "transform"
    before = len(site.network.sent)
    for _ in range(40):
        site.ping()
        site.run(0.1)
    assert len(site.network.sent) - before <= 2, "no storm of refused proposals"


def test_several_transform_sets() -> None:
    """All are offered, in the initiator's order; the first that the responder has is taken."""
    #  QM1*, three proposals -->      <-- QM2*, the second
    site = Site(r2(sets=(SETS[0], SETS[2], AES_SET)), r3(sets=(AES_SET, SETS[2])))
    site.bring_up()
    assert site.left.pair.transform_set == SETS[2]
    assert site.right.pair.transform_set == SETS[2]


def test_transport_set_between_networks_is_used_in_tunnel_mode() -> None:
    #  QM1*, encapsulation mode 1 -->      <-- QM2*
    one = replace(AES_SET, mode=Mode.TRANSPORT)
    site = Site(r2(sets=(one,)), r3())
    site.bring_up()
    assert site.left.pair.inbound.mode is Mode.TUNNEL


def test_transport_that_is_required_begins_nothing() -> None:
    one = replace(AES_SET, mode=Mode.TRANSPORT, mode_required=True)
    site = Site(r2(sets=(one,)), r3())
    site.ping()
    site.run(3)
    assert site.network.sent == []


PFS = [None, Group.MODP_768, Group.MODP_1024, Group.ECP_256]


@pytest.mark.parametrize("ours", PFS)
@pytest.mark.parametrize("theirs", PFS)
def test_pfs(ours: Group | None, theirs: Group | None) -> None:
    """Without `set pfs` any group will do; with it the offer must have it; a bare one takes group 2 too."""
    #  QM1* with KE or without -->      <-- QM2* alike, or N(NO-PROPOSAL-CHOSEN)
    site = Site(r2(pfs=ours), r3(pfs=theirs))
    site.ping()
    site.run(3)
    bare = theirs is Group.MODP_768 and ours is Group.MODP_1024
    if theirs is None or ours is theirs or bare:
        site.check()
        assert site.right.pair.pfs_group == ours
    else:
        assert site.left.pairs == site.right.pairs == []
        assert site.right.of(ev.IpsecProposalInvalid)[0].reason == "pfs"
    site.no_errors()


@pytest.mark.parametrize("left", [Lifetime(600, 10240), Lifetime(3600, 4608000), Lifetime(600, 4608000)])
@pytest.mark.parametrize("right", [Lifetime(3600, 4608000), Lifetime(1200, 2560)])
def test_the_smaller_lifetime_wins(left: Lifetime, right: Lifetime) -> None:
    """For seconds and kilobytes apart, whoever begins; the responder says when its own is smaller."""
    #  QM1*, lives -->      <-- QM2*, the same lives, N(RESPONDER-LIFETIME)
    for back in (False, True):
        site = Site(r2(lifetime=left), r3(lifetime=right))
        site.ping_back() if back else site.ping()
        site.run(3)
        for router_ in site.both:
            life = router_.pair.lifetime
            assert life.seconds == min(left.seconds or 0, right.seconds or 0)
            assert life.kilobytes == min(left.kilobytes or 0, right.kilobytes or 0)


@pytest.mark.parametrize("lives", [(60, 86400), (86400, 60), (600, 1200), (1200, 600)])
def test_phase_1_lifetimes_need_not_match(lives: tuple[int, int]) -> None:
    #  MM1, lifetime -->      <-- MM2, the same: each side counts the smaller of both
    site = Site(
        r2(policies=(replace(AES_POLICY, lifetime=lives[0]),)),
        r3(policies=(replace(AES_POLICY, lifetime=lives[1]),)),
    )
    site.bring_up()
    ends = [router_.established[0].lifetime_left or 0 for router_ in site.both]
    assert min(ends) >= min(lives) - 6
    assert ends[1] <= min(lives)


HOST2, HOST3 = IPv4Network("2.2.2.2/32"), IPv4Network("3.3.3.3/32")
WIDE = IPv4Network("2.0.0.0/8")


@pytest.mark.parametrize(
    ("ours", "comes_up"),
    [
        (permit(R2_LAN, R3_LAN), True),
        (permit(HOST2, HOST3), True),
        (permit(HOST2, R3_LAN, protocol=1), True),
        (permit(WIDE, R3_LAN), False),
    ],
)
def test_mirrored_lists(ours: object, comes_up: bool) -> None:
    """A part of what the responder's list permits will do, more than that will not."""
    #  QM1*, IDci, IDcr -->      <-- QM2*, the same, or N(NO-PROPOSAL-CHOSEN)
    site = Site(
        router("R2", R2_ADDRESS, R3_ADDRESS, (ours,)),  # type: ignore[arg-type]
        r3(),
    )
    site.ping()
    site.run(3)
    assert bool(site.left.pairs) is bool(site.right.pairs) is comes_up
    if comes_up:
        site.ping()
        site.run(1)
        assert len(site.right.plane.received) == 1
        assert site.left.pair.selector == site.right.pair.selector.reversed()
    else:
        assert site.right.of(ev.IpsecProposalInvalid)[0].reason == "proxy"
        reasons = [invalid.blame for invalid in site.right.of(ev.PeerInvalid)]
        assert reasons == [PeerIncompatibleError.__name__]
    site.no_errors()


def test_two_lines_are_two_pairs() -> None:
    #  MM1..6      QM1* -->  <-- QM2*  QM3* -->  for each line
    more2, more3 = IPv4Network("2.2.9.0/24"), IPv4Network("3.3.9.0/24")
    site = Site(
        router("R2", R2_ADDRESS, R3_ADDRESS, (permit(R2_LAN, R3_LAN), permit(more2, more3))),
        router("R3", R3_ADDRESS, R2_ADDRESS, (permit(R3_LAN, R2_LAN), permit(more3, more2))),
    )
    site.bring_up()
    site.left.ping("2.2.9.1", "3.3.9.1")
    site.run(2)
    assert len(site.left.pairs) == len(site.right.pairs) == 2
    assert len(site.left.isakmp_sas) == 1, "one ISAKMP SA serves both"
