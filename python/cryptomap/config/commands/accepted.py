"""Lines of every router's configuration that change nothing here: kept, printed back, not acted on.

A row is the leading keywords; what follows is kept as typed. A `BLOCKS` row opens a sub-mode whose
lines are kept below it. Lines that do mean something (`ip nat`, `ip access-group`) are no rows:
they must be reported as unknown. A row that begins with `no` is without effect only so.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cryptomap.config.command import Command, ModeCommand
from cryptomap.config.mode import ACCEPTED_BLOCK, GLOBAL, INTERFACE, Mode, accepted_block
from cryptomap.config.tree import COMMON_HELP
from cryptomap.model.config import RouterConfig

HEAD = (
    "version", "service", "boot-start-marker", "boot system", "boot-end-marker", "enable secret",
    "enable password", "platform", "memory-size", "mmi", "clock", "logging",
)  # fmt: skip
"""Printed at the top, in this order, the first five above the hostname."""

MIDDLE = (
    "aaa authentication enable", "aaa authorization exec", "aaa authorization console", "aaa session-id",
    "license", "ip cef", "ipv6 cef", "ip subnet-zero", "ip source-route", "ip domain lookup",
    "ip domain-lookup", "ip domain list", "ip name-server", "ip ssh", "ip icmp", "ip tcp", "multilink",
    "spanning-tree", "cdp run", "ip audit", "login block-for", "login on-failure", "login on-success",
    "exception",
)  # fmt: skip
"""Printed above the crypto part, in this order."""

TAIL = (
    "ip classless", "ip http", "ip forward-protocol", "ip flow-export", "ip bgp-community", "snmp-server",
    "ntp", "alias", "scheduler", "mgcp",
)  # fmt: skip
"""Printed below the access lists."""

BLOCKS = ("archive", "redundancy", "control-plane", "gatekeeper", "voice-card", "line")

BLOCK_LINES = (
    "exec-timeout", "exec", "logging synchronous", "login", "password", "privilege", "transport", "stopbits",
    "speed", "databits", "parity", "flowcontrol", "access-class", "session-timeout", "length", "width",
    "history", "escape-character", "rotary", "modem", "log config", "hidekeys", "mode", "path", "maximum",
    "shutdown", "activation-character", "monitor", "autoselect", "timeout",
)  # fmt: skip

INTERFACE_LINES = (
    "duplex", "speed", "half-duplex", "full-duplex", "keepalive", "cdp enable", "negotiation", "media-type",
    "ip proxy-arp", "ip redirects", "ip unreachables", "ip directed-broadcast", "ip mroute-cache",
    "ip route-cache", "ip virtual-reassembly", "load-interval", "bandwidth", "delay", "arp", "clock rate",
    "fair-queue", "ipv6 enable", "logging event", "carrier-delay", "hold-queue", "mop", "tx-ring-limit",
)  # fmt: skip

SINGLE = frozenset({"version", "enable secret", "enable password", "exec-timeout", "duplex", "speed"})
"""A new line takes the place of the old one."""

LISTED = frozenset(
    {"boot system", "ip name-server", "ip domain list", "ntp", "alias", "snmp-server"} | SINGLE
)
"""`no` removes the lines that begin so; elsewhere the `no` line itself is kept."""


class Accepted(Command):
    """One row in one mode. The lines stand in the order of the rows."""

    def __init__(self, mode: Mode, prefix: str, order: int) -> None:
        self.mode = mode  # type: ignore[misc]
        self.prefix, self.order = prefix, order
        self.grammar = f"{prefix} [LINE$rest]"
        self.negatable = not prefix.startswith("no ")
        words = [word for word in prefix.split() if word not in COMMON_HELP]
        self.help = {**dict.fromkeys(words, "Accepted, without effect"), "$rest": "As typed"}

    def apply(self, target: Any, rest: str | None = None) -> Any:
        text = _said(self.prefix, rest)
        if self.prefix in SINGLE:
            return _keep(target, self.mode, text, lambda line: self.owns(line))
        return _keep(target, self.mode, text, lambda line: line in (text, f"no {text}"))

    def negate(self, target: Any, rest: str | None = None) -> Any:
        text = _said(self.prefix, rest)
        if self.prefix in LISTED:
            return _keep(target, self.mode, None, lambda line: line == text or line.startswith(f"{text} "))
        return _keep(target, self.mode, f"no {text}", lambda line: line in (text, f"no {text}"))

    def restore(self, target: Any, rest: str | None = None) -> Any:
        text = _said(self.prefix, rest)
        return _keep(target, self.mode, None, lambda line: line in (text, f"no {text}"))

    def owns(self, line: str) -> bool:
        """Whether a kept line is of this row."""
        return _row(self.mode.name, line) == self.prefix

    def render(self, target: Any) -> Iterable[str]:
        return (line for line in _lines(target) if not line.startswith(" ") and self.owns(line))


class AcceptedBlock(ModeCommand):
    """`line vty 0 4` and the like: a header and lines kept below it."""

    mode, enters = GLOBAL, ACCEPTED_BLOCK

    def __init__(self, prefix: str, order: int) -> None:
        self.prefix, self.order = prefix, order
        self.grammar = f"{prefix} [LINE$rest]"
        self.help = {prefix: "Accepted, without effect", "$rest": "As typed"}

    def key(self, rest: str | None = None) -> str:
        return _said(self.prefix, rest)

    def apply(self, config: RouterConfig, rest: str | None = None) -> RouterConfig:
        header = _said(self.prefix, rest)
        if header in config.accepted:
            return config
        return replace(config, accepted=_sorted(GLOBAL, (*config.accepted, header)))

    def negate(self, config: RouterConfig, rest: str | None = None) -> RouterConfig:
        header = _said(self.prefix, rest)
        if header not in config.accepted:
            return config
        start = config.accepted.index(header)
        end = start + 1 + len(accepted_block(config.accepted, header))
        return replace(config, accepted=config.accepted[:start] + config.accepted[end:])

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        for line in config.accepted:
            if not line.startswith(" ") and _row(GLOBAL.name, line) == self.prefix:
                yield line, line


class StandardList(Command):
    """`access-list 1-99`: standard lists are used by nothing here."""

    mode, order, prefix = GLOBAL, 700, "access-list"
    grammar = "access-list <(1-99)|(1300-1999)>$number ![LINE$rest]"

    def __init__(self) -> None:
        self.help = {
            "access-list": "Add an access list entry",
            "$number": "IP standard access list, accepted without effect",
            "$rest": "As typed",
        }

    def apply(self, config: RouterConfig, number: int, rest: str) -> RouterConfig:
        text = f"access-list {number} {rest}"
        return _keep(config, GLOBAL, text, lambda line: line == text)  # type: ignore[no-any-return]

    def negate(self, config: RouterConfig, number: int, rest: str | None = None) -> RouterConfig:
        start = f"access-list {number} "
        return _keep(config, GLOBAL, None, lambda line: line.startswith(start))  # type: ignore[no-any-return]

    def render(self, config: RouterConfig) -> Iterable[str]:
        return (line for line in config.accepted if line.startswith("access-list "))


ROWS = {
    GLOBAL.name: (*HEAD, *MIDDLE, "access-list", *TAIL, *BLOCKS),
    INTERFACE.name: INTERFACE_LINES,
    ACCEPTED_BLOCK.name: BLOCK_LINES,
}


def _said(prefix: str, rest: str | None) -> str:
    return f"{prefix} {rest}" if rest else prefix


@lru_cache(maxsize=4096)
def _row(mode: str, line: str) -> str:
    """The row that a kept line is of."""
    texts = (f"{line} ", f"{line.removeprefix('no ')} ")
    fitting = [row for row in ROWS[mode] if any(text.startswith(f"{row} ") for text in texts)]
    return max(fitting, key=len)


def _lines(target: Any) -> tuple[str, ...]:
    return target if isinstance(target, tuple) else tuple(target.accepted)


def _keep(target: Any, mode: Mode, text: str | None, replaces: Any) -> Any:
    """The target with `text` kept in place of the lines that `replaces` says."""
    lines = [line for line in _lines(target) if line.startswith(" ") or not replaces(line)]
    changed = _sorted(mode, (*lines, text) if text else tuple(lines))
    return changed if isinstance(target, tuple) else replace(target, accepted=changed)


def _sorted(mode: Mode, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Blocks and single lines in the order of the rows; those of one row in the order typed."""
    groups: list[list[str]] = []
    for line in lines:
        if line.startswith(" "):
            groups[-1].append(line)
        else:
            groups.append([line])
    rows = ROWS[mode.name]
    groups.sort(key=lambda group: rows.index(_row(mode.name, group[0])))
    return tuple(line for group in groups for line in group)


COMMANDS: tuple[Command, ...] = (
    *(Accepted(GLOBAL, prefix, 10 if place < 5 else 120) for place, prefix in enumerate(HEAD)),
    *(Accepted(GLOBAL, prefix, 140) for prefix in MIDDLE),
    StandardList(),
    *(Accepted(GLOBAL, prefix, 710) for prefix in TAIL),
    *(AcceptedBlock(prefix, 800) for prefix in BLOCKS),
    *(Accepted(INTERFACE, prefix, 7) for prefix in INTERFACE_LINES),
    *(Accepted(ACCEPTED_BLOCK, prefix, 1) for prefix in BLOCK_LINES),
)
