"""`cryptomap console`: the other end of the console socket, for a person or a script."""

import json
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from getpass import getpass
from pathlib import Path
from typing import Any

from cryptomap.daemon.runtime import runtime_directory, socket_path
from cryptomap.model.error import ConfigurationError, CryptomapError


class ConsoleLostError(CryptomapError):
    """The gateway ended the conversation."""


class ConsoleClient:
    """A conversation with the gateway at a console socket. `show` gets output and log lines as they come.

    Raises `ConfigurationError` when no gateway is there, and `ConsoleLostError` when it ends, or takes
    longer than `patience` seconds over a line.
    """

    def __init__(
        self,
        path: Path,
        show: Callable[[str], None],
        monitor: bool = False,
        patience: float | None = None,
    ) -> None:
        self.show = show
        self._patience = patience
        self._socket = _connect(path)
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.prompt = ""
        self.refused = False
        self.asking = False
        self.hidden = False
        """Whether the next line is a password."""
        self.closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait("done")
        if monitor:
            self._send({"monitor": True})
            self._wait("done")

    def close(self) -> None:
        """End the conversation."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()

    def execute(self, line: str) -> bool:
        """Do one line; false when it was refused."""
        self._send({"line": line})
        self._wait("done")
        return not self.refused

    def break_off(self) -> None:
        """Have a command that takes its time end now."""
        self._send({"break": True})

    def complete(self, line: str) -> str:
        """What Tab makes of `line`."""
        self._send({"complete": line})
        return str(self._wait("completed"))

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise ConsoleLostError("the gateway has gone") from error

    def _wait(self, key: str) -> Any:
        try:
            item = self._answers.get(timeout=self._patience)
        except queue.Empty as error:
            raise ConsoleLostError(f"no answer within {self._patience:g} s") from error
        if item is None or key not in item:
            self.closed = True
            raise ConsoleLostError("the gateway has gone")
        if key == "done":
            state = item["done"]
            self.prompt, self.refused, self.closed = state["prompt"], state["refused"], state["closed"]
            self.asking, self.hidden = state["asking"], state["hidden"]
        return item[key]

    def _read(self) -> None:
        with self._socket.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                item = json.loads(line)
                if "text" in item:
                    self.show(item["text"])
                elif "log" in item:
                    self.show(item["log"] + "\n")
                else:
                    self._answers.put(item)
        self._answers.put(None)


def run_commands(name: str, commands: Sequence[str], monitor: bool) -> int:
    """Run each command, print what it says; 1 if any was refused, else 0."""
    return play(ConsoleClient(_path(name), _print, monitor), commands)


def play(client: ConsoleClient, commands: Sequence[str]) -> int:
    """Type each command; 1 if any was refused, else 0.

    A command that asks for more than yes to a default takes the commands after it as the answers.
    """
    fine = True
    for command in commands:
        fine &= client.execute(command)
        if client.closed:
            break
        if client.asking and client.prompt:
            client.show(f"{client.prompt}\n")
    if client.asking:
        client.show("% The last command waits for an answer: give it as one more word.\n")
        return 1
    return 0 if fine else 1


def run_interactive(name: str) -> int:
    """A console for a person, or for lines from a pipe. Ends with `exit` or the end of input.

    Every line of a pipe is done, whatever became of those before it; 1 if any was refused, which is said.
    """
    client = ConsoleClient(_path(name), _print, monitor=True)
    person = sys.stdin.isatty()
    if person:
        _use_tab(client)
    refused: list[int] = []
    number = 0
    while not client.closed:
        try:
            line = _read_line(client, person)
            number += 1
            with _interrupts_break(client):
                if not client.execute(line):
                    refused.append(number)
        except EOFError:
            print()
            break
        except KeyboardInterrupt:
            print()
    return 0 if person else _tell_refused(refused)


def _read_line(client: ConsoleClient, person: bool) -> str:
    """The next line; a person does not see a password."""
    return getpass(client.prompt) if person and client.hidden else input(client.prompt)


def _tell_refused(numbers: Sequence[int]) -> int:
    """Say on standard error which lines of a pipe were refused; the exit status."""
    if not numbers:
        return 0
    lines = "line" if len(numbers) == 1 else "lines"
    print(f"cryptomap console: refused: {lines} {', '.join(map(str, numbers))}", file=sys.stderr)
    return 1


@contextmanager
def _interrupts_break(client: ConsoleClient) -> Iterator[None]:
    """Meanwhile an interrupt is for the command, not for us."""
    before = signal.signal(signal.SIGINT, lambda _number, _frame: client.break_off())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _use_tab(client: ConsoleClient) -> None:
    """Tab completion by the router, which knows its own mode."""
    import readline

    def complete(word: str, state: int) -> str | None:
        if state:
            return None
        line = readline.get_line_buffer()
        whole = client.complete(line)
        return whole[len(line) - len(word) :] if whole != line else None

    readline.set_completer_delims(" ")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _path(name: str) -> Path:
    return socket_path(runtime_directory(), name)


def _connect(path: Path) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connected.connect(str(path))
    except OSError as error:
        connected.close()
        running = sorted(item.stem for item in path.parent.glob("*.sock")) if path.parent.is_dir() else []
        names = f"there are: {', '.join(running)}" if running else "none is running"
        raise ConfigurationError(
            f"no gateway called {path.stem} at {path} ({error.strerror}); {names}"
        ) from error
    return connected
