"""`crypto dynamic-map NAME SEQ`: a template for peers that nobody knows beforehand. Its lines are those of
an entry (`crypto_map_entry`)."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import ModeCommand, texts
from cryptomap.config.mode import CRYPTO_MAP, GLOBAL, EntryKey, with_entry, without_entry
from cryptomap.model.config import CryptoMap, CryptoMapEntry, RouterConfig


class DynamicMap(ModeCommand):
    mode, enters, order, separated = GLOBAL, CRYPTO_MAP, 430, False
    grammar = "crypto dynamic-map WORD$name ![(1-65535)$sequence]"
    help = texts(
        {
            "dynamic-map": "Specify a dynamic crypto map template",
            "$name": "Dynamic crypto map template tag",
            "$sequence": "Sequence to insert into dynamic-map entry",
        }
    )

    def key(self, name: str, sequence: int) -> EntryKey:
        return EntryKey("dynamic_maps", name, sequence)

    def apply(self, config: RouterConfig, name: str, sequence: int) -> RouterConfig:
        known = config.dynamic_maps.get(name, CryptoMap(name))
        entry = known.entries.get(sequence, CryptoMapEntry(sequence))
        changed = replace(known, entries=with_entry(known.entries, sequence, entry))
        return replace(config, dynamic_maps=with_entry(config.dynamic_maps, name, changed))

    def negate(self, config: RouterConfig, name: str, sequence: int | None = None) -> RouterConfig:
        known = config.dynamic_maps.get(name, CryptoMap(name))
        left = without_entry(known.entries, sequence)
        if sequence is None or not left:
            return replace(config, dynamic_maps=without_entry(config.dynamic_maps, name))
        changed = replace(known, entries=left)
        return replace(config, dynamic_maps=with_entry(config.dynamic_maps, name, changed))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, EntryKey | None]]:
        for place, (name, dynamic_map) in enumerate(config.dynamic_maps.items()):
            if place:
                yield "!", None
            for entry in dynamic_map.ordered:
                yield f"crypto dynamic-map {name} {entry.sequence}", self.key(name, entry.sequence)
