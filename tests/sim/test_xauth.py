"""Xauth, both roles (draft-beaulieu-ike-xauth-02).

gateway                              client
REQUEST(NAME="" PASSWORD="")   -->
                               <--   REPLY(NAME PASSWORD)
SET(STATUS)                    -->
                               <--   ACK(STATUS)
"""

from dataclasses import replace

import pytest
from tests.sim.configs import R3_ADDRESS, global_keys, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Faults, Parcel
from tests.sim.remote_access import (
    ACCESS,
    GROUP,
    TYPED_BY_HAND,
    RemoteSite,
    asking,
    calling_once,
    client,
    gateway,
    refused,
    the_sa,
    type_in,
)

from cryptomap.ikev1.api import Authenticate
from cryptomap.model import event as ev
from cryptomap.model.address import Datagram
from cryptomap.model.algorithm import Extended
from cryptomap.model.config import (
    IsakmpProfile,
    Keepalive,
    MatchIdentity,
    PresharedKey,
    RouterConfig,
    Secret,
)
from cryptomap.model.remote_access import (
    NO_CLIENTS,
    Accepted,
    Challenged,
    ClientAccess,
    Rejected,
    Unavailable,
    Verdict,
)
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType


def test_the_messages_of_a_tunnel() -> None:
    #  AM1 -->  <-- AM2  AM3* -->
    #                      <--  REQUEST      REPLY  -->
    #                      <--  SET(OK)      ACK    -->     Xauth
    #  REQUEST  -->        <--  REPLY                       mode config
    #  QM1* -->  <-- QM2*  QM3* -->
    site = RemoteSite()
    site.run(5)
    kinds = [split(datagram.data)[0].exchange for datagram in site.network.sent]
    aggressive, other, quick = ExchangeType.AGGRESSIVE, ExchangeType.TRANSACTION, ExchangeType.QUICK_MODE
    assert kinds == [aggressive] * 3 + [other] * 6 + [quick] * 3
    begun = [split(datagram.data)[0].message_id for datagram in site.network.sent[3:9]]
    assert len(set(begun)) == 3, "a message id for each pair of messages"
    site.check()
    site.no_errors()


def test_what_was_agreed_on_is_xauth() -> None:
    """65001: the gateway takes the offer with Xauth before the one without."""
    site = RemoteSite()
    site.run(5)
    for router in site.both:
        policy = the_sa(router).policy
        assert policy is not None
        assert policy.extended == (Extended.XAUTH,)
    (checked,) = site.gateway.of(ev.PolicyChecked)
    assert ("auth", "XAUTHInitPreShared") in [(each.name, each.text) for each in checked.attributes]


def test_the_states_that_debug_shows() -> None:
    site = RemoteSite()
    site.run(5)
    changes = [each for each in site.gateway.of(ev.StateChange) if each.message_id is None]
    ways = [(each.inputs[1], each.old, each.new) for each in changes if "AM" not in each.inputs[1]][1:]
    assert ways == [
        ("IKE_PHASE1_COMPLETE", "IKE_P1_COMPLETE", "IKE_XAUTH_REQ_SENT"),
        ("IKE_CFG_REPLY", "IKE_XAUTH_REQ_SENT", "IKE_XAUTH_AAA_CONT_LOGIN_AWAIT"),
        ("IKE_AAA_CONT_LOGIN", "IKE_XAUTH_AAA_CONT_LOGIN_AWAIT", "IKE_XAUTH_SET_SENT"),
        ("IKE_CFG_ACK", "IKE_XAUTH_SET_SENT", "IKE_P1_COMPLETE"),
        ("IKE_PHASE1_COMPLETE", "IKE_P1_COMPLETE", "IKE_P1_COMPLETE"),
        ("IKE_CFG_REQUEST", "IKE_P1_COMPLETE", "IKE_CONFIG_AUTHOR_AAA_AWAIT"),
        ("IKE_AAA_GROUP_ATTR", "IKE_CONFIG_AUTHOR_AAA_AWAIT", "IKE_P1_COMPLETE"),
    ]


def test_who_speaks_xauth_says_so() -> None:
    site = RemoteSite()
    site.run(5)
    for router in site.both:
        assert "XAUTH" in [seen.name for seen in router.of(ev.VendorIdSeen)]
    plain = Site(r2(), r3())
    plain.bring_up()
    assert "XAUTH" not in [seen.name for seen in plain.right.of(ev.VendorIdSeen)]


def test_a_user_types_the_password() -> None:
    site = asking()
    assert "ezvpn xauth ez" in site.client.of(ev.LogMessage)[-1].text
    site.run(20)
    type_in(site, "alicepw")
    site.run(2)
    site.check()


