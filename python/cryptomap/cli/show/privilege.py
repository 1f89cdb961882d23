"""`show privilege`: automation checks that it may configure."""

from cryptomap.cli.command import Arguments, Command, Console

PRIVILEGED, USER = 15, 1


def collect(console: Console) -> int:
    return PRIVILEGED if console.privileged else USER


def render(level: int) -> str:
    return f"Current privilege level is {level}\n"


def _text(console: Console, args: Arguments) -> str:
    return render(collect(console))


COMMANDS = [Command("show privilege", {"privilege": "Show current privilege level"}, _text, user=True)]
