"""strongSwan as the gateway of our Easy VPN client: Xauth after pre-shared keys and after signatures, hybrid
authentication, mode config pulled and pushed, and the networks of UNITY_SPLIT_INCLUDE.

10.1.0.1 charon's   192.0.2.1 ---- 192.0.2.2   our client, 10.77.0.1 by mode config
"""

import dataclasses
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.certificates import Authority, key
from tests.peers import ours
from tests.peers.site import HOST, NO_KEYS, OUR_NET, OURS, PEER, PEER_INSIDE, PEER_NET, settles
from tests.peers.strongswan import Certified, Charon
from tests.peers.strongswan_remote import Server
from tests.peers.test_signature import CA, NOW, OUR_KEYS, OWN, THEIRS, block

from cryptomap.daemon.key_store import KeyStore
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import Namespace
from cryptomap.policy.own_keys import OwnKeys

GIVEN = "10.77.0.1"
CONFIG = """hostname GW
crypto engine compliance shield disable
{extra}
crypto isakmp policy 10
 encr aes 256
 hash sha256
 group 14
 authentication {authentication}
crypto ipsec client ezvpn ez
 connect {connect}
 {group}
 mode {mode}
 peer 192.0.2.1
 {user}
interface Ethernet0/0
 ip address {address} 255.255.255.0
 crypto ipsec client ezvpn ez
interface Ethernet0/1
 ip address 10.2.0.1 255.255.255.0
 crypto ipsec client ezvpn ez inside
ip route 10.1.0.0 255.255.255.0 {next_hop}
{route}
end
"""
TRUSTING = [
    "ip domain-name lab.com",
    "crypto pki trustpoint lab",
    " enrollment terminal",
    " revocation-check none",
    "crypto pki certificate chain lab",
    *block("ca ", CA.certificate),
]
ENROLLED = [*TRUSTING, *block("", OWN)]


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side, in IOS words."""

    authentication: str = "pre-share"
    group: str = "!"
    extra: str = "!"
    user: str = "username alice password alicepw"
    connect: str = "auto"
    mode: str = "client"
    keys: OwnKeys = NO_KEYS
    address: str = OURS
    next_hop: str = PEER

    def text(self) -> str:
        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        straight = self.next_hop == PEER
        route = "!" if straight else f"ip route {PEER} 255.255.255.255 {self.next_hop}"
        return CONFIG.format(route=route, **fields)


@dataclass(frozen=True, slots=True)
class Way:
    """How client and gateway prove themselves."""

    name: str
    ours: Ours
    server: Server


def server(**changes: object) -> Server:
    fields = {"local": PEER, "remote": "%any", "local_net": PEER_NET, "remote_net": "dynamic"}
    return Server(**{**fields, "psk": "groupkey", **changes})  # type: ignore[arg-type]


CERTIFIED = Certified(THEIRS, key("charon").pem(), (CA.certificate,), PEER, OURS)
WAYS = (
    Way("main PSK", Ours(extra=f"crypto isakmp key groupkey address {PEER}"), server(remote_id=OURS)),
    Way(
        "aggressive PSK",
        Ours(group="group VPNG key groupkey"),
        server(aggressive="yes", group="VPNG"),
    ),
    Way(
        "main RSA",
        Ours("rsa-sig", extra="\n".join(ENROLLED), keys=OUR_KEYS),
        server(certified=CERTIFIED),
    ),
    Way(
        "aggressive RSA",
        Ours("rsa-sig", group="group VPNG key none", extra="\n".join(ENROLLED), keys=OUR_KEYS),
        server(aggressive="yes", certified=replace(CERTIFIED, remote_id="GW.lab.com")),
    ),
    Way(
        "main hybrid",
        Ours("rsa-sig", extra="\n".join(TRUSTING)),
        server(certified=CERTIFIED, hybrid=True),
    ),
)
ways = pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
BY_GROUP, HYBRID = WAYS[1], WAYS[4]
Nodes = dict[str, Namespace]


@dataclass(frozen=True, slots=True)
class Site:
    """Both, running."""

    peer: Namespace
    client_node: Namespace
    charon: Charon
    client: Gateway

    def console(self, command: str) -> str:
        """An exec command at our client's console, which must take it."""
        return ours.typed(self.client, command)

    def shown(self) -> str:
        return self.console("show crypto ipsec client ezvpn")

    def comes_up(self) -> None:
        assert settles(lambda: "Current State: IPSEC_ACTIVE" in self.shown()), self.failure()
        assert settles(lambda: "!!!!!" in self.console(f"ping {PEER_INSIDE} source {GIVEN}")), self.failure()
        words = ("-n", "-c", "3", "-i", "0.1", "-W", "1", "-I", PEER_INSIDE, GIVEN)
        back = self.peer.run("ping", *words, check=False)
        assert " 3 received" in back.stdout, f"{back.stdout}\n{self.failure()}"

    def clear(self) -> None:
        self.console("clear crypto ipsec client ezvpn ez")

    def failure(self) -> str:
        return (
            f"--- client\n{self.shown()}\n{self.client.log_end(60)}\n--- charon\n{self.charon.log()[-6000:]}"
        )


