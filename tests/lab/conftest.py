"""Running `cryptomap lab` as a person does, as root and as a user without privileges."""

import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
"""A user that may do nothing but make a user namespace."""

LabCommand = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="session")
def lab_command() -> LabCommand:
    """`lab_command("lan-to-lan")` is `cryptomap lab lan-to-lan`; `prefix` is put before it."""

    def command(*words: str, prefix: tuple[str, ...] = ()) -> CompletedProcess[str]:
        return subprocess.run(
            [*prefix, sys.executable, "-m", "cryptomap", "lab", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return command
