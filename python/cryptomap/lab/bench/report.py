"""What a measurement says: of which machine, in a table, and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def machine() -> str:
    """The processor, its cores and the kernel."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    model = models[0] if models else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines in columns: numbers to the right, words to the left."""
    columns = [_column(name, cells) for name, *cells in zip(head, *rows, strict=True)]
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


def _column(name: str, cells: Sequence[str]) -> list[str]:
    width = max(map(len, (name, *cells)))
    numbers = all(cell[:1].isdecimal() for cell in cells)
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in (name, *cells)]


def write_json(path: Path, kind: str, results: Sequence["DataclassInstance"]) -> None:
    """The machine and the results as a file."""
    found = {"kind": kind, "machine": machine(), "results": [asdict(one) for one in results]}
    path.write_text(json.dumps(found, indent=2) + "\n")
