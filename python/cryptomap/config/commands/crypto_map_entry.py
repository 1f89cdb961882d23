"""The lines of a crypto map entry and of a dynamic map entry."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from cryptomap.config.command import Command, RefusedError, Surroundings, texts
from cryptomap.config.commands._peers import peer_words, with_peer, without_peer
from cryptomap.config.commands.ip_host import resolved
from cryptomap.config.mode import CRYPTO_MAP
from cryptomap.config.tree import Branch
from cryptomap.model.algorithm import Group
from cryptomap.model.config import CryptoMapEntry, Lifetime

MAXIMUM_SETS = 6
GROUPS = "|".join(f"group{group.value}" for group in Group)


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
    """A host name is looked up once, when the line is taken, as IOS does without `dynamic`."""

    mode, order = CRYPTO_MAP, 2
    grammar = "set peer <A.B.C.D$peer|HOSTNAME$host [dynamic$dynamic]> [default$default]"
    help = texts(
        {
            "peer": "Allowed encryption/decryption peer.",
            "$peer": "IP address of peer",
            "$host": "Host name of the peer",
            "dynamic": "Resolve the name when a tunnel is needed",
            "default": "This is the default peer",
        }
    )

    def prepare(self, around: Surroundings, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        host = arguments.get("host")
        if host is None:
            return arguments
        if "dynamic" in arguments:
            raise RefusedError(
                "% A peer's name is not looked up for each tunnel: leave dynamic out, or say its address."
            )
        return {
            "peer": resolved(around.config, host),
            **{name: arguments[name] for name in ("default",) if name in arguments},
        }

    def apply(self, entry: CryptoMapEntry, peer: IPv4Address, default: str | None = None) -> CryptoMapEntry:
        peers, kept = with_peer(entry.peers, entry.default_peer, peer, default=default is not None)
        return replace(entry, peers=peers, default_peer=kept)

    def negate(self, entry: CryptoMapEntry, peer: IPv4Address, **_: object) -> CryptoMapEntry:
        peers, kept = without_peer(entry.peers, entry.default_peer, peer)
        return replace(entry, peers=peers, default_peer=kept)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        return (f"set peer {words}" for words in peer_words(entry.peers, entry.default_peer))


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


class SetIdleTime(Command):
    mode, order, fields = CRYPTO_MAP, 4, ("idle_time", "idle_default")
    grammar = "set security-association idle-time ![(60-86400)$seconds [default$default]]"
    help = texts(
        {
            "security-association": "Security association parameters",
            "idle-time": "Automatically delete IPSec SAs after a given idle period.",
            "$seconds": "Idle time, in seconds",
            "default": "Go back to the default peer after the idle period",
        }
    )

    def apply(self, entry: CryptoMapEntry, seconds: int, default: str | None = None) -> CryptoMapEntry:
        return replace(entry, idle_time=seconds, idle_default=default is not None)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.idle_time is not None:
            default = " default" if entry.idle_default else ""
            yield f"set security-association idle-time {entry.idle_time}{default}"


class SetLevel(Command):
    mode, order, fields = CRYPTO_MAP, 5, ("per_host",)
    grammar = "set security-association level per-host"
    help = texts(
        {
            "security-association": "Security association parameters",
            "level": "specify a security association granularity level for identities",
            "per-host": "Each pair of hosts has security associations of its own",
        }
    )

    def apply(self, entry: CryptoMapEntry) -> CryptoMapEntry:
        return replace(entry, per_host=True)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.per_host:
            yield "set security-association level per-host"


class SetTransformSet(Command):
    mode, order, fields = CRYPTO_MAP, 6, ("transform_sets",)
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
    mode, order, fields = CRYPTO_MAP, 7, ("pfs",)
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
    mode, order, fields = CRYPTO_MAP, 8, ("isakmp_profile",)
    grammar = "set isakmp-profile ![WORD$name]"
    help = texts({"isakmp-profile": "Specify isakmp Profile", "$name": "Profile name"})

    def apply(self, entry: CryptoMapEntry, name: str) -> CryptoMapEntry:
        return replace(entry, isakmp_profile=name)

    def render(self, entry: CryptoMapEntry) -> Iterable[str]:
        if entry.isakmp_profile is not None:
            yield f"set isakmp-profile {entry.isakmp_profile}"


class MatchAddress(Command):
    mode, order, fields = CRYPTO_MAP, 9, ("match_address",)
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
