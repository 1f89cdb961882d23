"""Sessions of remote clients: they outlive the ISAKMP SA that began them, and end on either side's word."""

from dataclasses import replace
from ipaddress import IPv4Address

from tests.sim.configs import AES_POLICY
from tests.sim.remote_access import FIRST, RemoteSite, client, gateway, leave, told, up, with_second

from cryptomap.model import event as ev


def test_an_address_is_free_when_its_client_is_gone() -> None:
    site = up(RemoteSite())
    leave(site, site.client)
    assert site.gateway.pairs == []
    assert site.gateway.endpoint._ctx.sessions == []
    other = with_second(site)
    assert told(other).address == FIRST


def test_the_same_client_gets_its_address_again() -> None:
    """Both leave, the other one comes first: there are addresses enough for each to have its own."""
    site = up(RemoteSite(gateway(last="10.9.9.2")))
    other = with_second(site)
    leave(site, site.client)
    leave(site, other)
    for router in (other, site.client):
        router.endpoint.set_config(site.clock.now, router.config, router.spd)
        router.turn()
        site.run(6)
    assert (told(site.client).address, told(other).address) == (FIRST, FIRST + 1)


def test_an_address_lives_as_long_as_an_ipsec_sa_does() -> None:
    """The ISAKMP SA ends first; the address stays, and is there when the client makes a new one."""
    site = up(RemoteSite())
    site.gateway.endpoint.clear_isakmp(site.clock.now)
    site.gateway.turn()
    site.run(1)
    (session,) = site.gateway.endpoint._ctx.sessions
    assert session.address == FIRST
    site.run(10)
    assert [sa.state for sa in site.gateway.established] == ["QM_IDLE"]
    (session,) = site.gateway.endpoint._ctx.sessions
    assert session.address == FIRST
    site.check()
    leave(site, site.client)
    assert site.gateway.endpoint._ctx.sessions == []


def test_what_show_is_told() -> None:
    site = up(RemoteSite(gateway(last="10.9.9.2")))
    with_second(site)
    alice, bob = site.gateway.endpoint.clients(site.clock.now)
    assert (alice.user, alice.group, alice.address) == ("alice", "VPNG", FIRST)
    assert (bob.user, bob.peer.address) == ("bob", IPv4Address("14.1.1.4"))
    assert 3 <= bob.seconds < alice.seconds
    (sa, _) = site.gateway.established
    assert sa.capabilities == "CX"


def test_one_users_session_is_cleared() -> None:
    site = up(RemoteSite(gateway(last="10.9.9.2"), client(automatic=True)))
    other = with_second(site)
    site.gateway.endpoint.clear_session(site.clock.now, user="bob")
    site.gateway.turn()
    site.run(1)
    deleted = [each.reason for each in other.of(ev.SaDeleted)]
    assert deleted == ["Deleted by the peer"], "of its pair it is not told"
    assert other.pairs == []
    assert [each.user for each in site.gateway.endpoint.clients(site.clock.now)] == ["alice"]
    site.check_passes()


def test_a_shorter_life_of_the_isakmp_sa_is_told() -> None:
    """RESPONDER-LIFETIME (RFC 2407 section 4.6.3.1): the client may have offered more."""
    short = replace(gateway(), isakmp_policies={10: replace(AES_POLICY, lifetime=600)})
    site = RemoteSite(short)
    site.run(5)
    assert "RESPONDER_LIFETIME" in [each.name for each in site.client.of(ev.NotifyReceived)]
    assert "RESPONDER_LIFETIME" not in [each.name for each in up(RemoteSite()).client.of(ev.NotifyReceived)]
    (sa,) = site.client.established
    assert sa.lifetime_left is not None
    assert sa.lifetime_left <= 600, "the client goes by it"


def test_the_client_renews_its_isakmp_sa() -> None:
    """Before the gateway's ends, which would be the end of the tunnel."""
    site = up(RemoteSite(replace(gateway(), isakmp_policies={10: replace(AES_POLICY, lifetime=120)})))
    before = site.spis()
    for _ in range(5):
        site.traffic(110, 5, back=True)
        assert site.spis() == before, "the pair outlives four ISAKMP SAs"
    assert len(site.gateway.of(ev.SaDeleted)) >= 4
    (session,) = site.gateway.endpoint.clients(site.clock.now)
    assert session.address == FIRST
    site.check()
    site.no_errors()


def test_a_gateway_that_ends_its_isakmp_sa_ends_the_tunnel() -> None:
    """The client's pair goes, and it calls again."""
    site = up(RemoteSite())
    before = site.spis()
    site.gateway.endpoint.clear_isakmp(site.clock.now)
    site.gateway.turn()
    site.run(1)
    assert site.client.pairs == []
    site.run(15)
    site.check_passes()
    assert not site.spis()[1] & before[1]
    site.no_errors()
