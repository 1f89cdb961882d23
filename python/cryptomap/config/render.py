"""The running configuration as text, in IOS form: defaults hidden, one-space indents, `!` between blocks.

Reading the text back gives the same configuration. Secrets stand in it as configured: this is the
one place that shows them.
"""

from collections.abc import Iterator
from typing import Any

from cryptomap.config.command import Command, ModeCommand
from cryptomap.config.mode import GLOBAL
from cryptomap.config.registry import commands_of
from cryptomap.model.config import RouterConfig, UnknownLine

PARAGRAPH = 10
"""Commands whose `order` is in the same ten stand together, without a `!` between."""

UNKNOWN_MARK = "!? line"


def render(config: RouterConfig) -> str:
    """The text from the first `!` to `end`, each line ended by a line feed."""
    lines: list[str] = ["!"]
    paragraph = 0
    for command in commands_of(GLOBAL):
        block = list(_block(command, config, config))
        if not block:
            continue
        if command.order // PARAGRAPH != paragraph and lines[-1] != "!":
            lines.append("!")
        paragraph = command.order // PARAGRAPH
        lines.extend(block)
    if lines[-1] != "!":
        lines.append("!")
    lines.extend(render_unknown(each) for each in config.unknown)
    return "\n".join([*lines, "end", ""])


def render_unknown(line: UnknownLine) -> str:
    """A line nobody understood, as a comment that reading the text turns back into the same value."""
    place = f" under {line.parent}" if line.parent else ""
    return f"{UNKNOWN_MARK} {line.number} not understood{place}: {line.text}"


def _block(command: Command, target: Any, config: RouterConfig) -> Iterator[str]:
    """What one command shows of its target; a block's own lines stand one blank further in."""
    if not isinstance(command, ModeCommand):
        yield from command.render(target)
        return
    for place, (header, key) in enumerate(command.headers(target)):
        if place and command.separated:
            yield "!"
        yield header
        if key is None:
            continue
        inner = command.enters.get(config, key)
        for child in commands_of(command.enters):
            yield from (f" {line}" for line in _block(child, inner, config))
