"""`show crypto map [interface NAME | tag NAME]`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.config.ace import render_ace
from cryptomap.model.access_list import AccessList, permitting
from cryptomap.model.address import Address
from cryptomap.model.config import (
    CryptoMapEntry,
    InterfaceName,
    Lifetime,
    Personality,
    RouterConfig,
    TransformSet,
)
from cryptomap.model.status import IpsecFlowStatus


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with everything it refers to."""

    entry: CryptoMapEntry
    access_list: AccessList | None
    current_peer: IPv4Address | None
    lifetime: Lifetime
    transform_sets: Sequence[TransformSet]
    template: str | None = None
    """Of a temporary entry: the dynamic map entry that it was made of, as `NAME/SEQUENCE`."""


@dataclass(frozen=True, slots=True)
class MapView:
    name: str
    entries: Sequence[EntryView]
    interfaces: Sequence[InterfaceName]


def collect(router: Router, tag: str | None = None, interface: str | None = None) -> Sequence[MapView]:
    """The maps to print, in the order of the configuration."""
    config = router.in_force
    flows = router.ipsec_flows()
    peers = {(flow.map_name, flow.sequence): flow.peer for flow in flows if flow.peer}
    views = []
    for crypto_map in config.crypto_maps.values():
        used = [item.name for item in config.interfaces.values() if item.crypto_map == crypto_map.name]
        if (tag is not None and crypto_map.name != tag) or (interface is not None and interface not in used):
            continue
        entries = [
            view_entry(config, entry, peers.get((crypto_map.name, entry.sequence)))
            for entry in crypto_map.ordered
        ]
        entries += _temporary(config, [flow for flow in flows if flow.map_name == crypto_map.name])
        views.append(MapView(crypto_map.name, entries, used))
    return views


def _temporary(config: RouterConfig, flows: Iterable[IpsecFlowStatus]) -> Iterator[EntryView]:
    """The temporary entries that have SAs, each with all that its peer may have."""
    entries: dict[int, list[IpsecFlowStatus]] = {}
    for flow in flows:
        if flow.template is not None:
            entries.setdefault(flow.sequence, []).append(flow)
    for sequence, parts in sorted(entries.items()):
        peer = parts[0].peer
        name, number = parts[0].template or ("", 0)
        dynamic_map = config.dynamic_maps.get(name)
        template = dynamic_map.entries.get(number) if dynamic_map else None
        if template is None or not isinstance(peer, IPv4Address):
            continue
        view = view_entry(config, replace(template, sequence=sequence, peers=(peer,)), peer)
        access_list = AccessList("", tuple(permitting(part.selector) for part in parts))
        yield replace(view, access_list=access_list, template=f"{name}/{number}")


def view_entry(config: RouterConfig, entry: CryptoMapEntry, peer: Address | None = None) -> EntryView:
    """The entry with what it refers to; `peer` is the one that has SAs at the moment."""
    return EntryView(
        entry,
        config.access_lists.get(entry.match_address) if entry.match_address else None,
        peer if isinstance(peer, IPv4Address) else next(iter(entry.peers), None),
        Lifetime(
            entry.lifetime.seconds or config.lifetime.seconds,
            entry.lifetime.kilobytes or config.lifetime.kilobytes,
        ),
        [config.transform_sets[name] for name in entry.transform_sets if name in config.transform_sets],
    )


def render(maps: Sequence[MapView], personality: Personality) -> str:
    if not maps:
        return "No crypto maps found.\n"
    old = personality is Personality.IOS_12_3
    lines: list[str] = []
    for view in maps:
        family = "" if old else "IPv4 "
        for entry in view.entries:
            lines.append(f'Crypto Map {family}"{view.name}" {entry.entry.sequence} ipsec-isakmp')
            lines += [f"        {line}" if line else "" for line in entry_lines(entry, old)]
        lines.append(f"        Interfaces using crypto map {view.name}:")
        lines += [f"                {name}" for name in view.interfaces]
        lines += [] if old else [""]
    return block(lines)


def entry_lines(view: EntryView, old: bool) -> Iterator[str]:
    """What stands below the head line of an entry; `old` is the text of release 12.3."""
    entry = view.entry
    if entry.dynamic is not None:
        yield f"Dynamic map template tag: {entry.dynamic}"
        return
    yield from _peers(entry)
    if not old:
        yield "Access-List SS dynamic: False"
    yield from _access_list(view)
    if view.current_peer:
        yield f"Current peer: {view.current_peer}"
    life = view.lifetime
    yield f"Security association lifetime: {life.kilobytes} kilobytes/{life.seconds} seconds"
    if entry.idle_time is not None:
        yield f"Security association idletime: {entry.idle_time} seconds"
    if not old:
        yield from ("Dualstack (Y/N): N", "", "Responder-Only (Y/N): N")
    yield f"PFS (Y/N): {'Y' if entry.pfs else 'N'}"
    if entry.pfs:
        yield f"DH group:  group{int(entry.pfs)}"
    if not old:
        yield "Mixed-mode : Disabled"
    yield "Transform sets={ "
    for item in view.transform_sets:
        yield f"        {item.name}, " if old else f"        {item.name}:  {{ {item.words}  }} , "
    yield "}"
    if entry.reverse_route:
        yield "Reverse Route Injection Enabled"


def _peers(entry: CryptoMapEntry) -> Iterator[str]:
    if entry.description:
        yield f"Description: {entry.description}"
    for peer in entry.peers:
        yield f"Peer = {peer}"
    if entry.isakmp_profile:
        yield f"ISAKMP Profile: {entry.isakmp_profile}"


def _access_list(view: EntryView) -> Iterator[str]:
    name = view.entry.match_address if view.template is None else ""
    if name is None:
        yield "No matching address list set."
        return
    yield f"Extended IP access list {name}"
    for ace in view.access_list.aces if view.access_list else ():
        yield f"    access-list {name} {render_ace(ace)}"
    if view.template is not None:
        yield f"    dynamic (created from dynamic map {view.template})"


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("tag"), args.get("interface")), personality)


COMMANDS = [
    show(
        "show crypto map [<tag WORD$tag|interface INTERFACE$interface>]",
        {
            "map": "Crypto maps",
            "tag": "Crypto map set tag",
            "interface": "Crypto maps for an interface",
        },
        _text,
    )
]
