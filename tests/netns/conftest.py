"""The wires are laid once for a module; gateways are new in each test or group of tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.netns.wires import Wires, lay

from cryptomap.lab.namespace import namespaces

NODES = ("PC2", "R2", "ISP", "R3", "PC3")


@pytest.fixture(scope="module")
def wires() -> Iterator[Wires]:
    with namespaces(NODES) as nodes, tempfile.TemporaryDirectory() as name:
        lay(nodes)
        yield Wires(nodes, Path(name))
