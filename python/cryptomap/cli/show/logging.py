"""`show logging`: the last log and debug lines."""

from collections.abc import Sequence

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality


def collect(router: Router) -> Sequence[str]:
    return tuple(router.log())


def render(lines: Sequence[str], personality: Personality) -> str:
    size = sum(len(line) + 1 for line in lines)
    return block(
        [
            "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns)",
            "    Console logging: level debugging",
            "    Monitor logging: level debugging",
            f"    Buffer logging: level debugging, {len(lines)} messages logged",
            "",
            f"Log Buffer ({max(size, 4096)} bytes):",
            "",
            *lines,
        ]
    )


COMMANDS = [
    show(
        "show logging",
        {"logging": "Show the contents of logging buffers"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
