"""Our gateway as the hub: `cryptomap run` on a configuration."""

from pathlib import Path

from cryptomap.lab.bench.plan import Suite, hub_configuration
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace


class OurHub:
    """Running from the start to `stop`. `folder` takes its files. Raises `LabError` if it does not start."""

    NAME = "cryptomap"

    def __init__(
        self, node: Namespace, folder: Path, suite: Suite, spokes: int, keepalive: int | None = None
    ) -> None:
        file = folder / "HUB.cfg"
        file.write_text(hub_configuration(suite, spokes, keepalive))
        self._gateway = Gateway(Router("HUB", file, {"Ethernet0/0": "eth0"}), node, folder, folder)
        self._gateway.wait_ready()

    @property
    def pid(self) -> int:
        return self._gateway.pid

    def stop(self) -> None:
        """End it on the spot."""
        self._gateway.kill()
