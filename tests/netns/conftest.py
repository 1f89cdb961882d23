"""Two gateways with an ISP between them that hears and forges, and a host behind each.

PC2 2.2.2.10 - R2 12.1.1.2 - 12.1.1.1 ISP 13.1.1.1 - 13.1.1.3 R3 - 3.3.3.10 PC3
The ISP also is 3.3.3.77 and 4.4.4.4, to send cleartext from a protected and from an open network.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cryptomap.lab.capture import Capture
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace, connect, namespaces

MAP_ON_INTERFACE = " crypto map VPN"
CONFIG = """hostname {name}
crypto isakmp policy 10
 encr aes
 hash sha256
 authentication pre-share
 group 14
crypto isakmp key wolf address {peer}
crypto ipsec transform-set TS esp-aes esp-sha256-hmac
ip access-list extended FIRST
 deny ip {lan}.0 0.0.0.255 host {far}.200
 permit ip {lan}.0 0.0.0.255 {far}.0 0.0.0.255
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
{map}
interface Ethernet0/1
 ip address {lan}.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 {isp}
end
"""
R2_FIELDS = {"name": "R2", "peer": "13.1.1.3", "lan": "2.2.2", "far": "3.3.3"}
R3_FIELDS = {"name": "R3", "peer": "12.1.1.2", "lan": "3.3.3", "far": "2.2.2"}
R2_WIRE = {"outside": "12.1.1.2", "isp": "12.1.1.1"}
R3_WIRE = {"outside": "13.1.1.3", "isp": "13.1.1.1"}


@dataclass(frozen=True, slots=True)
class Wires:
    """The namespaces, cabled, and a folder for files."""

    nodes: dict[str, Namespace]
    folder: Path

    def ping(self, node: str, target: str, count: int = 1, source: str | None = None) -> bool:
        """Whether an echo is answered."""
        words = ["ping", "-n", "-c", str(count), "-i", "0.1", "-W", "1"]
        words += ["-I", source] if source else []
        return self.nodes[node].run(*words, target, check=False).returncode == 0

    def router(self, name: str, *, protected: bool = True) -> Gateway:
        """Start R2 or R3, with or without its crypto map on the interface."""
        fields, wire = (R2_FIELDS, R2_WIRE) if name == "R2" else (R3_FIELDS, R3_WIRE)
        config = self.folder / f"{name}.cfg"
        config.write_text(CONFIG.format(**fields, **wire, map=MAP_ON_INTERFACE if protected else "!"))
        described = Router(name, config, {"Ethernet0/0": "eth0", "Ethernet0/1": "eth1"})
        gateway = Gateway(described, self.nodes[name], self.folder, self.folder)
        gateway.wait_ready()
        return gateway

    @contextmanager
    def running(self, *names: str, protected: bool = True) -> Iterator[list[Gateway]]:
        """Routers that are stopped cleanly at the end."""
        gateways = [self.router(name, protected=protected) for name in names]
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


@pytest.fixture(scope="module")
def wires() -> Iterator[Wires]:
    with namespaces(["PC2", "R2", "ISP", "R3", "PC3"]) as nodes, tempfile.TemporaryDirectory() as name:
        connect(nodes["PC2"], "eth0", nodes["R2"], "eth1")
        connect(nodes["R2"], "eth0", nodes["ISP"], "eth0")
        connect(nodes["ISP"], "eth1", nodes["R3"], "eth0")
        connect(nodes["R3"], "eth1", nodes["PC3"], "eth0")
        isp = nodes["ISP"]
        isp.address("eth0", "12.1.1.1/24")
        isp.address("eth1", "13.1.1.1/24")
        for address in ("3.3.3.77/32", "3.3.3.200/32", "4.4.4.4/32"):
            isp.address("lo", address)
        isp.forward()
        isp.route("2.2.2.0/24", "12.1.1.2")
        for pc, lan in (("PC2", "2.2.2"), ("PC3", "3.3.3")):
            nodes[pc].address("eth0", f"{lan}.10/24")
            nodes[pc].route("default", f"{lan}.1")
        yield Wires(nodes, Path(name))
