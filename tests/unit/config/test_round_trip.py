"""The two properties of the running configuration, over every command, generated from its grammar:

load(render(c)) == c        render(load(text)) is a fixed point
"""

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from tests.unit.config.lines import NEEDED, blocks, configurations

from cryptomap.config.command import Command
from cryptomap.config.load import load
from cryptomap.config.registry import all_commands
from cryptomap.config.render import render
from cryptomap.config.session import Configurator
from cryptomap.model.config import RouterConfig

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])


def name(command: Command) -> str:
    return f"{command.mode.name}: {command.grammar[:50]}"


def configured(lines: Iterable[str], shield: bool) -> RouterConfig:
    """What the lines make of a router; those that are refused change nothing."""
    configurator = Configurator(RouterConfig(compliance_shield=shield))
    for line in (*NEEDED, *lines):
        configurator.line(line)
    return configurator.config


def assert_round_trip(config: RouterConfig) -> None:
    text = render(config)
    result = load(text)
    assert not [problem.render() for problem in result.problems if problem.fatal], text
    assert result.config == config, text
    assert render(result.config) == text


@pytest.mark.parametrize("command", all_commands(), ids=name)
@settings(SLOW, max_examples=10)
@given(data=st.data())
def test_of_every_command(command: Command, data: DataObject) -> None:
    assert_round_trip(configured(data.draw(blocks(command)), shield=False))


@settings(SLOW, max_examples=100)
@given(lines=configurations(), shield=st.booleans())
def test_of_whole_configurations(lines: list[str], shield: bool) -> None:
    assert_round_trip(configured(lines, shield))
