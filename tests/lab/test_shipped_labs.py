"""The labs that ship with us, end to end: real gateways, real packets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cryptomap.lab.description import shipped_labs

from .conftest import LabCommand, without_privileges


def check_ping_transcript(shown: str) -> None:
    """The note's ping: the first packet brings the tunnel up and is lost, then nothing is."""
    first, second = shown.split("R2#ping 3.3.3.3 source 2.2.2.2\n")[1:3]
    assert first.startswith(
        "Type escape sequence to abort.\n"
        "Sending 5, 100-byte ICMP Echos to 3.3.3.3, timeout is 2 seconds:\n"
        "Packet sent with a source address of 2.2.2.2 \n"
        ".!!!!\n"
        "Success rate is 80 percent (4/5), round-trip min/avg/max = "
    )
    assert "\n!!!!!\nSuccess rate is 100 percent (5/5)" in second


OF_THE_NOTE = ["lan-to-lan", "lan-to-lan-profile"]
OTHERS = [name for name in shipped_labs() if name not in OF_THE_NOTE]


@pytest.mark.parametrize("name", OF_THE_NOTE)
def test_the_lab_holds(name: str, lab_command: LabCommand) -> None:
    done = lab_command(name)
    assert done.returncode == 0, done.stdout + done.stderr
    check_ping_transcript(done.stdout)
    assert "FAILED" not in done.stdout


@without_privileges
@pytest.mark.parametrize("name", OTHERS)
def test_every_other_lab_holds(name: str, lab_command: LabCommand) -> None:
    done = lab_command(name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"lab {name}: all " in done.stdout


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP)],
)
def test_a_kept_lab_can_be_attached_to(tmp_path: Path, number: signal.Signals, status: int) -> None:
    """From outside its namespaces, by its consoles. What ends it stops its routers well; nothing is left."""
    (tmp_path / "run").mkdir()
    (tmp_path / "tmp").mkdir()
    environment = {
        **os.environ,
        "CRYPTOMAP_RUNTIME_DIR": str(tmp_path / "run"),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    cryptomap = [sys.executable, "-m", "cryptomap"]
    with subprocess.Popen(
        # A shell makes what it starts in the background deaf to interrupts.
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *cryptomap, "lab", "lan-to-lan", "--keep"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as lab:
        assert lab.stdout is not None
        told = ""
        while "cryptomap console R3" not in told and (line := lab.stdout.readline()):
            told += line
        shown = subprocess.run(
            [*cryptomap, "console", "R2", "ping 3.3.3.3 source 2.2.2.2"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lab.send_signal(number)
        ended = lab.wait(30)
    assert "Success rate is 100 percent (5/5)" in shown.stdout
    assert ended == status, told
    left = [path for folder in ("run", "tmp") for path in (tmp_path / folder).iterdir()]
    assert not left
