"""The life of a remote session with strongSwan, in both roles: keys are replaced under traffic, either side
dies without a word, a translator stands between, and messages go in fragments."""

import re
from dataclasses import replace

import pytest
from tests.peers import test_strongswan_client as client
from tests.peers import test_strongswan_server as server
from tests.peers.echoes import Route, answered
from tests.peers.remote import FIRST, Hub
from tests.peers.site import HOST, PEER, PEER_INSIDE, settles
from tests.peers.test_nat import HIDDEN, KEEP, MOVE, TRANSLATOR, translated
from tests.peers.test_strongswan_client import comes_up, connecting
from tests.peers.test_strongswan_server import GIVEN, calling

Nodes = client.Nodes
PASSED = "Authentication PASSED User=alice"
replacing = pytest.mark.parametrize(
    "way", [client.BY_GROUP, client.WAYS[2], client.HYBRID], ids=["aggressive PSK", "main RSA", "main hybrid"]
)


def routes(hub: Hub) -> list[Route]:
    return [(hub.client, ["-I", FIRST, HOST]), (hub.host, [FIRST])]


def spis(text: str) -> set[str]:
    return set(re.findall(r"spi: (0x[0-9A-F]+)\(\d+\)\n +transform", text))


def replaced(hub: Hub, times: int) -> bool:
    """Within 10 s so many further pairs of IPsec SAs come to be."""
    known = spis(hub.console("show crypto ipsec sa"))
    wanted = len(known) + 2 * times

    def more() -> bool:
        known.update(spis(hub.console("show crypto ipsec sa")))
        return len(known) >= wanted

    return settles(more)


def logins(hub: Hub) -> int:
    return hub.console("show logging").count(PASSED)


def test_strongswan_replaces_the_ipsec_sas(nodes: Nodes) -> None:
    """The user is not asked again for that."""
    way = replace(client.BY_GROUP, client=replace(client.BY_GROUP.client, esp_rekey="3s", esp_life="8s"))
    with connecting(nodes, way) as (hub, charon):
        comes_up(hub, charon)
        with answered(routes(hub), 10, lambda: hub.failure(charon.log())):
            assert replaced(hub, 2), hub.failure(charon.log())
        assert logins(hub) == 1


def test_we_replace_the_ipsec_sas(nodes: Nodes) -> None:
    """By volume."""
    by_volume = "crypto ipsec security-association lifetime kilobytes 2560"
    way = replace(client.BY_GROUP, served=replace(client.BY_GROUP.served, extra=by_volume))
    with connecting(nodes, way) as (hub, charon):
        comes_up(hub, charon)
        with answered(routes(hub), 10, lambda: hub.failure(charon.log()), every=0.005, size=1300):
            assert replaced(hub, 1), hub.failure(charon.log())
        assert logins(hub) == 1


@replacing
def test_strongswan_authenticates_again(nodes: Nodes, way: client.Way) -> None:
    """A new phase 1 asks for the user again, and for the same address; the IPsec SAs carry on under it."""
    again = replace(way, client=replace(way.client, ike_rekey="0s", ike_reauth="4s"))
    with connecting(nodes, again) as (hub, charon):
        comes_up(hub, charon)
        (first,) = charon.isakmp_sas()
        with answered(routes(hub), 18, lambda: hub.failure(charon.log())):
            assert settles(lambda: logins(hub) >= 3, 14), hub.failure(charon.log())
            assert settles(lambda: first not in charon.isakmp_sas(), 14), hub.failure(charon.log())
        assert hub.in_use() == 1
        assert hub.pings() == [3, 3], hub.failure(charon.log())


def test_strongswan_dies_and_comes_back(nodes: Nodes) -> None:
    """Nobody says good bye. 10 s of silence, then six questions 2 s apart: the address is free again."""
    watching = "crypto isakmp keepalive 10 2 periodic"
    way = replace(client.BY_GROUP, served=replace(client.BY_GROUP.served, extra=watching))
    with connecting(nodes, way) as (hub, charon):
        comes_up(hub, charon)
        charon.kill()
        assert settles(lambda: client.gone(hub), 35), hub.failure(charon.log())
        charon.restart()
        comes_up(hub, charon)
        assert hub.in_use() == 1


