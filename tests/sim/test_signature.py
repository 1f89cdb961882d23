"""RSA signatures with certificates, both roles, main and aggressive mode (RFC 2409 section 5.1)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.certificates import DAY, NOW, Authority, key
from tests.sim.configs import AES_POLICY, r2, r3
from tests.sim.harness import Site
from tests.sim.pki import (
    ANY,
    CA,
    R2_CERTIFICATE,
    R3_CERTIFICATE,
    SIGNING,
    aggressive,
    asks_late,
    chain,
    enrolled,
    everybody,
    left,
    right,
    site,
)

from cryptomap.ikev1.method.signature import RsaSignature
from cryptomap.model import event as ev
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import IdentityKind, IsakmpProfile, MatchIdentity, RouterConfig
from cryptomap.model.pki import (
    CertificateField,
    CertificateMap,
    CertificateOperator,
    CertificateRule,
    Trustpoint,
)
from cryptomap.wire.isakmp import decode_payloads, split
from cryptomap.wire.numbers import ExchangeType, Flag, IdType
from cryptomap.wire.payload import CertPayload, CertRequestPayload, IdPayload, SignaturePayload

FQDN, USER_FQDN, DN, ADDRESS = (
    int(kind) for kind in (IdType.FQDN, IdType.USER_FQDN, IdType.DER_ASN1_DN, IdType.IPV4_ADDR)
)
MODES: dict[str, Callable[[RouterConfig], RouterConfig]] = {"main": everybody, "aggressive": aggressive}
both_modes = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
OTHER_CA = Authority("CN=other CA,O=lab")


def in_clear(lab: Site) -> list[list[str]]:
    """The names of the payloads of each message in clear."""
    found = []
    for datagram in lab.network.sent:
        header, body = split(datagram.data)
        if not header.flags & Flag.E:
            payloads = decode_payloads(header.next_payload, body)
            found.append([type(each).__name__.removesuffix("Payload") for each in payloads])
    return found


def identities(lab: Site) -> list[tuple[int, str]]:
    """The type and the text that R2 and R3 sent, as the other saw it."""
    shown = [
        each for router in (lab.right, lab.left) for each in router.of(ev.IdentityShown) if not each.sent
    ]
    return [(each.id_type, each.text) for each in shown]


def test_the_messages_of_main_mode() -> None:
    #  HDR, SA                -->
    #                         <--  HDR, SA
    #  HDR, KE, Ni, CERT_REQ  -->
    #                         <--  HDR, KE, Nr, CERT_REQ
    #  HDR*, IDii, CERT, SIG  -->
    #                         <--  HDR*, IDir, CERT, SIG
    lab = site()
    lab.bring_up()
    heads = [split(datagram.data)[0] for datagram in lab.network.sent]
    main, quick = ExchangeType.IDENTITY_PROTECTION, ExchangeType.QUICK_MODE
    assert [head.exchange for head in heads] == [main] * 6 + [quick] * 3
    _, _, third, fourth = in_clear(lab)
    assert third[:3] == fourth[:3] == ["Ke", "Nonce", "CertRequest"]
    assert [sa.authentication for router in lab.both for sa in router.established] == [AuthMethod.RSA_SIG] * 2


def test_the_messages_of_aggressive_mode() -> None:
    #  HDR, SA, KE, Ni, CERT_REQ, IDii  -->
    #                                   <--  HDR, SA, KE, Nr, CERT_REQ, IDir, CERT, SIG_R
    #  HDR*, CERT, SIG_I                -->
    lab = site(aggressive(left()))
    lab.bring_up()
    first, second = in_clear(lab)
    assert first[:5] == ["Sa", "Ke", "Nonce", "CertRequest", "Id"]
    assert second[:7] == ["Sa", "Ke", "Nonce", "CertRequest", "Id", "Cert", "Signature"]
    assert identities(lab) == [(ADDRESS, "12.1.1.2"), (ADDRESS, "13.1.1.3")]


@both_modes
def test_certificates_that_are_not_encrypted_tell_who_we_are(
    mode: Callable[[RouterConfig], RouterConfig],
) -> None:
    """Main mode hides both certificates; aggressive mode shows the responder's."""
    lab = site(mode(left()))
    lab.bring_up()
    wire = b"".join(datagram.data for datagram in lab.network.sent)
    assert R2_CERTIFICATE not in wire
    assert (R3_CERTIFICATE in wire) is (mode is aggressive)


@both_modes
def test_names_instead_of_addresses(mode: Callable[[RouterConfig], RouterConfig]) -> None:
    ours, theirs = (
        replace(config, isakmp_identity=IdentityKind.HOSTNAME, hostname=name)
        for config, name in ((left(), "R2"), (right(), "R3"))
    )
    lab = site(mode(ours), theirs)
    lab.bring_up()
    assert identities(lab) == [(FQDN, "R2.lab.com"), (FQDN, "R3.lab.com")]


