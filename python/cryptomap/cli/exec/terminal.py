"""`terminal length|width|monitor`: what every automation client sends first. All silent."""

from cryptomap.cli.command import Arguments, Command, Console


def _accept(console: Console, args: Arguments) -> str:
    """Output here is never paged or wrapped, so the size changes nothing."""
    return ""


def _monitor(console: Console, args: Arguments) -> str:
    console.monitor = "no" not in args
    return ""


COMMANDS = [
    Command(
        "terminal <length|width> (0-512)$size",
        {
            "terminal": "Set terminal line parameters",
            "length": "Set number of lines on a screen",
            "width": "Set width of the display terminal",
            "$size": "Lines or characters (0 for no pausing)",
        },
        _accept,
        user=True,
    ),
    Command(
        "terminal [no$no] monitor",
        {
            "terminal": "Set terminal line parameters",
            "no": "Negate a command or set its defaults",
            "monitor": "Copy debug output to the current terminal line",
        },
        _monitor,
    ),
]
