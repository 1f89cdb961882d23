"""Echoes that run while something happens, and every one of them is answered."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cryptomap.lab.namespace import Namespace

Route = tuple[Namespace, Sequence[str]]
"""Where an echo starts, and ping's words for the rest: its destination last."""


@contextmanager
def answered(
    routes: Sequence[Route],
    seconds: float,
    failure: Callable[[], str],
    *,
    every: float = 0.02,
    size: int = 56,
) -> Iterator[None]:
    """Echoes on all routes run while the block does, `seconds` in all. `failure` says more if one is lost."""
    count = round(seconds / every)
    words = ("ping", "-n", "-q", "-W", "1", "-c", str(count), "-i", str(every), "-s", str(size))
    running = [node.start(*words, *rest, output=subprocess.PIPE) for node, rest in routes]
    yield
    for ping in running:
        text, _ = ping.communicate(timeout=2 * seconds + 10)
        assert f"{count} packets transmitted, {count} received" in text, f"{text}\n{failure()}"