@replacing
def test_strongswan_dies_and_comes_back_at_once(nodes: Nodes, way: client.Way) -> None:
    """Before we have noticed: the same user goes on with the same address. In main mode charon says that
    it remembers nothing, and the old SAs go; in aggressive mode it says no such thing."""
    with connecting(nodes, way) as (hub, charon):
        comes_up(hub, charon)
        charon.kill()
        charon.restart()
        comes_up(hub, charon)
        assert f"{FIRST}/32" in charon.list_sas()
        assert hub.in_use() == 1
        if way.client.aggressive == "no":
            assert settles(lambda: hub.isakmp_sas() == hub.pairs() == 1), hub.failure(charon.log())


def test_we_die_and_come_back(nodes: Nodes) -> None:
    """charon notices, and the same user gets in again."""
    watching = replace(client.BY_GROUP.client, dpd_delay="1s", dpd_timeout="4s")
    with connecting(nodes, replace(client.BY_GROUP, client=watching)) as (hub, charon):
        comes_up(hub, charon)
        hub.gateway.kill()
        assert settles(lambda: not charon.isakmp_sas(), 15), charon.log()
        hub.gateway.restart()
        hub.gateway.wait_ready()
        comes_up(hub, charon)


@pytest.mark.parametrize("rule", [KEEP, MOVE], ids=["ports kept", "ports moved"])
@pytest.mark.parametrize("way", [client.WAYS[0], client.BY_GROUP], ids=["main", "aggressive"])
def test_strongswan_is_hidden(rule: str, way: client.Way) -> None:
    """Its session survives a new phase 1 as well."""
    hidden = replace(way, client=replace(way.client, local=HIDDEN))
    with translated("peer", rule) as nodes, connecting(nodes, hidden) as (hub, charon):
        comes_up(hub, charon)
        shown = hub.console("show crypto ipsec sa")
        assert f"current_peer {PEER} port {'4500' if rule is KEEP else '2'}" in shown, shown
        charon.rekey_child()
        charon.rekey_ike()
        assert settles(lambda: logins(hub) == 2), hub.failure(charon.log())
        assert settles(lambda: hub.pings() == [3, 3]), hub.failure(charon.log())
        assert hub.in_use() == 1


@pytest.mark.parametrize("way", client.WAYS[2:4], ids=["main RSA", "aggressive RSA"])
def test_a_clients_certificate_goes_in_fragments(nodes: Nodes, way: client.Way) -> None:
    served = replace(way.served, extra=f"{way.served.extra}\ncrypto isakmp fragmentation")
    with connecting(nodes, client.Way("", served, replace(way.client, fragmentation="yes"), "")) as (
        hub,
        charon,
    ):
        comes_up(hub, charon)
        assert "splitting IKE message" in charon.log(), hub.failure(charon.log())
        if way.client.aggressive == "no":
            assert "received fragment #1" in charon.log(), hub.failure(charon.log())


# Our client, and strongSwan as its gateway.


def routes_of(site: server.Site) -> list[Route]:
    return [(site.client_node, ["-I", GIVEN, PEER_INSIDE]), (site.peer, ["-I", PEER_INSIDE, GIVEN])]


def test_either_side_replaces_the_ipsec_sas(nodes: Nodes) -> None:
    lives = replace(server.BY_GROUP.server, esp_rekey="3s", esp_life="8s")
    with calling(nodes, replace(server.BY_GROUP, server=lives)) as site:
        site.comes_up()
        first = spis(site.console("show crypto ipsec sa"))
        with answered(routes_of(site), 10, site.failure):
            assert settles(lambda: not first & spis(site.console("show crypto ipsec sa"))), site.failure()
        assert site.charon.log().count("XAuth authentication of 'alice' successful") == 1


