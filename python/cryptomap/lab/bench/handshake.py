"""`cryptomap bench handshake`: what complete main and quick modes cost the responder, ours and strongSwan's.

Each run has a fresh responder in namespaces of its own, and our spokes as initiators, which are the same for
both. After some that warm it up, spokes come up one after the other, some at a time, each from an address of
its own and with traffic of its own: main mode with a pre-shared key, quick mode without PFS, SAs installed in
the responder's data plane. Its CPU time is that of its whole process from the first to the last. The runs of
the two take turns, since other work on the machine comes and goes.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cryptomap.lab.bench import charon
from cryptomap.lab.bench.charon import CharonHub
from cryptomap.lab.bench.driver import SpokesProcess
from cryptomap.lab.bench.ours import OurHub
from cryptomap.lab.bench.plan import SUITES, Suite, wires
from cryptomap.lab.bench.process import cpu_seconds
from cryptomap.lab.bench.report import table
from cryptomap.lab.namespace import Namespace

WARM_UP = 20
PATIENCE = 300
_SETTLE_SECONDS = 0.3
Start = Callable[[Namespace, Path, Suite, int], OurHub | CharonHub]


@dataclass(frozen=True, slots=True)
class Handshakes:
    """One responder at one suite: medians over the runs."""

    suite: str
    responder: str
    runs: int
    handshakes: int
    """Of each run."""
    per_second: float
    responder_ms: float
    """CPU time of one handshake."""
    responder_ms_all: tuple[float, ...]
    initiator_ms: float


def measure(count: int, runs: int, say: Callable[[str], None]) -> list[Handshakes]:
    """All suites, `runs` runs of `count` handshakes each. Raises `LabError`."""
    hubs: Mapping[str, Start] = {"cryptomap": OurHub}
    if charon.is_installed():
        hubs = {**hubs, "strongSwan": lambda node, folder, suite, _: CharonHub(node, folder, suite)}
    else:
        say("strongSwan is not installed (Debian packages strongswan-charon, strongswan-swanctl and "
            "libcharon-extra-plugins): measuring ours alone")  # fmt: skip
    found = []
    for suite in SUITES:
        taken: dict[str, list[_Run]] = {name: [] for name in hubs}
        for number in range(1, runs + 1):
            for name, hub in hubs.items():
                run = _run(hub, suite, count)
                say(f"{suite}, run {number} of {runs}: {name} {run.responder_ms:.2f} ms")
                taken[name].append(run)
        found += [_median(suite, name, count, taken[name]) for name in hubs]
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    per_second: float
    responder_ms: float
    initiator_ms: float


def _run(start: Start, suite: str, count: int) -> _Run:
    with wires() as (hub_node, spokes_node), tempfile.TemporaryDirectory(prefix="cryptomap-run-") as folder:
        hub = start(hub_node, Path(folder), SUITES[suite], WARM_UP + count)
        spokes = SpokesProcess(spokes_node, suite, WARM_UP + count)
        try:
            spokes.bring_up(WARM_UP, PATIENCE)
            time.sleep(_SETTLE_SECONDS)
            before = cpu_seconds(hub.pid)
            done = spokes.bring_up(count, PATIENCE)
            time.sleep(_SETTLE_SECONDS)
            used = cpu_seconds(hub.pid) - before
        finally:
            spokes.stop()
            hub.stop()
    return _Run(count / done.seconds, used / count * 1e3, done.cpu_seconds / count * 1e3)


def _median(suite: str, responder: str, count: int, runs: Sequence[_Run]) -> Handshakes:
    return Handshakes(
        suite,
        responder,
        len(runs),
        count,
        median(run.per_second for run in runs),
        median(run.responder_ms for run in runs),
        tuple(run.responder_ms for run in runs),
        median(run.initiator_ms for run in runs),
    )


def shown(found: Sequence[Handshakes]) -> str:
    """The results as a table."""
    head = ("suite", "responder", "CPU ms each", "lowest", "highest", "handshakes/s", "initiator CPU ms each")
    rows = [
        (
            one.suite,
            one.responder,
            f"{one.responder_ms:.2f}",
            f"{min(one.responder_ms_all):.2f}",
            f"{max(one.responder_ms_all):.2f}",
            f"{one.per_second:.0f}",
            f"{one.initiator_ms:.2f}",
        )
        for one in found
    ]
    return table(head, rows)
