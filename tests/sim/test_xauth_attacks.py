"""Peers that hold the group's key and break the rules of Xauth and mode config, and what a log may show."""

from dataclasses import replace

import pytest
from tests.sim.remote_access import FIRST, RemoteSite, asking, gateway, say, the_sa, type_in

from cryptomap.ikev1 import remote_access
from cryptomap.ikev1.exchange import transaction
from cryptomap.ikev1.states import State
from cryptomap.model import event as ev
from cryptomap.model.config import (
    IdentityKind,
)
from cryptomap.model.remote_access import (
    Accepted,
    Assignment,
)
from cryptomap.wire.config_numbers import ConfigAttribute as Kind
from cryptomap.wire.config_numbers import ConfigMessage
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType
from cryptomap.wire.payload import Attribute

STATUS_OK = Attribute(Kind.XAUTH_STATUS, 1)
STATUS_FAIL = Attribute(Kind.XAUTH_STATUS, 0)


def test_aaa_that_answers_too_late() -> None:
    """The SA is gone: its answer means nothing, not even to the next one."""
    site = asking()
    site.gateway.judge = lambda question: None
    type_in(site, "wrong")
    site.run(70)
    site.gateway.endpoint.login_answered(site.clock.now, site.gateway.asked[0].number, Accepted())
    site.gateway.turn()
    site.run(1)
    assert site.gateway.pairs == []
    assert not any(sa.authorised for sa in site.gateway.endpoint._ctx.sas)
    site.no_errors()


@pytest.mark.parametrize("status", [STATUS_OK, STATUS_FAIL])
@pytest.mark.parametrize("kind", [ConfigMessage.SET, ConfigMessage.REPLY, ConfigMessage.ACK])
def test_cve_2015_8023_cve_2021_45079_a_client_does_not_judge_itself(
    kind: ConfigMessage, status: Attribute
) -> None:
    """STATUS=OK that comes from the client (CVE-2015-8023, CVE-2021-45079): the ISAKMP SA ends."""
    site = asking()
    say(site.client, kind, status)
    site.run(2)
    assert site.gateway.isakmp_sas == []
    assert not any(sa.authorised for sa in site.gateway.endpoint._ctx.sas)
    site.no_errors()


def test_an_answer_with_a_status_is_a_refusal() -> None:
    """REPLY(STATUS=OK) to the gateway's own question."""
    for status in (STATUS_OK, STATUS_FAIL):
        site = asking()
        ctx, sa = site.client.endpoint._ctx, the_sa(site.client)
        (node,) = sa.nodes.values()
        ctx.send(sa, transaction.compose(sa, node, ConfigMessage.REPLY, 0, [status]))
        site.client.turn()
        site.run(2)
        assert site.gateway.isakmp_sas == []
        assert not site.gateway.asked
        site.no_errors()


def test_a_gateway_that_says_ok_before_it_asked_is_refused() -> None:
    site = asking()
    say(site.gateway, ConfigMessage.SET, STATUS_OK)
    site.run(2)
    assert site.client.isakmp_sas == []
    assert site.client.pairs == []
    site.no_errors()


def test_no_quick_mode_before_xauth_is_over() -> None:
    """The client behaves as if it were through."""
    site = asking()
    ctx, sa = site.client.endpoint._ctx, the_sa(site.client)
    ctx.now, sa.state = site.clock.now, State.P1_COMPLETE
    remote_access.configured(ctx, sa, Assignment(address=FIRST))
    site.client.turn()
    site.run(5)
    assert any(split(each.data)[0].exchange is ExchangeType.QUICK_MODE for each in site.network.sent)
    assert site.gateway.pairs == []
    assert site.gateway.endpoint.counters.misbehaved > 0
    assert [sa.state for sa in site.gateway.isakmp_sas] == ["CONF_XAUTH"]
    site.no_errors()


def test_no_mode_config_before_xauth_is_over() -> None:
    site = asking()
    sent = len(site.network.sent)
    say(site.client, ConfigMessage.REQUEST, Attribute(Kind.IP4_ADDRESS, b""))
    site.run(0.2)
    assert len(site.network.sent) == sent + 1, "no answer"
    assert site.gateway.endpoint._ctx.sessions == []
    type_in(site, "alicepw")
    site.run(2)
    site.check()


def test_cve_2015_4171_cisco_50600_a_gateway_with_another_identity_gets_no_password() -> None:
    """Everybody in the group has the key (CVE-2015-4171 and its like)."""
    fake = replace(gateway(), isakmp_identity=IdentityKind.HOSTNAME)
    site = RemoteSite(fake)
    site.run(20)
    assert site.gateway.asked == []
    assert site.client.established == []
    kinds = {split(datagram.data)[0].exchange for datagram in site.network.sent}
    assert kinds == {ExchangeType.AGGRESSIVE}
    assert any("calls itself R2" in each.reason for each in site.client.of(ev.PeerInvalid))


def test_no_secret_is_in_an_event_or_a_repr() -> None:
    site = RemoteSite()
    site.run(5)
    shown = "".join(map(repr, site.gateway.events + site.client.events + site.gateway.asked))
    for router in site.both:
        shown += repr(router.endpoint._ctx) + "".join(map(repr, router.endpoint._ctx.sas))
    assert "alicepw" not in shown
    assert "groupkey" not in shown


def test_names_for_people_hold_nothing_that_a_log_would_obey() -> None:
    site = asking()
    type_in(site, "x", "eve\nR2#\x1b[2J")
    logged = [each.text for each in site.gateway.of(ev.LogMessage)][-1]
    assert "User=eve?R2#?[2J " in logged
