"""R2 of the lab `lan-to-lan` at its console, as a person uses it: terminal, mistakes, interrupts, changes."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cryptomap.lab.description import find_lab, load_lab
from cryptomap.lab.running import RunningLab, running

PING = "ping 3.3.3.3 source 2.2.2.2"
NOTE = Path(__file__).parents[1] / "golden" / "cli" / "note_lab1.txt"


@dataclass(frozen=True, slots=True)
class Bench:
    """The lab, up, and the folder of its console sockets."""

    lab: RunningLab
    runtime: Path

    def do(self, *commands: str, router: str = "R2") -> str:
        """Exec commands, each of which must be taken."""
        done = self.console(router, *commands)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def console(self, *words: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "cryptomap", "console", *words],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "CRYPTOMAP_RUNTIME_DIR": str(self.runtime)}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    runtime = tmp_path_factory.mktemp("rt")
    with running(load_lab(find_lab("lan-to-lan")), runtime, lambda _: None) as lab:
        yield Bench(lab, runtime)


class Terminal:
    """A person at `cryptomap console`."""

    def __init__(self, bench: Bench, router: str = "R2") -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cryptomap", "console", router],
            env={**bench.environment, "TERM": "dumb"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.screen = ""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def shows(self, pattern: str, seconds: float = 15) -> str:
        """What comes up to and with `pattern`, a regular expression; it must come."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.screen)):
            ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{pattern} did not come; the screen:\n{self.screen}"
            try:
                self.screen += os.read(self._master, 4096).decode().replace("\r\n", "\n")
            except OSError:
                status = self.process.wait(5)
                pytest.fail(f"{pattern} did not come before exit {status}; the screen:\n{self.screen}")
        shown, self.screen = self.screen[: found.end()], self.screen[found.end() :]
        return shown

    def close(self) -> None:
        os.close(self._master)
        self.process.kill()
        self.process.wait()


@pytest.fixture
def terminal(bench: Bench) -> Iterator[Terminal]:
    made = Terminal(bench)
    made.shows("R2#")
    yield made
    made.close()


def test_an_interrupt_breaks_off_a_ping(bench: Bench, terminal: Terminal) -> None:
    """Half an hour of echoes ends with the summary of those that went, and the console goes on."""
    bench.do(PING)
    terminal.type("ping 12.1.1.1 repeat 100000\n")
    terminal.shows("!!!!!!!!!!")
    terminal.process.send_signal(signal.SIGINT)
    shown = terminal.shows(r"Success rate is 100 percent \(\d+/\d+\).*\nR2#")
    sent = re.search(r"/(\d+)\)", shown)
    assert sent
    assert 10 <= int(sent[1]) < 100000
    terminal.type("show privilege\n")
    terminal.shows("Current privilege level is 15\n")


def test_an_interrupt_at_the_prompt_gives_a_new_one(terminal: Terminal) -> None:
    terminal.type("show clo")
    terminal.shows("show clo")
    time.sleep(0.2)  # until readline waits for the next key
    terminal.process.send_signal(signal.SIGINT)
    terminal.shows("R2#")
    terminal.type("exit\n")
    assert terminal.process.wait(10) == 0


def test_the_caret_stands_under_the_word(terminal: Terminal) -> None:
    terminal.type("show crypto isakmp foo\n")
    shown = terminal.shows("marker.")
    typed, caret = shown.splitlines()[-3:-1]
    assert f"R2#{typed}"[caret.index("^")] == "f" or typed[caret.index("^")] == "f"


