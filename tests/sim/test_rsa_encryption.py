"""RSA encrypted nonces (RFC 2409 section 5.2): two of us, a second implementation in each role, attackers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Router, Site
from tests.sim.network import Faults, Nat
from tests.sim.rfc2409_rsa import ID, NONCE, Initiator, Responder

from cryptomap.crypto.rsa import RsaKeyPair, generate
from cryptomap.ikev1.message import Message
from cryptomap.ikev1.method import Whom
from cryptomap.ikev1.method.rsa_encryption import RsaEncryption
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IdentityKind, IsakmpPolicy, RouterConfig
from cryptomap.model.pki import KeyUsage, PeerPublicKey
from cryptomap.model.status import Role
from cryptomap.policy.own_keys import OwnKey, OwnKeys
from cryptomap.wire.isakmp import Header, decode_payloads, split
from cryptomap.wire.numbers import ExchangeType, Flag
from cryptomap.wire.payload import EncryptedIdPayload, NoncePayload

POLICY = IsakmpPolicy(10, IkeCipher.AES, 128, Hash.SHA, AuthMethod.RSA_ENCR, Group.MODP_1024)


@cache
def pair(name: str, bits: int = 1024) -> RsaKeyPair:
    return generate(bits)


def own(name: str, usage: KeyUsage = KeyUsage.ENCRYPTION) -> OwnKeys:
    return OwnKeys((OwnKey(name, usage, pair(name), datetime(2026, 1, 1, tzinfo=UTC)),))


def public(pair_of: str, **whose: object) -> PeerPublicKey:
    return PeerPublicKey(spki=pair(pair_of).public.spki, **whose)  # type: ignore[arg-type]


def left(*keys: PeerPublicKey, **changes: object) -> RouterConfig:
    keys = keys or (public("R3", address=R3_ADDRESS),)
    return replace(r2(policies=(POLICY,)), keyrings={}, public_keys=keys, **changes)  # type: ignore[arg-type]


def right(*keys: PeerPublicKey, **changes: object) -> RouterConfig:
    keys = keys or (public("R2", address=R2_ADDRESS),)
    return replace(r3(policies=(POLICY,)), keyrings={}, public_keys=keys, **changes)  # type: ignore[arg-type]


def site_of(ours: RouterConfig, theirs: RouterConfig, **more: object) -> Site:
    return Site(ours, theirs, keys=(own("R2"), own("R3")), **more)  # type: ignore[arg-type]


def test_a_tunnel() -> None:
    #  HDR, SA -->                                   <-- HDR, SA
    #  HDR, KE, <IDii_b>PubKey_r, <Ni_b>PubKey_r --> <-- HDR, KE, <IDir_b>PubKey_i, <Nr_b>PubKey_i
    #  HDR*, HASH_I -->                              <-- HDR*, HASH_R
    site = site_of(left(), right())
    site.bring_up()
    heads = [split(datagram.data)[0] for datagram in site.network.sent]
    assert [head.exchange for head in heads[:6]] == [ExchangeType.IDENTITY_PROTECTION] * 6
    assert [bool(head.flags & Flag.E) for head in heads[:6]] == [False] * 4 + [True] * 2
    shown = [each.text for each in site.right.of(ev.IdentityShown) if not each.sent]
    assert shown == ["12.1.1.2"]
    site.no_errors()


def test_identities_never_travel_readable() -> None:
    site = site_of(left(isakmp_identity=IdentityKind.HOSTNAME), right(public("R2", name="R2")))
    site.bring_up()
    octets = b"".join(datagram.data for datagram in site.network.sent)
    assert b"R2" not in octets
    assert R2_ADDRESS.packed not in octets


def test_keys_by_name() -> None:
    """`named-key`: who it is says the identity, wherever it comes from."""
    decoy = public("decoy", name="somebody.else")
    site = site_of(
        left(public("R3", name="R3", address=R3_ADDRESS), isakmp_identity=IdentityKind.HOSTNAME),
        right(decoy, public("R2", name="r2"), isakmp_identity=IdentityKind.HOSTNAME),
    )
    site.bring_up()


def test_through_a_nat() -> None:
    """The identity that is proved is the one that was sent, with the port of that time."""
    site = site_of(
        left(public("R3", name="R3", address=R3_ADDRESS), isakmp_identity=IdentityKind.HOSTNAME),
        right(public("R2", name="R2"), isakmp_identity=IdentityKind.HOSTNAME),
    )
    site.network.nat = Nat(R2_ADDRESS, IPv4Address("99.0.0.9"))
    site.ping()
    site.run(3)
    assert [router.established[0].nat_detected for router in site.both] == [True, True]


@pytest.mark.parametrize("seed", range(10))
def test_loss(seed: int) -> None:
    site = site_of(left(), right(), seed=seed, faults=Faults(loss=0.3))
    site.traffic(165, 5)
    assert all(router.established for router in site.both), site.trouble()
    site.no_errors()


WRONG: dict[str, Callable[[], Site]] = {
    "another key for the peer": lambda: site_of(left(public("decoy", address=R3_ADDRESS)), right()),
    "another key for the caller": lambda: site_of(left(), right(public("decoy", address=R2_ADDRESS))),
    "an identity without a key": lambda: site_of(left(isakmp_identity=IdentityKind.HOSTNAME), right()),
    "somebody else's identity": lambda: site_of(left(), right(public("R2", name="R2"))),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_proved(case: str) -> None:
    site = WRONG[case]()
    site.ping()
    site.run(60)
    assert site.left.established == site.right.established == []
    # What was made for another key may be above our modulus, which its sender sees as well as we do.
    counters = [router.endpoint.counters for router in site.both]
    assert sum(each.unauthenticated + each.misbehaved for each in counters) > 0
    site.no_errors()


def test_without_keys_nothing_is_sent() -> None:
    for keys, config in (
        ((OwnKeys(), own("R3")), left()),
        ((own("R2"), own("R3")), replace(left(), public_keys=())),
    ):
        site = Site(config, right(), keys=keys)
        site.ping()
        site.run(5)
        assert site.network.sent == []
        assert any("crypto key" in invalid.reason for invalid in site.left.of(ev.PeerInvalid))


def test_one_key_does_not_sign_and_decrypt() -> None:
    signing = replace(POLICY, priority=20, authentication=AuthMethod.RSA_SIG)
    both = {10: POLICY, 20: signing}
    keys = own("R2", KeyUsage.GENERAL), own("R3")
    site = Site(replace(left(), isakmp_policies=both), right(), keys=keys)
    site.ping()
    site.run(5)
    assert not site.left.established
    assert any("usage-keys" in invalid.reason for invalid in site.left.of(ev.PeerInvalid))


# The second implementation.

ID_R2, ID_R3 = (bytes.fromhex("01 11 01f4") + address.packed for address in (R2_ADDRESS, R3_ADDRESS))


def numbers(name: str) -> tuple[int, int]:
    return pair(name).public.n, pair(name).public.e


def tell(router: Router, data: bytes) -> bytes:
    """What the router answers at once."""
    other = R2_ADDRESS if router.address == R3_ADDRESS else R3_ADDRESS
    network, before = router.network, len(router.network.sent)
    network.drop = lambda parcel: True
    ends = Endpoint(router.address, 500), Endpoint(other, 500)  # type: ignore[arg-type]
    router.endpoint.receive_datagram(network.clock.now, Datagram(*ends, data))
    router.turn()
    answers = network.sent[before:]
    return answers[0].data if answers else b""


def caller(**changes: bytes) -> Initiator:
    return Initiator(pair("R2").private, numbers("R3"), changes.get("identity", ID_R2))


def test_we_answer_the_second_implementation() -> None:
    site = site_of(left(), right())
    peer = caller()
    second = tell(site.right, peer.first())
    fourth = tell(site.right, peer.third(second))
    sixth = tell(site.right, peer.fifth(fourth))
    assert peer.finish(sixth)
    assert peer.identities["r"] == ID_R3
    assert [sa.authentication for sa in site.right.established] == [AuthMethod.RSA_ENCR]


def test_we_call_the_second_implementation() -> None:
    site = site_of(left(), right())
    peer = Responder(pair("R3").private, numbers("R2"), ID_R3)
    site.network.drop = lambda parcel: True
    site.ping()
    first = site.network.sent[-1].data
    # Ours has vendor ids behind the SA payload, and the same offer.
    third = tell(site.left, peer.second(first))
    fifth = tell(site.left, peer.fourth(third))
    assert tell(site.left, peer.sixth(fifth)) != b""
    assert site.left.established
    assert peer.identities["i"] == ID_R2


# Attackers.


def spoilt(kind: str, sealed: bytes, n: int) -> bytes:
    """A ciphertext whose block is no block of type 2, or not what belongs in it."""
    attacker = caller()
    size = len(sealed)
    if kind == "random":
        return attacker.random.randrange(2, n - 1).to_bytes(size, "big")
    blocks = {
        "type 1": b"\0\1" + b"\xff" * (size - 23) + b"\0" + bytes(20),
        "first octet": b"\1\2" + b"\x11" * (size - 23) + b"\0" + bytes(20),
        "no end": b"\0\2" + b"\x11" * (size - 2),
        "short padding": b"\0\2" + b"\x11" * 5 + b"\0" + b"\x22" * (size - 8),
        "empty": b"\0\2" + b"\x11" * (size - 3) + b"\0",
        "long": b"\0\2" + b"\x11" * 8 + b"\0" + b"\x22" * (size - 11),
        "identity of 7 octets": b"\0\2" + b"\x11" * (size - 10) + b"\0" + b"\1\x11\1\xf4abc",
    }
    return pow(int.from_bytes(blocks[kind], "big"), pair("R3").public.e, n).to_bytes(size, "big")


SPOILT = [
    "random",
    "type 1",
    "first octet",
    "no end",
    "short padding",
    "empty",
    "long",
    "identity of 7 octets",
]


@pytest.mark.parametrize("which", [ID, NONCE])
@pytest.mark.parametrize("kind", ["good", *SPOILT])
def test_cve_2018_0131_cve_2017_17305_cve_2018_9129_cve_2018_8753_no_oracle(
    kind: str, which: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good and bad ciphertexts get the same messages of the same length; then silence."""
    site = site_of(left(), right())
    peer = caller()
    second = tell(site.right, peer.first())
    third = peer.third(second)
    payloads = dict(peer.payloads(third))
    if kind != "good":
        payloads[which] = spoilt(kind, payloads[which], pair("R3").public.n)
    fourth = tell(site.right, peer.message(list(payloads.items())))
    head, body = split(fourth)
    kinds = {EncryptedIdPayload.NUMBER: EncryptedIdPayload, NoncePayload.NUMBER: NoncePayload}
    lengths = [
        len(payload.raw)
        for payload in decode_payloads(head.next_payload, body, kinds=kinds)
        if isinstance(payload, EncryptedIdPayload | NoncePayload)
    ]
    assert lengths == [128, 128]
    assert len(fourth) == LENGTH_OF_MESSAGE_4
    answer = tell(site.right, peer.fifth(fourth))
    assert bool(answer) is (kind == "good")
    assert len(site.right.established) == (kind == "good")
    site.no_errors()


