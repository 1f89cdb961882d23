"""Runs a lab: wires it, starts its routers, plays its script, prints the transcript a person would see."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from cryptomap.lab.capture import Capture
from cryptomap.lab.description import Lab
from cryptomap.lab.host import Echo, ping
from cryptomap.lab.judge import judge_kinds, judge_text, tell_kinds
from cryptomap.lab.running import RunningLab, running
from cryptomap.lab.script import (
    HostPing,
    JudgeCapture,
    Program,
    StartCapture,
    Step,
    Typed,
    Wait,
)
from cryptomap.lab.table import LabError

PROGRESS_SECONDS = 2
PROGRAM_SECONDS = 60
_RETRY_SECONDS = 0.5


class StepFailedError(LabError):
    """An expectation that did not hold; says which, and what came instead."""


Show = Callable[[str], None]


def run_lab(lab: Lab, keep: bool, runtime: Path, out: TextIO = sys.stdout) -> int:
    """Run the lab inside the namespaces we are in; 0 when everything held, else 1.

    `runtime` is where the routers' console sockets go. With `keep` the lab stays until interrupted.
    """

    def say(text: str) -> None:
        print(text, file=out, flush=True)

    try:
        with running(lab, runtime, say) as up:
            runner = Runner(up, out)
            held = runner.play_all()
            if keep:
                runner.keep()
    except LabError as error:
        say(f"\nFAILED: lab {lab.name}, {error}")
        return 1
    return 0 if held else 1


class Runner:
    """Plays the script of a lab that is up, and prints what a person at the keyboards would see."""

    def __init__(self, up: RunningLab, out: TextIO) -> None:
        self._lab = up.lab
        self._nodes = up.nodes
        self._gateways = up.gateways
        self._out = out
        self._captures: dict[tuple[str, str], Capture] = {}
        self._kept: dict[str, str] = {}

    def say(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def keep(self) -> None:
        """Wait for an interrupt, having said how to attach."""
        self.say(
            f"\nlab {self._lab.name} stays up until you interrupt it (Ctrl-C). Consoles, from another shell:"
        )
        for name in self._gateways:
            self.say(f"  cryptomap console {name}")
        try:
            signal.pause()
        except KeyboardInterrupt:
            self.say("\nstopping")

    def play_all(self) -> bool:
        """Play the script up to the first step that does not hold; whether all did."""
        try:
            for number, step in enumerate(self._lab.steps, 1):
                self._play(number, step)
        except StepFailedError as error:
            self.say(f"\nFAILED: lab {self._lab.name}, {error}")
            return False
        self.say(f"\nlab {self._lab.name}: all {len(self._lab.steps)} steps held")
        return True

    def _play(self, number: int, step: Step) -> None:
        if step.note:
            self.say(f"\n! {step.note}")
        match step:
            case Typed():
                lines = self._filled(number, step)
                title = f"{step.at}#{lines}"
                self._attempt(number, step, title, lambda show: self._type(step, lines, show))
            case Program():
                title = f"{step.at}$ {shlex.join(step.command)}"
                self._attempt(number, step, title, lambda show: self._run(step, show))
            case HostPing():
                title = f"{step.at}$ ping -c {step.count} {step.target}"
                self._attempt(number, step, title, lambda show: self._ping(step, show))
            case StartCapture():
                self._captures[step.at, step.device] = Capture(self._nodes[step.at], step.device)
                self.say(f"({step.at} listens on {step.device})")
            case JudgeCapture():
                self._judge_capture(number, step)
            case Wait():
                self._pause(step.seconds)

    def _attempt(self, number: int, step: Step, title: str, once: Callable[[Show], str | None]) -> None:
        """Do a step until it holds or its time is over; the text of a lone or last attempt is shown."""
        self.say(f"\n{title}" if not step.note else title)
        begin = time.monotonic()
        while True:
            shown: list[str] = []
            wrong = once(shown.append if step.within else self._write)
            waited = time.monotonic() - begin
            if wrong is None or waited >= step.within:
                break
            if waited > PROGRESS_SECONDS:
                self._progress(f"{title}: not yet, {waited:.0f} s of {step.within} s")
            time.sleep(_RETRY_SECONDS)
        self._write("".join(shown))
        if wrong is not None:
            raise StepFailedError(f"step {number}, {title}\n  {wrong}\n  came: what is shown above")

    def _filled(self, number: int, step: Typed) -> str:
        """The lines to type, with what earlier steps have kept."""
        text = step.command
        for name in re.findall(r"\{(\w+)\}", text):
            if name not in self._kept:
                raise StepFailedError(f"step {number}: no earlier step keeps {name}")
            text = text.replace(f"{{{name}}}", self._kept[name])
        return text

    def _type(self, step: Typed, lines: str, show: Show) -> str | None:
        code, text = self._gateways[step.at].type(lines, show)
        if code != 0:
            return f"the console refused the command (status {code})"
        for name, pattern in step.keep:
            found = pattern.search(text)
            if found is None:
                return f"expected something to keep as {name}: /{pattern.pattern}/"
            self._kept[name] = found[1].rstrip("\n")
        return judge_text(text, step.expect, step.refuse)

    def _run(self, step: Program, show: Show) -> str | None:
        try:
            done = self._nodes[step.at].run(
                *step.command, timeout=PROGRAM_SECONDS, check=False, folder=self._lab.folder
            )
        except (FileNotFoundError, subprocess.TimeoutExpired) as error:
            return str(error)
        show(done.stdout)
        if done.returncode != 0:
            return f"the program ended with status {done.returncode}"
        return judge_text(done.stdout, step.expect, step.refuse)

    def _ping(self, step: HostPing, show: Show) -> str | None:
        answered = 0
        for echo in ping(self._nodes[step.at], step.target, step.count):
            answered += echo.milliseconds is not None
            show(f"{_tell_echo(step.target, echo)}\n")
        show(f"{step.count} packets transmitted, {answered} received\n")
        return None if answered == step.answered else f"expected {step.answered} of {step.count} answers"

    def _judge_capture(self, number: int, step: JudgeCapture) -> None:
        capture = self._captures.pop((step.at, step.device), None)
        if capture is None:
            raise StepFailedError(f"step {number}: no capture was started on {step.at} {step.device}")
        capture.stop()
        kinds = capture.kinds()
        self.say(f"({step.at} heard on {step.device}: {tell_kinds(kinds)})")
        wrong = judge_kinds(kinds, step.only)
        if wrong is not None:
            raise StepFailedError(f"step {number}, capture on {step.at} {step.device}\n  {wrong}")

    def _pause(self, seconds: int) -> None:
        self.say(f"({seconds} s pass)")
        for left in range(seconds, 0, -1):
            if left % 10 == 0 and left != seconds:
                self._progress(f"{left} s to go")
            time.sleep(1)

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._out.flush()

    def _progress(self, text: str) -> None:
        print(f"... {text}", file=sys.stderr, flush=True)


def _tell_echo(target: str, echo: Echo) -> str:
    if echo.milliseconds is not None:
        return f"64 bytes from {target}: icmp_seq={echo.sequence} time={echo.milliseconds:.2f} ms"
    return f"{target}: icmp_seq={echo.sequence} {echo.error or 'no answer'}"
