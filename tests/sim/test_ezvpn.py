"""`crypto ipsec client ezvpn`: when our client calls, whom, what it comes to, and how it ends."""

from dataclasses import replace
from ipaddress import IPv4Address

from tests.sim.configs import R2_ADDRESS
from tests.sim.harness import Router
from tests.sim.remote_access import (
    GROUP,
    TYPED_BY_HAND,
    RemoteSite,
    calling_once,
    client,
    gateway,
    type_in,
    up,
)

from cryptomap.model import event as ev
from cryptomap.model.config import Keepalive
from cryptomap.model.remote_access import EzvpnEvent, EzvpnState, XauthMode

GHOST = IPv4Address("9.9.9.9")


def state(router: Router) -> tuple[EzvpnState, EzvpnEvent]:
    (status,) = router.endpoint.own_clients()
    return status.state, status.last_event


def clear(site: RemoteSite) -> None:
    """`clear crypto ipsec client ezvpn ez`."""
    site.client.endpoint.hang_up_client(site.clock.now, "ez")
    site.client.turn()


def gone(site: RemoteSite) -> bool:
    """Neither side has anything left."""
    return not any(end.pairs or end.isakmp_sas for end in site.both) and not site.client.tunnels


def test_manual() -> None:
    """It calls when told to, and not again once its gateway has let it go; nothing of the tunnel stays."""
    site = RemoteSite(right=client(automatic=False))
    site.run(60)
    assert state(site.client) == (EzvpnState.CONNECT_REQUIRED, EzvpnEvent.RESET)
    site.client.endpoint.connect_client(site.clock.now, "ez")
    site.client.turn()
    up(site)
    assert state(site.client) == (EzvpnState.IPSEC_ACTIVE, EzvpnEvent.SOCKET_UP)
    site.gateway.endpoint.clear_session(site.clock.now)
    site.gateway.turn()
    site.run(120)
    assert gone(site)
    assert state(site.client) == (EzvpnState.CONNECT_REQUIRED, EzvpnEvent.CONN_DOWN)
    site.no_errors()


def test_cleared_it_says_good_bye_and_calls_again() -> None:
    site = up(RemoteSite())
    before = site.spis()
    clear(site)
    up(site)
    assert not before[0] & site.spis()[0]
    assert len(site.gateway.pairs) == 1


def test_cleared_manual() -> None:
    site = calling_once()
    up(site)
    clear(site)
    site.run(60)
    assert gone(site)


def test_a_client_that_is_configured_line_by_line_calls_once_it_can() -> None:
    whole = client()
    ez = whole.ezvpn_clients["ez"]
    site = RemoteSite(right=replace(whole, ezvpn_clients={"ez": replace(ez, peers=(), group=None, key=None)}))
    site.run(10)
    site.client.reconfigure(replace(whole, ezvpn_clients={"ez": replace(ez, group=None, key=None, peers=())}))
    site.run(10)
    assert state(site.client)[0] is EzvpnState.READY
    site.client.reconfigure(whole)
    up(site)


def test_a_change_of_the_client_ends_its_tunnel() -> None:
    """What it was told as another holds no longer; a change of something else does not matter."""
    site = up(RemoteSite())
    before = site.spis()
    site.client.reconfigure(replace(site.client.config, keepalive=None, hostname="R4"))
    site.run(5)
    assert site.spis() == before
    ez = site.client.config.ezvpn_clients["ez"]
    site.client.reconfigure(replace(site.client.config, ezvpn_clients={"ez": replace(ez, automatic=False)}))
    site.run(5)
    assert gone(site)
    site.no_errors()


def test_a_client_that_is_taken_away_hangs_up() -> None:
    site = up(RemoteSite())
    site.client.reconfigure(replace(site.client.config, ezvpn_clients={}))
    site.run(5)
    assert gone(site)


def test_a_person_is_asked_although_a_user_is_configured() -> None:
    site = calling_once(xauth=XauthMode.INTERACTIVE)
    site.run(2)
    assert state(site.client) == (EzvpnState.XAUTH_REQ, EzvpnEvent.XAUTH_REQUEST)
    type_in(site, "alicepw")
    up(site)


def test_a_person_answers() -> None:
    site = calling_once(**TYPED_BY_HAND)
    site.run(2)
    assert state(site.client)[0] is EzvpnState.XAUTH_REQ
    type_in(site, "alicepw")
    up(site)
    said = [each.text for each in site.client.of(ev.LogMessage) if each.mnemonic == "EZVPN_CONNECTION_UP"]
    assert len(said) == 1
    assert "Assigned_client_addr=10.9.9.1" in said[0]


def test_the_default_peer_is_gone_back_to() -> None:
    """The silent one: after a tunnel by the second it is tried before the second again."""
    site = RemoteSite(right=client(peers=(GHOST, R2_ADDRESS), default_peer=True))
    site.run(60)
    site.check()
    clear_gateway(site)
    site.run(1)
    (status,) = site.client.endpoint.own_clients()
    assert status.tunnel is not None
    assert status.tunnel.gateway == R2_ADDRESS
    called = len(site.client.of(ev.ExchangeBegun))
    site.run(8)
    assert len(site.client.of(ev.ExchangeBegun)) == called + 1
    assert site.client.of(ev.ExchangeBegun)[-1].sa.remote.address == GHOST
    site.run(90)
    site.check()


def clear_gateway(site: RemoteSite) -> None:
    site.gateway.endpoint.clear_session(site.clock.now)
    site.gateway.turn()


def test_a_backup_that_the_gateway_named_is_called() -> None:
    """`backup-gateway` of the group; a name that is no address is passed over."""
    group = replace(GROUP, backup_gateways=("hub.example", str(GHOST)))
    site = up(RemoteSite(gateway(group=group)))
    site.gateway.alive = False
    clear_dead(site)
    site.run(60)
    assert site.client.of(ev.ExchangeBegun)[-1].sa.remote.address == GHOST


def clear_dead(site: RemoteSite) -> None:
    """`clear crypto isakmp` at the client, whose gateway is dead."""
    site.client.endpoint.clear_isakmp(site.clock.now)
    site.client.turn()


def test_a_gateway_that_dies_is_noticed_and_called_until_it_is_back() -> None:
    """Dead peer detection; the other gateway takes its turn. With its address the client keeps its policy, so
    that nothing leaves in clear meanwhile."""
    right = replace(client(peers=(R2_ADDRESS, GHOST)), keepalive=Keepalive(10, 2, periodic=True))
    site = up(RemoteSite(right=right))
    site.gateway.alive = False
    for _ in range(90):
        site.ping_back()
        site.run(1)
    assert site.client.pairs == []
    assert site.client.tunnels
    assert GHOST in {each.sa.remote.address for each in site.client.of(ev.ExchangeBegun)}
    site.gateway.alive = True
    site.traffic(90, back=True)
    site.check()
