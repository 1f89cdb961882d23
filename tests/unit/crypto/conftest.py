"""Reads the vector files: blocks of `NAME = value` lines, the first name of a block starting a new one."""

from collections.abc import Callable
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[2] / "vectors"


def read_vectors(name: str) -> list[dict[str, str]]:
    blocks: list[dict[str, str]] = []
    for line in (VECTORS / name).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        key, _, value = line.partition(" = ")
        if not blocks or key in blocks[-1]:
            blocks.append({})
        blocks[-1][key] = value
    return blocks


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], list[dict[str, str]]]:
    return read_vectors
