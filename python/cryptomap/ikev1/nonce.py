"""Nonces, in both phases (RFC 2409 section 5)."""

from cryptomap.model.error import PeerMisbehavedError

NONCE_SIZE = 20
"""Octets of ours."""
SMALLEST_NONCE, LARGEST_NONCE = 8, 256


def check_nonce(nonce: bytes) -> bytes:
    """The nonce, if it is of a size that RFC 2409 allows."""
    if not SMALLEST_NONCE <= len(nonce) <= LARGEST_NONCE:
        raise PeerMisbehavedError(f"nonce of {len(nonce)} octets, not {SMALLEST_NONCE} to {LARGEST_NONCE}")
    return nonce
