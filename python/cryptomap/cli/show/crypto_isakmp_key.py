"""`show crypto isakmp key`. The keys themselves are hidden, as on a router with `password encryption aes`."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality

HIDDEN = "(encrypted)"


@dataclass(frozen=True, slots=True)
class KeyRow:
    keyring: str
    peer: str


def collect(router: Router) -> Sequence[KeyRow]:
    rows = []
    for keyring in router.config.keyrings.values():
        for key in keyring.keys:
            if key.network is None:
                peer = key.hostname or ""
            elif key.network.prefixlen == key.network.max_prefixlen:
                peer = str(key.network.network_address)
            else:
                peer = f"{key.network.network_address}  [{key.network.netmask}]"
            rows.append(KeyRow(keyring.name, peer))
    return rows


def render(rows: Sequence[KeyRow], personality: Personality) -> str:
    header = ["Keyring      Hostname/Address                            Preshared Key", ""]
    return block([*header, *(f"{row.keyring:12} {row.peer:43} {HIDDEN}" for row in rows)])


COMMANDS = [
    show(
        "show crypto isakmp key",
        {"key": "Show ISAKMP preshared keys"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
