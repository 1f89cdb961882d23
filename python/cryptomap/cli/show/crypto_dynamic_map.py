"""`show crypto dynamic-map [tag NAME]`: the templates, as configured."""

from collections.abc import Sequence
from dataclasses import replace

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.show.crypto_map import EntryView, entry_lines, view_entry
from cryptomap.cli.text import block
from cryptomap.model.config import Personality


def collect(router: Router, tag: str | None = None) -> Sequence[tuple[str, EntryView]]:
    """Each template with the name of its map, in the order of the configuration."""
    config = router.config
    maps = [each for each in config.dynamic_maps.values() if tag in (None, each.name)]
    return [
        (each.name, replace(view_entry(config, entry), current_peer=None))
        for each in maps
        for entry in each.ordered
    ]


def render(entries: Sequence[tuple[str, EntryView]], personality: Personality) -> str:
    if not entries:
        return "No crypto maps found.\n"
    old = personality is Personality.IOS_12_3
    lines: list[str] = []
    for name, view in entries:
        lines.append(f'Crypto Map Template"{name}" {view.entry.sequence}')
        lines += [f"        {line}" if line else "" for line in entry_lines(view, old)]
        lines += [] if old else [""]
    return block(lines)


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("tag")), personality)


COMMANDS = [
    show(
        "show crypto dynamic-map [tag WORD$tag]",
        {"dynamic-map": "Crypto map templates", "tag": "Dynamic map tag"},
        _text,
    )
]