LENGTH_OF_MESSAGE_4 = 28 + 4 + 128 + 4 + 128 + 4 + 128 + 20 + 20 + 20
"""Header, KE, ID, nonce, and three vendor ids; the peer offered no NAT traversal."""


def test_the_same_bad_ciphertext_gives_the_same_secret() -> None:
    """Were it drawn afresh, asking twice would tell good from bad."""
    ctx = site_of(left(), right()).right.endpoint._ctx
    sa = IsakmpSa(1, Role.RESPONDER, Endpoint(R3_ADDRESS, 500), Endpoint(R2_ADDRESS, 500), 0.0, b"i" * 8)
    how = RsaEncryption.begin(ctx, sa, Whom(()))
    head = Header(b"i" * 8, b"r" * 8, NoncePayload.NUMBER, ExchangeType.IDENTITY_PROTECTION, Flag(0), 0)
    n = pair("R3").public.n
    good = EncryptedIdPayload(Initiator(pair("R2").private, numbers("R3"), ID_R2).seal(ID_R2))
    secrets = {}
    for kind in SPOILT:
        sealed = NoncePayload(spoilt(kind, bytes(128), n))
        first, second = (how.take_nonce(ctx, sa, Message(head, (good, sealed)))[0] for _ in range(2))
        assert first == second
        assert 8 <= len(first) <= 256
        secrets[kind] = first
    del secrets["long"], secrets["identity of 7 octets"]
    assert len(set(secrets.values())) == len(secrets)


@pytest.mark.parametrize("value", ["0", "n", "n + 1", "short", "long"])
def test_cve_2026_35334_values_that_are_no_ciphertexts(value: str) -> None:
    n = pair("R3").public.n
    bad = {
        "0": bytes(128),
        "n": n.to_bytes(128, "big"),
        "n + 1": (n + 1).to_bytes(128, "big"),
        "short": bytes(127),
        "long": bytes(129),
    }[value]
    site = site_of(left(), right())
    peer = caller()
    third = peer.third(tell(site.right, peer.first()))
    payloads = dict(peer.payloads(third))
    payloads[NONCE] = bad
    assert tell(site.right, peer.message(list(payloads.items()))) == b""
    assert site.right.endpoint.counters.misbehaved == 1
    site.no_errors()
