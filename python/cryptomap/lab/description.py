"""What a lab is: the value that a folder's `lab.toml` describes, and the folders that ship with us.

title = "one line for the list"
[router.R2]                          a gateway: `cryptomap run R2.cfg --name R2 ...`
config = "R2.cfg"
interfaces = { "Ethernet0/0" = "eth0" }
[host.ISP]                           a plain network stack
addresses = { eth0 = "12.1.1.1/24" }
forward = true                       routes packets; nat = "eth1" also hides them behind eth1's address
[host.PC2]
addresses = { eth0 = "2.2.2.10/24" }
gateway = "2.2.2.2"                  further routes: routes = { "4.4.4.0/24" = "2.2.2.3" }
[[link]]
ends = ["R2:eth0", "ISP:eth0"]
[[step]]                             see `cryptomap.lab.script`
at = "R2"
type = "show crypto isakmp sa"
expect = ["QM_IDLE"]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

from cryptomap.daemon.configuration import read_configuration
from cryptomap.lab.script import Step, read_step
from cryptomap.lab.table import LabError, Table

SHIPPED = Path(__file__).parent / "labs"
DESCRIPTION = "lab.toml"


@dataclass(frozen=True, slots=True)
class Router:
    """A gateway. `interfaces` maps IOS names to the lab's device names."""

    name: str
    config: Path
    interfaces: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Host:
    """A plain network stack: a PC, or with `forward` a router in the middle."""

    name: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    gateway: str | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    forward: bool = False
    nat: str | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A device of a router or host, written `R2:eth0`."""

    node: str
    device: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between two ports."""

    left: Port
    right: Port
    mtu: int = 1500


@dataclass(frozen=True, slots=True)
class Lab:
    """A whole lab, checked: every name in a link or step is that of a router or host."""

    name: str
    folder: Path
    """Where its files are, and its programs run."""
    title: str
    routers: tuple[Router, ...]
    hosts: tuple[Host, ...]
    links: tuple[Link, ...]
    steps: tuple[Step, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(router.name for router in self.routers) + tuple(host.name for host in self.hosts)


def find_lab(name: str) -> Path:
    """The folder that NAME or DIR means. Raises `LabError` when there is none."""
    for folder in (Path(name), SHIPPED / name):
        if (folder / DESCRIPTION).is_file():
            return folder
    known = ", ".join(shipped_labs())
    raise LabError(f"there is no lab {name}: neither a folder with a {DESCRIPTION}, nor one of {known}")


def shipped_labs() -> list[str]:
    """Names of the labs that ship with us, sorted."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{DESCRIPTION}"))


def load_lab(folder: Path) -> Lab:
    """Read and check a lab, its routers' configurations included.

    Raises `LabError`, or `ConfigurationError` for a router's file, with file, place and what to do.
    """
    path = folder / DESCRIPTION
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LabError(f"{path}: {error}") from error
    top = Table(str(path), "", content)
    lab = Lab(
        name=folder.resolve().name,
        folder=folder,
        title=top.text("title"),
        routers=tuple(_router(table, name, folder) for name, table in top.tables("router")),
        hosts=tuple(_host(table, name) for name, table in top.tables("host")),
        links=tuple(_link(table) for table in top.list_of_tables("link")),
        steps=tuple(read_step(table) for table in top.list_of_tables("step")),
    )
    top.finish()
    _check_names(lab, top)
    return lab


def _router(table: Table, name: str, folder: Path) -> Router:
    router = Router(name, folder / table.text("config"), table.texts_by_name("interfaces"))
    if not router.config.is_file():
        table.fail(f"there is no file {router.config}")
    table.finish()
    read_configuration(router.config)
    return router


def _host(table: Table, name: str) -> Host:
    host = Host(
        name,
        addresses=table.texts_by_name("addresses"),
        gateway=table.optional_text("gateway"),
        routes=table.texts_by_name("routes"),
        forward=table.flag("forward"),
        nat=table.optional_text("nat"),
    )
    for address in host.addresses.values():
        if "/" not in address or not _is(ip_interface, address):
            table.fail(f"{address!r} is not an address with prefix length, such as 2.2.2.10/24")
    if host.gateway is not None and not _is(ip_address, host.gateway):
        table.fail(f"gateway {host.gateway!r} is not an address")
    for network, gateway in host.routes.items():
        if not _is(ip_network, network) or not _is(ip_address, gateway):
            table.fail(f"routes must be networks and next hops, not {network!r} and {gateway!r}")
    table.finish()
    return host


def _link(table: Table) -> Link:
    ends = table.texts("ends")
    if len(ends) != 2 or not all(":" in end for end in ends):
        table.fail('ends must be two ports, such as ["R2:eth0", "ISP:eth0"]')
    left, right = (Port(*end.split(":", 1)) for end in ends)
    link = Link(left, right, table.number("mtu", 1500))
    table.finish()
    return link


def _check_names(lab: Lab, top: Table) -> None:
    known = ", ".join(lab.nodes)
    names = lab.nodes
    for name in names:
        if names.count(name) > 1:
            top.fail(f"{name} is both a router and a host")
    for port in (end for link in lab.links for end in (link.left, link.right)):
        if port.node not in names:
            top.fail(f"a link ends at {port.node}, which is not a router or host ({known})")
    routers = {router.name for router in lab.routers}
    for number, step in enumerate(lab.steps, 1):
        if step.at and step.at not in names:
            top.fail(f"step {number} is at {step.at}, which is not a router or host ({known})")
        if step.needs_console and step.at not in routers:
            top.fail(f"step {number} types at {step.at}, which is a host: only routers have a console")


def _is(parse: object, text: str) -> bool:
    try:
        parse(text)  # type: ignore[operator]
    except ValueError:
        return False
    return True
