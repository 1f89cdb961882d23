"""Our gateway and a strongSwan gateway on one link, a network behind each.

10.1.0.1 on charon's loopback   192.0.2.1 ---- 192.0.2.2   our gateway   10.2.0.1 ---- 10.2.0.9 a host
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers import ours
from tests.peers.strongswan import Charon, Connection

from cryptomap.daemon.key_store import KeyStore
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace, connect, namespaces
from cryptomap.policy.own_keys import OwnKeys

PEER, OURS = "192.0.2.1", "192.0.2.2"
PEER_NET, OUR_NET = "10.1.0.0/24", "10.2.0.0/24"
PEER_INSIDE, OUR_INSIDE, HOST = "10.1.0.1", "10.2.0.1", "10.2.0.9"
SETTLE_SECONDS = 10.0
NO_KEYS = OwnKeys()

CONFIG = """hostname GW
crypto engine compliance shield disable
crypto isakmp policy 10
{policy}
 authentication {authentication}
crypto isakmp key {psk} address {peer}
crypto ipsec transform-set TS {transforms}
{extra}
access-list 101 permit ip {source} {destination}
crypto map VPN 10 ipsec-isakmp
 set peer {peer}
 set transform-set TS
{pfs}
{entry}
 match address 101
interface Ethernet0/0
 ip address {address} 255.255.255.0
 crypto map VPN
interface Ethernet0/1
 ip address 10.2.0.1 255.255.255.0
ip route 10.1.0.0 255.255.255.0 {next_hop}
{route}
end
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """Our side, in IOS words; the defaults go with those of `Connection`."""

    policy: Sequence[str] = ("encr aes 256", "hash sha256", "group 14")
    transforms: str = "esp-aes 256 esp-sha256-hmac"
    pfs: int | None = None
    psk: str = "wolf"
    source: str = "10.2.0.0 0.0.0.255"
    destination: str = "10.1.0.0 0.0.0.255"
    extra: str = ""
    authentication: str = "pre-share"
    entry: str = "!"
    """A further line of the crypto map entry."""
    keys: OwnKeys = NO_KEYS
    address: str = OURS
    peer: str = PEER
    next_hop: str = PEER

    def text(self) -> str:
        return CONFIG.format(
            policy="\n".join(f" {line}" for line in self.policy),
            psk=self.psk,
            transforms=self.transforms,
            pfs=f" set pfs group{self.pfs}" if self.pfs else "!",
            source=self.source,
            destination=self.destination,
            extra=self.extra,
            authentication=self.authentication,
            entry=self.entry,
            address=self.address,
            peer=self.peer,
            next_hop=self.next_hop,
            route="!"
            if self.next_hop == self.peer
            else f"ip route {self.peer} 255.255.255.255 {self.next_hop}",
        )


def connection(**changes: str) -> Connection:
    """Charon's side of the tunnel."""
    fields = {"local": PEER, "remote": OURS, "local_net": PEER_NET, "remote_net": OUR_NET, **changes}
    return Connection(**fields)


@dataclass(frozen=True, slots=True)
class Site:
    """Both gateways, running."""

    peer: Namespace
    host: Namespace
    charon: Charon
    gateway: Gateway

    def console(self, command: str) -> str:
        """An exec command at our gateway's console, which must take it."""
        return ours.typed(self.gateway, command)

    def ready(self) -> None:
        """Return once packets can leave by the tunnel. charon says that it is up with message 2 of quick
        mode; as responder we are with message 3."""
        sending = "outbound esp sas:\n      spi: 0x"
        assert settles(lambda: sending in self.console("show crypto ipsec sa")), self.failure()

    def pings(self, count: int = 3) -> list[int]:
        """How many of `count` echoes are answered: from the host behind us, and from the peer's side."""
        self.ready()
        outward = ours.echoes(self.host, "-c", str(count), PEER_INSIDE)
        return [outward, ours.echoes(self.peer, "-c", str(count), "-I", PEER_INSIDE, HOST)]

    def host_reaches_peer(self) -> bool:
        """One echo of our host; its packet is what makes our gateway initiate."""
        return ours.echoes(self.host, "-c", "1", PEER_INSIDE) == 1

    def our_pairs(self) -> int:
        """Pairs of IPsec SAs that our gateway shows: one inbound ESP SA each."""
        return ours.pairs(self.gateway)

    def our_isakmp_sas(self) -> int:
        """ISAKMP SAs of ours that are up."""
        return ours.isakmp_sas(self.gateway)

    def failure(self) -> str:
        """What both sides have to say, for a failed assertion."""
        return f"--- gateway\n{self.gateway.log_end(60)}\n--- charon\n{self.charon.log()[-6000:]}"


def settles(true: Callable[[], bool], seconds: float = SETTLE_SECONDS) -> bool:
    """Whether `true` becomes true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def wires() -> Iterator[dict[str, Namespace]]:
    """The namespaces `peer`, `gateway` and `host`, cabled; our gateway sets up its own ends."""
    with namespaces(["peer", "gateway", "host"]) as nodes:
        connect(nodes["peer"], "eth0", nodes["gateway"], "eth0")
        connect(nodes["gateway"], "eth1", nodes["host"], "eth0")
        nodes["peer"].address("eth0", f"{PEER}/24")
        nodes["peer"].address("lo", f"{PEER_INSIDE}/32")
        nodes["peer"].forward()
        nodes["host"].address("eth0", f"{HOST}/24")
        nodes["host"].route("default", OUR_INSIDE)
        yield nodes


@contextmanager
def running(nodes: dict[str, Namespace], ours: Settings, theirs: Connection) -> Iterator[Site]:
    """Both gateways run while the block does."""
    with tempfile.TemporaryDirectory(prefix="cmp-") as name:
        folder = Path(name)
        (folder / "charon").mkdir()
        config = folder / "GW.cfg"
        config.write_text(ours.text())
        KeyStore(folder / "GW.startup-config").store(ours.keys)
        router = Router("GW", config, {"Ethernet0/0": "eth0", "Ethernet0/1": "eth1"})
        gateway = Gateway(router, nodes["gateway"], folder, folder)
        try:
            with Charon(nodes["peer"], folder / "charon", theirs) as charon:
                gateway.wait_ready()
                yield Site(nodes["peer"], nodes["host"], charon, gateway)
        finally:
            gateway.stop()
