"""Peers in their order, the first of which may be the default one: of map entries and Easy VPN clients."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from cryptomap.config.command import RefusedError

Peers = tuple[IPv4Address, ...]


def with_peer(peers: Peers, default_peer: bool, peer: IPv4Address, *, default: bool) -> tuple[Peers, bool]:
    """The peers with one more, and whether the first is the default one. Raises `RefusedError` for a default
    one that would not be the first."""
    first = peers[:1] in ((), (peer,))
    if default and not first:
        raise RefusedError(
            f"% The default peer must be the first one, and that is {peers[0]}: remove it first."
        )
    return peers if peer in peers else (*peers, peer), default if first else default_peer


def without_peer(peers: Peers, default_peer: bool, peer: IPv4Address) -> tuple[Peers, bool]:
    """The peers without one, and whether the first is the default one."""
    left = tuple(each for each in peers if each != peer)
    return left, default_peer and left[:1] == peers[:1]


def peer_words(peers: Peers, default_peer: bool) -> Iterator[str]:
    """Each as its line says it."""
    for place, peer in enumerate(peers):
        yield f"{peer}{' default' if default_peer and not place else ''}"