def test_tab_completes(terminal: Terminal) -> None:
    terminal.type("sh\t cry\t isak\t sa\n")
    terminal.shows("IPv4 Crypto ISAKMP SA")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("R2", "foo"), 1, "% Unknown command or computer name"),
        (("R2", "show clock", "show bar", "show privilege"), 1, "Current privilege level is 15"),
        (("R2", "ping 3.3.3.3 source 9.9.9.9"), 1, "% Invalid source address"),
        (("R2", "configure terminal", "interface Ethernet0/0", "ip address 1.2.3.4 255.0.255.0"), 1, "^"),
        (("R2", "\x1b[2J\xff"), 1, "%"),
        (("R2", "x" * 5000), 1, "% Line longer than 4096 characters"),
        (("R9", "show clock"), 2, "no gateway called R9"),
        (("../R2", "show clock"), 2, "'../R2' cannot name a gateway"),
        (("R2", "--monitor", "show privilege"), 0, "level is 15"),
        (("--monitor", "R2", "show privilege"), 0, "level is 15"),
    ],
)
def test_what_is_wrong_is_said_and_counted(
    bench: Bench, words: tuple[str, ...], status: int, says: str
) -> None:
    done = bench.console(*words)
    assert done.returncode == status, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_lines_from_a_pipe(bench: Bench) -> None:
    done = bench.console("R2", stdin="configure terminal\nhostname X2\ndo show privilege\nend\nexit\n")
    assert done.returncode == 0
    assert "X2(config)#Current privilege level is 15\n" in done.stdout
    bench.do("configure terminal", "hostname R2")


def test_a_refused_line_of_a_pipe_is_counted_and_the_rest_is_done(bench: Bench) -> None:
    done = bench.console("R2", stdin="show foo\nshow privilege\nconfigure terminal\nbar\nend\n")
    assert done.returncode == 1
    assert "Current privilege level is 15\n" in done.stdout
    assert done.stderr == "cryptomap console: refused: lines 1, 4\n"


def test_saving_leaves_the_labs_folder_alone(bench: Bench) -> None:
    before = {path: path.read_bytes() for path in find_lab("lan-to-lan").iterdir()}
    bench.do("configure terminal", "interface Ethernet0/1", "description saved", "end", "write memory")
    assert {path: path.read_bytes() for path in find_lab("lan-to-lan").iterdir()} == before


def test_a_change_at_the_console_takes_effect(bench: Bench) -> None:
    """Without its crypto map R2 sends in clear, which R3 refuses and logs; with it all is well again."""
    bench.do(PING)
    bench.do("configure terminal", "interface Ethernet0/0", "no crypto map")
    assert "No SAs found" in bench.do("show crypto ipsec sa")
    assert "Success rate is 0 percent" in bench.do(f"{PING} repeat 2 timeout 1")
    bench.do("configure terminal", "interface Ethernet0/0", "crypto map huawei")
    bench.do(PING)
    assert "Success rate is 100 percent (5/5)" in bench.do(PING)
    log = bench.do("show logging")
    assert log.index("ISAKMP_ON_OFF: ISAKMP is OFF") < log.rindex("ISAKMP_ON_OFF: ISAKMP is ON")


def plain(text: str) -> list[str]:
    """Lines without the numbers that differ from run to run; the note calls access list 101 VPN elsewhere."""
    text = re.sub(r"0x[0-9A-F]+|(?<![\d.])\d+(?![\d.])", "N", text.replace("VPN", "101"))
    return [" ".join(line.split()) for line in text.splitlines()]


@pytest.mark.parametrize(
    "command", ["show crypto ipsec sa", "show crypto map", "show crypto engine connections active"]
)
def test_the_running_router_prints_the_notes_text(bench: Bench, command: str) -> None:
    bench.do("configure terminal", "service show-format 12.3")
    bench.do("clear crypto sa", "clear crypto isakmp", PING)
    shown = bench.do(command)
    bench.do("configure terminal", "no service show-format")
    note = NOTE.read_text().split(f"R2#{command}\n")[1].split("R2#")[0]
    assert plain(shown) == plain(note)


def test_debugs_are_switched_one_by_one(bench: Bench) -> None:
    """The note's two debugs, each with its own lines; a console that did not ask for them has none."""
    wanted = {"isakmp": "ISAKMP", "ipsec": "IPSEC("}
    for name, mark in wanted.items():
        bench.do("clear crypto sa", "clear crypto isakmp", f"debug crypto {name}")
        assert f"Crypto {name.upper()} debugging is on" in bench.do("show debugging")
        seen = bench.do("--monitor", PING, "undebug all")
        (other,) = (each for each in wanted.values() if each != mark)
        assert mark in seen
        assert other not in seen.replace("from ISAKMP", "")
        assert "All possible debugging has been turned off" in seen
        bench.do("clear crypto sa")
        assert mark not in bench.do("--monitor", PING)
    assert bench.do("show debugging") == ""


