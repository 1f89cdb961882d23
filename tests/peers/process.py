"""How a peer's process ends."""

import subprocess
from typing import Any


def end(process: "subprocess.Popen[Any]", seconds: float) -> None:
    """Ask it to, as an operator would, and wait; after `seconds` it is killed."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
