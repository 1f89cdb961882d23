"""What a configuration command is. Each stands in one file of `commands`: grammar, help, what it
changes, and how the running configuration shows it.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, ClassVar

from cryptomap.config.mode import Mode
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import ConfigurationError


class RefusedError(ConfigurationError):
    """A line whose grammar is right but which cannot be applied; the text is shown to the user."""


RandomSource = Callable[[int], bytes]
"""`random(n)` returns n octets fit for keys."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the meaning of a line may depend on besides its target."""

    config: RouterConfig
    random: RandomSource


def no_random(count: int) -> bytes:
    """Stands in where no line may need randomness."""
    raise RefusedError("% A secret in clear cannot be hashed here: give its hash (type 5, 8 or 9) instead.")


def texts(entries: dict[str, str]) -> Mapping[str, str]:
    """The help of a command: a line of text for each keyword, and for each value as `$name`."""
    return MappingProxyType(entries)


def reset(target: Any, *names: str) -> Any:
    """A copy of a dataclass value with some fields at their defaults."""
    defaults = {each.name: each.default for each in fields(target) if each.name in names}
    return replace(target, **defaults)


def _negate(self: "Command", target: Any, **arguments: Any) -> Any:
    return reset(target, *self.fields)


def _restore(self: "Command", target: Any, **arguments: Any) -> Any:
    return self.negate(target, **arguments)


def _no_notices(self: "Command", target: Any, **arguments: Any) -> Iterable[str]:
    return ()


def _not_hashed(self: "Command", **arguments: Any) -> bool:
    return False


class Command:
    """A command of one mode. Subclasses have no state; the registry makes one instance of each.

    `apply(target, **arguments)` returns the changed target, which is what `mode.get` gave. It
    raises `RefusedError`. `negate` does the same for `no`; unless it is written, the `fields` go
    back to their defaults. `restore` is `default`; unless it is written, it is `negate`.
    `render(target)` gives the lines of the running configuration, none at the default.
    `notices(target, **arguments)` is what IOS says after taking the line, given the target as it was.
    `hashed(**arguments)` says whether the line, as typed, has a secret in clear of which a hash is kept.
    """

    mode: ClassVar[Mode]
    grammar: str
    help: Mapping[str, str] = {}
    order: int = 0
    """Place in the running configuration, lowest first; a new ten begins a new `!` paragraph."""
    negatable: bool = True
    fields: tuple[str, ...] = ()
    apply: Callable[..., Any]
    negate: Callable[..., Any] = _negate
    restore: Callable[..., Any] = _restore
    notices: Callable[..., Iterable[str]] = _no_notices
    hashed: Callable[..., bool] = _not_hashed

    def prepare(self, around: Surroundings, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments as the verbs take them, where that depends on more than the target, such as
        a name that stands for an address. Raises `RefusedError`."""
        return arguments

    def render(self, target: Any) -> Iterable[str]:
        return ()


class ModeCommand(Command):
    """A command that enters a sub-mode. `render` is not used: `headers` is."""

    enters: ClassVar[Mode]
    key: Callable[..., Hashable]
    """The object the sub-mode is about, from the command's arguments."""
    opens_weak: bool = False
    """The block's defaults are weak; lines below it are expected to change them."""
    separated: bool = True
    """A `!` stands between two blocks."""

    def headers(self, target: Any) -> Iterable[tuple[str, Hashable | None]]:
        """The line and the key of each block in the running configuration, in its order. A line that
        opens no block has no key."""
        return ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; the `last` one ends it."""

    lines: tuple[str, ...] = ()
    last: bool = False


def _nothing_yet(self: "TextCommand", **arguments: Any) -> Piece:
    return Piece()


class TextCommand(Command):
    """A command whose value is a text over several lines, which are no commands: a certificate, a banner.

    `first(**arguments)` is what the command's own line says of the text already. `more(line,
    **arguments)` is what a further line adds; it raises `RefusedError` for one that cannot belong there.
    `apply(target, lines, **arguments)` gets the whole text once it is over.
    """

    prompt: ClassVar[str] = ""
    """What the prompt says while the text is typed; empty for that of the mode."""
    first: Callable[..., Piece] = _nothing_yet
    more: Callable[..., Piece]
