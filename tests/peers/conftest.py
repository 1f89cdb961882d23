"""The wires are laid once for a module; both gateways are new in each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from tests.peers.site import Settings, Site, connection, running, wires
from tests.peers.strongswan import Connection

from cryptomap.lab.namespace import Namespace

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]


@pytest.fixture(scope="module")
def nodes() -> Iterator[dict[str, Namespace]]:
    with wires() as made:
        yield made


@pytest.fixture
def start(nodes: dict[str, Namespace]) -> Start:
    """`with start(Settings(...), connection(...)) as site:`"""
    return lambda ours, theirs: running(nodes, ours, theirs)


@pytest.fixture
def site(start: Start) -> Iterator[Site]:
    """Both gateways with settings that agree."""
    with start(Settings(), connection()) as made:
        yield made
