"""The runner on labs of plain hosts: transcript, verdict, captures, NAT, privileges, nothing left."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cryptomap.lab.description import shipped_labs

from .conftest import LabCommand, as_we_are

NETWORK = """
title = "a host behind a NAT"
[host.A]
addresses = { eth0 = "10.0.0.2/24" }
gateway = "10.0.0.1"
[host.N]
addresses = { eth0 = "10.0.0.1/24", eth1 = "192.0.2.1/24" }
forward = true
nat = "eth1"
[host.B]
addresses = { eth0 = "192.0.2.2/24" }
[[link]]
ends = ["A:eth0", "N:eth0"]
[[link]]
ends = ["N:eth1", "B:eth0"]
"""

GOOD = """
[[step]]
at = "B"
capture = "eth0"
[[step]]
note = "Out through the NAT, and not back in."
at = "A"
ping = "192.0.2.2"
count = 2
[[step]]
at = "B"
ping = "10.0.0.2"
count = 1
answered = 0
[[step]]
at = "A"
run = "cat /proc/net/route"
expect = ["Iface Destination", "/^eth0 00000000/"]
[[step]]
at = "B"
captured = "eth0"
only = ["ICMP"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lab's folder that every user can read."""
    for parent in (tmp_path, *tmp_path.parents[:3]):
        if parent.stat().st_uid == os.geteuid() and str(parent) != "/tmp":
            parent.chmod(0o755)
    return tmp_path


def test_a_lab_that_holds(folder: Path, lab_command: LabCommand) -> None:
    (folder / "lab.toml").write_text(NETWORK + GOOD)
    done = lab_command(str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "! Out through the NAT, and not back in.\nA$ ping -c 2 192.0.2.2\n64 bytes from 192.0.2.2"
        in done.stdout
    )
    assert "2 packets transmitted, 2 received" in done.stdout
    assert "(B heard on eth0: " in done.stdout
    assert "all 5 steps held" in done.stdout


@as_we_are
@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            'at = "A"\nrun = "echo one"\nexpect = ["one", "two"]',
            "expected (line 2 of 2) after line 1 of them: two",
        ),
        ('at = "A"\nrun = "echo one"\nrefuse = ["one"]', "must not be shown, but was: one"),
        ('at = "A"\nrun = "false"', "the program ended with status 1"),
        ('at = "A"\nrun = "no-such-program"', "No such file or directory: 'no-such-program'"),
        ('at = "A"\nping = "10.0.0.9"\ncount = 1', "expected 1 of 1 answers"),
        ('at = "A"\nrun = "echo one"\nexpect = ["two"]\nwithin = 1', "expected (line 1 of 1): two"),
        ('at = "B"\ncaptured = "eth0"\nonly = ["ICMP"]', "no capture was started on B eth0"),
    ],
)
def test_a_lab_that_does_not_hold(folder: Path, lab_command: LabCommand, step: str, sentence: str) -> None:
    (folder / "lab.toml").write_text(f"{NETWORK}[[step]]\n{step}\n")
    done = lab_command(str(folder))
    assert done.returncode == 1
    assert "FAILED: lab" in done.stdout
    assert sentence in done.stdout


ROUTER = """
title = "a router"
[router.R]
config = "R.cfg"
interfaces = { "Ethernet0/0" = "eth0" }
[host.B]
addresses = { eth0 = "192.0.2.2/24" }
[[link]]
ends = ["R:eth0", "B:eth0"]
"""
CONFIG = "hostname R\ninterface Ethernet0/0\n ip address 192.0.2.1 255.255.255.0\nend\n"


