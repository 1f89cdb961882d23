"""What coverage-guided fuzzing (`fuzz/`) has come upon so far, again."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_spec = spec_from_file_location("targets", ROOT / "fuzz" / "targets.py")
assert _spec is not None
assert _spec.loader is not None
targets = module_from_spec(_spec)
_spec.loader.exec_module(targets)
INPUTS = [bytes.fromhex(line) for line in (ROOT / "tests" / "corpus" / "fuzz.txt").read_text().split()]
PIECES_OUT_OF_ORDER = bytes.fromhex("03 030001 63 020101 62 010001 61")
"""Its last one is the second, though there is a third."""


def test_inputs_of_every_target() -> None:
    assert {data[0] % len(targets.TARGETS) for data in INPUTS} == set(range(len(targets.TARGETS)))


@pytest.mark.parametrize("data", [*INPUTS, PIECES_OUT_OF_ORDER], ids=lambda data: data[:12].hex())
def test_no_finding(data: bytes) -> None:
    targets.run(data)
