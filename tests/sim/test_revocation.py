"""`revocation-check` while tunnels come up: what is missing is got meanwhile, and the peer says it again."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.ocsp import OCSPCertStatus
from cryptography.x509.oid import AuthorityInformationAccessOID
from tests.certificates import DAY, NOW, Authority, key
from tests.sim.configs import r2, r3
from tests.sim.harness import Site
from tests.sim.pki import CA, NO_CHECK, aggressive, enrolled, everybody, site

from cryptomap.model import event as ev
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import Revocation, Trustpoint

CDP, OCSP = "http://ca.lab/lab.crl", "http://ocsp.lab"
MODES: dict[str, Callable[[RouterConfig], RouterConfig]] = {"main": everybody, "aggressive": aggressive}
both_modes = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
POINTS = x509.CRLDistributionPoints(
    [x509.DistributionPoint([x509.UniformResourceIdentifier(CDP)], None, None, None)]
)
RESPONDER = x509.AuthorityInformationAccess(
    [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(OCSP))]
)
MORE = [(POINTS, False), (RESPONDER, False)]
R2 = CA.issue("CN=R2,O=lab", key("r2"), address="12.1.1.2", more=MORE)
R3 = CA.issue("CN=R3,O=lab", key("r3"), address="13.1.1.3", more=MORE)


def checking(
    methods: str, mode: Callable[[RouterConfig], RouterConfig] = everybody, **web: bytes | None
) -> Site:
    """Both look at the other's certificate. `crl` and `ocsp` are what each finds there."""
    order = tuple(Revocation(word) for word in methods.split()) or NO_CHECK
    trustpoint = Trustpoint("lab", revocation=order)
    lab = site(mode(enrolled(r2(), R2, trustpoint=trustpoint)), enrolled(r3(), R3, trustpoint=trustpoint))
    places = {"crl": CDP, "ocsp": OCSP}
    for router, peer in ((lab.left, R3), (lab.right, R2)):
        for name, octets in web.items():
            router.web[places[name]] = octets if octets is not None else CA.ocsp(peer)
    return lab


@both_modes
def test_a_list_that_is_not_there_yet(mode: Callable[[RouterConfig], RouterConfig]) -> None:
    lab = checking("crl", mode, crl=CA.crl())
    lab.ping()
    lab.run(10)
    lab.check()
    assert [{fetch.url for fetch in router.fetches} for router in lab.both] == [{CDP}, {CDP}]
    lab.no_errors()


@both_modes
def test_an_answer_that_is_not_there_yet(mode: Callable[[RouterConfig], RouterConfig]) -> None:
    lab = checking("ocsp", mode, ocsp=None)
    lab.ping()
    lab.run(10)
    lab.check()
    assert [{fetch.url for fetch in router.fetches} for router in lab.both] == [{OCSP}, {OCSP}]


def test_a_list_serves_until_there_is_a_newer_one() -> None:
    lab = checking("crl", crl=CA.crl(ends=NOW + DAY / 24))
    lab.ping()
    lab.run(10)
    lab.check()
    asked = [len(router.fetches) for router in lab.both]
    for router in lab.both:
        router.endpoint.clear_isakmp(lab.clock.now)
        router.endpoint.clear_sa(lab.clock.now)
        router.turn()
    lab.ping()
    lab.run(10)
    lab.check()
    assert [len(router.fetches) for router in lab.both] == asked
    lab.run(3700)
    assert lab.left.look(lab.left.fetches[0]) is None


@pytest.mark.parametrize(
    ("methods", "crl", "ocsp"),
    [
        ("crl", CA.crl(R2), None),
        ("crl none", CA.crl(R2), None),
        ("ocsp", None, CA.ocsp(R2, OCSPCertStatus.REVOKED)),
        ("ocsp none", None, CA.ocsp(R2, OCSPCertStatus.REVOKED)),
        ("ocsp crl", CA.crl(R2), CA.ocsp(R2, OCSPCertStatus.UNKNOWN)),
        ("crl", None, None),
        ("crl", CA.crl(signer=key("r2")), None),
        ("crl ocsp", None, CA.ocsp(R3)),
    ],
)
@both_modes
def test_revoked_or_unknown_is_refused(
    mode: Callable[[RouterConfig], RouterConfig], methods: str, crl: bytes | None, ocsp: bytes | None
) -> None:
    """R3 checks R2, which checks nothing."""
    order = tuple(Revocation(word) for word in methods.split())
    lab = site(mode(enrolled(r2(), R2)), enrolled(r3(), R3, trustpoint=Trustpoint("lab", revocation=order)))
    lab.right.web = {url: octets for url, octets in ((CDP, crl), (OCSP, ocsp)) if octets is not None}
    lab.ping()
    lab.run(40)
    assert not lab.right.of(ev.Authenticated)
    assert not lab.right.pairs
    assert "revoked" in "".join(each.text for each in lab.right.of(ev.LogMessage))
    lab.no_errors()


def test_cve_2022_40617_only_who_proved_a_certificate_makes_us_fetch() -> None:
    """CVE-2022-40617: the address in a certificate of a stranger is not looked at."""
    stranger = Authority("CN=stranger")
    theirs = stranger.issue("CN=R2,O=lab", key("r2"), address="12.1.1.2", more=MORE)
    lab = site(
        enrolled(r2(), theirs),
        enrolled(r3(), R3, trustpoint=Trustpoint("lab", revocation=(Revocation.CRL,))),
    )
    lab.ping()
    lab.run(40)
    assert not lab.right.fetches
    assert lab.right.endpoint.counters.unauthenticated


def test_a_server_that_does_not_answer_holds_nobody_up() -> None:
    """The list never comes; a second peer, with pre-shared keys, is served meanwhile. No state is left."""
    lab = checking("crl")
    lab.right.web.clear()
    lab.ping()
    lab.run(1)
    assert lab.right.fetches
    assert [sa.state for sa in lab.right.isakmp_sas] == ["MM_KEY_EXCH"]
    lab.run(60)
    assert not lab.right.isakmp_sas
    assert not lab.right.established
    lab.no_errors()


def test_a_repeated_answer_goes_out_a_few_times_only() -> None:
    """Each fetch prompts an undecided peer once; nothing is sent for those that are decided."""
    lab = checking("crl", crl=CA.crl())
    lab.ping()
    lab.run(10)
    lab.check()
    sent = len(lab.network.sent)
    for router in lab.both:
        for _ in range(50):
            router.endpoint.obtained(lab.clock.now)
            router.turn()
    assert len(lab.network.sent) == sent


def test_pair_of_trustpoints_is_kept_apart() -> None:
    """The trustpoint of the authority that signed decides what is checked."""
    other = Authority("CN=other,O=lab")
    config = enrolled(r3(), R3, trustpoint=Trustpoint("lab", revocation=NO_CHECK))
    strict = Trustpoint("strict", revocation=(Revocation.CRL,))
    config = replace(config, trustpoints={"strict": strict, **config.trustpoints})
    strict_chain = enrolled(r3(), ca=(other.certificate,), trustpoint=strict).certificates
    config = replace(config, certificates={**strict_chain, **config.certificates})
    lab = site(enrolled(r2(), R2), config)
    lab.bring_up()
    assert not lab.right.fetches
