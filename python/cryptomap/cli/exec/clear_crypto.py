"""`clear crypto isakmp [N]`, `sa [...]`, `session [...]` and `call admission statistics`."""

from cryptomap.cli.command import Arguments, Command, Console, RefusedError
from cryptomap.model.sa import AH_PROTOCOL, ESP_PROTOCOL, SaKey

MAX_SPI = 0xFFFFFFFF
PROTOCOLS = {"esp": ESP_PROTOCOL, "ah": AH_PROTOCOL}


def _isakmp(console: Console, args: Arguments) -> str:
    console.router.clear_isakmp(args.get("connection_id"))
    return ""


def _sa(console: Console, args: Arguments) -> str:
    router = console.router
    if "counters" in args:
        router.clear_sa_counters()
    elif "destination" in args:
        spi: int = args["spi"]
        if spi > MAX_SPI:
            raise RefusedError(f"% SPI 0x{spi:X} is longer than 32 bits\n")
        router.clear_sa(key=SaKey(args["destination"], PROTOCOLS[args["protocol"]], spi))
    else:
        router.clear_sa(peer=args.get("peer"), map_name=args.get("map_name"))
    return ""


def _session(console: Console, args: Arguments) -> str:
    console.router.clear_session(args.get("peer"), args.get("port"), args.get("user"))
    return ""


def _calls(console: Console, args: Arguments) -> str:
    console.router.clear_call_statistics()
    return ""


COMMANDS = [
    Command(
        "clear crypto call admission statistics",
        {
            "call": "Clear crypto Call Admission Control counters",
            "admission": "Clear Crypto Call Admission Control information",
            "statistics": "Clear Crypto Call Admission Control statistics",
        },
        _calls,
    ),
    Command(
        "clear crypto isakmp [(1-65535)$connection_id]",
        {"isakmp": "Clear ISAKMP database", "$connection_id": "Connection id of SA"},
        _isakmp,
    ),
    Command(
        "clear crypto sa [<peer A.B.C.D$peer|map WORD$map_name|counters$counters"
        "|entry A.B.C.D$destination <esp|ah>$protocol <(256-4294967295)$spi|HEX$spi>>]",
        {
            "sa": "Clear IPSec security associations",
            "peer": "Clear all SAs for a given crypto peer",
            "map": "Clear all SAs for a given crypto map",
            "counters": "Reset the SA counters",
            "entry": "Clear a single SA entry",
            "$peer": "IP address of peer",
            "$map_name": "Name of the crypto map",
            "$destination": "Destination address of the SA",
            "esp": "Encapsulating Security Payload",
            "ah": "Authentication Header",
            "$spi": "SPI, decimal or 0x hexadecimal",
        },
        _sa,
    ),
    Command(
        "clear crypto session [<remote A.B.C.D$peer [port (1-65535)$port]|username WORD$user>]",
        {
            "session": "Clear crypto sessions (tunnels)",
            "remote": "Clear crypto sessions for a particular remote address",
            "$peer": "IPv4 address of the peer",
            "port": "Clear crypto sessions for a particular remote port",
            "$port": "Remote port",
            "username": "Clear crypto sessions of a remote user",
            "$user": "Name of the user",
        },
        _session,
    ),
]
