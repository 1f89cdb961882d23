"""Mode config, both roles (draft-dukes-ike-mode-cfg-02), and the sessions of remote clients."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest
from tests.sim.configs import AES_POLICY, R2_ADDRESS, R2_LAN, R3_LAN, permit
from tests.sim.remote_access import (
    ACCESS,
    FIRST,
    GROUP,
    RemoteSite,
    client,
    gateway,
    say,
    told,
    up,
    with_second,
)

from cryptomap.ikev1.children import remove
from cryptomap.model import event as ev
from cryptomap.model.access_list import AccessList
from cryptomap.model.config import Interface, InterfaceName, Secret
from cryptomap.model.remote_access import (
    AddressMode,
    Assignment,
    ClientAccess,
    EzvpnMode,
)
from cryptomap.model.selector import Selector
from cryptomap.wire.config_numbers import ConfigAttribute as Kind
from cryptomap.wire.config_numbers import ConfigMessage
from cryptomap.wire.payload import Attribute

PUSH = ClientAccess("XA", "GRP", frozenset({AddressMode.INITIATE}))
BOTH = ClientAccess("XA", "GRP", frozenset(AddressMode))
NOTHING = ClientAccess("XA", "GRP")
ANY = IPv4Network("0.0.0.0/0")


def test_what_a_client_is_told() -> None:
    site = up(RemoteSite())
    assert replace(told(site.client), expiry=None) == Assignment(
        address=FIRST,
        netmask=IPv4Address("255.255.255.0"),
        dns=(IPv4Address("2.2.2.53"),),
        wins=(IPv4Address("2.2.2.54"),),
        version="cryptomap",
        banner="Welcome",
        domain="lab.example",
        split_dns=("lab.example", "inside.example"),
        split_include=(R2_LAN,),
        save_password=True,
        pfs=False,
        backup_gateways=("12.1.1.9",),
    )
    seconds = told(site.client).expiry
    assert seconds is not None
    assert AES_POLICY.lifetime - 5 < seconds < AES_POLICY.lifetime
    assert site.client.pair.selector == Selector(IPv4Network(FIRST), R2_LAN)


def test_only_what_was_asked_for_is_told() -> None:
    site = RemoteSite(right=client(automatic=True))
    site.run(1)
    say(site.client, ConfigMessage.REQUEST, Attribute(Kind.IP4_DNS, b""), Attribute(Kind.IP6_DNS, b""))
    site.run(1)
    sent = site.gateway.of(ev.ConfigSent)[-1].told
    assert sent == Assignment(dns=(IPv4Address("2.2.2.53"),))


def test_the_gateway_pushes() -> None:
    #  SET(ADDRESS, DNS, ...)  -->
    #                          <--  ACK(ADDRESS="", DNS="", ...)
    site = RemoteSite(gateway(PUSH))
    site.run(1)
    names = {(each.kind) for each in site.client.of(ev.ConfigReceived)}
    assert "SET" in names
    site.run(5)
    assert told(site.client).address == FIRST
    states = [each.new for each in site.gateway.of(ev.StateChange)]
    assert "IKE_CONFIG_MODE_SET_SENT" in states
    site.check()
    site.no_errors()


def test_a_client_that_asks_where_the_gateway_pushes_gets_both() -> None:
    up(RemoteSite(gateway(BOTH))).no_errors()


def test_an_answer_with_nothing_in_it() -> None:
    """A REPLY always comes, even where the configuration says neither `respond` nor `initiate`."""
    site = RemoteSite(gateway(NOTHING))
    site.run(3)
    assert told(site.client) == Assignment()
    assert site.client.pairs == []
    reasons = [each.reason for each in site.gateway.of(ev.PeerInvalid)]
    assert any("client configuration address respond" in each for each in reasons)
    site.no_errors()


def test_without_an_authorization_list_the_group_says_nothing() -> None:
    """The address comes out of the pools for everybody."""
    access = replace(ACCESS, authorization_list=None)
    site = RemoteSite(replace(gateway(access), client_pools=("RA",)))
    site.run(5)
    assert told(site.client).address == FIRST
    assert told(site.client).dns == ()
    assert site.client.pair.selector.destination == ANY


def test_a_list_that_permits_any_is_no_split_tunnel() -> None:
    config = gateway()
    lists = {**config.access_lists, "150": AccessList("150", (permit(ANY, ANY),))}
    site = RemoteSite(replace(config, access_lists=lists))
    site.run(5)
    assert told(site.client).split_include == ()
    assert site.gateway.pair.selector == Selector(ANY, IPv4Network(FIRST))


def test_clients_get_different_addresses() -> None:
    site = up(RemoteSite(gateway(last="10.9.9.2")))
    other = with_second(site)
    assert (told(site.client).address, told(other).address) == (FIRST, FIRST + 1)


def test_a_pool_that_is_used_up() -> None:
    site = up(RemoteSite())
    other = with_second(site)
    assert told(other).address is None
    assert other.pairs == []
    text = site.gateway.of(ev.LogMessage)[-1].text
    assert "all addresses of pool RA are in use" in text


@pytest.mark.parametrize("limit", ["max_users", "max_logins"])
def test_one_client_too_many(limit: str) -> None:
    """The same user twice, one login allowed; or a second user in a group of one."""
    group = replace(GROUP, **{limit: 1})  # type: ignore[arg-type]
    site = up(RemoteSite(gateway(group=group, last="10.9.9.2")))
    other = with_second(site, "bob" if limit == "max_users" else "alice")
    assert other.pairs == []
    site.check()


def test_two_logins_of_one_user() -> None:
    site = up(RemoteSite(gateway(last="10.9.9.2")))
    other = with_second(site, "alice")
    assert told(other).address == FIRST + 1


def test_the_ipsec_sa_is_replaced_under_the_clients_own_isakmp_sa() -> None:
    site = up(RemoteSite())
    before = site.spis()
    site.traffic(3600, 30, back=True)
    assert not before[0] & site.spis()[0]
    site.check_passes()
    site.no_errors()


def test_a_client_may_not_have_the_packets_of_another() -> None:
    """Bob asks in quick mode for alice's address, and for everything."""
    site = up(RemoteSite(gateway(last="10.9.9.2")))
    other = with_second(site)
    bob, alice = IPv4Network(FIRST + 1), IPv4Network(FIRST)
    (tunnel,) = other.tunnels.values()
    for wanted in (alice, ANY, IPv4Network("10.9.9.0/24")):
        assert wanted != bob
        forged = replace(tunnel, assignment=replace(tunnel.assignment, address=wanted.network_address))
        other.tunnels["ez"] = forged
        before = len(site.gateway.pairs)
        ctx = other.endpoint._ctx
        ctx.clients["ez"].tunnel = forged
        for child in other.pairs:
            remove(ctx, child, notify=False)
        other._apply()
        other.turn()
        site.run(7)
        assert len(site.gateway.pairs) == before
    reasons = [each.reason for each in site.gateway.of(ev.PeerInvalid)]
    assert any(
        "may not have the packets for 10.9.9.1/32: its address is 10.9.9.2" in each for each in reasons
    )
    site.check_passes()
    site.no_errors()


