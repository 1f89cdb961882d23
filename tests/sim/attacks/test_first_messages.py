"""Before its third message nobody has shown that it is where its messages say: until then it costs us little.

What one first message costs in octets, in key exchanges, in answers and in timers; and that no more is sent
to a source than was received in its name.
"""

import gc
import tracemalloc
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.certificates import key as signing_key
from tests.sim.configs import AES_POLICY, R2_ADDRESS, global_keys, key, r2, r3
from tests.sim.harness import NO_KEYS, Site
from tests.sim.pki import aggressive, left, own_keys, right
from tests.sim.pki import site as signing_site
from tests.sim.test_aggressive import calling
from tests.sim.test_attacks import AT, stop_after

from cryptomap.crypto import groups
from cryptomap.crypto.groups import DhKeyPair
from cryptomap.ikev1.api import RandomSource
from cryptomap.ikev1.context import MOST_EXCESS_OCTETS_PER_SECOND, MOST_STRANGERS_KEYS_PER_SECOND
from cryptomap.ikev1.exchange import main_mode_responder
from cryptomap.ikev1.exchange.main_mode_responder import LARGEST_OFFER
from cryptomap.ikev1.half_open import HALF_OPEN_OCTETS
from cryptomap.ikev1.tables import HALF_OPEN_IN_ALL
from cryptomap.ikev1.timers import Timer
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, RouterConfig
from cryptomap.model.remote_access import ClientAccess
from cryptomap.policy.isakmp import DEFAULT_POLICIES
from cryptomap.wire.isakmp import decode_payloads, encode_message, split
from cryptomap.wire.payload import SaPayload

ANYBODY = replace(r3(), keyrings=global_keys(key("wolf", "0.0.0.0/0")))


def policies(count: int) -> tuple[IsakmpPolicy, ...]:
    """So many different ones."""
    return tuple(
        IsakmpPolicy(1 + number, cipher, bits, digest, AuthMethod.PRE_SHARE, group)
        for number, (cipher, bits, digest, group) in enumerate(
            (cipher, bits, digest, group)
            for cipher, bits in ((IkeCipher.AES, 256), (IkeCipher.AES, 128), (IkeCipher.TRIPLE_DES, None))
            for digest in (Hash.SHA256, Hash.SHA512, Hash.SHA, Hash.MD5)
            for group in (Group.MODP_2048, Group.ECP_256, Group.MODP_1536, Group.ECP_384, Group.MODP_1024)
        )
    )[:count]


def message_1(offers: Iterable[IsakmpPolicy]) -> bytes:
    """As a router of ours sends it."""
    site = Site(r2(policies=offers), r3())
    stop_after(site, 0)
    return site.network.sent[0].data


def flood(site: Site, data: bytes, first: int, last: int) -> None:
    """The same message with other cookies from other addresses, slowly enough that all are looked at."""
    for number in range(first, last):
        source = Endpoint(IPv4Address(0x14000000 + number), 500)
        mine = number.to_bytes(8, "big") + data[8:]
        site.right.endpoint.receive_datagram(site.clock.now + number * 0.005, Datagram(AT, source, mine))
        while site.right.endpoint.poll() is not None:
            pass


@pytest.mark.parametrize(
    "offers",
    [
        (AES_POLICY,),
        tuple(one for one in DEFAULT_POLICIES if one.authentication is AuthMethod.PRE_SHARE),
        policies(12),
    ],
    ids=["one", "built in", "twelve"],
)
def test_half_open_flood_takes_512_octets_for_each_first_message(offers: tuple[IsakmpPolicy, ...]) -> None:
    """700 of them: then the tables have just grown, and are emptiest."""
    #  MM1 --> from 700 addresses      <-- MM2 to each, and all that is kept is measured
    data = message_1(offers)
    site = Site(r2(), replace(ANYBODY, isakmp_policies={one.priority: one for one in offers}))
    flood(site, data, 1, 6)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    flood(site, data, 6, 706)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    half_open = site.right.endpoint._ctx.half_open
    assert len(half_open) == 705
    assert taken / 700 <= HALF_OPEN_OCTETS
    assert taken <= half_open.octets <= len(half_open) * HALF_OPEN_OCTETS
    site.no_errors()