@contextmanager
def calling(nodes: Nodes, way: Way) -> Iterator[Site]:
    """charon serves, and our client calls it."""
    with tempfile.TemporaryDirectory(prefix="cmz-") as name:
        folder = Path(name)
        (folder / "charon").mkdir()
        config = folder / "GW.cfg"
        config.write_text(way.ours.text())
        KeyStore(folder / "GW.startup-config").store(way.ours.keys)
        router = Router("GW", config, {"Ethernet0/0": "eth0", "Ethernet0/1": "eth1"})
        with Charon(nodes["peer"], folder / "charon", way.server) as charon:
            gateway = Gateway(router, nodes["gateway"], folder, folder)
            try:
                gateway.wait_ready()
                yield Site(nodes["peer"], nodes["gateway"], charon, gateway)
            finally:
                gateway.stop()


@ways
def test_our_client_comes_and_goes(nodes: Nodes, way: Way) -> None:
    manual = replace(way, ours=replace(way.ours, connect="manual"))
    with calling(nodes, manual) as site:
        site.console("crypto ipsec client ezvpn connect ez")
        site.comes_up()
        shown = site.shown()
        for line in (
            f"Address: {GIVEN} (applied on Loopback10000)",
            "DNS Primary: 10.1.0.53",
            "Split Tunnel List: 1",
            "       Address    : 10.1.0.0",
            "       Mask       : 255.255.255.0",
        ):
            assert line in shown.splitlines(), shown
        assert "alice" in site.charon.list_sas()
        assert f"remote {GIVEN}/32\n" in site.charon.list_sas()
        assert site.charon.leased() == 1
        site.clear()
        assert settles(lambda: not site.charon.isakmp_sas() and site.charon.leased() == 0), site.failure()
        assert "Current State: CONNECT_REQUIRED" in site.shown()


@ways
def test_a_wrong_password(nodes: Nodes, way: Way) -> None:
    wrong = replace(way, ours=replace(way.ours, user="username alice password guess", connect="manual"))
    with calling(nodes, wrong) as site:
        site.console("crypto ipsec client ezvpn connect ez")
        assert settles(lambda: "XAuth authentication of 'alice' failed" in site.charon.log()), site.failure()
        assert settles(lambda: "EZVPN_XAUTH_FAILED" in site.console("show logging")), site.failure()
        assert settles(lambda: "Current State: CONNECT_REQUIRED" in site.shown()), site.failure()
        assert site.charon.installed() == site.charon.leased() == 0


@ways
def test_strongswan_pushes(nodes: Nodes, way: Way) -> None:
    """mode config by SET; our client asks all the same, and takes what comes."""
    with calling(nodes, replace(way, server=replace(way.server, pull="no"))) as site:
        site.comes_up()
        assert f"Address: {GIVEN} (applied on Loopback10000)" in site.shown()
        assert re.search(r"generating TRANSACTION request \d+ \[ HASH CPS\(.*ADDR", site.charon.log())


