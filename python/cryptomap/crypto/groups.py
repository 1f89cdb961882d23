"""Diffie-Hellman: finite fields (RFC 2409 section 6, RFC 3526) and curves (RFC 5903)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from cryptomap._core import modp_jacobi, modp_power
from cryptomap.crypto.algorithms import GROUPS
from cryptomap.crypto.primes import GENERATOR, PRIMES
from cryptomap.model.algorithm import Group
from cryptomap.model.error import PeerMisbehavedError

_CURVES: Mapping[Group, ec.EllipticCurve] = {
    Group.ECP_256: ec.SECP256R1(),
    Group.ECP_384: ec.SECP384R1(),
    Group.ECP_521: ec.SECP521R1(),
}
_UNCOMPRESSED = b"\x04"
_SPARE = 8
"""Octets beyond the order's, which make the bias of the reduction negligible (FIPS 186-5 appendix A.2.1)."""


@dataclass(frozen=True, slots=True)
class DhKeyPair:
    """`public` is what goes into the KE payload, padded to the group's size."""

    group: Group
    public: bytes
    private: bytes = field(repr=False)


def generate(group: Group, random: Callable[[int], bytes]) -> DhKeyPair:
    """A fresh key pair; `random(n)` gives n octets fit for keys."""
    if group in _CURVES:
        return _generate_ecp(group, random)
    size = GROUPS[group].exponent_size
    drawn = random(size)
    private = bytes([drawn[0] | 0x80]) + drawn[1:]
    return DhKeyPair(group, _modp(group, GENERATOR.to_bytes(1, "big"), private), private)


def shared_secret(pair: DhKeyPair, peer_public: bytes) -> bytes:
    """g^xy, padded to the group's size. Raises `PeerMisbehavedError` for a value no honest peer sends."""
    row = GROUPS[pair.group]
    if len(peer_public) != row.public_size:
        raise PeerMisbehavedError(
            f"group {pair.group.value}: KE of {len(peer_public)} octets, {row.public_size} wanted"
        )
    if pair.group in _CURVES:
        return _shared_ecp(pair, peer_public)
    _check_modp(pair.group, peer_public)
    return _modp(pair.group, peer_public, pair.private)


def _modp(group: Group, base: bytes, exponent: bytes) -> bytes:
    modulus = PRIMES[group].to_bytes(GROUPS[group].public_size, "big")
    return modp_power(base, exponent, modulus)


def _check_modp(group: Group, public: bytes) -> None:
    """1 < y < p - 1, and y in the subgroup of prime order that 2 generates (RFC 2412 appendix E, NIST
    SP 800-56A section 5.6.2.3.1): in the others the secret's lowest bit would show. For a safe prime
    p = 2q + 1 the Jacobi symbol is y^q, at a fraction of the cost; y is public."""
    prime = PRIMES[group]
    if not 1 < int.from_bytes(public, "big") < prime - 1:
        raise PeerMisbehavedError(f"group {group.value}: KE is not between 1 and p - 1")
    if modp_jacobi(public, prime.to_bytes(len(public), "big")) != 1:
        raise PeerMisbehavedError(f"group {group.value}: KE is not in the subgroup of prime order")


def _generate_ecp(group: Group, random: Callable[[int], bytes]) -> DhKeyPair:
    curve = _CURVES[group]
    order_size = GROUPS[group].secret_size
    drawn = int.from_bytes(random(order_size + _SPARE), "big")
    private = drawn % (curve.group_order - 1) + 1
    point = ec.derive_private_key(private, curve).public_key().public_numbers()
    public = point.x.to_bytes(order_size, "big") + point.y.to_bytes(order_size, "big")
    return DhKeyPair(group, public, private.to_bytes(order_size, "big"))


def _shared_ecp(pair: DhKeyPair, peer_public: bytes) -> bytes:
    """The x coordinate of the product (RFC 5903 section 7); the point must lie on the curve."""
    curve = _CURVES[pair.group]
    try:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(curve, _UNCOMPRESSED + peer_public)
    except ValueError as error:
        raise PeerMisbehavedError(f"group {pair.group.value}: KE is not a point of the curve") from error
    private = ec.derive_private_key(int.from_bytes(pair.private, "big"), curve)
    return private.exchange(ec.ECDH(), peer)