def test_call_admission_counts_a_tunnel(bench: Bench) -> None:
    bench.do(PING)
    bench.do("clear crypto session", "clear crypto call admission statistics", PING)
    shown = bench.do("show crypto call admission statistics")
    assert "Total IKE SA Count:           1 active:          1 negotiating:     0\n" in shown
    assert "Outgoing IKE Requests:        1 accepted:        1 rejected:        0\n" in shown
    assert "Total IPSEC SA Count:           1 active:          1 negotiating:     0\n" in shown
    assert "Incoming IPSEC Requests:        0 accepted:        0 rejected:        0\n" in shown


def test_clear_crypto_sa_without_an_isakmp_sa_says_so(bench: Bench) -> None:
    bench.do(PING, PING, "debug crypto isakmp")
    seen = bench.do("--monitor", "clear crypto isakmp", "clear crypto sa", "undebug all")
    words = (
        r"ignoring request to send delete notify \(no ISAKMP sa\) src 12\.1\.1\.2 dst 13\.1\.1\.3 for SPI 0x"
    )
    assert re.search(words, seen), seen


def lifetimes(text: str) -> list[tuple[int, int]]:
    """The kilobytes and seconds that each SA has left."""
    found = re.findall(r"remaining key lifetime \(k/sec\): \((\d+)/(\d+)\)", text)
    return [(int(kilobytes), int(seconds)) for kilobytes, seconds in found]


def test_a_new_lifetime_is_for_new_sas(bench: Bench) -> None:
    """`clear crypto sa` has it apply at once; the smaller of both ends' values holds for both."""
    bench.do(PING, PING)
    lines = ("lifetime seconds 600", "lifetime kilobytes 10240")
    bench.do("configure terminal", *(f"crypto ipsec security-association {line}" for line in lines))
    assert all(seconds > 600 for _, seconds in lifetimes(bench.do("show crypto ipsec sa")))
    assert "10240 kilobytes/600 seconds" in bench.do("show crypto map")
    bench.do("clear crypto sa", PING)
    for router in ("R2", "R3"):
        left = lifetimes(bench.do("show crypto ipsec sa", router=router))
        assert len(left) == 2
        assert all(kilobytes <= 10240 and 500 < seconds <= 600 for kilobytes, seconds in left)
    bench.do("configure terminal", *(f"no crypto ipsec security-association {line}" for line in lines))
    bench.do("clear crypto sa")


def test_show_ip_route_is_the_kernels_table(bench: Bench) -> None:
    r2 = bench.lab.nodes["R2"]
    shown = bench.do("show ip route")
    assert "C        12.1.1.0/24 is directly connected, Ethernet0/0\n" in shown
    assert "L        2.2.2.2/32 is directly connected, Ethernet0/1\n" in shown
    assert "S        3.3.3.0/24 [1/0] via 12.1.1.1\n" in shown
    for words in (
        "default via 12.1.1.1 proto dhcp",
        "10.1.0.0/16 via 2.2.2.10 proto ospf metric 20",
        "10.2.0.0/16 via 2.2.2.10 proto bgp",
    ):
        r2.run("ip", "route", "add", *words.split())
    bench.do(
        "configure terminal", "ip route 10.3.0.0 255.255.0.0 Null0", "ip route 10.4.0.0 255.255.0.0 9.9.9.9"
    )
    shown = bench.do("show ip route")
    assert "Gateway of last resort is 12.1.1.1 to network 0.0.0.0\n" in shown
    assert "S*    0.0.0.0/0 [1/0] via 12.1.1.1, Ethernet0/0\n" in shown
    assert "O        10.1.0.0/16 [110/20] via 2.2.2.10, Ethernet0/1\n" in shown
    assert "B        10.2.0.0/16 [20/0] via 2.2.2.10, Ethernet0/1\n" in shown
    assert "S        10.3.0.0/16 is directly connected, Null0\n" in shown
    r2.down("eth1")
    shown = bench.do("show ip route")
    assert "Ethernet0/1" not in shown
    r2.up("eth1")
    bench.do(
        "configure terminal",
        "no ip route 10.3.0.0 255.255.0.0 Null0",
        "no ip route 10.4.0.0 255.255.0.0 9.9.9.9",
    )
    r2.run("ip", "route", "del", "default", "proto", "dhcp")
