"""`show ip interface brief`."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.config import Interface, Personality


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    interface: Interface
    up: bool


def collect(router: Router) -> Sequence[InterfaceRow]:
    up = {status.name for status in router.interfaces() if status.up}
    return [InterfaceRow(item, item.name in up) for item in router.in_force.interfaces.values()]


def render(rows: Sequence[InterfaceRow], personality: Personality) -> str:
    header = "Interface                  IP-Address      OK? Method Status                Protocol"
    return block([header, *(_row(row) for row in rows)])


def _row(row: InterfaceRow) -> str:
    address = str(row.interface.address.ip) if row.interface.address else "unassigned"
    method = "manual" if row.interface.address else "unset"
    status = "administratively down" if row.interface.shutdown else "up" if row.up else "down"
    protocol = "up" if row.up and not row.interface.shutdown else "down"
    return f"{row.interface.name:26} {address:15} YES {method:6} {status:21} {protocol}"


COMMANDS = [
    show(
        "show ip interface brief",
        {
            "ip": "IP information",
            "interface": "IP interface status and configuration",
            "brief": "Brief summary of IP status and configuration",
        },
        lambda router, personality, args: render(collect(router), personality),
    )
]
