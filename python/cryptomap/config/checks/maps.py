"""Crypto maps, dynamic maps and their access lists."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from cryptomap.config.checks.keys import HasKey, key_finder
from cryptomap.config.finding import Finding, missing
from cryptomap.model.access_list import ANY_PORTS, AccessList, Ace, WildcardNetwork
from cryptomap.model.config import CryptoMap, CryptoMapEntry, RouterConfig

Placed = tuple[str, CryptoMapEntry]
"""An entry with the words that say where it stands."""


def check(config: RouterConfig) -> Iterator[Finding]:
    has_key = key_finder(config)
    for where, entry in _entries(config):
        yield from _entry(config, where, entry, has_key)
    for where, entry in _templates(config):
        yield from _template(config, where, entry, has_key)
    for crypto_map in config.crypto_maps.values():
        yield from _whole_map(config, crypto_map)
    for interface in config.interfaces.values():
        name = interface.crypto_map or ""
        if name and not (name in config.crypto_maps and config.crypto_maps[name].entries):
            yield Finding(
                f'interface {interface.name}: there is no crypto map "{name}": traffic would leave in clear',
                True,
                name,
            )


def all_entries(config: RouterConfig) -> Iterator[Placed]:
    """Every entry of every map and dynamic map."""
    yield from _entries(config)
    yield from _templates(config)


def _entries(config: RouterConfig) -> Iterator[Placed]:
    return _placed("crypto map", config.crypto_maps)


def _templates(config: RouterConfig) -> Iterator[Placed]:
    return _placed("crypto dynamic-map", config.dynamic_maps)


def _placed(head: str, maps: Mapping[str, CryptoMap]) -> Iterator[Placed]:
    for name, crypto_map in maps.items():
        yield from ((f"{head} {name} {entry.sequence}", entry) for entry in crypto_map.ordered)


def _whole_map(config: RouterConfig, crypto_map: CryptoMap) -> Iterator[Finding]:
    where, profile = f"crypto map {crypto_map.name}", crypto_map.isakmp_profile
    if profile is not None and profile not in config.isakmp_profiles:
        yield missing(where, "crypto isakmp profile", profile)
    dynamic = [entry.sequence for entry in crypto_map.ordered if entry.dynamic is not None]
    others = [entry.sequence for entry in crypto_map.ordered if entry.dynamic is None]
    if dynamic and others and dynamic[0] < others[-1]:
        message = f"dynamic entry {dynamic[0]} comes before entry {others[-1]} and may take its peers"
        yield Finding(f"{where}: {message}: give dynamic entries the highest numbers", False)


def _entry(config: RouterConfig, where: str, entry: CryptoMapEntry, has_key: HasKey) -> Iterator[Finding]:
    if entry.dynamic is not None:
        if entry.dynamic not in config.dynamic_maps:
            yield missing(where, "crypto dynamic-map", entry.dynamic)
        return
    yield from _references(config, where, entry, has_key)
    if not entry.complete:
        wanted = {
            "set peer": entry.peers,
            "set transform-set": entry.transform_sets,
            "match address": entry.match_address,
        }
        lacking = ", ".join(words for words, value in wanted.items() if not value)
        yield Finding(f"{where}: stays disabled without {lacking}", False)
    yield from _crypto_list(config, where, entry)


def _template(config: RouterConfig, where: str, entry: CryptoMapEntry, has_key: HasKey) -> Iterator[Finding]:
    yield from _references(config, where, entry, has_key)
    if not entry.transform_sets:
        yield Finding(f"{where}: stays disabled without set transform-set", False)
    if entry.reverse_route_static:
        message = "a template knows no networks before a peer is there: reverse-route without static does"
        yield Finding(f"{where}: {message}", False, "static")
    yield from _crypto_list(config, where, entry)


def _references(
    config: RouterConfig, where: str, entry: CryptoMapEntry, has_key: HasKey
) -> Iterator[Finding]:
    if not entry.reverse_route and (entry.reverse_route_distance or entry.reverse_route_tag):
        yield Finding(
            f"{where}: set reverse-route does nothing without reverse-route", False, "reverse-route"
        )
    for name in entry.transform_sets:
        if name not in config.transform_sets:
            yield missing(where, "transform set", name)
    profile = entry.isakmp_profile
    if profile is not None and profile not in config.isakmp_profiles:
        yield missing(where, "crypto isakmp profile", profile)
    for peer in entry.peers:
        if not has_key(peer):
            yield Finding(f"{where}: there is no pre-shared key for peer {peer}", False, str(peer))


def _crypto_list(config: RouterConfig, where: str, entry: CryptoMapEntry) -> Iterator[Finding]:
    if entry.match_address is None:
        return
    acl = config.access_lists.get(entry.match_address)
    if acl is None or not acl.aces:
        message = f'{where}: access list "{entry.match_address}" is not there or has no line'
        yield Finding(message, False, entry.match_address)
        return
    for line in acl.aces:
        for side in (line.source, line.destination):
            wildcard = int(side.wildcard)
            if wildcard & (wildcard + 1):
                yield Finding(_wildcard_message(where, acl, line, side), True, str(side.wildcard))
        for ports in (line.source_ports, line.destination_ports):
            if ports != ANY_PORTS and ports.low != ports.high:
                message = f"line {line.sequence} of access list {acl.name}: IKEv1 cannot name a port range"
                yield Finding(f"{where}: {message}; all ports are negotiated", False)


def _wildcard_message(where: str, acl: AccessList, line: Ace, side: WildcardNetwork) -> str:
    inverted = ~int(side.wildcard) & 0xFFFFFFFF
    hint = "IKEv1 can name only one network a side"
    if inverted & (inverted + 1) == 0 or int(side.wildcard) >> 31:
        hint = f"it looks like a netmask; the wildcard would be {IPv4Address(inverted)}"
    return f"{where}: line {line.sequence} of access list {acl.name}: wildcard {side.wildcard}: {hint}"
