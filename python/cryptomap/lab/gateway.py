"""A lab's routers as processes: `cryptomap run` in a namespace, and its console."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptomap.daemon.console_client import ConsoleClient, play
from cryptomap.daemon.runtime import VARIABLE, socket_path
from cryptomap.lab.description import Router
from cryptomap.lab.namespace import Namespace
from cryptomap.lab.table import LabError
from cryptomap.model.error import CryptomapError

START_SECONDS = 30
STOP_SECONDS = 10
COMMAND_SECONDS = 120

_PROGRAM = (sys.executable, "-m", "cryptomap")
_POLL_SECONDS = 0.1


class Gateway:
    """One running router. Its log goes to a file in `folder`, its console socket to `runtime`.

    It starts from a copy of its configuration in `folder`, so that `write memory` leaves the lab as it is.
    """

    def __init__(self, router: Router, node: Namespace, runtime: Path, folder: Path) -> None:
        self.name = router.name
        self._address = socket_path(runtime, router.name)
        self._log = folder / f"{router.name}.log"
        startup = folder / f"{router.name}.startup-config"
        shutil.copyfile(router.config, startup)
        interfaces = [f"--interface={ios}={device}" for ios, device in router.interfaces.items()]
        self._words = (*_PROGRAM, "run", str(startup), "--name", router.name, *interfaces)
        self._environment = {VARIABLE: str(runtime)}
        self._node = node
        self._process = self._start("w")

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> None:
        """Return once the console answers. Raises `LabError` with the log's end if it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise LabError(f"{self.name} ended while starting:\n{self.log_end()}")
            if self._console(["show clock"], lambda _: None) == 0:
                return
            time.sleep(_POLL_SECONDS)
        raise LabError(f"{self.name} did not answer within {START_SECONDS} s:\n{self.log_end()}")

    def type(self, lines: str, show: Callable[[str], None]) -> tuple[int, str]:
        """Type lines at the console; the exit status and the text, which `show` gets as it comes."""
        shown: list[str] = []

        def take(text: str) -> None:
            shown.append(text)
            show(text)

        code = self._console(lines.splitlines(), take)
        return code, "".join(shown)

    def stop(self) -> None:
        """Stop as an operator would. Raises `LabError` if the router does not end well by itself."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{self.name} did not stop within {STOP_SECONDS} s:\n{self.log_end()}") from error
        if code != 0:
            raise LabError(f"{self.name} ended with status {code}:\n{self.log_end()}")

    def kill(self) -> None:
        """End the router on the spot, as a crash would."""
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def restart(self) -> None:
        """Start the router again, once it has ended, from its startup configuration."""
        self._process = self._start("a")

    def log_end(self, lines: int = 20) -> str:
        """The last lines of the router's log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def _start(self, mode: str) -> "subprocess.Popen[str]":
        with self._log.open(mode) as log:
            return self._node.start(*self._words, environment=self._environment, output=log)

    def _console(self, commands: Sequence[str], take: Callable[[str], None]) -> int:
        """Type at the console: 0 when all was taken, 1 when not, 2 when there is no console or it hangs."""
        try:
            client = ConsoleClient(self._address, take, patience=COMMAND_SECONDS)
        except CryptomapError as error:
            take(f"{error}\n")
            return 2
        try:
            return play(client, commands)
        except CryptomapError as error:
            take(f"{error}\n")
            return 2
        finally:
            client.close()