def test_half_open_flood_with_long_offers_takes_the_room_of_several() -> None:
    #  MM1 with 60 transforms --> from 1000 addresses      as many are kept as have room
    data = message_1(policies(60))
    site = Site(r2(), replace(ANYBODY, isakmp_policies={60: policies(60)[-1]}))
    flood(site, data, 1, HALF_OPEN_IN_ALL)
    half_open = site.right.endpoint._ctx.half_open
    assert half_open.octets <= HALF_OPEN_IN_ALL * HALF_OPEN_OCTETS
    assert HALF_OPEN_IN_ALL / 2 < len(half_open) < HALF_OPEN_IN_ALL * 0.9
    site.no_errors()


def test_offers_without_end_are_refused() -> None:
    #  MM1 with 5000 octets of offers -->      <-- HDR, N(NO-PROPOSAL-CHOSEN)
    site = Site(r2(), ANYBODY)
    head, body = split(message_1((AES_POLICY,)))
    offers = next(one for one in decode_payloads(head.next_payload, body) if isinstance(one, SaPayload))
    (proposal,) = offers.proposals
    many = tuple(replace(proposal.transforms[0], number=number) for number in range(1, 141))
    data = encode_message(head, [replace(offers, proposals=(replace(proposal, transforms=many),))])
    assert len(data) > LARGEST_OFFER
    site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, Endpoint(R2_ADDRESS, 500), data))
    assert site.right.endpoint.counters.incompatible == 1
    assert len(site.right.endpoint._ctx.half_open) == 0


