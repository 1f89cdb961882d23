"""`crypto map NAME SEQ ipsec-isakmp [dynamic NAME]`: the entries of a crypto map."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.commands._crypto_map import map_lines, put_map, without_entries
from cryptomap.config.mode import CRYPTO_MAP, GLOBAL, EntryKey, with_entry
from cryptomap.model.config import CryptoMap, CryptoMapEntry, RouterConfig

NEW_MAP_NOTE = (
    "% NOTE: This new crypto map will remain disabled until a peer",
    "        and a valid access list have been configured.",
)
ENTRY_HELP = {
    "$name": "Crypto map tag",
    "$sequence": "Sequence to insert into crypto map entry",
    "ipsec-isakmp": "IPSEC w/ISAKMP",
}


class CryptoMapCommand(ModeCommand):
    mode, enters, order, separated = GLOBAL, CRYPTO_MAP, 440, False
    grammar = "crypto map WORD$name ![(1-65535)$sequence [ipsec-isakmp$kind]]"
    help = texts(ENTRY_HELP)

    def key(self, name: str, sequence: int, **_: object) -> EntryKey:
        return EntryKey("crypto_maps", name, sequence)

    def apply(self, config: RouterConfig, name: str, sequence: int, kind: str | None = None) -> RouterConfig:
        crypto_map = config.crypto_maps.get(name, CryptoMap(name))
        known = crypto_map.entries.get(sequence)
        if known is not None and known.dynamic is not None:
            raise RefusedError(_other_kind(name, known))
        if known is not None:
            return config
        if kind is None:
            raise RefusedError(
                f'% Crypto map "{name}" has no entry {sequence}: say "ipsec-isakmp" to make a new one.'
            )
        entries = with_entry(crypto_map.entries, sequence, CryptoMapEntry(sequence))
        return put_map(config, replace(crypto_map, entries=entries))

    def negate(
        self, config: RouterConfig, name: str, sequence: int | None = None, **_: object
    ) -> RouterConfig:
        return without_entries(config, name, sequence)

    def notices(self, before: RouterConfig, name: str, sequence: int, **_: object) -> Iterable[str]:
        crypto_map = before.crypto_maps.get(name)
        return () if crypto_map and sequence in crypto_map.entries else NEW_MAP_NOTE

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, EntryKey | None]]:
        for place, (name, crypto_map) in enumerate(config.crypto_maps.items()):
            if place:
                yield "!", None
            yield from ((line, None) for line in map_lines(crypto_map))
            for entry in crypto_map.ordered:
                dynamic = f" dynamic {entry.dynamic}" if entry.dynamic is not None else ""
                line = f"crypto map {name} {entry.sequence} ipsec-isakmp{dynamic}"
                yield line, self.key(name, entry.sequence)


class DynamicEntry(Command):
    """Has no lines of its own, so no mode is entered; `CryptoMapCommand` renders it in its place."""

    mode, order = GLOBAL, 440
    grammar = "crypto map WORD$name (1-65535)$sequence ipsec-isakmp dynamic WORD$dynamic [discover$discover]"
    help = texts(
        {
            **ENTRY_HELP,
            "dynamic": "Enable dynamic crypto map support",
            "$dynamic": "Name of dynamic-map template",
            "discover": "Enable dynamic peer discovery",
        }
    )

    def apply(
        self, config: RouterConfig, name: str, sequence: int, dynamic: str, discover: str | None = None
    ) -> RouterConfig:
        if discover is not None:
            raise RefusedError(
                "% Tunnel endpoint discovery (discover) is not there: name the peers in entries of their own,"
                " or let the far ends begin."
            )
        crypto_map = config.crypto_maps.get(name, CryptoMap(name))
        entry = CryptoMapEntry(sequence, dynamic=dynamic)
        known = crypto_map.entries.get(sequence, entry)
        if known != entry:
            raise RefusedError(_other_kind(name, known))
        return put_map(config, replace(crypto_map, entries=with_entry(crypto_map.entries, sequence, entry)))

    def negate(self, config: RouterConfig, name: str, sequence: int, **_: object) -> RouterConfig:
        return without_entries(config, name, sequence)


def _other_kind(name: str, known: CryptoMapEntry) -> str:
    what = f"stands for dynamic map {known.dynamic}" if known.dynamic is not None else "is no dynamic one"
    return (
        "% Attempt to change dynamic map tag for existing crypto map is not allowed:"
        f' entry {known.sequence} {what}. Say "no crypto map {name} {known.sequence}" first.'
    )
