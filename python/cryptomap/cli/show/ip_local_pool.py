"""`show ip local pool [NAME]`: the pools, how much of them is in use, and with a name by whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality
from cryptomap.model.remote_access import AddressPool
from cryptomap.model.status import ClientStatus


@dataclass(frozen=True, slots=True)
class Pools:
    """`used` are the clients that have an address, by it."""

    pools: Sequence[AddressPool]
    used: Mapping[IPv4Address, ClientStatus]


def collect(router: Router, name: str | None = None) -> Pools:
    pools = [pool for pool in router.config.pools.values() if name in (None, pool.name)]
    clients = router.remote_clients()
    return Pools(pools, {each.address: each for each in clients if each.address is not None})


def render(data: Pools, personality: Personality, detail: bool = False) -> str:
    if not data.pools:
        return "%No local pools found\n"
    lines = [f" {'Pool':24} {'Begin':15} {'End':15} {'Free':>5} {'In use':>7}"]
    for pool in data.pools:
        lines += _pool(pool, data.used)
        if detail:
            lines += _in_use(pool, data.used)
    return block(lines)


def _pool(pool: AddressPool, used: Mapping[IPv4Address, ClientStatus]) -> Iterator[str]:
    for place, (low, high) in enumerate(pool.ranges):
        name = "" if place else pool.name
        taken = sum(low <= address <= high for address in used)
        free = int(high) - int(low) + 1 - taken
        yield f" {name:24} {low!s:15} {high!s:15} {free:5} {taken:7}"


def _in_use(pool: AddressPool, used: Mapping[IPv4Address, ClientStatus]) -> Iterator[str]:
    yield "Inuse addresses:"
    found = [address for address in sorted(used) if any(low <= address <= high for low, high in pool.ranges)]
    for address in found:
        yield f"   {address!s:15}    {used[address].user or used[address].peer.address}"
    if not found:
        yield "   None"


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("name")), personality, "name" in args)


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