@as_we_are
@pytest.mark.parametrize(
    ("step", "shown", "sentence"),
    [
        ('type = "show foo"', "^\n% Invalid input", "the console refused the command (status 1)"),
        (
            'type = "show clock"\nexpect = ["UTC", "13:13:13.131"]',
            "UTC",
            "after line 1 of them: 13:13:13.131",
        ),
        ('type = "show privilege"\nrefuse = ["15"]', "level is 15", "must not be shown, but was: 15"),
    ],
)
def test_what_a_router_says_is_held_against_the_script(
    folder: Path, lab_command: LabCommand, step: str, shown: str, sentence: str
) -> None:
    (folder / "R.cfg").write_text(CONFIG)
    (folder / "lab.toml").write_text(f'{ROUTER}[[step]]\nat = "R"\n{step}\n[[step]]\nwait = 1000\n')
    done = lab_command(str(folder))
    assert done.returncode == 1, done.stdout + done.stderr
    assert shown in done.stdout
    assert "FAILED: lab" in done.stdout
    assert sentence in done.stdout


@as_we_are
def test_a_router_that_cannot_start_is_told_with_its_own_words(folder: Path, lab_command: LabCommand) -> None:
    (folder / "lab.toml").write_text(ROUTER)
    (folder / "R.cfg").write_text(CONFIG.replace("255.255.255.0", "255.0.255.0"))
    refused = lab_command(str(folder))
    assert refused.returncode == 2
    assert f"{folder}/R.cfg is refused, nothing was applied:\n" in refused.stderr
    assert "ip address 192.0.2.1 255.0.255.0" in refused.stderr
    (folder / "R.cfg").write_text(f"{MAP_WITHOUT_DEVICE}{CONFIG}")
    ended = lab_command(str(folder))
    assert ended.returncode == 1
    assert "R ended while starting:\ncryptomap run: interface Ethernet0/9 has a crypto map" in ended.stdout


MAP_WITHOUT_DEVICE = """crypto isakmp policy 10
 encr aes
 hash sha256
 group 14
 authentication pre-share
crypto isakmp key wolf address 192.0.2.9
crypto ipsec transform-set TS esp-aes esp-sha256-hmac
access-list 101 permit ip any host 192.0.2.9
crypto map M 10 ipsec-isakmp
 set peer 192.0.2.9
 set transform-set TS
 match address 101
interface Ethernet0/9
 ip address 192.0.3.1 255.255.255.0
 crypto map M
"""


@as_we_are
def test_a_lab_that_is_wrong_is_not_run(folder: Path, lab_command: LabCommand) -> None:
    (folder / "lab.toml").write_text("title = 1")
    done = lab_command(str(folder))
    assert done.returncode == 2
    assert "title must be text in quotes" in done.stderr
    assert lab_command().returncode == 2


@as_we_are
def test_the_list_names_the_labs(lab_command: LabCommand) -> None:
    done = lab_command("--list")
    assert [line.split()[0] for line in done.stdout.splitlines()] == shipped_labs()


FORBIDDEN = {
    "no user namespaces": (
        "unshare --user --map-root-user bash -c 'echo 0 >/proc/sys/user/max_user_namespaces; "
        'exec setpriv --bounding-set=-all --inh-caps=-all "$@"\' --',
        "this system does not let this user make namespaces",
    ),
    "no TUN": (
        "unshare --mount bash -c 'mount -t tmpfs none /dev/net; exec \"$@\"' --",
        "/dev/net/tun cannot be opened (No such file or directory)",
    ),
}


@pytest.mark.parametrize(("prefix", "sentence"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_machine_that_forbids_labs_is_told_what_to_allow(prefix: str, sentence: str) -> None:
    done = subprocess.run(
        [*shlex.split(prefix), sys.executable, "-m", "cryptomap", "lab", "lan-to-lan"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert sentence in done.stderr


def processes_with(mark: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if mark in words:
            found.append(entry.name)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_a_lab_that_is_ended(folder: Path, number: signal.Signals) -> None:
    mark = f"{3000 + os.getpid() % 1000 + number / 100}"
    (folder / "lab.toml").write_text(f'{NETWORK}[[step]]\nat = "A"\nrun = "sleep {mark}"\n')
    lab = subprocess.Popen(
        [sys.executable, "-m", "cryptomap", "lab", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert within(10, lambda: bool(processes_with(mark)))
    lab.send_signal(number)
    assert lab.wait(20) != 0
    assert within(10, lambda: not processes_with(mark))


def within(seconds: float, holds: object) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
