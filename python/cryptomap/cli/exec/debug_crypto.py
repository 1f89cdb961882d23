"""`debug crypto isakmp|ipsec`, `no debug ...`, `undebug ...` and `undebug all`."""

from cryptomap.cli.command import Arguments, Command, Console
from cryptomap.cli.router import DebugFlag
from cryptomap.cli.show.debugging import NAMES
from cryptomap.cli.text import block

FLAGS = {"isakmp": DebugFlag.ISAKMP, "ipsec": DebugFlag.IPSEC}
HELP = {
    "debug": "Debugging functions (see also 'undebug')",
    "undebug": "Disable debugging functions (see also 'debug')",
    "no": "Disable debugging functions",
    "crypto": "Cryptographic subsystem",
    "isakmp": "ISAKMP Key Management",
    "ipsec": "IPSEC processing",
    "all": "Disable all debugging",
}


def _on(console: Console, args: Arguments) -> str:
    flag = FLAGS[args["what"]]
    console.router.set_debugging(flag, True)
    return block([f"{NAMES[flag]} debugging is on"])


def _off(console: Console, args: Arguments) -> str:
    flag = FLAGS[args["what"]]
    console.router.set_debugging(flag, False)
    return block([f"{NAMES[flag]} debugging is off"])


def _all_off(console: Console, args: Arguments) -> str:
    for flag in DebugFlag:
        console.router.set_debugging(flag, False)
    return block(["All possible debugging has been turned off"])


COMMANDS = [
    Command("debug crypto <isakmp|ipsec>$what", HELP, _on),
    Command("<undebug|no debug> crypto <isakmp|ipsec>$what", HELP, _off),
    Command("<undebug|no debug> all", HELP, _all_off),
]
