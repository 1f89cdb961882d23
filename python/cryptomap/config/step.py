"""One configuration line: from a configuration and a context to the next ones. Pure, no state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptomap.config.action import Action
from cryptomap.config.command import (
    Command,
    ModeCommand,
    Piece,
    RandomSource,
    RefusedError,
    Surroundings,
    TextCommand,
    no_random,
)
from cryptomap.config.context import Context, OpenText
from cryptomap.config.registry import Builtin, tree
from cryptomap.config.tree import Ambiguous, Form, Incomplete, Invalid, Match, ParseError
from cryptomap.model.config import RouterConfig


@dataclass(frozen=True, slots=True)
class Taken:
    """The line was applied; `context` is where the next one is read."""

    config: RouterConfig
    context: Context
    command: Command
    form: Form
    notices: tuple[str, ...] = ()
    takes_line: bool = False
    hashed: bool = False
    """It says a secret in clear, of which a hash is kept."""


@dataclass(frozen=True, slots=True)
class Left:
    """`exit` (to `context`) or `end`, or `exit` in global mode (None: configuration is over)."""

    context: Context | None


@dataclass(frozen=True, slots=True)
class ExecLine:
    """`do ...`: for the exec mode."""

    line: str


@dataclass(frozen=True, slots=True)
class Act:
    """An action of the global mode, which ends a sub-mode as any line of it does."""

    action: Action
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """The line reads well but cannot be applied; `message` is for the user."""

    message: str
    context: Context | None = None
    """Where the next line is read, if that changed: a text was given up."""


Outcome = Taken | Left | ExecLine | Act | Refused | ParseError


def step(
    config: RouterConfig,
    context: Context,
    line: str,
    random: RandomSource = no_random,
    actions: tuple[Action, ...] = (),
) -> Outcome:
    """Apply one line (not empty, no comment). An unknown line of a sub-mode is tried in the mode above it.

    In a text any line will do, and the configuration changes with its last one.
    """
    if context.text is not None:
        return _continue(config, context, context.text, line)
    where, found = lookup(context, line, actions)
    if not isinstance(found, Match):
        return found
    if isinstance(found.command, Builtin):
        return _builtin(found.command, context, found.arguments)
    if not isinstance(found.command, Command):
        return Act(found.command, found.arguments)
    return _apply(Surroundings(config, random), where, found.command, found)


def lookup(
    context: Context, line: str, actions: tuple[Action, ...] = ()
) -> tuple[Context, Match[Command | Builtin | Action] | ParseError]:
    """Which command the line is, and the context it works in.

    A sub-mode comes first, unless it has the line only as an abbreviation of something else: `ip route` is
    no `ip route-cache`.
    """
    found = tree(context.mode, actions).match(line)
    whole = isinstance(found, Match) and not found.abbreviated
    if context.mode.parent is None or whole or isinstance(found, Incomplete):
        return context, found
    where, outer = lookup(Context(context.mode.parent), line, actions)
    if isinstance(found, Match | Ambiguous):
        taken_out = isinstance(outer, Match) and not outer.abbreviated
    else:
        taken_out = isinstance(outer, Match) or _further(outer, found)
    return (where, outer) if taken_out else (context, found)


def _further(outer: Invalid | Ambiguous | Incomplete, inner: Invalid) -> bool:
    """Whether the parent mode understood more of the line."""
    if isinstance(outer, Invalid):
        return outer.index > inner.index
    return isinstance(outer, Incomplete) or outer.column > inner.column


def _builtin(builtin: Builtin, context: Context, arguments: Mapping[str, Any]) -> Left | ExecLine:
    if builtin is Builtin.DO:
        return ExecLine(arguments["line"])
    if builtin is Builtin.EXIT and context.mode.parent is not None:
        return Left(Context(context.mode.parent))
    return Left(None)


def _apply(
    around: Surroundings, context: Context, command: Command, found: Match[Command | Builtin | Action]
) -> Taken | Refused:
    config = around.config
    verbs = {Form.PLAIN: command.apply, Form.NO: command.negate, Form.DEFAULT: command.restore}
    target = context.mode.get(config, context.key)
    notices: tuple[str, ...] = ()
    try:
        arguments = command.prepare(around, found.arguments)
        if isinstance(command, TextCommand) and found.form is Form.PLAIN:
            piece = command.first(**arguments)
            taken = _collect(config, context, OpenText(command, arguments), piece)
            how = () if piece.last else tuple(command.notices(target, **arguments))
            return replace(taken, notices=how)
        changed = verbs[found.form](target, **arguments)
    except RefusedError as refused:
        return Refused(str(refused))
    if found.form is Form.PLAIN:
        notices = tuple(command.notices(target, **arguments))
    after = context
    if isinstance(command, ModeCommand) and found.form is Form.PLAIN:
        after = Context(command.enters, command.key(**arguments))
    config = context.mode.put(config, context.key, changed)
    hashed = found.form is Form.PLAIN and command.hashed(**found.arguments)
    return Taken(config, after, command, found.form, notices, found.takes_line, hashed)


def _continue(config: RouterConfig, context: Context, text: OpenText, line: str) -> Taken | Refused:
    try:
        piece = text.command.more(line, **text.arguments)
    except RefusedError as refused:
        return Refused(str(refused))
    try:
        return _collect(config, context, text, piece)
    except RefusedError as refused:
        return Refused(str(refused), replace(context, text=None))


def _collect(config: RouterConfig, context: Context, text: OpenText, piece: Piece) -> Taken:
    """Add to a text; apply it if it is over. Raises `RefusedError`."""
    text = replace(text, lines=(*text.lines, *piece.lines))
    if piece.last:
        target = context.mode.get(config, context.key)
        changed = text.command.apply(target, lines=text.lines, **text.arguments)
        config = context.mode.put(config, context.key, changed)
    after = replace(context, text=None if piece.last else text)
    return Taken(config, after, text.command, Form.PLAIN, takes_line=True)