@pytest.mark.timeout(120)
def test_we_replace_the_isakmp_sa(nodes: Nodes) -> None:
    """Its life is 60 s, the shortest that IOS takes: we call again before; the user is asked again."""
    short = replace(server.BY_GROUP.ours, extra="crypto isakmp policy 10\n lifetime 60")
    with calling(nodes, replace(server.BY_GROUP, ours=short)) as site:
        site.comes_up()
        (first,) = site.charon.isakmp_sas()
        with answered(routes_of(site), 62, site.failure):
            assert settles(lambda: site.charon.isakmp_sas() not in ([], [first]), 62), site.failure()
            assert settles(lambda: first not in site.charon.isakmp_sas(), 30), site.failure()
        assert site.charon.log().count("XAuth authentication of 'alice' successful") == 2
        assert site.charon.leased() == 1
        site.comes_up()


def test_strongswan_wants_the_user_again(nodes: Nodes) -> None:
    """It cannot ask for that in IKEv1, and ends the session in the end. We call again, and are let in."""
    impatient = replace(server.BY_GROUP.server, ike_rekey="0s", ike_reauth="4s", ike_over="3s")
    with calling(nodes, replace(server.BY_GROUP, server=impatient)) as site:
        site.comes_up()
        (first,) = site.charon.isakmp_sas()
        assert settles(lambda: first not in site.charon.isakmp_sas(), 15), site.failure()
        assert "initiator did not reauthenticate as requested" in site.charon.log(), site.failure()
        assert settles(lambda: site.charon.isakmp_sas() not in ([], [first]), 15), site.failure()
        site.comes_up()


def test_strongswan_ends_the_session(nodes: Nodes) -> None:
    """A client that calls by itself calls again."""
    with calling(nodes, server.BY_GROUP) as site:
        site.comes_up()
        (first,) = site.charon.isakmp_sas()
        site.charon.terminate()
        assert settles(lambda: site.charon.isakmp_sas() not in ([], [first]), 15), site.failure()
        site.comes_up()
        assert site.charon.leased() == 1


def test_the_gateway_dies_and_comes_back(nodes: Nodes) -> None:
    """Our client notices, and calls until it is answered."""
    watching = replace(server.BY_GROUP.ours, extra="crypto isakmp keepalive 10 2 periodic")
    with calling(nodes, replace(server.BY_GROUP, ours=watching)) as site:
        site.comes_up()
        site.charon.kill()
        assert settles(lambda: "IPSEC_ACTIVE" not in site.shown(), 35), site.failure()
        site.charon.restart()
        assert settles(lambda: "IPSEC_ACTIVE" in site.shown(), 60), site.failure()
        site.comes_up()


def test_our_client_dies_and_comes_back(nodes: Nodes) -> None:
    """charon notices, and lends the address again."""
    watching = replace(server.BY_GROUP.server, dpd_delay="1s", dpd_timeout="4s")
    with calling(nodes, replace(server.BY_GROUP, server=watching)) as site:
        site.comes_up()
        site.client.kill()
        assert settles(lambda: site.charon.leased() == 0, 15), site.charon.log()
        site.client.restart()
        site.client.wait_ready()
        site.comes_up()


@pytest.mark.parametrize("rule", [KEEP, MOVE], ids=["ports kept", "ports moved"])
@pytest.mark.parametrize("way", [server.BY_GROUP, server.HYBRID], ids=["aggressive PSK", "main hybrid"])
def test_our_client_is_hidden(rule: str, way: server.Way) -> None:
    hidden = replace(way, ours=replace(way.ours, address=HIDDEN, next_hop=TRANSLATOR))
    with translated("gateway", rule) as nodes, calling(nodes, hidden) as site:
        site.comes_up()
        assert "remote host is behind NAT" in site.charon.log(), site.failure()
        site.charon.rekey_child()
        site.comes_up()


def test_our_certificate_goes_in_fragments(nodes: Nodes) -> None:
    way = server.WAYS[2]
    ours = replace(way.ours, extra=f"{way.ours.extra}\ncrypto isakmp fragmentation")
    theirs = replace(way.server, fragmentation="yes")
    with calling(nodes, replace(way, ours=ours, server=theirs)) as site:
        site.comes_up()
        assert "splitting IKE message" in site.charon.log(), site.failure()
        assert "received fragment #1" in site.charon.log(), site.failure()
