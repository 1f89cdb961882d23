"""Two gateways with an ISP between them that hears and forges, and a host behind each.

PC2 2.2.2.10 - R2 12.1.1.2 - 12.1.1.1 ISP 13.1.1.1 - 13.1.1.3 R3 - 3.3.3.10 PC3
               R2 22.1.1.2 - 22.1.1.1 ISP
The ISP also is 3.3.3.77 and 3.3.3.200, which are in R3's network, and 4.4.4.4, which is not.
"""

import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scapy.layers.inet import IP

from cryptomap.lab.capture import Capture
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace, connect

INTERFACES = {"Ethernet0/0": "eth0", "Ethernet0/1": "eth1", "Ethernet0/2": "eth2"}
HEAD = """hostname {name}
crypto isakmp policy 10
 encr aes
 hash sha256
 authentication pre-share
 group 14
crypto isakmp key wolf address {peer}
crypto ipsec transform-set TS esp-aes esp-sha256-hmac
"""
"""What every router of these tests has; `peer` is whom it shares its key with."""
ANYBODY = "0.0.0.0 0.0.0.0"
CONFIG = (
    HEAD
    + """ip access-list extended FIRST
{first}
ip access-list extended SECOND
 permit ip host {lan}.10 host {far}.201
crypto map VPN 10 ipsec-isakmp
 set peer {peer}
 set transform-set TS
 match address FIRST
crypto map VPN 20 ipsec-isakmp
 set peer {peer}
 set transform-set TS
 match address SECOND
interface Ethernet0/0
 ip address {outside} 255.255.255.0
interface Ethernet0/1
 ip address {lan}.1 255.255.255.0
{more}
ip route 0.0.0.0 0.0.0.0 {isp}
end
"""
)
HUB = (
    HEAD
    + """crypto dynamic-map ANY 10
 set transform-set TS
crypto map VPN 10 ipsec-isakmp dynamic ANY
interface Ethernet0/0
 ip address {outside} 255.255.255.0
 crypto map VPN
interface Ethernet0/1
 ip address {lan}.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 {isp}
end
"""
)
FIRST = ("deny ip {lan}.0 0.0.0.255 host {far}.200", "permit ip {lan}.0 0.0.0.255 {far}.0 0.0.0.255")
MAP = ("interface Ethernet0/0", " crypto map VPN")
SECOND_UPLINK = ("interface Ethernet0/2", " ip address 22.1.1.2 255.255.255.0")
FIELDS = {
    "R2": {"peer": "13.1.1.3", "lan": "2.2.2", "far": "3.3.3", "outside": "12.1.1.2", "isp": "12.1.1.1"},
    "R3": {"peer": "12.1.1.2", "lan": "3.3.3", "far": "2.2.2", "outside": "13.1.1.3", "isp": "13.1.1.1"},
}
PATIENCE_SECONDS = 5.0


def hub_config(name: str) -> str:
    """R2 or R3 that lets everybody in who has the key."""
    return HUB.format(**{**FIELDS[name], "name": name, "peer": ANYBODY})


