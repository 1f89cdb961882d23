"""What the round trips are worth: every command is generated, taken, and changes something; every field
of the configuration's model is reached by some command; every word has help.
"""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from random import Random
from typing import Any, get_args, get_type_hints

import pytest
from tests.unit.config.lines import NEEDED, Choose, block, forms, grammar_of, line

from cryptomap.config.command import Command
from cryptomap.config.context import TOP
from cryptomap.config.grammar import Choice, Many, OrderedSet, Stack
from cryptomap.config.load import load
from cryptomap.config.registry import all_commands, tree
from cryptomap.config.step import Left, Taken, step
from cryptomap.config.tokens import KINDS, Keyword, Range, Variable
from cryptomap.config.tree import COMMON_HELP, Help, Match
from cryptomap.model.config import RouterConfig

TRIES = 1000


def name(command: Command) -> str:
    return f"{command.mode.name}: {command.grammar[:50]}"


BASE = load("\n".join(NEEDED), RouterConfig(compliance_shield=False)).config


def changes(lines: list[str], config: RouterConfig = BASE) -> Iterator[tuple[Command, RouterConfig]]:
    """The commands that changed the configuration, and what it was then."""
    context = TOP
    for text in lines:
        outcome = step(config, context, text)
        if isinstance(outcome, Left):
            context = outcome.context or TOP
        elif isinstance(outcome, Taken):
            if outcome.config != config:
                yield outcome.command, outcome.config
            config, context = outcome.config, outcome.context


ONLY_REFUSED = {"ezvpn client: virtual-interface [(1-200)$number]"}
"""Commands that are there to say why they are not."""


@pytest.mark.parametrize(
    "command", [one for one in all_commands() if name(one) not in ONLY_REFUSED], ids=name
)
def test_every_command_changes_something(command: Command) -> None:
    choose, config = Choose(Random(1).choice), BASE
    for _ in range(TRIES):
        for changing, changed in changes(block(choose, command), config):
            config = changed
            if changing is command:
                return
    raise AssertionError("no line of it was taken with effect")


@pytest.mark.parametrize("command", all_commands(), ids=name)
def test_every_form_of_every_command_is_found(command: Command) -> None:
    """A line that is said as the grammar says is that very command, or another as good."""
    choose = Choose(Random(2).choice)
    for form in forms(command):
        said = [line(choose, command, form) for _ in range(20)]
        found = [tree(command.mode).match(each) for each in said]
        matches = [each for each in found if isinstance(each, Match)]
        assert any(each.command is command and each.form is form for each in matches), said


@pytest.mark.parametrize("command", all_commands(), ids=name)
def test_question_marks_lead_to_every_command(command: Command) -> None:
    """After each word `?` has an answer, and after the last one it says that the line may end."""
    choose, commands = Choose(Random(4).choice), tree(command.mode)
    for form in forms(command):
        for text in (line(choose, command, form) for _ in range(5)):
            if not isinstance(commands.match(text), Match):
                continue
            words = text.split()
            for count in range(len(words)):
                before = " ".join(words[:count])
                answer = commands.help(f"{before} " if before else "")
                assert isinstance(answer, Help), before
                assert any(item.text or item.word == "<cr>" for item in answer.items)
            answer = commands.help(f"{text} ")
            takes_line = "LINE" in command.grammar
            assert takes_line or (isinstance(answer, Help) and "<cr>" in {item.word for item in answer.items})


NO_LINE = {
    "CryptoMapEntry.ezvpn": "of entries that policy.ezvpn makes",
    "Interface.translations": "of tunnels, the same",
    "IsakmpPolicy.extended": "of policies that policy.ezvpn makes",
}
"""Fields that no line sets, and what they are for."""


def dataclasses_in(kind: Any) -> Iterator[type]:
    """The dataclasses that a type annotation names, and those in their fields."""
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        for name, hint in get_type_hints(kind).items():
            if f"{kind.__name__}.{name}" not in NO_LINE:
                yield from dataclasses_in(hint)
    for argument in get_args(kind):
        yield from dataclasses_in(argument)


def is_default(field: Field[Any], value: Any) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return bool(value == default)


def said(value: Any, before: Any = None) -> Iterator[str]:
    """The fields in a value that are not at their defaults, but those that are what they were `before`."""
    if is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            if inner is not getattr(before, field.name, MISSING) and not is_default(field, inner):
                yield f"{type(value).__name__}.{field.name}"
                yield from said(inner)
    elif isinstance(value, dict):
        for each in value.values():
            yield from said(each)
    elif isinstance(value, tuple | frozenset):
        for each in value:
            yield from said(each)


def test_every_field_of_the_model_is_reached() -> None:
    """So no part of a configuration is without a command, and none escapes the round trips."""
    missing = {
        f"{kind.__name__}.{each.name}" for kind in dataclasses_in(RouterConfig) for each in fields(kind)
    }
    missing -= set(said(load("no such command\nnor this\n one below").config))
    choose, config = Choose(Random(3).choice), BASE
    one_of_each_class = {type(command): command for command in all_commands()}.values()
    for _ in range(TRIES // 10):
        for command in one_of_each_class if missing > NO_LINE.keys() else ():
            for _, changed in changes(block(choose, command), config):
                missing -= set(said(changed, config))
                config = changed
    assert missing == NO_LINE.keys()


def unhelped(stack: Stack, help: dict[str, str]) -> Iterator[str]:
    for node in stack:
        match node:
            case Keyword(word) if not help.get(word):
                yield word
            case Range(name=name) if not help.get(f"${name}"):
                yield f"${name}"
            case Variable(kind, name) if not help.get(f"${name}", KINDS[kind].help):
                yield f"${name}"
            case Choice(branches) | OrderedSet(_, branches, _):
                for branch in branches:
                    yield from unhelped(branch, help)
            case Many(token):
                yield from unhelped((token,), help)


@pytest.mark.parametrize("command", all_commands(), ids=name)
def test_every_word_has_help(command: Command) -> None:
    for form in forms(command):
        assert not list(unhelped(grammar_of(command, form), {**COMMON_HELP, **command.help}))
