"""`crypto ipsec client ezvpn connect`, `... xauth` and `clear crypto ipsec client ezvpn`."""

from functools import partial

from cryptomap.cli.command import Arguments, Command, Console, RefusedError
from cryptomap.cli.router import Router
from cryptomap.model.remote_access import EzvpnState


def _names(router: Router, args: Arguments) -> list[str]:
    """The client that is named, or all."""
    names = list(router.config.ezvpn_clients)
    if not names:
        raise RefusedError("% No Easy VPN client is configured: crypto ipsec client ezvpn NAME\n")
    name = args.get("name")
    if name is not None and name not in names:
        raise RefusedError(f"% There is no Easy VPN client {name}; there is {', '.join(names)}\n")
    return names if name is None else [name]


def _connect(console: Console, args: Arguments) -> str:
    for name in _names(console.router, args):
        console.router.connect_client(name)
    return ""


def _clear(console: Console, args: Arguments) -> str:
    for name in _names(console.router, args):
        console.router.clear_client(name)
    return ""


def _xauth(console: Console, args: Arguments) -> str:
    """Ask for the user and the password that a gateway wants of the client; without a name of the first one
    that is asked."""
    asked = {each.name for each in console.router.easy_vpn_clients() if each.state is EzvpnState.XAUTH_REQ}
    waiting = [name for name in _names(console.router, args) if name in asked]
    if not waiting:
        raise RefusedError("% No gateway asks for a user now\n")

    def take_user(user: str) -> str:
        take = partial(take_password, user)
        console.ask("Password: ", take, default=None, hidden=True)
        return ""

    def take_password(user: str, password: str) -> str:
        if not console.router.answer_gateway(waiting[0], user, password):
            raise RefusedError("% The gateway asks no more\n")
        return ""

    console.ask("Username: ", take_user, default=None)
    return ""


_HELP = {
    "client": "Easy VPN client",
    "ezvpn": "Easy VPN (EzVPN) client",
    "connect": "Connect to the gateway",
    "xauth": "Answer what the gateway asks of the user",
    "$name": "Name of the Easy VPN client",
}
COMMANDS = [
    Command("crypto ipsec client ezvpn connect [WORD$name]", _HELP, _connect),
    Command("crypto ipsec client ezvpn xauth [WORD$name]", _HELP, _xauth),
    Command("clear crypto ipsec client ezvpn [WORD$name]", _HELP, _clear),
]
