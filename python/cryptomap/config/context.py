"""Where the next configuration line is read: a mode, the object it is about, a text that is not over yet."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptomap.config.command import TextCommand
from cryptomap.config.mode import GLOBAL, Mode


@dataclass(frozen=True, slots=True)
class OpenText:
    """A command that was said, and the lines of its text so far."""

    command: TextCommand
    arguments: Mapping[str, Any]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """A mode entered for one object: policy 10, interface Ethernet0/0. In a `text`, lines belong to that."""

    mode: Mode
    key: Hashable = None
    text: OpenText | None = None

    @property
    def prompt(self) -> str:
        """As in `R2(config-isakmp)#`, without the parentheses."""
        return (self.text.command.prompt if self.text else "") or self.mode.prompt


TOP = Context(GLOBAL)
