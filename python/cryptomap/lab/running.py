"""A lab that is up: its namespaces, and its gateways answering at their consoles."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptomap.lab.description import Lab
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace
from cryptomap.lab.network import build_network
from cryptomap.lab.table import LabError


@dataclass(frozen=True, slots=True)
class RunningLab:
    """What a script needs of a lab that is up."""

    lab: Lab
    nodes: Mapping[str, Namespace]
    gateways: Mapping[str, Gateway]


@contextmanager
def running(lab: Lab, runtime: Path, say: Callable[[str], None]) -> Iterator[RunningLab]:
    """The lab is up while the block runs; after it, however it ends, the gateways are stopped as an
    operator would.

    `runtime` is where their console sockets go; `say` gets a line for each that is up. Raises `LabError`
    when one does not start or stop well.
    """
    say(f"lab {lab.name}: {lab.title}")
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cryptomap-lab-")))
        nodes = stack.enter_context(build_network(lab))
        gateways = {router.name: Gateway(router, nodes[router.name], runtime, logs) for router in lab.routers}
        stack.enter_context(_stopped(gateways.values()))
        for gateway in gateways.values():
            gateway.wait_ready()
            say(f"{gateway.name} is up")
        yield RunningLab(lab, nodes, gateways)


@contextmanager
def _stopped(gateways: Collection[Gateway]) -> Iterator[None]:
    """Stops them after the block. What ended the block counts more than what a stop has to say."""
    try:
        yield
    except BaseException:
        for gateway in gateways:
            with suppress(LabError):
                gateway.stop()
        raise
    for gateway in gateways:
        gateway.stop()
