"""The limits that keep the sources readable: length of files and functions, a docstring for each package."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE_LINES = 400
FUNCTION_LINES = 40

LONG_FILES: dict[str, str] = {}
"""Paths, and why they are better long."""
LONG_FUNCTIONS: dict[str, str] = {}
"""`path::function` and why it is better long."""

PYTHON = sorted([*ROOT.glob("python/**/*.py"), *ROOT.glob("python/**/*.pyi"), *ROOT.glob("tests/**/*.py")])
RUST = sorted(ROOT.glob("rust/**/*.rs"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_are_short() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in (*PYTHON, *RUST)}
    long = {path: lines for path, lines in lengths.items() if lines > FILE_LINES}
    assert long.keys() <= LONG_FILES.keys(), f"over {FILE_LINES} lines: {long}"
    assert LONG_FILES.keys() <= long.keys(), "no longer too long: take it off the list"


def python_functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name(path)}::{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def rust_functions(path: Path) -> Iterator[tuple[str, int]]:
    """Functions as rustfmt lays them out: a `fn` line, and a brace alone at the same indent."""
    start: tuple[str, str, int] | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        head = re.match(r"( *)(?:pub(?:\([a-z:]+\))? )?(?:(?:const|unsafe|async) )*fn (\w+)", line)
        if head and not line.endswith(("}", ";")):
            start = (head[1], head[2], number)
        elif start and line == start[0] + "}":
            yield f"{name(path)}::{start[1]}", number - start[2] + 1
            start = None


def test_functions_are_short() -> None:
    lengths = dict(found for path in PYTHON for found in python_functions(path))
    lengths |= dict(found for path in RUST for found in rust_functions(path))
    long = {function: lines for function, lines in lengths.items() if lines > FUNCTION_LINES}
    assert long.keys() <= LONG_FUNCTIONS.keys(), f"over {FUNCTION_LINES} lines: {long}"


PACKAGES = sorted(ROOT.glob("python/cryptomap/**/__init__.py"))


@pytest.mark.parametrize("path", PACKAGES, ids=name)
def test_packages_say_what_they_are_for_and_may_not_do(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    sentences = re.findall(r"[.](?:\s|$)", text)
    assert 2 <= len(sentences) <= 4, "two or three sentences"
    assert re.search(r"\b(?:no|not|nothing|none|never|only)\b", text), "what may it not do?"


def test_the_architecture_shows_every_layer_on_one_page() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    assert len(page.splitlines()) <= 110
    layers = [path.parent.name for path in PACKAGES if len(path.relative_to(ROOT).parts) == 4]
    assert [each for each in layers if f"| `{each}` |" not in page] == []
    crates = [path.name for path in ROOT.glob("rust/*") if path.is_dir()]
    assert [each for each in crates if f"`{each}`" not in page] == []


def test_sources_name_no_machine() -> None:
    """No absolute path of one developer's machine stands in a source."""
    pattern = re.compile(r"/(?:home|root|Users|work)/[\w.]+")
    for path in (*PYTHON, *RUST):
        found = pattern.search(path.read_text())
        assert not found or path == Path(__file__), f"{name(path)} names {found and found[0]}"
