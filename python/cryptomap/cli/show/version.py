"""`show version`: the lines that automation looks for, and what this really is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import InterfaceName, Personality

RELEASES = {Personality.IOS_15: "15.7(3)M", Personality.IOS_12_3: "12.3(14)T"}
"""The release whose texts each personality prints."""


@dataclass(frozen=True, slots=True)
class VersionData:
    """`uptime` in seconds."""

    hostname: str
    package: str
    uptime: int
    interfaces: Mapping[str, int]
    """How many of each kind, loopbacks and subinterfaces left out."""


def collect(router: Router) -> VersionData:
    names = [name for name in router.config.interfaces if "." not in name]
    kinds = Counter(kind for name in names if (kind := _kind(name)) != "Loopback")
    return VersionData(router.config.hostname, package_version(), int(router.uptime()), kinds)


def _kind(name: InterfaceName) -> str:
    """As IOS writes it; an interface that goes by its Linux name is of no kind of IOS."""
    word = name.rstrip("0123456789/")
    return word.replace("GigabitEthernet", "Gigabit Ethernet") if name[0].isupper() else "Linux"


def package_version() -> str:
    """Our own version; `unknown` when run from a source tree that is not installed."""
    try:
        return version("cryptomap")
    except PackageNotFoundError:
        return "unknown"


def render(data: VersionData, personality: Personality) -> str:
    release = RELEASES[personality]
    return block(
        [
            f"Cisco IOS Software, cryptomap Software (CRYPTOMAP-K9-M), Version {release}, "
            f"RELEASE SOFTWARE (cryptomap {data.package})",
            "This is cryptomap, an IPsec gateway for Linux. It is not Cisco software.",
            "Copyright (c) 2026-2026 by the authors of cryptomap",
            "",
            "ROM: Linux",
            "",
            f"{data.hostname} uptime is {_uptime(data.uptime)}",
            "System returned to ROM by reload",
            f'System image file is "flash:cryptomap-{data.package}"',
            "",
            "Processor board ID CRYPTOMAP",
            *(
                f"{count} {kind} interface{'s' if count > 1 else ''}"
                for kind, count in data.interfaces.items()
            ),
            "",
            "Configuration register is 0x2102",
            "",
        ]
    )


def _uptime(seconds: int) -> str:
    """`1 day, 2 hours, 3 minutes`: the largest units first, zero ones left out."""
    parts = []
    for name, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "0 minutes"


COMMANDS = [
    show(
        "show version",
        {"version": "System hardware and software status"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
