"""`configure terminal`."""

from cryptomap.cli.command import Arguments, Command, Console


def _run(console: Console, args: Arguments) -> str:
    console.configure()
    return "Enter configuration commands, one per line.  End with CNTL/Z.\n"


COMMANDS = [
    Command(
        "configure terminal",
        {"configure": "Enter configuration mode", "terminal": "Configure from the terminal"},
        _run,
    )
]
