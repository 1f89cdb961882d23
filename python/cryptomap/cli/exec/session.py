"""`enable`, `disable`, `exit` and `logout`: what changes the session alone."""

from cryptomap.cli.command import Arguments, Command, Console


def _enable(console: Console, args: Arguments) -> str:
    console.privileged = True
    return ""


def _disable(console: Console, args: Arguments) -> str:
    console.privileged = False
    return ""


def _exit(console: Console, args: Arguments) -> str:
    console.closed = True
    return ""


COMMANDS = [
    Command("enable", {"enable": "Turn on privileged commands"}, _enable, user=True),
    Command("disable", {"disable": "Turn off privileged commands"}, _disable, user=True),
    Command(
        "<exit|logout|quit>",
        {"exit": "Exit from the EXEC", "logout": "Exit from the EXEC", "quit": "Exit from the EXEC"},
        _exit,
        user=True,
    ),
]
