"""The groups against their RFCs' formulas and vectors, and what a peer may not send."""

import os
from collections.abc import Callable
from hashlib import shake_256

import pytest

from cryptomap.crypto.algorithms import GROUPS
from cryptomap.crypto.groups import DhKeyPair, generate, shared_secret
from cryptomap.crypto.primes import PRIMES
from cryptomap.model.algorithm import Group
from cryptomap.model.error import PeerMisbehavedError

MODP = sorted(PRIMES)
ECP = [Group.ECP_256, Group.ECP_384, Group.ECP_521]
# RFC 2409 sections 6.1 and 6.2, RFC 3526 sections 2 to 5: bits, and what is added to [2^(bits-130) pi].
FORMULAS = {
    Group.MODP_768: (768, 149686),
    Group.MODP_1024: (1024, 129093),
    Group.MODP_1536: (1536, 741804),
    Group.MODP_2048: (2048, 124476),
    Group.MODP_3072: (3072, 1690314),
    Group.MODP_4096: (4096, 240904),
}


def pi_times_two_to(bits: int) -> int:
    """[2^bits pi], by Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)."""
    guard = 64
    one = 1 << (bits + guard)

    def arctan_of_inverse(x: int) -> int:
        term = one // x
        total, divisor, sign = term, 1, 1
        while term:
            term //= x * x
            divisor, sign = divisor + 2, -sign
            total += sign * (term // divisor)
        return total

    return (16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)) >> guard


def fixed(seed: bytes) -> Callable[[int], bytes]:
    return lambda size: shake_256(seed).digest(size)


def counting(number: int) -> Callable[[int], bytes]:
    return lambda size: number.to_bytes(size, "big")


EXPONENT_BITS = {
    Group.MODP_1536: 240,
    Group.MODP_2048: 320,
    Group.MODP_3072: 420,
    Group.MODP_4096: 480,
}
"""The longest of RFC 3526 section 8."""


@pytest.mark.parametrize("group", MODP)
def test_primes(group: Group) -> None:
    bits, added = FORMULAS[group]
    prime = 2**bits - 2 ** (bits - 64) - 1 + 2**64 * (pi_times_two_to(bits - 130) + added)
    assert PRIMES[group] == prime
    order = (prime - 1) // 2
    assert pow(2, order, prime) == 1
    assert pow(3, order - 1, order) == 1


@pytest.mark.parametrize("group", MODP)
def test_modp_against_plain_arithmetic(group: Group) -> None:
    prime, size = PRIMES[group], GROUPS[group].public_size
    a, b = generate(group, fixed(b"a")), generate(group, fixed(b"b"))
    x, y = int.from_bytes(a.private, "big"), int.from_bytes(b.private, "big")
    assert x.bit_length() == 8 * GROUPS[group].exponent_size >= EXPONENT_BITS.get(group, 240)
    assert a.public == pow(2, x, prime).to_bytes(size, "big")
    expected = pow(2, x * y, prime).to_bytes(size, "big")
    assert shared_secret(a, b.public) == shared_secret(b, a.public) == expected


@pytest.mark.parametrize("group", MODP)
def test_modp_refuses(group: Group) -> None:
    prime, size = PRIMES[group], GROUPS[group].public_size
    pair = generate(group, fixed(b"a"))
    non_residue = prime - int.from_bytes(pair.public, "big")
    for value in (0, 1, prime - 1, prime, prime + 1, 2 ** (8 * size) - 1, non_residue, prime - 2):
        with pytest.raises(PeerMisbehavedError):
            shared_secret(pair, value.to_bytes(size, "big"))


@pytest.mark.parametrize("group", MODP)
def test_subgroup_check_is_that_of_the_definition(group: Group) -> None:
    """y^q = 1 by exponentiation, for values of both kinds."""
    prime, size = PRIMES[group], GROUPS[group].public_size
    pair = generate(group, fixed(b"a"))
    for seed in range(8):
        value = int.from_bytes(shake_256(bytes([seed])).digest(size), "big") % prime
        member = pow(value, (prime - 1) // 2, prime) == 1
        try:
            shared_secret(pair, value.to_bytes(size, "big"))
            accepted = True
        except PeerMisbehavedError:
            accepted = False
        assert accepted == member


@pytest.mark.parametrize("group", list(Group))
def test_wrong_length(group: Group) -> None:
    pair = generate(group, os.urandom)
    peer = generate(group, os.urandom).public
    for public in (b"", peer[:-1], peer + b"\0", b"\0" + peer, peer[: len(peer) // 2]):
        with pytest.raises(PeerMisbehavedError):
            shared_secret(pair, public)


def test_ecp_vectors(vectors: Callable[[str], list[dict[str, str]]]) -> None:
    blocks = vectors("ecp_groups.txt")
    assert [Group(int(block["GROUP"])) for block in blocks] == ECP
    for block in blocks:
        group = Group(int(block["GROUP"]))
        size = GROUPS[group].secret_size
        value = {name: bytes.fromhex(text) for name, text in block.items() if name != "GROUP"}
        # A private key d comes out of random octets whose value is d - 1.
        pairs = [generate(group, counting(int.from_bytes(value[name], "big") - 1)) for name in ("i", "r")]
        assert [pair.private for pair in pairs] == [value["i"], value["r"]]
        for pair, x, y in zip(pairs, ("gix", "grx"), ("giy", "gry"), strict=True):
            assert pair.public[:size] == value.get(x, pair.public[:size])
            assert pair.public[size:] == value.get(y, pair.public[size:])
        assert shared_secret(pairs[0], pairs[1].public) == value["girx"]
        assert shared_secret(pairs[1], pairs[0].public) == value["girx"]


@pytest.mark.parametrize("group", ECP)
def test_ecp_refuses_what_is_not_on_the_curve(group: Group) -> None:
    pair = generate(group, os.urandom)
    peer = bytearray(generate(group, os.urandom).public)
    peer[-1] ^= 1
    for public in (bytes(peer), bytes(len(peer)), b"\xff" * len(peer)):
        with pytest.raises(PeerMisbehavedError):
            shared_secret(pair, public)


def test_private_does_not_show() -> None:
    assert "private" not in repr(DhKeyPair(Group.MODP_768, b"", b"secret"))
