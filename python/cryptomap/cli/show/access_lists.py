"""`show access-lists [NAME]` and `show ip access-lists [NAME]`, with hit counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.config.ace import render_ace
from cryptomap.model.access_list import AccessList
from cryptomap.model.config import Personality


@dataclass(frozen=True, slots=True)
class CountedList:
    """A list and its matches by line sequence number."""

    access_list: AccessList
    hits: Mapping[int, int]


def collect(router: Router, name: str | None = None) -> Sequence[CountedList]:
    return [
        CountedList(item, router.access_list_hits(item.name))
        for item in router.config.access_lists.values()
        if name is None or item.name == name
    ]


def render(lists: Sequence[CountedList], personality: Personality) -> str:
    lines = []
    for counted in lists:
        lines.append(f"Extended IP access list {counted.access_list.name}")
        for ace in counted.access_list.aces:
            hits = counted.hits.get(ace.sequence, 0)
            matches = f" ({hits} match{'es' if hits > 1 else ''})" if hits else ""
            lines.append(f"    {ace.sequence} {render_ace(ace)}{matches}")
    return block(lines)


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("name")), personality)


HELP = {
    "access-lists": "List access lists",
    "ip": "IP information",
    "$name": "Access list name or number",
}
COMMANDS = [
    show("show access-lists [WORD$name]", HELP, _text),
    show("show ip access-lists [WORD$name]", HELP, _text),
]
