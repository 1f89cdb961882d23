"""Running `cryptomap lab` as a person does, as root and as a user without privileges."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOT = Path(__file__).parents[2]

LabCommand = Callable[..., CompletedProcess[str]]

BECOME_NOBODY = r"""
set -e; umask 022
stash=$1; shift
mount -t tmpfs none "$stash"
while [ "$1" != -- ]; do
  case $1 in
    need:*) mkdir -p "$stash/${1#*:}"; mount --rbind "${1#*:}" "$stash/${1#*:}" ;;
    hide:*) mount -t tmpfs -o mode=755 none "${1#*:}" ;;
    show:*) mkdir -p "${1#*:}"; mount --rbind "$stash/${1#*:}" "${1#*:}" ;;
  esac
  shift
done
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
if ! $nobody test -w /dev/net/tun; then
  mount -t tmpfs none /dev/net; mknod -m 666 /dev/net/tun c 10 200
fi
exec $nobody "$@"
"""
"""A user that may do nothing but make a user namespace. Where our interpreter or sources are in a folder
that only its owner may enter, an empty folder stands in its place, with just these in it. Debian lets every
user open /dev/net/tun; where this machine does not, a device that all may open stands in its place."""


@pytest.fixture(scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Words to put before a command that it may run as a user without privileges."""
    needed = [str(path) for path in {Path(sys.base_prefix), Path(sys.prefix), ROOT}]
    closed = {
        str(parent)
        for path in needed
        for parent in list(reversed(Path(path).parents))
        if not parent.stat().st_mode & 0o001
    }
    outermost = [path for path in closed if not any(path.startswith(f"{other}/") for other in closed)]
    stash = str(tmp_path_factory.mktemp("stash"))
    moves = [f"{verb}:{path}" for verb, paths in (("need", needed), ("hide", outermost)) for path in paths]
    moves += [f"show:{path}" for path in needed]
    return ["unshare", "--mount", "bash", "-c", BECOME_NOBODY, "bash", stash, *moves, "--"]


@pytest.fixture(params=["as we are", "without privileges"])
def lab_command(request: pytest.FixtureRequest) -> LabCommand:
    """`lab_command("lan-to-lan")` is `cryptomap lab lan-to-lan`; a test with it runs as either user."""
    prefix = request.getfixturevalue("nobody") if request.param == "without privileges" else []

    def command(*words: str) -> CompletedProcess[str]:
        return subprocess.run(
            [*prefix, sys.executable, "-m", "cryptomap", "lab", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return command


as_we_are = pytest.mark.parametrize("lab_command", ["as we are"], indirect=True)
"""For a test in which privileges make no difference."""
without_privileges = pytest.mark.parametrize("lab_command", ["without privileges"], indirect=True)
"""For a test whose harder half is enough."""
