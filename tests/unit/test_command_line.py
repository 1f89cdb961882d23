"""The `cryptomap` command: options anywhere, help for each command, a sentence for what is wrong."""

import pytest

from cryptomap.main import COMMANDS, main


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: cryptomap {words[0] if len(words) > 1 else '[-h]'}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "invalid choice: 'fly' (choose from 'run', 'console'"),
        (["run"], "the following arguments are required: CONFIG"),
        (["run", "R2.cfg", "--speed"], "unrecognized arguments: --speed"),
        (["console"], "the following arguments are required: NAME"),
    ],
)
def test_what_cannot_be_understood(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_options_may_stand_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["console", "nobody", "--monitor", "show clock"]) == 2
    assert "cryptomap console: no gateway called nobody" in capsys.readouterr().err