@both_modes
def test_distinguished_names(mode: Callable[[RouterConfig], RouterConfig]) -> None:
    """`crypto isakmp identity dn`: the subject, octet for octet."""
    lab = site(mode(left(isakmp_identity=IdentityKind.DN)), right(isakmp_identity=IdentityKind.DN))
    lab.bring_up()
    assert [kind for kind, _ in identities(lab)] == [DN, DN]


def test_self_identity_of_a_profile() -> None:
    profile = replace(everybody(left()).isakmp_profiles["sig"], self_identity="user-fqdn r2@lab.com")
    lab = site(replace(everybody(left(isakmp_identity=IdentityKind.DN)), isakmp_profiles={"sig": profile}))
    lab.bring_up()
    assert identities(lab)[0] == (USER_FQDN, "r2@lab.com")


@both_modes
def test_an_address_that_is_not_in_our_certificate(mode: Callable[[RouterConfig], RouterConfig]) -> None:
    """The configured identity is the address; the certificate has the name, or neither."""
    named = CA.issue("CN=R2,O=lab", key("r2"), dns="R2.lab.com")
    bare = CA.issue("CN=R3,O=lab", key("r3"))
    lab = site(mode(left(named, hostname="R2")), right(bare))
    lab.bring_up()
    assert [kind for kind, _ in identities(lab)] == [FQDN, DN]
    assert [(each.wanted, each.used) for each in lab.left.of(ev.IdentityReplaced)] == [(ADDRESS, FQDN)]
    assert [(each.wanted, each.used) for each in lab.right.of(ev.IdentityReplaced)] == [(ADDRESS, DN)]


def test_an_authority_below_a_root() -> None:
    """R3 trusts the root only; R2 sends what stands between."""
    below = Authority("CN=below,O=lab", CA)
    certificate = below.issue("CN=R2,O=lab", key("r2"), address="12.1.1.2")
    lab = site(enrolled(r2(), certificate, ca=(below.certificate, CA.certificate)))
    lab.bring_up()


def two_authorities() -> Site:
    """R2 is enrolled with two authorities and R3 with the second."""
    other = OTHER_CA.issue("CN=R2 there,O=lab", key("r2"), address="12.1.1.2")
    theirs = OTHER_CA.issue("CN=R3,O=lab", key("r3"), address="13.1.1.3")
    ours = left()
    second = Trustpoint("second", revocation=ours.trustpoints["lab"].revocation)
    ours = replace(
        ours,
        trustpoints={**ours.trustpoints, "second": second},
        certificates={**ours.certificates, "second": chain(other, ca=(OTHER_CA.certificate,))},
    )
    return site(ours, enrolled(r3(), theirs, ca=(OTHER_CA.certificate,)))


def test_the_certificate_that_the_peer_asks_for() -> None:
    lab = two_authorities()
    lab.bring_up()
    assert [each.trustpoint for each in lab.left.of(ev.CertificateSent)] == ["second"]
    asked = lab.left.of(ev.CertificateRequested)
    assert [(each.issuer, each.trustpoint) for each in asked] == [("cn=other CA,o=lab", "second")]


def test_an_initiator_that_asks_beside_its_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    #  HDR*, IDii, CERT, CERT_REQ, SIG_I   -->       as strongSwan does
    #                                      <--   HDR*, IDir, CERT, SIG_R
    asks_late(monkeypatch, RsaSignature)
    lab = two_authorities()
    lab.ping_back()
    lab.run(3)
    lab.check()
    assert [each.trustpoint for each in lab.left.of(ev.CertificateSent)] == ["second"]


def test_pre_shared_keys_beside_it() -> None:
    """R2 prefers to sign; R3 has no certificate, and both have a key."""
    ours = left(isakmp_policies={10: SIGNING, 20: replace(AES_POLICY, priority=20)}, keyrings=r2().keyrings)
    lab = site(ours, r3())
    lab.bring_up()
    assert [sa.authentication for sa in lab.left.established] == [AuthMethod.PRE_SHARE]


@pytest.mark.parametrize("missing", ["certificate", "key", "authority", "valid certificate"])
def test_without_what_signing_takes_nothing_is_sent(missing: str) -> None:
    ours = left()
    if missing == "certificate":
        ours = replace(ours, certificates={"lab": chain()})
    elif missing == "authority":
        ours = replace(ours, certificates={"lab": chain(R2_CERTIFICATE, ca=())})
    elif missing == "valid certificate":
        old = CA.issue("CN=R2,O=lab", key("r2"), address="12.1.1.2", ends=NOW - DAY / 2)
        ours = replace(ours, certificates={"lab": chain(old)})
    lab = site(ours, pairs=(key("r9" if missing == "key" else "r2"), key("r3")))
    lab.ping()
    lab.run(5)
    assert not lab.network.sent
    (told,) = lab.left.of(ev.PeerInvalid)
    assert "crypto pki" in told.reason
    lab.no_errors()


