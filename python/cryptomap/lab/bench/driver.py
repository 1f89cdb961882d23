"""The process of the spokes, as the measurements drive it."""

import json
import select
import subprocess
import sys
from dataclasses import dataclass

from cryptomap.lab.namespace import Namespace
from cryptomap.lab.table import LabError


@dataclass(frozen=True, slots=True)
class Done:
    """An order that was carried out: how long it took, and what CPU time the spokes used."""

    seconds: float
    cpu_seconds: float


class SpokesProcess:
    """Running from the start to `stop`."""

    def __init__(self, node: Namespace, suite: str, spokes: int) -> None:
        self._process = node.start(
            *(sys.executable, "-m", "cryptomap.lab.bench.spokes", suite, str(spokes)),
            stdin=subprocess.PIPE,
            output=subprocess.PIPE,
        )

    def bring_up(self, count: int, patience: float) -> Done:
        """The next `count` spokes. Raises `LabError` when they are not up within `patience` seconds."""
        if self._process.stdin is None or self._process.stdout is None:
            raise LabError("the spokes take no orders")
        self._process.stdin.write(f"up {count}\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], patience)
        line = self._process.stdout.readline() if ready else ""
        if not line.startswith("{"):
            raise LabError(f"{count} spokes did not come up within {patience:.0f} s: {line or 'no answer'}")
        return Done(**json.loads(line))

    def stop(self) -> None:
        """End it on the spot."""
        self._process.kill()
        self._process.wait()
