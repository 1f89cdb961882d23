"""`crypto map NAME SEQ ipsec-isakmp`, `crypto map NAME local-address` and the lines of an entry."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.mode import CRYPTO_MAP, GLOBAL, with_entry, without_entry
from cryptomap.config.tree import Branch
from cryptomap.model.algorithm import Group
from cryptomap.model.config import CryptoMap, CryptoMapEntry, InterfaceName, Lifetime, RouterConfig

MAXIMUM_SETS = 6
GROUPS = "|".join(f"group{group.value}" for group in Group)
NEW_MAP_NOTE = (
    "% NOTE: This new crypto map will remain disabled until a peer",
    "        and a valid access list have been configured.",
)


class CryptoMapCommand(ModeCommand):
    mode, enters, order = GLOBAL, CRYPTO_MAP, 440
    grammar = "crypto map WORD$name ![(1-65535)$sequence [ipsec-isakmp$kind]]"
    help = texts(
        {
            "$name": "Crypto map tag",
            "$sequence": "Sequence to insert into crypto map entry",
            "ipsec-isakmp": "IPSEC w/ISAKMP",
        }
    )

    def key(self, name: str, sequence: int, **_: object) -> tuple[str, int]:
        return name, sequence

    def apply(self, config: RouterConfig, name: str, sequence: int, kind: str | None = None) -> RouterConfig:
        crypto_map = config.crypto_maps.get(name, CryptoMap(name))
        if sequence in crypto_map.entries:
            return config
        if kind is None:
            raise RefusedError(
                f'% Crypto map "{name}" has no entry {sequence}: say "ipsec-isakmp" to make a new one.'
            )
        entries = with_entry(crypto_map.entries, sequence, CryptoMapEntry(sequence))
        changed = replace(crypto_map, entries=entries)
        return replace(config, crypto_maps=with_entry(config.crypto_maps, name, changed))

    def negate(
        self, config: RouterConfig, name: str, sequence: int | None = None, **_: object
    ) -> RouterConfig:
        if name not in config.crypto_maps:
            return config
        crypto_map = config.crypto_maps[name]
        gone = crypto_map.entries if sequence is None else (sequence,)
        entries = {key: each for key, each in crypto_map.entries.items() if key not in gone}
        if entries or (sequence is not None and crypto_map.local_address):
            changed = replace(crypto_map, entries=entries)
            return replace(config, crypto_maps=with_entry(config.crypto_maps, name, changed))
        users = [each.name for each in config.interfaces.values() if each.crypto_map == name]
        if users:
            raise RefusedError(
                f"% Crypto map {name} is in use by interface {', '.join(users)}."
                ' Say "no crypto map" there first.'
            )
        return replace(config, crypto_maps=without_entry(config.crypto_maps, name))

    def notices(self, before: RouterConfig, name: str, sequence: int, **_: object) -> Iterable[str]:
        crypto_map = before.crypto_maps.get(name)
        return () if crypto_map and sequence in crypto_map.entries else NEW_MAP_NOTE

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, tuple[str, int]]]:
        for name, crypto_map in config.crypto_maps.items():
            for entry in crypto_map.ordered:
                yield f"crypto map {name} {entry.sequence} ipsec-isakmp", (name, entry.sequence)


class LocalAddress(Command):
    mode, order = GLOBAL, 430
    grammar = "crypto map WORD$name local-address ![INTERFACE$interface]"
    help = texts(
        {
            "$name": "Crypto map tag",
            "local-address": "Interface to use for local address for this crypto map",
        }
    )

    def apply(self, config: RouterConfig, name: str, interface: InterfaceName) -> RouterConfig:
        crypto_map = config.crypto_maps.get(name, CryptoMap(name))
        changed = replace(crypto_map, local_address=interface)
        return replace(config, crypto_maps=with_entry(config.crypto_maps, name, changed))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        crypto_map = config.crypto_maps.get(name)
        if crypto_map is None:
            return config
        if not crypto_map.entries:
            return replace(config, crypto_maps=without_entry(config.crypto_maps, name))
        changed = replace(crypto_map, local_address=None)
        return replace(config, crypto_maps=with_entry(config.crypto_maps, name, changed))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for name, crypto_map in config.crypto_maps.items():
            if crypto_map.local_address is not None:
                yield f"crypto map {name} local-address {crypto_map.local_address}"


class EntryDescription(Command):
    mode, order, fields = CRYPTO_MAP, 1, ("description",)
    grammar = "description ![LINE$text]"
    help = texts({"$text": "Description of the crypto map entry"})

    def apply(self, entry: CryptoMapEntry, text: str) -> CryptoMapEntry:
        return replace(entry, description=text)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.description is not None:
            yield f"description {entry.description}"


class SetPeer(Command):
    mode, order = CRYPTO_MAP, 2
    grammar = "set peer A.B.C.D$peer"
    help = texts({"peer": "Allowed encryption/decryption peer", "$peer": "IP address of peer"})

    def apply(self, entry: CryptoMapEntry, peer: IPv4Address) -> CryptoMapEntry:
        return entry if peer in entry.peers else replace(entry, peers=(*entry.peers, peer))

    def negate(self, entry: CryptoMapEntry, peer: IPv4Address) -> CryptoMapEntry:
        return replace(entry, peers=tuple(each for each in entry.peers if each != peer))

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        return (f"set peer {peer}" for peer in entry.peers)


class SetLifetime(Command):
    mode, order, fields = CRYPTO_MAP, 3, ("lifetime",)
    grammar = (
        "set security-association lifetime"
        " ![{seconds ![(120-86400)$seconds]|kilobytes ![(2560-536870912)$kilobytes]}$limits]"
    )
    help = texts(
        {
            "security-association": "Security association parameters",
            "lifetime": "Security association lifetime",
            "seconds": "Time-based key duration",
            "kilobytes": "Volume-based key duration",
            "$seconds": "Security association duration in seconds",
            "$kilobytes": "Security association duration in kilobytes encrypted",
        }
    )

    def apply(self, entry: CryptoMapEntry, limits: tuple[Branch, ...]) -> CryptoMapEntry:
        lifetime = entry.lifetime
        for limit in limits:
            lifetime = replace(lifetime, **limit.arguments)
        return replace(entry, lifetime=lifetime)

    def negate(self, entry: CryptoMapEntry, limits: tuple[Branch, ...] = ()) -> CryptoMapEntry:
        cleared: dict[str, None] = {limit.word: None for limit in limits}
        lifetime = replace(entry.lifetime, **cleared) if cleared else Lifetime()
        return replace(entry, lifetime=lifetime)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        for unit in ("kilobytes", "seconds"):
            value = getattr(entry.lifetime, unit)
            if value is not None:
                yield f"set security-association lifetime {unit} {value}"


class SetTransformSet(Command):
    mode, order, fields = CRYPTO_MAP, 4, ("transform_sets",)
    grammar = "set transform-set ![WORD$names...]"
    help = texts(
        {
            "transform-set": "Specify list of transform sets in priority order",
            "$names": "Proposal tag",
        }
    )

    def apply(self, entry: CryptoMapEntry, names: tuple[str, ...]) -> CryptoMapEntry:
        if len(names) > MAXIMUM_SETS:
            raise RefusedError(f"% A crypto map entry takes at most {MAXIMUM_SETS} transform sets.")
        return replace(entry, transform_sets=tuple(dict.fromkeys(names)))

    def negate(self, entry: CryptoMapEntry, names: tuple[str, ...] = ()) -> CryptoMapEntry:
        left = tuple(name for name in entry.transform_sets if names and name not in names)
        return replace(entry, transform_sets=left)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.transform_sets:
            yield f"set transform-set {' '.join(entry.transform_sets)}"


class SetPfs(Command):
    mode, order, fields = CRYPTO_MAP, 5, ("pfs",)
    grammar = f"set pfs [<{GROUPS}>$group]"
    help = texts(
        {
            "pfs": "Specify pfs settings",
            **{f"group{group.value}": f"D-H Group{group.value}" for group in Group},
        }
    )

    def apply(self, entry: CryptoMapEntry, group: str = "group1") -> CryptoMapEntry:
        return replace(entry, pfs=Group(int(group.removeprefix("group"))))

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.pfs is not None:
            yield f"set pfs group{entry.pfs.value}"


class SetProfile(Command):
    mode, order, fields = CRYPTO_MAP, 6, ("isakmp_profile",)
    grammar = "set isakmp-profile ![WORD$name]"
    help = texts({"isakmp-profile": "Specify isakmp Profile", "$name": "Profile name"})

    def apply(self, entry: CryptoMapEntry, name: str) -> CryptoMapEntry:
        return replace(entry, isakmp_profile=name)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.isakmp_profile is not None:
            yield f"set isakmp-profile {entry.isakmp_profile}"


class MatchAddress(Command):
    mode, order, fields = CRYPTO_MAP, 7, ("match_address",)
    grammar = "match address ![WORD$name]"
    help = texts(
        {
            "address": "Match address of packets to encrypt.",
            "$name": "Access-list name, or number of an IP extended list",
        }
    )

    def apply(self, entry: CryptoMapEntry, name: str) -> CryptoMapEntry:
        return replace(entry, match_address=name)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.match_address is not None:
            yield f"match address {entry.match_address}"


class ReverseRoute(Command):
    mode, order, fields = CRYPTO_MAP, 8, ("reverse_route", "reverse_route_static")
    grammar = "reverse-route [static$static]"
    help = texts(
        {
            "reverse-route": "Reverse Route Injection.",
            "static": "Create routes from the access list at once, not with the security association",
        }
    )

    def apply(self, entry: CryptoMapEntry, static: str | None = None) -> CryptoMapEntry:
        return replace(entry, reverse_route=True, reverse_route_static=static is not None)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.reverse_route:
            yield "reverse-route static" if entry.reverse_route_static else "reverse-route"
