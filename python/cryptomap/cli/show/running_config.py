"""`show running-config [interface NAME]`: the one display that holds the secrets, for level 15 only."""

from dataclasses import dataclass

from cryptomap.cli.command import Arguments, Command, Console
from cryptomap.cli.text import block
from cryptomap.config.render import render as render_config


@dataclass(frozen=True, slots=True)
class RunningConfig:
    """`text` is the whole configuration; `interface` picks one block of it."""

    text: str
    interface: str | None = None


def collect(console: Console, interface: str | None = None) -> RunningConfig:
    return RunningConfig(render_config(console.router.config), interface)


def render(data: RunningConfig) -> str:
    text = data.text
    if data.interface is not None:
        text = block(["!", *_interface_block(text.splitlines(), data.interface), "end"])
    size = len(text.encode())
    return f"Building configuration...\n\nCurrent configuration : {size} bytes\n{text}\n"


def _interface_block(lines: list[str], interface: str) -> list[str]:
    header = f"interface {interface}"
    if header not in lines:
        return []
    start = lines.index(header)
    end = next((at for at in range(start + 1, len(lines)) if not lines[at].startswith(" ")), len(lines))
    return lines[start:end]


def _text(console: Console, args: Arguments) -> str:
    return render(collect(console, args.get("interface")))


COMMANDS = [
    Command(
        "show running-config [interface INTERFACE$interface]",
        {"running-config": "Current operating configuration", "interface": "Show interface configuration"},
        _text,
    )
]
