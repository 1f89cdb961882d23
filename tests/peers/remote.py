"""Our gateway with a group of remote clients, on the wires of `site`: a client stands where the peer does.

192.0.2.1 a client   ----   192.0.2.2 our gateway 10.2.0.1   ----   10.2.0.9 a host
            10.9.9.1 .. 10.9.9.50 by mode config
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers import ours
from tests.peers.site import HOST, NO_KEYS

from cryptomap.daemon.key_store import KeyStore
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace
from cryptomap.policy.own_keys import OwnKeys

FIRST = "10.9.9.1"
CONFIG = """hostname GW
crypto engine compliance shield disable
aaa new-model
aaa authentication login XA local
aaa authorization network GRP local
username alice secret alicepw
username bob password bobpw
ip local pool RA 10.9.9.1 10.9.9.50
crypto isakmp policy 10
{policy}
 authentication {authentication}
{extra}
crypto isakmp client configuration group VPNG
 key groupkey
 pool RA
 acl 150
 dns 10.2.0.53
 domain lab.example
 banner ^Welcome^
{group}
access-list 150 permit ip 10.2.0.0 0.0.0.255 any
crypto ipsec transform-set TS {transforms}
crypto dynamic-map DYN 10
 set transform-set TS
 reverse-route
{pfs}
{entry}
crypto map RAM client authentication list XA
crypto map RAM isakmp authorization list GRP
crypto map RAM client configuration address {mode}
crypto map RAM 65000 ipsec-isakmp dynamic DYN
interface Ethernet0/0
 ip address 192.0.2.2 255.255.255.0
 crypto map RAM
interface Ethernet0/1
 ip address 10.2.0.1 255.255.255.0
end
"""


@dataclass(frozen=True, slots=True)
class Served:
    """Our side, in IOS words."""

    policy: Sequence[str] = ("encr aes", "hash sha", "group 2")
    transforms: str = "esp-aes esp-sha-hmac"
    pfs: int | None = None
    authentication: str = "pre-share"
    mode: str = "respond"
    group: str = ""
    extra: str = ""
    entry: str = "!"
    """A further line of the dynamic map entry."""
    keys: OwnKeys = NO_KEYS

    def text(self) -> str:
        return CONFIG.format(
            policy="\n".join(f" {line}" for line in self.policy),
            transforms=self.transforms,
            pfs=f" set pfs group{self.pfs}" if self.pfs else "!",
            authentication=self.authentication,
            mode=self.mode,
            group=self.group or "!",
            extra=self.extra or "!",
            entry=self.entry,
        )


@dataclass(frozen=True, slots=True)
class Hub:
    """The gateway, running, and what is around it."""

    client: Namespace
    host: Namespace
    gateway: Gateway
    folder: Path

    def console(self, command: str) -> str:
        """An exec command at our gateway's console, which must take it."""
        return ours.typed(self.gateway, command)

    def pings(self, address: str = FIRST, count: int = 3) -> list[int]:
        """How many of `count` echoes are answered: of the client's by our host, and the other way."""
        outward = ours.echoes(self.client, "-c", str(count), "-I", address, HOST)
        return [outward, ours.echoes(self.host, "-c", str(count), address)]

    def isakmp_sas(self) -> int:
        """ISAKMP SAs that are up."""
        return ours.isakmp_sas(self.gateway)

    def pairs(self) -> int:
        """Pairs of IPsec SAs: one inbound ESP SA each."""
        return ours.pairs(self.gateway)

    def in_use(self) -> int:
        """Addresses that clients have."""
        row = next(line for line in self.console("show ip local pool").splitlines() if " RA " in line)
        return int(row.split()[-1])

    def failure(self, other: str = "") -> str:
        """What there is to say, for a failed assertion."""
        return f"--- gateway\n{self.gateway.log_end(60)}\n--- client\n{other[-6000:]}"


@contextmanager
def serving(nodes: dict[str, Namespace], served: Served) -> Iterator[Hub]:
    """The gateway runs while the block does."""
    with tempfile.TemporaryDirectory(prefix="cmv-") as name:
        folder = Path(name)
        config = folder / "GW.cfg"
        config.write_text(served.text())
        KeyStore(folder / "GW.startup-config").store(served.keys)
        router = Router("GW", config, {"Ethernet0/0": "eth0", "Ethernet0/1": "eth1"})
        gateway = Gateway(router, nodes["gateway"], folder, folder)
        try:
            gateway.wait_ready()
            yield Hub(nodes["peer"], nodes["host"], gateway, folder)
        finally:
            gateway.stop()
