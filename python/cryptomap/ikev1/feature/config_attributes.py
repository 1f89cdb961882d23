"""Mode config's attributes: an `Assignment` to octets and back (draft-dukes-ike-mode-cfg-02 section 3.4, and
Unity as Cisco's clients read it)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from struct import Struct

from cryptomap.ikev1.exchange.transaction import text
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.model.remote_access import Assignment
from cryptomap.wire.config_numbers import ConfigAttribute as Kind
from cryptomap.wire.cursor import Reader
from cryptomap.wire.payload import Attribute

_SPLIT = Struct("!4s4sHHH")
"""Address, mask, protocol, source port, destination port: 14 octets, one entry after the other."""
_NUMBER = Struct("!I")
_ADDRESS_SIZE = 4
_LOCAL_LAN = IPv4Network("0.0.0.0/32")
"""Stands for whatever network the client is in."""


def encode(assignment: Assignment, wanted: Collection[int] | None = None) -> tuple[Attribute, ...]:
    """The attributes, of those in `wanted` if it is given."""
    return tuple(each for each in _all(assignment) if wanted is None or each.type in wanted)


def _all(one: Assignment) -> Iterator[Attribute]:
    yield from _addresses(one)
    if one.expiry is not None:
        yield Attribute(Kind.ADDRESS_EXPIRY, _NUMBER.pack(one.expiry))
    for kind, words in _strings(one):
        if words:
            yield Attribute(kind, words.encode())
    if one.split_include:
        yield Attribute(Kind.UNITY_SPLIT_INCLUDE, b"".join(map(_entry, one.split_include)))
    if one.include_local_lan:
        yield Attribute(Kind.UNITY_LOCAL_LAN, _entry(_LOCAL_LAN))
    for kind, flag in ((Kind.UNITY_SAVE_PASSWORD, one.save_password), (Kind.UNITY_PFS, one.pfs)):
        if flag is not None:
            yield Attribute(kind, int(flag))


def _addresses(one: Assignment) -> Iterator[Attribute]:
    if one.address is not None:
        yield Attribute(Kind.IP4_ADDRESS, one.address.packed)
        if one.netmask is not None:
            yield Attribute(Kind.IP4_NETMASK, one.netmask.packed)
    for kind, servers in ((Kind.IP4_DNS, one.dns), (Kind.IP4_NBNS, one.wins)):
        for server in servers:
            yield Attribute(kind, server.packed)


def _strings(one: Assignment) -> Sequence[tuple[Kind, str | None]]:
    return (
        (Kind.APPLICATION_VERSION, one.version),
        (Kind.UNITY_BANNER, one.banner),
        (Kind.UNITY_DEF_DOMAIN, one.domain),
        (Kind.UNITY_SPLIT_DNS, ",".join(one.split_dns)),
        (Kind.UNITY_BACKUP_SERVERS, ",".join(one.backup_gateways)),
    )


def _entry(network: IPv4Network) -> bytes:
    return _SPLIT.pack(network.network_address.packed, network.netmask.packed, 0, 0, 0)


def decode(attributes: Iterable[Attribute]) -> Assignment:
    """What the attributes tell; unknown and empty ones are passed over. Raises `MalformedError` and
    `PeerMisbehavedError`."""
    told = Assignment()
    for attribute in attributes:
        read = _READ.get(Kind(attribute.type))
        if read is not None and attribute.value != b"":
            told = read(told, attribute)
    return told


def requested_address(attributes: Iterable[Attribute]) -> IPv4Address | None:
    """The address that a REQUEST would like to have."""
    for attribute in attributes:
        if attribute.type == Kind.IP4_ADDRESS and len(_raw(attribute)) == _ADDRESS_SIZE:
            return _one_address(attribute)
    return None


def _raw(attribute: Attribute) -> bytes:
    return attribute.value if isinstance(attribute.value, bytes) else b""


def _one_address(attribute: Attribute) -> IPv4Address:
    octets = _raw(attribute)
    if len(octets) != _ADDRESS_SIZE:
        raise PeerMisbehavedError(f"{Kind(attribute.type).name} of {len(octets)} octets")
    return IPv4Address(octets)


def _networks(attribute: Attribute) -> tuple[IPv4Network, ...]:
    reader = Reader(_raw(attribute), Kind(attribute.type).name)
    networks = []
    while reader.left:
        address, mask, *_ = reader.fixed(_SPLIT)
        try:
            networks.append(IPv4Network((address, str(IPv4Address(mask))), strict=False))
        except ValueError as error:
            raise PeerMisbehavedError(f"split tunnel network with mask {mask.hex()}") from error
    return tuple(networks)


def _names(attribute: Attribute) -> tuple[str, ...]:
    return tuple(text(attribute).replace(",", " ").split())


_READ: Mapping[Kind, Callable[[Assignment, Attribute], Assignment]] = {
    Kind.IP4_ADDRESS: lambda told, one: replace(told, address=_one_address(one)),
    Kind.IP4_NETMASK: lambda told, one: replace(told, netmask=_one_address(one)),
    Kind.IP4_DNS: lambda told, one: replace(told, dns=(*told.dns, _one_address(one))),
    Kind.IP4_NBNS: lambda told, one: replace(told, wins=(*told.wins, _one_address(one))),
    Kind.ADDRESS_EXPIRY: lambda told, one: replace(told, expiry=one.number),
    Kind.APPLICATION_VERSION: lambda told, one: replace(told, version=text(one)),
    Kind.UNITY_BANNER: lambda told, one: replace(told, banner=text(one)),
    Kind.UNITY_DEF_DOMAIN: lambda told, one: replace(told, domain=text(one)),
    Kind.UNITY_SPLIT_DNS: lambda told, one: replace(told, split_dns=told.split_dns + _names(one)),
    Kind.UNITY_SPLIT_INCLUDE: lambda told, one: replace(
        told, split_include=told.split_include + _networks(one)
    ),
    Kind.UNITY_LOCAL_LAN: lambda told, one: replace(told, include_local_lan=True),
    Kind.UNITY_SAVE_PASSWORD: lambda told, one: replace(told, save_password=bool(one.number)),
    Kind.UNITY_PFS: lambda told, one: replace(told, pfs=bool(one.number)),
    Kind.UNITY_BACKUP_SERVERS: lambda told, one: replace(
        told, backup_gateways=told.backup_gateways + _names(one)
    ),
}