def test_a_wrong_group_key(nodes: Nodes) -> None:
    with calling(nodes, replace(BY_GROUP, server=replace(BY_GROUP.server, psk="guess"))) as site:
        assert not settles(lambda: site.charon.leased() > 0 or site.charon.installed() > 0, 4)
        assert "IPSEC_ACTIVE" not in site.shown()


def test_hybrid_with_an_authority_that_we_do_not_trust(nodes: Nodes) -> None:
    """No password goes to a gateway that anybody could be."""
    stranger = Authority("CN=peer test CA,O=lab", pair=key("stranger"), now=NOW)
    theirs = stranger.issue("CN=charon,O=lab", key("charon"), address=PEER)
    impostor = replace(HYBRID.server, certified=replace(CERTIFIED, certificate=theirs))
    with calling(nodes, replace(HYBRID, server=impostor)) as site:
        assert settles(lambda: "%CRYPTO-5-IKMP_INVAL_CERT" in site.console("show logging")), site.failure()
        assert "XAuth" not in re.sub("received XAuth vendor ID", "", site.charon.log()), site.failure()


def test_several_split_networks(nodes: Nodes) -> None:
    """The crypto map has a line for each, and charon an IPsec SA for those that are asked for."""
    two = replace(BY_GROUP.server, local_net=f"{PEER_NET},10.3.0.0/16")
    with calling(nodes, replace(BY_GROUP, server=two)) as site:
        site.comes_up()
        shown = site.shown()
        assert "Split Tunnel List: 2" in shown, shown
        assert "Address    : 10.3.0.0" in shown, shown
        assert f"remote {GIVEN}/32\n" in site.charon.list_sas()


def test_without_unity_everything_is_for_the_tunnel(nodes: Nodes) -> None:
    plain = replace(BY_GROUP.server, unity_on=False, local_net="0.0.0.0/0")
    with calling(nodes, replace(BY_GROUP, server=plain)) as site:
        site.comes_up()
        assert "Split Tunnel List" not in site.shown()
        assert "local  0.0.0.0/0\n" in site.charon.list_sas()


def test_a_person_answers(nodes: Nodes) -> None:
    """Nothing is configured: the console is told, and asks."""
    with calling(nodes, replace(BY_GROUP, ours=replace(BY_GROUP.ours, user="!"))) as site:
        assert settles(lambda: "Pending XAuth Request" in site.console("show logging")), site.failure()
        site.console("crypto ipsec client ezvpn xauth ez\nalice\nalicepw")
        site.comes_up()


def test_perfect_forward_secrecy(nodes: Nodes) -> None:
    """The gateway tells us to, by UNITY_DO_PFS, and would refuse us without."""
    strict = replace(BY_GROUP.server, esp="aes256-sha256-modp1024", attributes=("28679 = 1",))
    with calling(nodes, replace(BY_GROUP, server=strict)) as site:
        site.comes_up()
        assert "PFS (Y/N): Y, DH group: group2" in site.console("show crypto ipsec sa")
        site.charon.rekey_child()
        site.comes_up()


def test_network_extension(nodes: Nodes) -> None:
    """Nobody has an address of a pool: the networks reach each other."""
    extended = replace(BY_GROUP.server, network=True, remote_net=OUR_NET)
    ours = replace(BY_GROUP.ours, mode="network-extension")
    with calling(nodes, replace(BY_GROUP, ours=ours, server=extended)) as site:
        assert settles(lambda: "Current State: IPSEC_ACTIVE" in site.shown()), site.failure()
        words = ("ping", "-n", "-c", "3", "-i", "0.1", "-W", "1")
        out = nodes["host"].run(*words, PEER_INSIDE, check=False).stdout
        back = site.peer.run(*words, "-I", PEER_INSIDE, HOST, check=False).stdout
        assert " 3 received" in out, f"{out}\n{site.failure()}"
        assert " 3 received" in back, f"{back}\n{site.failure()}"
        assert f"remote {OUR_NET}\n" in site.charon.list_sas()
