"""A translator between us and strongSwan: hiding either side, keeping the ports or moving them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.peers.site import (
    HOST,
    OUR_INSIDE,
    OURS,
    PEER,
    PEER_INSIDE,
    Settings,
    Site,
    connection,
    running,
    settles,
)
from tests.peers.strongswan import Connection

from cryptomap.lab.namespace import Namespace, connect, namespaces

HIDDEN, TRANSLATOR = "10.9.0.2", "10.9.0.1"
KEEP, MOVE = "masquerade", "masquerade to :20000-29999"
"""Linux keeps a source port where it is free; from a range it picks another."""


@contextmanager
def translated(hidden: str, rule: str) -> Iterator[dict[str, Namespace]]:
    """`hidden` is `gateway` or `peer`: it stands behind the translator, the other one before it."""
    seen = "peer" if hidden == "gateway" else "gateway"
    with namespaces(["peer", "nat", "gateway", "host"]) as nodes:
        connect(nodes[seen], "eth0", nodes["nat"], "eth0")
        connect(nodes["nat"], "eth1", nodes[hidden], "eth0")
        connect(nodes["gateway"], "eth1", nodes["host"], "eth0")
        outside = OURS if hidden == "gateway" else PEER
        nodes["nat"].address("eth0", f"{outside}/24")
        nodes["nat"].address("eth1", f"{TRANSLATOR}/24")
        nodes["nat"].forward()
        nodes["nat"].run(
            "nft", "add table ip t; add chain ip t out { type nat hook postrouting priority 100; }"
        )
        nodes["nat"].run("nft", f"add rule ip t out oifname eth0 ip protocol udp {rule}")
        peer = nodes["peer"]
        peer.address("eth0", f"{HIDDEN}/24" if hidden == "peer" else f"{PEER}/24")
        if hidden == "peer":
            peer.route("default", TRANSLATOR)
        peer.address("lo", f"{PEER_INSIDE}/32")
        peer.forward()
        nodes["host"].address("eth0", f"{HOST}/24")
        nodes["host"].route("default", OUR_INSIDE)
        yield nodes


def encapsulated(site: Site) -> None:
    """ESP in UDP, both ways, and still so after both kinds of SAs are replaced."""
    assert site.pings() == [3, 3], site.failure()
    shown = site.console("show crypto ipsec sa")
    assert "UDP-Encaps" in shown, shown
    site.charon.rekey_child()
    assert site.pings() == [3, 3], site.failure()
    before = set(site.charon.isakmp_sas())
    site.charon.rekey_ike()
    assert settles(lambda: bool(set(site.charon.isakmp_sas()) - before)), site.failure()
    assert site.pings() == [3, 3], site.failure()


@pytest.mark.parametrize("rule", [KEEP, MOVE], ids=["ports kept", "ports moved"])
@pytest.mark.parametrize("aggressive", ["no", "yes"])
def test_we_are_hidden(rule: str, aggressive: str) -> None:
    calls = f"""crypto isakmp peer address {PEER}
 set aggressive-mode password wolf
 set aggressive-mode client-endpoint ipv4-address {HIDDEN}
exit"""
    ours = Settings(address=HIDDEN, next_hop=TRANSLATOR, extra=calls if aggressive == "yes" else "")
    theirs = connection(remote=OURS, remote_id=HIDDEN, aggressive=aggressive)
    with translated("gateway", rule) as nodes, running(nodes, ours, theirs) as site:
        assert settles(site.host_reaches_peer), site.failure()
        assert "remote host is behind NAT" in site.charon.log(), site.failure()
        encapsulated(site)


@pytest.mark.parametrize("rule", [KEEP, MOVE], ids=["ports kept", "ports moved"])
@pytest.mark.parametrize("aggressive", ["no", "yes"])
def test_strongswan_is_hidden(rule: str, aggressive: str) -> None:
    theirs: Connection = connection(local=HIDDEN, aggressive=aggressive)
    with translated("peer", rule) as nodes, running(nodes, Settings(), theirs) as site:
        assert site.charon.initiate(), site.failure()
        encapsulated(site)
        shown = site.console("show crypto ipsec sa")
        assert f"current_peer {PEER} port {'4500' if rule is KEEP else '2'}" in shown, shown
