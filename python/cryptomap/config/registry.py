"""Finds the commands: every module of `commands` whose name does not begin with an underscore.

A module's `Command` subclasses are instantiated; one that makes commands from a table lists them
in `COMMANDS` instead.
"""

import inspect
from enum import Enum
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from cryptomap.config import commands
from cryptomap.config.action import Action
from cryptomap.config.command import Command
from cryptomap.config.mode import GLOBAL, Mode
from cryptomap.config.tree import CommandTree


class Builtin(Enum):
    """What every mode has besides its commands; the value is the grammar."""

    EXIT = "exit"
    END = "end"
    DO = "do LINE$line"


BUILTIN_HELP = {
    "exit": "Exit from the current mode",
    "end": "Exit from configure mode",
    "do": "Run an exec command from configuration mode",
    "$line": "Exec command",
}


@cache
def all_commands() -> tuple[Command, ...]:
    """One instance of every command, in module name order."""
    found: list[Command] = []
    for info in iter_modules(commands.__path__):
        if info.name.startswith("_"):
            continue
        module = import_module(f"{commands.__name__}.{info.name}")
        found.extend(getattr(module, "COMMANDS", ()) or _instances(module))
    return tuple(found)


def _instances(module: object) -> list[Command]:
    name = getattr(module, "__name__", "")
    return [
        cls()
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, Command) and cls.__module__ == name and hasattr(cls, "grammar")
    ]


@cache
def tree(mode: Mode, actions: tuple[Action, ...] = ()) -> CommandTree[Command | Builtin | Action]:
    """The command tree of one mode; the global mode has the actions too."""
    result: CommandTree[Command | Builtin | Action] = CommandTree()
    for command in commands_of(mode):
        result.register(command, command.grammar, command.help, command.negatable)
    for action in actions if mode is GLOBAL else ():
        result.register(action, action.grammar, action.help)
    for builtin in Builtin:
        result.register(builtin, builtin.value, BUILTIN_HELP)
    return result


@cache
def commands_of(mode: Mode) -> tuple[Command, ...]:
    """The commands of a mode in the order of the running configuration."""
    return tuple(sorted((each for each in all_commands() if each.mode is mode), key=_order))


def _order(command: Command) -> int:
    return command.order
