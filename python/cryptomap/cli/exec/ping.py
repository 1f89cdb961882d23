"""`ping A.B.C.D [source ...] [repeat N] [size N] [timeout N] [df-bit]`."""

from collections.abc import AsyncIterator, Sequence
from ipaddress import IPv4Address
from typing import Any

from cryptomap.cli.command import Arguments, Command, Console, RefusedError
from cryptomap.cli.router import PingReply, PingRequest, PingResult, Router
from cryptomap.config.tree import Branch
from cryptomap.model.config import InterfaceName

COLUMNS = 70
"""IOS begins a new line after this many result characters."""


async def _ping(console: Console, request: PingRequest) -> AsyncIterator[str]:
    yield "Type escape sequence to abort.\n"
    count, size, seconds = request.count, request.size, int(request.timeout)
    yield f"Sending {count}, {size}-byte ICMP Echos to {request.target}, timeout is {seconds} seconds:\n"
    if request.source is not None:
        yield f"Packet sent with a source address of {request.source} \n"
    if request.dont_fragment:
        yield "Packet sent with the DF bit set\n"
    replies: list[PingReply] = []
    async for reply in console.router.ping(request):
        replies.append(reply)
        yield reply.result.value + ("\n" if len(replies) % COLUMNS == 0 else "")
        if console.aborted:
            break
    yield ("" if replies and len(replies) % COLUMNS == 0 else "\n") + render(replies)


def render(replies: Sequence[PingReply]) -> str:
    """The summary line. The times are left out when nothing was answered."""
    good = sum(reply.result is PingResult.REPLY for reply in replies)
    times = [round(reply.milliseconds) for reply in replies if reply.milliseconds is not None]
    rate = 100 * good // len(replies) if replies else 0
    summary = f"Success rate is {rate} percent ({good}/{len(replies)})"
    if times:
        low, mean, high = (max(value, 1) for value in (min(times), sum(times) // len(times), max(times)))
        summary += f", round-trip min/avg/max = {low}/{mean}/{high} ms"
    return f"{summary}\n"


def _run(console: Console, args: Arguments) -> AsyncIterator[str]:
    options: dict[str, Any] = {}
    for branch in args.get("options", ()):
        assert isinstance(branch, Branch)
        options |= branch.arguments
        if branch.word == "df-bit":
            options["dont_fragment"] = True
    source = _source(console.router, options)
    request = PingRequest(
        args["target"],
        source,
        options.get("count", 5),
        options.get("size", 100),
        float(options.get("seconds", 2)),
        options.get("dont_fragment", False),
    )
    return _ping(console, request)


def _source(router: Router, options: Arguments) -> IPv4Address | None:
    """The source address, taken from its interface if need be; raises `RefusedError`."""
    interfaces = router.in_force.interfaces
    if "interface" in options:
        interface = interfaces.get(InterfaceName(options["interface"]))
        if interface is None or interface.address is None:
            raise RefusedError("% Invalid source interface - IP not enabled or interface is down\n")
        return interface.address.ip
    source: IPv4Address | None = options.get("source")
    addresses = [item for each in interfaces.values() for item in (each.address, *each.secondary) if item]
    if source is not None and source not in [address.ip for address in addresses]:
        raise RefusedError("% Invalid source address- IP address not on any of our up interfaces\n")
    return source


COMMANDS = [
    Command(
        "ping [ip] A.B.C.D$target [{source <A.B.C.D$source|INTERFACE$interface>|repeat (1-2147483647)$count"
        "|size (36-18024)$size|timeout (0-3600)$seconds|df-bit}$options]",
        {
            "ping": "Send echo messages",
            "ip": "IP echo",
            "$target": "Ping destination address",
            "source": "Specify source address or name",
            "repeat": "Specify repeat count",
            "size": "Specify datagram size",
            "timeout": "Specify timeout interval",
            "df-bit": "Enable do not fragment bit in IP header",
            "$source": "Source address",
            "$count": "Repeat count",
            "$size": "Datagram size",
            "$seconds": "Seconds",
        },
        _run,
        user=True,
    )
]
