"""Finds the commands: every module of `show`, `exec` and `action` lists its own in `COMMANDS`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from cryptomap.cli import action, exec, show
from cryptomap.cli.command import Command
from cryptomap.config.tree import CommandTree

SHARED_HELP = {
    "show": "Show running system information",
    "clear": "Reset functions",
    "crypto": "Encryption module",
    "isakmp": "Show ISAKMP",
    "ipsec": "Show IPSEC policy",
    "$interface": "Interface name",
    "$peer": "IP address of peer",
    "$map_name": "Name of the crypto map",
    "$tag": "Crypto map tag",
    "INTERFACE": "Interface name",
}
"""Words that many commands share; a command's own text for a word comes first."""


@cache
def all_commands() -> tuple[Command, ...]:
    """Every exec-mode command, in the order of package and module name."""
    return _of(exec) + _of(show)


@cache
def actions() -> tuple[Command, ...]:
    """What may be typed in global configuration mode besides configuration."""
    return _of(action)


def _of(package: ModuleType) -> tuple[Command, ...]:
    names = (info.name for info in iter_modules(package.__path__) if not info.name.startswith("_"))
    found: list[Command] = []
    for name in names:
        found.extend(import_module(f"{package.__name__}.{name}").COMMANDS)
    return tuple(found)


@cache
def tree(privileged: bool) -> CommandTree[Command]:
    """What may be typed at `#`, or only at `>`."""
    result: CommandTree[Command] = CommandTree()
    for command in all_commands():
        if privileged or command.user:
            result.register(command, command.grammar, {**SHARED_HELP, **command.help})
    return result
