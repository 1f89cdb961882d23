"""Xauth behind RSA signatures, and hybrid authentication, where only the gateway has a certificate
(draft-beaulieu-ike-xauth-02 section 7.2, draft-ietf-ipsec-isakmp-hybrid-auth-05)."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.certificates import key
from tests.sim.harness import NO_KEYS
from tests.sim.pki import CA, NO_CHECK, R2_CERTIFICATE, R3_CERTIFICATE, SIGNING, asks_late, enrolled, own_keys
from tests.sim.remote_access import RemoteSite, client, gateway, say, the_sa

from cryptomap.ikev1.method.hybrid import HybridClient
from cryptomap.model import event as ev
from cryptomap.model.algorithm import Extended
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import Trustpoint
from cryptomap.model.remote_access import NO_CLIENTS
from cryptomap.wire.config_numbers import ConfigAttribute as Kind
from cryptomap.wire.config_numbers import ConfigMessage
from cryptomap.wire.isakmp import split
from cryptomap.wire.numbers import ExchangeType
from cryptomap.wire.payload import Attribute

MODES = {"main": None, "aggressive": "VPNG"}
"""With a group a client calls in aggressive mode."""
both_modes = pytest.mark.parametrize("group", MODES.values(), ids=MODES)


def without_aaa(config: RouterConfig) -> RouterConfig:
    """No group is known in main mode: the pool is for all."""
    return replace(config, client_pools=("RA",))


def with_certificates(group: str | None, left: RouterConfig | None = None) -> RemoteSite:
    """Both have one."""
    ours = enrolled(without_aaa(left or gateway()), R2_CERTIFICATE)
    theirs = enrolled(client(group=group, key=None), R3_CERTIFICATE)
    return RemoteSite(ours, theirs, keys=(own_keys(key("r2")), own_keys(key("r3"))))


def hybrid(
    group: str | None,
    certificate: bytes = R2_CERTIFICATE,
    left: RouterConfig | None = None,
    authority: bytes = CA.certificate,
    label: str = "r2",
) -> RemoteSite:
    """The client trusts an authority, and has nothing of its own but a user."""
    ours = enrolled(without_aaa(left or gateway()), certificate)
    theirs = enrolled(
        client(group=group, key=None), ca=(authority,), trustpoint=Trustpoint("lab", revocation=NO_CHECK)
    )
    return RemoteSite(ours, theirs, keys=(own_keys(key(label)), NO_KEYS))


def agreed(site: RemoteSite) -> Extended:
    policy = the_sa(site.gateway).policy
    assert policy is not None
    (way,) = policy.extended
    return way


@both_modes
def test_xauth_after_signatures(group: str | None) -> None:
    site = with_certificates(group)
    site.run(5)
    assert agreed(site) is Extended.XAUTH
    assert [question.user for question in site.gateway.asked] == ["alice"]
    site.check()
    site.no_errors()


@both_modes
def test_hybrid(group: str | None) -> None:
    #  HDR*, IDii, HASH_I   -->
    #                       <--   HDR*, IDir, CERT, SIG_R     then Xauth
    site = hybrid(group)
    site.run(5)
    assert agreed(site) is Extended.HYBRID
    assert [question.user for question in site.gateway.asked] == ["alice"]
    assert not site.gateway.of(ev.CertificateReceived), "the client shows none"
    assert site.client.of(ev.CertificateReceived)
    site.check()
    site.no_errors()


def test_a_hybrid_client_that_asks_beside_its_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    #  HDR*, IDii, HASH_I, CERT_REQ   -->       as strongSwan does
    asks_late(monkeypatch, HybridClient)
    site = hybrid(None)
    site.run(5)
    assert site.gateway.of(ev.CertificateRequested)
    site.check()
    site.no_errors()


def test_what_hybrid_is_called() -> None:
    site = hybrid("VPNG")
    site.run(5)
    names = [each.text for check in site.gateway.of(ev.PolicyChecked) for each in check.attributes]
    assert "HybridInitRSA" in names


@both_modes
def test_a_hybrid_client_that_nobody_asks_is_refused(group: str | None) -> None:
    """Nothing has shown who it is: without Xauth the method is not even taken."""
    site = hybrid(group, left=gateway(NO_CLIENTS))
    site.run(20)
    assert site.gateway.established == []
    assert site.gateway.pairs == []
    site.no_errors()


@both_modes
def test_a_hybrid_client_does_not_judge_itself(group: str | None) -> None:
    site = hybrid(group)
    site.gateway.judge = lambda question: None
    site.run(1)
    say(site.client, ConfigMessage.SET, Attribute(Kind.XAUTH_STATUS, 1))
    site.run(1)
    assert not any(sa.authorised for sa in site.gateway.endpoint._ctx.sas)
    assert site.gateway.pairs == []
    site.no_errors()


@pytest.mark.parametrize("make", [hybrid, with_certificates])
def test_a_wrong_password(make: type[RemoteSite]) -> None:
    site = make(None)  # type: ignore[arg-type]
    site.gateway.passwords = {}
    site.run(20)
    assert site.gateway.pairs == []
    assert site.gateway.asked
    site.no_errors()


@both_modes
def test_a_gateway_with_another_routers_certificate_gets_no_password(group: str | None) -> None:
    """R3's certificate is of the same authority, but not for the address that was called."""
    site = hybrid(group, R3_CERTIFICATE, label="r3")
    site.run(20)
    assert site.gateway.asked == []
    kinds = {split(datagram.data)[0].exchange for datagram in site.network.sent}
    assert ExchangeType.TRANSACTION not in kinds or not site.client.of(ev.XauthAttributes)
    assert any("should prove its address" in each.reason for each in site.client.of(ev.PeerInvalid))


def test_a_gateway_of_another_authority_gets_no_password() -> None:
    from tests.certificates import Authority

    other = Authority("CN=other CA,O=other")
    site = hybrid(None, authority=other.certificate)
    site.run(20)
    assert site.gateway.asked == []


def test_a_name_that_the_client_knows_will_do() -> None:
    """`ip host gw.lab.com 12.1.1.2`, and a certificate with that name only."""
    certificate = CA.issue("CN=GW,O=lab", key("r2"), dns="gw.lab.com")
    site = hybrid(None, certificate)
    config = replace(site.client.config, hosts={"gw.lab.com": (IPv4Address("12.1.1.2"),)})
    site.client.reconfigure(config)
    site.run(20)
    site.check()


def test_pre_shared_keys_and_signatures_side_by_side() -> None:
    """The gateway has a policy for each; a client with the group's key takes the one, another the other."""
    both = {
        10: SIGNING,
        20: replace(SIGNING, priority=20, authentication=gateway().isakmp_policies[10].authentication),
    }
    ours = replace(enrolled(gateway(), R2_CERTIFICATE), isakmp_policies=both)
    site = RemoteSite(ours, client(), keys=(own_keys(key("r2")), NO_KEYS))
    site.run(5)
    assert agreed(site) is Extended.XAUTH
    site.check()


def test_the_unit_of_a_certificate_is_the_group() -> None:
    certificate = CA.issue("CN=R3,OU=VPNG,O=lab", key("r3"), dns="R3.lab.com", address="13.1.1.3")
    ours = enrolled(gateway(), R2_CERTIFICATE)
    theirs = enrolled(client(group=None, key=None), certificate)
    site = RemoteSite(ours, theirs, keys=(own_keys(key("r2")), own_keys(key("r3"))))
    site.run(5)
    assert site.client.of(ev.ConfigTaken)[-1].told.banner == "Welcome"
    site.check()