def test_network_extension() -> None:
    """The client's LAN, and no address; another client's address in it is refused."""
    inside = InterfaceName("Ethernet0/1")
    config = client(mode=EzvpnMode.NETWORK_EXTENSION)
    lan = Interface(inside, IPv4Interface("3.3.3.3/24"), ezvpn_inside="ez")
    right = replace(config, interfaces={**config.interfaces, inside: lan})
    site = RemoteSite(right=right)
    site.run(5)
    assert told(site.client).address is None
    assert site.gateway.pair.selector == Selector(R2_LAN, R3_LAN)


def test_a_second_gateway_is_called_when_the_first_is_silent() -> None:
    ghost = IPv4Address("9.9.9.9")
    site = RemoteSite(right=client(peers=(ghost, R2_ADDRESS)))
    site.run(60)
    site.check()


def test_the_client_calls_again_when_its_gateway_lets_it_go() -> None:
    site = up(RemoteSite())
    site.gateway.endpoint.clear_sa(site.clock.now)
    site.gateway.endpoint.clear_isakmp(site.clock.now)
    site.gateway.turn()
    site.run(15)
    site.check()


def test_a_configuration_from_anybody_else_is_not_taken() -> None:
    """A peer that is no gateway of a client's pushes an address: an ACK that takes nothing."""
    site = up(RemoteSite())
    say(site.client, ConfigMessage.SET, Attribute(Kind.IP4_ADDRESS, FIRST.packed))
    site.run(1)
    assert not site.gateway.of(ev.ConfigTaken)
    site.check()
    site.no_errors()


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute(Kind.IP4_ADDRESS, b"\x0a"),
        Attribute(Kind.UNITY_SPLIT_INCLUDE, b"\x0a" * 8),
        Attribute(Kind.UNITY_SPLIT_INCLUDE, b"\xff\x00\xff\x00" * 2 + bytes(6)),
        Attribute(Kind.IP4_DNS, 7),
        Attribute(999, b"\xff" * 500),
    ],
)
def test_attributes_that_make_no_sense(attribute: Attribute) -> None:
    site = up(RemoteSite())
    say(site.gateway, ConfigMessage.SET, attribute)
    site.run(1)
    site.check()
    site.no_errors()


def test_the_groups_key_alone_is_no_client() -> None:
    """A wrong group key, and a group that is not there."""
    for changes in ({"key": Secret("other")}, {"group": "NOBODY"}):
        site = RemoteSite(right=client(**changes))
        site.run(20)
        assert site.gateway.established == []
        assert site.gateway.asked == []
        site.no_errors()