def test_a_key_that_decrypts_does_not_sign() -> None:
    """Felsch and others 2018: with both RSA methods in force one key pair may not serve both."""
    both = {10: SIGNING, 20: replace(SIGNING, priority=20, authentication=AuthMethod.RSA_ENCR)}
    lab = site(left(isakmp_policies=both))
    lab.ping()
    lab.run(5)
    assert not lab.network.sent


def test_match_certificate_binds_a_profile() -> None:
    rule = CertificateRule(CertificateField.SUBJECT, CertificateOperator.CONTAINS, "cn=r2")
    profiles = {
        "nobody": IsakmpProfile("nobody", (MatchIdentity(host="x"),)),
        "routers": IsakmpProfile("routers", match_certificates=("r2",)),
    }
    maps = {"r2": CertificateMap("r2", {10: (rule,)})}
    lab = site(theirs=right(isakmp_profiles=profiles, certificate_maps=maps))
    lab.bring_up()
    assert [each.profile for each in lab.right.of(ev.ProfileMatched)] == ["routers"]


def profile_with(trustpoint: str) -> RouterConfig:
    """R3 has two trustpoints; the profile of its peers allows one."""
    config = right()
    second = Trustpoint("second", revocation=config.trustpoints["lab"].revocation)
    profile = IsakmpProfile("p", (MatchIdentity(network=ANY),), trustpoints=(trustpoint,))
    mine = OTHER_CA.issue("CN=R3,O=lab", key("r3"), address="13.1.1.3")
    return replace(
        config,
        trustpoints={**config.trustpoints, "second": second},
        certificates={**config.certificates, "second": chain(mine, ca=(OTHER_CA.certificate,))},
        isakmp_profiles={"p": profile},
    )


@both_modes
def test_ca_trust_point_of_a_profile(mode: Callable[[RouterConfig], RouterConfig]) -> None:
    """R2's certificate is of trustpoint `lab`; with `second` it is refused, though it is trusted."""
    site(mode(left()), profile_with("lab")).bring_up()
    lab = site(mode(left()), profile_with("second"))
    lab.ping()
    lab.run(10)
    assert not lab.right.established
    lab.no_errors()


def test_trustpoint_that_wants_a_certificate_map() -> None:
    rule = CertificateRule(CertificateField.SUBJECT, CertificateOperator.CONTAINS, "cn=r9")
    config = right()
    picky = replace(config.trustpoints["lab"], match_certificate="r9")
    maps = {"r9": CertificateMap("r9", {10: (rule,)})}
    for certificate_maps in (maps, {}):
        lab = site(theirs=replace(config, trustpoints={"lab": picky}, certificate_maps=certificate_maps))
        lab.ping()
        lab.run(10)
        assert not lab.right.established
        assert "certificate map r9" in log_of(lab)


def log_of(lab: Site) -> str:
    return "\n".join(each.text for each in lab.right.of(ev.LogMessage) if each.mnemonic == "IKMP_INVAL_CERT")


def test_what_debug_shows() -> None:
    lab = site()
    lab.bring_up()
    order = [type(each).__name__ for each in lab.left.events if type(each).__name__.startswith("Certificate")]
    assert order == [
        "CertificateRequestSent",
        "CertificateRequested",
        "CertificateSent",
        "CertificateReceived",
    ]
    processed = [each.name for each in lab.left.of(ev.PayloadProcessed)]
    at = processed.index("CERT")
    assert processed[at - 1 : at + 2] == ["ID", "CERT", "SIG"]
    assert {each.next_payload for each in lab.left.of(ev.IdentityShown)} == {6}


def test_a_peer_that_rebooted_with_the_same_certificate() -> None:
    lab = site()
    lab.bring_up()
    lab.right.boot()
    lab.ping_back()
    lab.run(5)
    lab.check()


def test_the_octets_of_an_answer() -> None:
    """The signature is as long as the modulus, whatever the hash."""
    lab = site(aggressive(left()))
    lab.bring_up()
    _, body = split(lab.network.sent[1].data)
    payloads = decode_payloads(split(lab.network.sent[1].data)[0].next_payload, body)
    (signature,) = (each for each in payloads if isinstance(each, SignaturePayload))
    (certificate,) = (each for each in payloads if isinstance(each, CertPayload))
    (request,) = (each for each in payloads if isinstance(each, CertRequestPayload))
    (identity,) = (each for each in payloads if isinstance(each, IdPayload))
    assert len(signature.data) == 256
    assert (certificate.encoding, certificate.data) == (4, R3_CERTIFICATE)
    assert (request.encoding, request.data) == (4, CA.subject.public_bytes())
    assert identity.port == 500