def test_the_third_password_is_right() -> None:
    site = asking()
    for password in ("first", "second", "alicepw"):
        type_in(site, password)
    site.run(2)
    site.check()
    assert len(site.gateway.asked) == 3


def test_three_wrong_passwords_are_the_end() -> None:
    site = asking()
    for password in ("first", "second", "third"):
        type_in(site, password)
    refused(site)
    assert "XAuthenticate fail" in [each.reason for each in site.gateway.of(ev.SaDeleted)]
    assert len(site.gateway.asked) == 3
    logged = [each.text for each in site.gateway.of(ev.LogMessage) if each.mnemonic == "VPN_TUNNEL_STATUS"]
    assert len(logged) == 3
    assert "Authentication REJECTED User=alice Group=VPNG" in logged[0]


def test_a_configured_password_is_sent_once() -> None:
    """A gateway that asks again did not like it: a person has to answer."""
    site = RemoteSite(right=client(password=Secret("wrong")))
    site.run(25)
    assert len(site.gateway.asked) == 1
    assert site.client.pairs == []
    assert "Pending XAuth Request" in site.client.of(ev.LogMessage)[-1].text


def challenging(question: object) -> Verdict | None:
    """AAA that wants a code after the password."""
    assert isinstance(question, Authenticate)
    if question.challenge is None:
        return Challenged("Enter the code", b"state") if question.password == b"alicepw" else Rejected()
    right = (question.challenge, question.password) == (b"state", b"123456")
    return Accepted() if right else Rejected()


@pytest.mark.parametrize(("code", "good"), [("123456", True), ("654321", False)])
def test_a_challenge(code: str, good: bool) -> None:
    #  REQUEST(NAME PASSWORD) -->                   <-- REPLY(alice, alicepw)
    #  REQUEST(MESSAGE="Enter the code" ...) -->    <-- REPLY(alice, 123456)
    site = asking()
    site.gateway.judge = challenging
    type_in(site, "alicepw")
    assert '"Enter the code"' in site.client.of(ev.LogMessage)[-1].text
    type_in(site, code)
    site.run(3)
    if good:
        site.check()
    else:
        assert site.client.pairs == []
    site.no_errors()


def test_nobody_can_be_asked() -> None:
    site = calling_once()
    site.gateway.judge = lambda question: Unavailable("list XA has no servers")
    site.run(5)
    refused(site)
    assert "(list XA has no servers)" in site.gateway.of(ev.LogMessage)[-1].text


def test_a_user_that_does_not_answer() -> None:
    """30 s, or `crypto isakmp xauth timeout`."""
    for seconds in (30, 8):
        site = calling_once(replace(gateway(), xauth_timeout=seconds), **TYPED_BY_HAND)
        site.run(seconds - 1)
        assert site.gateway.isakmp_sas
        site.run(2)
        refused(site)


def test_aaa_that_does_not_answer() -> None:
    site = calling_once()
    site.gateway.judge = lambda question: None
    site.run(70)
    refused(site)


def lan_to_lan(*keys: PresharedKey, access: ClientAccess = ACCESS) -> RouterConfig:
    """R2 with `crypto map huawei client authentication list XA`, and R3 as a plain peer."""
    config = r2()
    crypto_map = replace(config.crypto_maps["huawei"], client=access)
    return replace(
        config,
        crypto_maps={"huawei": crypto_map},
        keyrings=global_keys(*keys) if keys else config.keyrings,
    )


def test_a_plain_peer_is_asked_too() -> None:
    """It cannot answer, as a router that is no client: a REPLY with STATUS=FAIL, and no tunnel."""
    site = Site(lan_to_lan(), r3())
    site.ping_back()
    site.run(2)
    assert "XAuthenticate fail" in [each.reason for each in site.left.of(ev.SaDeleted)]
    assert site.left.pairs == site.right.pairs == []
    site.no_errors()


def test_a_key_with_no_xauth_spares_its_peer() -> None:
    key = PresharedKey(Secret("wolf"), next(iter(r2().keyrings["default"].keys)).network, no_xauth=True)
    site = Site(lan_to_lan(key), r3())
    site.ping_back()
    site.run(2)
    site.check()


def test_a_profile_without_the_line_spares_its_peers() -> None:
    """What a peer's profile says holds, not what the crypto map says."""
    match = MatchIdentity(network=next(iter(r2().keyrings["default"].keys)).network)
    left = replace(lan_to_lan(), isakmp_profiles={"L2L": IsakmpProfile("L2L", (match,))})
    site = Site(left, r3())
    site.ping_back()
    site.run(2)
    site.check()


