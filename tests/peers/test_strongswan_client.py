"""strongSwan as a remote client of ours: Xauth after pre-shared keys and after signatures, hybrid
authentication, mode config pulled and pushed, and the networks of UNITY_SPLIT_INCLUDE."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from tests.certificates import Authority, key
from tests.peers.remote import FIRST, Hub, Served, serving
from tests.peers.site import OURS, PEER, settles
from tests.peers.strongswan import Certified, Charon
from tests.peers.strongswan_remote import Client
from tests.peers.test_signature import CA, NOW, OUR_KEYS, OWN, block

from cryptomap.lab.namespace import Namespace

POLICY = ("encr aes 256", "hash sha256", "group 14")
TRANSFORMS = "esp-aes 256 esp-sha256-hmac"
PROFILE = """crypto isakmp profile RA
 match {match}
 client authentication list XA
 isakmp authorization list GRP
 client configuration address respond
 client configuration address initiate
 client configuration group VPNG"""
ANYBODY = PROFILE.format(match="identity address 0.0.0.0 0.0.0.0")
"""In main mode a client has no name but its address."""
ENROLLED = "\n".join(
    [
        "ip domain-name lab.com",
        "crypto pki trustpoint lab",
        " enrollment terminal",
        " revocation-check none",
        "crypto pki certificate chain lab",
        *block("", OWN),
        *block("ca ", CA.certificate),
    ]
)
WILDCARD_KEY = "crypto isakmp key groupkey address 0.0.0.0 0.0.0.0"
THEIRS = CA.issue("CN=charon,OU=VPNG,O=lab", key("charon"), address=PEER)


@dataclass(frozen=True, slots=True)
class Way:
    """How client and gateway prove themselves, and how `show` names it."""

    name: str
    served: Served
    client: Client
    shown: str


def served(**changes: object) -> Served:
    return Served(POLICY, TRANSFORMS, **changes)  # type: ignore[arg-type]


def client(**changes: object) -> Client:
    fields = {"local": PEER, "remote": OURS, "local_net": "dynamic", "remote_net": "0.0.0.0/0"}
    return Client(**{**fields, "psk": "groupkey", **changes})  # type: ignore[arg-type]


def enrolled(extra: str, **changes: object) -> Served:
    return served(authentication="rsa-sig", extra=f"{ENROLLED}\n{extra}", keys=OUR_KEYS, **changes)


CERTIFIED = Certified(THEIRS, key("charon").pem(), (CA.certificate,), PEER, OURS)
BOUND = " set isakmp-profile RA"
WAYS = (
    Way(
        "main PSK",
        served(extra=f"{WILDCARD_KEY}\n{ANYBODY}", entry=BOUND),
        client(),
        "psk",
    ),
    Way("aggressive PSK", served(), client(aggressive="yes", group="VPNG"), "psk"),
    Way("main RSA", enrolled(""), client(certified=CERTIFIED), "rsig"),
    Way("aggressive RSA", enrolled(""), client(certified=CERTIFIED, aggressive="yes"), "rsig"),
    Way("main hybrid", enrolled(ANYBODY, entry=BOUND), client(certified=CERTIFIED, hybrid=True), "rsig"),
)
ways = pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
BY_GROUP = WAYS[1]

HYBRID = WAYS[4]
Nodes = dict[str, Namespace]


@contextmanager
def connecting(nodes: Nodes, way: Way) -> Iterator[tuple[Hub, Charon]]:
    """Our gateway and charon, which has not called yet."""
    with serving(nodes, way.served) as hub:
        (hub.folder / "charon").mkdir()
        with Charon(hub.client, hub.folder / "charon", way.client) as charon:
            yield hub, charon


def gone(hub: Hub) -> bool:
    """Nothing of a client is left."""
    counts = (hub.pairs(), hub.isakmp_sas(), hub.in_use())
    return counts == (0, 0, 0) and FIRST not in hub.console("show ip route")


def comes_up(hub: Hub, charon: Charon) -> None:
    assert charon.initiate(), hub.failure(charon.log())
    assert settles(lambda: hub.pings() == [3, 3]), hub.failure(charon.log())


@ways
def test_a_client_comes_and_goes(nodes: Nodes, way: Way) -> None:
    with connecting(nodes, way) as (hub, charon):
        comes_up(hub, charon)
        assert f" {way.shown} " in hub.console("show crypto isakmp sa detail")
        session = hub.console("show crypto session detail")
        for words in ("Username: alice", "Group: VPNG", f"Assigned address: {FIRST}"):
            assert words in session, session
        listed = charon.list_sas()
        assert f"local  {FIRST}/32\n" in listed, listed
        assert "remote 10.2.0.0/24\n" in listed, listed
        assert charon.name_servers() == ["10.2.0.53"]
        assert hub.in_use() == 1
        charon.terminate()
        assert settles(lambda: gone(hub)), hub.failure(charon.log())


@ways
def test_a_wrong_password(nodes: Nodes, way: Way) -> None:
    wrong = replace(way, client=replace(way.client, password="guess"))
    with connecting(nodes, wrong) as (hub, charon):
        assert not charon.initiate(timeout=5)
        assert "Authentication REJECTED User=alice" in hub.console("show logging")
        assert settles(lambda: gone(hub)), hub.failure(charon.log())
        assert charon.installed() == 0


@ways
def test_the_gateway_pushes(nodes: Nodes, way: Way) -> None:
    """mode config by SET, which the client waits for."""
    pushing = replace(way, served=replace(way.served, mode="initiate"), client=replace(way.client, pull="no"))
    with connecting(nodes, pushing) as (hub, charon):
        comes_up(hub, charon)
        assert f"{FIRST}/32" in charon.list_sas()
        assert re.search(r"parsed TRANSACTION request \d+ \[ HASH CPS\(.*ADDR", charon.log()), charon.log()
        assert charon.name_servers() == ["10.2.0.53"]


def test_a_wrong_group_key(nodes: Nodes) -> None:
    wrong = replace(BY_GROUP, client=replace(BY_GROUP.client, psk="guess"))
    with connecting(nodes, wrong) as (hub, charon):
        assert not charon.initiate(timeout=3)
        assert gone(hub)


def test_hybrid_with_an_authority_that_the_client_does_not_trust(nodes: Nodes) -> None:
    """No password goes to a gateway that anybody could be."""
    stranger = Authority("CN=peer test CA,O=lab", pair=key("stranger"), now=NOW)
    trusting = replace(CERTIFIED, authorities=(stranger.certificate,))
    with connecting(nodes, replace(HYBRID, client=replace(HYBRID.client, certified=trusting))) as (
        hub,
        charon,
    ):
        assert not charon.initiate(timeout=5)
        assert "no trusted RSA public key found" in charon.log()
        assert "User=alice" not in hub.console("show logging")
        assert settles(lambda: gone(hub)), hub.failure(charon.log())


def test_several_split_networks(nodes: Nodes) -> None:
    """The list of UNITY_SPLIT_INCLUDE is what charon narrows its IPsec SA to."""
    more = "access-list 150 permit ip 10.3.0.0 0.0.255.255 any"
    with connecting(nodes, replace(BY_GROUP, served=replace(BY_GROUP.served, extra=more))) as (hub, charon):
        comes_up(hub, charon)
        assert "remote 10.2.0.0/24 10.3.0.0/16\n" in charon.list_sas()


def test_without_unity_everything_is_for_the_tunnel(nodes: Nodes) -> None:
    plain = replace(BY_GROUP.client, unity_on=False)
    with connecting(nodes, replace(BY_GROUP, client=plain)) as (hub, charon):
        comes_up(hub, charon)
        assert "remote 0.0.0.0/0\n" in charon.list_sas()


@pytest.mark.parametrize("way", [BY_GROUP, WAYS[2]], ids=["aggressive PSK", "main RSA"])
def test_perfect_forward_secrecy(nodes: Nodes, way: Way) -> None:
    """At the first quick mode and at those after it; charon without it is refused."""
    served, wanted = replace(way.served, pfs=14), replace(way.client, esp="aes256-sha256-modp2048")
    with connecting(nodes, replace(way, served=served, client=wanted)) as (hub, charon):
        comes_up(hub, charon)
        assert "PFS (Y/N): Y, DH group: group14" in hub.console("show crypto ipsec sa")
        charon.rekey_child()
        assert settles(lambda: hub.pings() == [3, 3]), hub.failure(charon.log())
        charon.terminate()
        charon.load(way.client)
        assert not charon.initiate(timeout=5)
        assert hub.pairs() == 0
