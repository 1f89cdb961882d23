"""`cryptomap check`: what a person sees of a configuration file, good or bad."""

from pathlib import Path

import pytest

from cryptomap.main import main

GOOD = "hostname R2\ninterface e0/0\n ip address 12.1.1.2 255.255.255.0\n"
BAD = """\
hostname R2
crypto isakmp policy 10
 encryption aes 512
 authentication pre-share
 group 14
crypto isakmp key 0 wolfwolf adress 13.1.1.3
frobnicate
"""
BAD_SHOWN = """\
bad.cfg: refused
line 2: crypto isakmp policy 10
        ^
crypto isakmp policy 10: encryption des is weak; "crypto engine compliance shield disable" allows it
bad.cfg: refused
line 3:  encryption aes 512
                        ^
% Invalid input detected at '^' marker. Expected 128, 192, 256.
bad.cfg: refused
line 6: crypto isakmp key 0 wolfwolf adress 13.1.1.3
                                       ^
% Invalid input detected at '^' marker. Expected address, hostname.
bad.cfg: warning
line 7: frobnicate
        ^
not understood: kept, without effect
bad.cfg: refused
"""
SESSION = """\
R2#show clock
10:00:00
10:00:01

R2(config)#hostname R2   <=== ours
R3(config)#hostname R3
R3(config)#no such line
"""
SESSION_SHOWN = """\
session.txt (R2): line 1: exec command, not run: show clock
session.txt (R2): lines 2 to 3: output of an exec command: passed over
session.txt (R2): line 5: remark cut off: <=== ours
session.txt (R2): accepted
session.txt (R3): warning
line 7: R3(config)#no such line
                   ^
not understood: kept, without effect
session.txt (R3): accepted
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*names: str) -> int:
    return main(["check", *names])


@pytest.mark.parametrize(
    ("name", "text", "shown", "status"),
    [
        ("good.cfg", GOOD, "good.cfg: accepted\n", 0),
        ("empty.cfg", "", "empty.cfg: accepted\n", 0),
        ("bad.cfg", BAD, BAD_SHOWN, 1),
        ("session.txt", SESSION, SESSION_SHOWN, 0),
        ("a.txt", "R2(config)#end\n", "a.txt: hostname R2 taken from the prompts\na.txt: accepted\n", 0),
    ],
)  # fmt: skip
def test_what_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, shown: str, status: int
) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    assert check(name) == status
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(folder: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    (folder / "text.cfg").write_text("interface e0/0\n description 隧道\n", encoding=encoding)
    assert check("text.cfg") == 0
    assert capsys.readouterr().out == "text.cfg: accepted\n"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"hostname \xe9t\xe9\n", "is no UTF-8 text (octet 10 is no part of one): save it as UTF-8"),
        (b"\x7fELF\x02\xff\xfe", "is no UTF-8 text (octet 6 is no part of one): save it as UTF-8"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str], octets: bytes | None, reason: str
) -> None:
    """It is told, and the other files are looked at all the same."""
    if octets is not None:
        (folder / "odd.cfg").write_bytes(octets)
    (folder / "good.cfg").write_text(GOOD)
    assert check("odd.cfg", "good.cfg") == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("good.cfg: accepted\n", f"cryptomap check: odd.cfg {reason}\n")


def test_a_refused_file_among_good_ones(folder: Path) -> None:
    (folder / "good.cfg").write_text(GOOD)
    (folder / "bad.cfg").write_text(BAD)
    assert check("good.cfg", "bad.cfg", "good.cfg") == 1
