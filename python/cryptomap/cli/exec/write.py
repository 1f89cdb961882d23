"""`write memory` and `copy running-config startup-config`."""

from cryptomap.cli.command import Arguments, Command, Console

SAVED = "Building configuration...\n[OK]\n"


def _write(console: Console, args: Arguments) -> str:
    console.router.save()
    return SAVED


def _copy(console: Console, args: Arguments) -> str:
    console.ask("Destination filename [startup-config]? ", lambda answer: _write(console, args))
    return ""


COMMANDS = [
    Command(
        "write [memory]",
        {"write": "Write running configuration to memory", "memory": "Write to NV memory"},
        _write,
    ),
    Command(
        "copy running-config startup-config",
        {
            "copy": "Copy from one file to another",
            "running-config": "Copy from current system configuration",
            "startup-config": "Copy to startup configuration",
        },
        _copy,
    ),
]
