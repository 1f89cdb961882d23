"""R3 of the lab `ezvpn` at its console: a person logs in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.netns.wires import eventually

from cryptomap.lab.description import find_lab, load_lab
from cryptomap.lab.running import running

from .test_console import Bench, Terminal

PENDING = "EZVPN_XAUTH_PENDING: .*please enter `crypto ipsec client ezvpn xauth HQ`"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with running(load_lab(find_lab("ezvpn")), tmp_path, lambda _: None) as lab:
        made = Terminal(Bench(lab, tmp_path), "R3")
        made.shows("R3#")
        yield made
        made.close()


def log_in(terminal: Terminal, password: str) -> None:
    """When the gateway asks. The name is seen while it is typed, the password is not."""
    terminal.shows(PENDING)
    terminal.type("crypto ipsec client ezvpn xauth HQ\n")
    terminal.shows("Username: ")
    terminal.type("alice\n")
    assert "alice" in terminal.shows("Password: ")
    terminal.type(f"{password}\n")
    assert password not in terminal.shows("R3#")


def test_a_person_logs_in(terminal: Terminal) -> None:
    """At the second attempt."""
    terminal.type("crypto ipsec client ezvpn connect\n")
    log_in(terminal, "guess-1")
    log_in(terminal, "wonderland")
    terminal.shows("EZVPN_CONNECTION_UP: .*Group=STAFF.*Assigned_client_addr=10.9.9.1")

    def is_active() -> bool:
        terminal.type("show crypto ipsec client ezvpn\n")
        return "IPSEC_ACTIVE" in terminal.shows("Current State: .*\n")

    assert eventually(is_active)