def test_a_profile_with_the_line_asks() -> None:
    profile = IsakmpProfile("RA", (MatchIdentity(group="VPNG"),), client=ACCESS)
    site = RemoteSite(replace(gateway(NO_CLIENTS), isakmp_profiles={"RA": profile}))
    site.run(5)
    assert [question.user for question in site.gateway.asked] == ["alice"]
    site.check()


def test_a_client_that_wants_xauth_where_its_profile_has_none_is_refused() -> None:
    """Some other profile asks, so that the offer with Xauth is taken: the client would wait for ever."""
    profiles = {
        "OPEN": IsakmpProfile("OPEN", (MatchIdentity(group="VPNG"),)),
        "RA": IsakmpProfile("RA", (MatchIdentity(group="OTHER"),), client=ACCESS),
    }
    site = RemoteSite(replace(gateway(NO_CLIENTS), isakmp_profiles=profiles))
    site.run(5)
    assert site.gateway.established == []
    assert any("client authentication list" in each.reason for each in site.gateway.of(ev.PeerInvalid))


@pytest.mark.parametrize(
    ("user", "good"), [("alice", False), ("alice/VPNG", True), ("alice@VPNG", True), ("alice@OTHER", False)]
)
def test_group_lock(user: str, good: bool) -> None:
    """The user's name ends in its group's; AAA knows the user without it."""
    site = RemoteSite(gateway(group=replace(GROUP, group_lock=True)), client(username=user))
    site.run(5)
    assert bool(site.gateway.pairs) is good
    assert site.gateway.asked[0].user == ("alice" if good else user)


@pytest.mark.parametrize("limit", [{"max_users": 0}, {"max_logins": 0}])
def test_too_many(limit: dict[str, int]) -> None:
    site = RemoteSite(gateway(group=replace(GROUP, **limit)))  # type: ignore[arg-type]
    site.run(4)
    assert site.gateway.pairs == []
    assert "Authentication FAILED" in [each for each in site.gateway.of(ev.LogMessage)][-1].text


@pytest.mark.parametrize("seed", range(50))
def test_loss_with_bursts(seed: int) -> None:
    """30 % each way, three in a row: 50 of 50 tunnels come up by themselves within 165 s."""
    right = replace(client(), keepalive=Keepalive(10, 2))
    site = RemoteSite(right=right, seed=seed, faults=Faults(loss=0.3, burst=3))
    for _ in range(165):
        site.ping()
        site.ping_back()
        site.run(1)
        if site.gateway.plane.received and site.client.plane.received:
            break
    else:
        raise AssertionError(site.trouble())
    site.no_errors()


@pytest.mark.parametrize("seed", range(20))
def test_everything_at_once(seed: int) -> None:
    site = RemoteSite(seed=seed, faults=Faults(0.15, 0.2, 0.1, 0.02, 0.3))
    site.run(165)
    site.network.faults = Faults()
    site.run(60)
    assert site.gateway.pairs, site.trouble()
    site.check_passes()
    site.no_errors()


@pytest.mark.parametrize("lost", range(6))
@pytest.mark.parametrize("copies", [0, 2])
def test_every_message_lost_or_doubled(lost: int, copies: int) -> None:
    """The first copy of one of the six transaction messages is lost, or comes twice."""
    site = RemoteSite()
    seen: list[bytes] = []

    def drop(parcel: Parcel) -> bool:
        if not isinstance(parcel, Datagram) or split(parcel.data)[0].exchange is not ExchangeType.TRANSACTION:
            return False
        fresh = parcel.data not in seen
        if fresh:
            seen.append(parcel.data)
        hit = fresh and seen.index(parcel.data) == lost
        if hit and copies:
            site.network._carry(parcel, parcel.remote.address)
        return hit and not copies

    site.network.drop = drop
    site.run(15)
    site.check()
    assert len(site.gateway.asked) == 1, "AAA is asked once"
    site.no_errors()


def test_the_gateway_restarts() -> None:
    """The client finds out by DPD or by silence, calls again and has its address again."""
    site = RemoteSite()
    site.run(5)
    site.gateway.boot()
    site.client.endpoint.clear_isakmp(site.clock.now)
    site.client.turn()
    site.run(60)
    assert site.client.established, site.trouble()
    site.no_errors()


def test_the_peer_address_is_told_to_aaa() -> None:
    site = RemoteSite()
    site.run(5)
    (question,) = site.gateway.asked
    assert (question.list_name, question.client) == ("XA", R3_ADDRESS)