@dataclass(frozen=True, slots=True)
class Wires:
    """The namespaces, cabled, and a folder for files."""

    nodes: dict[str, Namespace]
    folder: Path

    def ping(self, node: str, target: str, count: int = 1, source: str | None = None, *options: str) -> bool:
        """Whether an echo is answered."""
        words = ["ping", "-n", "-c", str(count), "-i", "0.1", "-W", "1", *options]
        words += ["-I", source] if source else []
        return self.nodes[node].run(*words, target, check=False).returncode == 0

    def tunnel(self) -> None:
        """Bring the SAs up from PC2's side."""
        assert eventually(lambda: self.ping("PC2", "3.3.3.10"))

    def send(self, node: str, packet: IP) -> None:
        """Send a packet with whatever addresses it has."""
        with self.nodes[node].open_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            raw.sendto(bytes(packet), (packet.dst, 0))

    def start(self, name: str, text: str) -> Gateway:
        """Start a router with a configuration, and wait until it is ready."""
        (self.folder / f"{name}.cfg").write_text(text)
        gateway = self.launch(name)
        gateway.wait_ready()
        return gateway

    def launch(self, name: str) -> Gateway:
        """Start a router with the configuration that it had before."""
        router = Router(name, self.folder / f"{name}.cfg", INTERFACES)
        return Gateway(router, self.nodes[name], self.folder, self.folder)

    def configure(self, name: str, *lines: str) -> None:
        """Type lines in configuration mode."""
        commands = ("configure terminal", *lines, "end")
        program = (f"CRYPTOMAP_RUNTIME_DIR={self.folder}", sys.executable, "-m", "cryptomap", "console", name)
        self.nodes[name].run("env", *program, *commands)

    def router(
        self, name: str, first: Sequence[str] = FIRST, more: Sequence[str] = MAP, peer: str | None = None
    ) -> Gateway:
        """Start R2 or R3 with these lines in its first access list, and `more` at the end."""
        fields = {**FIELDS[name], "name": name, "more": "\n".join(more)}
        fields["peer"] = peer or fields["peer"]
        fields["first"] = "\n".join(f" {line.format(**fields)}" for line in first)
        return self.start(name, CONFIG.format(**fields))

    @contextmanager
    def running(
        self, *names: str, first: Sequence[str] = FIRST, more: Sequence[str] = MAP
    ) -> Iterator[list[Gateway]]:
        """Routers that are stopped cleanly at the end."""
        gateways = [self.router(name, first, more) for name in names]
        try:
            yield gateways
        finally:
            for gateway in gateways:
                gateway.stop()

    @contextmanager
    def outside(self) -> Iterator[Capture]:
        """What the ISP hears on its link to R2."""
        with Capture(self.nodes["ISP"], "eth0") as capture:
            yield capture


def lay(nodes: dict[str, Namespace], far_mtu: int = 1500) -> None:
    """Cable the nodes; `far_mtu` is that of the link between the ISP and R3."""
    connect(nodes["PC2"], "eth0", nodes["R2"], "eth1")
    connect(nodes["R2"], "eth0", nodes["ISP"], "eth0")
    connect(nodes["R2"], "eth2", nodes["ISP"], "eth2")
    connect(nodes["ISP"], "eth1", nodes["R3"], "eth0", far_mtu)
    connect(nodes["R3"], "eth1", nodes["PC3"], "eth0")
    isp = nodes["ISP"]
    isp.address("eth0", "12.1.1.1/24")
    isp.address("eth1", "13.1.1.1/24")
    isp.address("eth2", "22.1.1.1/24")
    for address in ("3.3.3.77/32", "3.3.3.200/32", "4.4.4.4/32"):
        isp.address("lo", address)
    isp.forward()
    isp.route("2.2.2.0/24", "12.1.1.2")
    for pc, lan in (("PC2", "2.2.2"), ("PC3", "3.3.3")):
        nodes[pc].address("eth0", f"{lan}.10/24")
        nodes[pc].route("default", f"{lan}.1")


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


def typed(gateway: Gateway, command: str) -> str:
    """What a console shows for a command, which it takes."""
    code, text = gateway.type(command, lambda _: None)
    assert code == 0, text
    return text


def shown(text: str, label: str) -> list[int]:
    """The numbers after `label` wherever it is in `text`."""
    return [int(number) for number in re.findall(rf"{re.escape(label)}:? (\d+)", text)]


def between_networks(capture: Capture) -> list[tuple[str, str]]:
    """Addresses of the packets between the two protected networks that the capture could read."""
    pairs = (packet.addresses for packet in capture.packets)
    inside = ("2.2.2.", "3.3.3.")
    return [(source, to) for source, to in pairs if source.startswith(inside) and to.startswith(inside)]
