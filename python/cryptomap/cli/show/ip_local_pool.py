"""`show ip local pool [NAME]`: the pools, as configured."""

from collections.abc import Sequence

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality
from cryptomap.model.remote_access import AddressPool


def collect(router: Router, name: str | None = None) -> Sequence[AddressPool]:
    return [pool for pool in router.config.pools.values() if name in (None, pool.name)]


def render(pools: Sequence[AddressPool], personality: Personality) -> str:
    if not pools:
        return "%No local pools found\n"
    lines = [f" {'Pool':24} {'Begin':15} {'End':15} {'Addresses':>9}"]
    for pool in pools:
        for place, (low, high) in enumerate(pool.ranges):
            name = "" if place else pool.name
            lines.append(f" {name:24} {low!s:15} {high!s:15} {int(high) - int(low) + 1:9}")
    return block(lines)


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("name")), personality)


COMMANDS = [
    show(
        "show ip local pool [WORD$name]",
        {
            "ip": "IP information",
            "local": "IP local options",
            "pool": "IP Local Pool list",
            "$name": "Name of a local address pool",
        },
        _text,
    )
]
