"""`show crypto ipsec client ezvpn [NAME]`: our own clients, and what their gateways told them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Personality, RouterConfig
from cryptomap.model.remote_access import Assignment, EzvpnStatus
from cryptomap.policy.ezvpn import inside_interfaces, loopback_name, outside_interfaces


@dataclass(frozen=True, slots=True)
class Shown:
    """A client with the interfaces that it is configured on."""

    status: EzvpnStatus
    inside: Sequence[str]
    outside: str
    loopback: str


def collect(router: Router, name: str | None = None) -> list[Shown]:
    config = router.config
    return [_shown(config, each) for each in router.easy_vpn_clients() if name in (None, each.name)]


def _shown(config: RouterConfig, status: EzvpnStatus) -> Shown:
    inside = [each.name for each in inside_interfaces(config, status.name)]
    outside = next((each.name for each in outside_interfaces(config, status.name)), "")
    return Shown(status, inside, outside, loopback_name(config, config.ezvpn_clients[status.name]))


def render(clients: Sequence[Shown], personality: Personality) -> str:
    lines = [f"Easy VPN Remote Phase: {8 if personality is Personality.IOS_15 else 2}"]
    for each in clients:
        lines += ["", *_client(each)]
    return block(lines)


def _client(each: Shown) -> Iterator[str]:
    status = each.status
    yield f"Tunnel name : {status.name}"
    yield f"Inside interface list: {', '.join(each.inside)}"
    yield f"Outside interface: {each.outside}"
    yield f"Current State: {status.state}"
    yield f"Last Event: {status.last_event}"
    if status.tunnel is not None:
        yield from _told(status.tunnel.assignment, each.loopback)
    if status.peer is not None:
        yield f"Current EzVPN Peer: {status.peer}"


def _told(told: Assignment, loopback: str) -> Iterator[str]:
    if told.address is not None:
        yield f"Address: {told.address} (applied on {loopback})"
        yield f"Mask: {told.netmask or IPv4Address('255.255.255.255')}"
    for what, servers in (("DNS", told.dns), ("NBMS/WINS", told.wins)):
        for rank, server in zip(("Primary", "Secondary"), servers, strict=False):
            yield f"{what} {rank}: {server}"
    if told.domain is not None:
        yield f"Default Domain: {told.domain}"
    yield f"Save Password: {'Allowed' if told.save_password else 'Disallowed'}"
    for number, network in enumerate(told.split_include, 1):
        yield from _split(number, network)
    if told.backup_gateways:
        yield f"Backup Gateways: {', '.join(told.backup_gateways)}"


def _split(number: int, network: IPv4Network) -> Iterator[str]:
    yield f"Split Tunnel List: {number}"
    yield f"       Address    : {network.network_address}"
    yield f"       Mask       : {network.netmask}"
    yield "       Protocol   : 0x0"
    yield "       Source Port: 0"
    yield "       Dest Port  : 0"


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router, args.get("name")), personality)


COMMANDS = [
    show(
        "show crypto ipsec client ezvpn [WORD$name]",
        {
            "client": "Show client status",
            "ezvpn": "Show Easy VPN (EzVPN) client status",
            "$name": "Name of the Easy VPN client",
        },
        _text,
    )
]
