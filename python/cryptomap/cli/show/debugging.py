"""`show debugging`: which debugs are on."""

from collections.abc import Collection

from cryptomap.cli.command import show
from cryptomap.cli.router import DebugFlag, Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality

NAMES = {DebugFlag.ISAKMP: "Crypto ISAKMP", DebugFlag.IPSEC: "Crypto IPSEC"}


def collect(router: Router) -> Collection[DebugFlag]:
    return router.debugging


def render(flags: Collection[DebugFlag], personality: Personality) -> str:
    lines = [f"  {name} debugging is on" for flag, name in NAMES.items() if flag in flags]
    return block(["", "", "Cryptographic Subsystem:", *lines]) if lines else ""


COMMANDS = [
    show(
        "show debugging",
        {"debugging": "State of each debugging option"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