@pytest.mark.parametrize("what", ["peer", "stranger"])
def test_half_open_flood_costs_no_key_exchange(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """RFC 2409 section 5: in main mode the key exchange is in messages 3 and 4."""
    #  MM1 x 200 -->      <-- MM2, or N      no Diffie-Hellman
    site = Site(r2(), ANYBODY if what == "peer" else r3())
    counted = []
    monkeypatch.setattr(main_mode_responder, "generate", counted.append)
    monkeypatch.setattr(groups, "generate", counted.append)
    flood(site, message_1((AES_POLICY,)), 1, 200)
    assert len(site.right.endpoint._ctx.half_open) == (199 if what == "peer" else 0)
    assert counted == []


def test_message_3_costs_one_key_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test before it would see."""
    site = Site(r2(), r3())
    counted: list[Group] = []
    generate = main_mode_responder.generate

    def count(group: Group, random: RandomSource) -> DhKeyPair:
        counted.append(group)
        return generate(group, random)

    monkeypatch.setattr(main_mode_responder, "generate", count)
    site.bring_up()
    assert counted == [AES_POLICY.group]


def tell(site: Site, data: bytes, source: str = "12.1.1.2") -> list[bytes]:
    """What R3 answers to a datagram, in a minute."""
    before = len(site.network.sent)
    site.right.endpoint.receive_datagram(
        site.clock.now, Datagram(AT, Endpoint(IPv4Address(source), 500), data)
    )
    site.right.turn()
    timers = site.right.endpoint._ctx.timers
    assert not timers.cancel_all(Timer.RETRANSMIT), "nothing is sent again on our own account"
    site.run(60)
    return [datagram.data for datagram in site.network.sent[before:] if datagram.local == AT]


def with_everything(config: RouterConfig) -> RouterConfig:
    """Fragments and Xauth: message 2 has a vendor id for each."""
    crypto_map = replace(config.crypto_maps["huawei"], client=ClientAccess("XA"))
    return replace(config, fragmentation=True, crypto_maps={"huawei": crypto_map}, aaa_new_model=True)


def bare(data: bytes) -> bytes:
    """Without any vendor id."""
    head, body = split(data)
    return encode_message(
        head, [one for one in decode_payloads(head.next_payload, body) if isinstance(one, SaPayload)]
    )


def test_vu_419128_cve_2016_5361_one_answer_that_is_not_longer() -> None:
    """Message 2 says less than it could where message 1 is short."""
    #  HDR, SA -->      <-- HDR, SA: once, and no longer
    data = message_1((AES_POLICY,))
    lengths = {}
    for name, first in (("whole", data), ("bare", bare(data))):
        (answer,) = tell(Site(r2(), with_everything(r3())), first)
        assert len(answer) <= len(first)
        lengths[name] = len(answer)
    plain = len(tell(Site(r2(), r3()), data)[0])
    assert lengths["whole"] == plain + 4 + 20 + 4 + 8, "fragmentation and Xauth are told of"
    assert lengths["bare"] == len(bare(data))


def test_vu_419128_cve_2016_5361_a_repeated_answer_is_the_same_one() -> None:
    """It is in the record, packed."""
    #  MM1 -->  <-- MM2      MM1 -->  <-- MM2
    site = Site(r2(), with_everything(r3()))
    data = message_1((AES_POLICY,))
    source = Endpoint(R2_ADDRESS, 500)
    for _ in range(2):
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, data))
    site.right.turn()
    first, again = (datagram.data for datagram in site.network.sent)
    assert first == again


def aggressive_1() -> tuple[bytes, RouterConfig]:
    """Message 1 of aggressive mode, and who takes it from anywhere."""
    site = Site(calling(), ANYBODY)
    stop_after(site, 0)
    return site.network.sent[0].data, ANYBODY


def signed_1() -> tuple[bytes, RouterConfig]:
    """The same with RSA signatures: the answer has a certificate."""
    site = signing_site(aggressive(left()))
    stop_after(site, 0)
    return site.network.sent[0].data, right()


def test_vu_419128_aggressive_mode_answers_once() -> None:
    #  AM1 -->      <-- AM2: once
    data, config = aggressive_1()
    assert len(tell(Site(r2(), config), data)) == 1


@pytest.mark.parametrize("signed", [False, True], ids=["pre-shared", "signatures"])
def test_vu_419128_aggressive_mode_sends_little_more_than_it_gets(signed: bool) -> None:
    """Message 2 holds a proof and may hold a certificate, which message 1 does not: it is longer in the
    nature of the mode. By how much all of them together may be longer is bounded."""
    #  AM1 x 200 in a second, from everywhere -->      <-- AM2 x 50 at most
    data, config = signed_1() if signed else aggressive_1()
    keys = (NO_KEYS, own_keys(signing_key("r3")) if signed else NO_KEYS)
    site = Site(r2(), config, keys=keys)
    received = 0
    for number in range(1, 200):
        mine = number.to_bytes(8, "big") + data[8:]
        source = Endpoint(IPv4Address(0x14000000 + number), 500)
        site.right.endpoint.receive_datagram(site.clock.now, Datagram(AT, source, mine))
        received += len(mine)
    site.right.turn()
    sent = [len(datagram.data) for datagram in site.network.sent]
    assert 1 <= len(sent) <= MOST_STRANGERS_KEYS_PER_SECOND
    assert sum(max(0, size - len(data)) for size in sent) <= MOST_EXCESS_OCTETS_PER_SECOND
    assert sum(sent) <= received
    site.no_errors()


def test_what_was_agreed_is_gone_when_message_3_comes() -> None:
    #  MM1 -->  <-- MM2      (the policy is taken away)      MM3 -->      (no answer)
    site = Site(r2(), r3())
    stop_after(site, 2)
    site.network.drop = lambda parcel: False
    other = replace(AES_POLICY, priority=20, group=Group.MODP_2048)
    site.right.reconfigure(replace(r3(), isakmp_policies={20: other}))
    site.run(10)
    assert site.right.endpoint.counters.incompatible > 0
    assert site.right.established == []
    site.right.reconfigure(r3())
    site.traffic(60, 5)
    site.check()
    site.no_errors()


def test_who_clears_isakmp_clears_what_is_half_open() -> None:
    site = Site(r2(), r3())
    stop_after(site, 1)
    assert [sa.state for sa in site.right.isakmp_sas] == ["MM_SA_SETUP"]
    site.right.endpoint.clear_isakmp(site.clock.now)
    assert site.right.isakmp_sas == []
