"""RSA signatures with strongSwan: main and aggressive mode, either side starting, every kind of identity."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from tests.certificates import DAY, Authority, key
from tests.peers.site import OURS, PEER, Settings, Site, connection, settles
from tests.peers.strongswan import Certified, Connection

from cryptomap.config import hexadecimal
from cryptomap.model.pki import KeyUsage
from cryptomap.pki.certificate import Certificate
from cryptomap.policy.own_keys import OwnKey, OwnKeys

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]
NOW = datetime.now(UTC)
CA = Authority("CN=peer test CA,O=lab", now=NOW)
BELOW = Authority("CN=below,O=lab", CA, now=NOW)
OUR_KEYS = OwnKeys((OwnKey("GW", KeyUsage.GENERAL, key("gw"), NOW),))
OWN = CA.issue("CN=GW,O=lab", key("gw"), dns="GW.lab.com", address=OURS, mail="gw@lab.com")
THEIRS = CA.issue("CN=charon,O=lab", key("charon"), dns="charon.lab.com", address=PEER)
PROFILE = """crypto pki certificate map all 10
 issuer-name co lab
crypto isakmp profile sig
 match certificate all
 {mode}"""


def block(kind: str, der: bytes) -> list[str]:
    serial = f"{Certificate.from_der(der).serial:X}"
    return [f" certificate {kind}{serial}", *(f"  {line}" for line in hexadecimal.render(der))]


def signing(
    own: bytes = OWN, authority: bytes = CA.certificate, *more: str, aggressive: bool = False
) -> Settings:
    """Our side, enrolled."""
    lines = [
        "ip domain-name lab.com",
        "crypto pki trustpoint lab",
        " enrollment terminal",
        " revocation-check none",
        "crypto pki certificate chain lab",
        *block("", own),
        *block("ca ", authority),
        PROFILE.format(mode="initiate mode aggressive" if aggressive else ""),
        *more,
    ]
    return Settings(
        authentication="rsa-sig",
        extra="\n".join(lines),
        entry=" set isakmp-profile sig",
        keys=OUR_KEYS,
    )


def certified(
    certificate: bytes = THEIRS, local_id: str = PEER, remote_id: str = OURS, **changes: str
) -> Connection:
    """Charon's side, enrolled with the same authority."""
    theirs = Certified(certificate, key("charon").pem(), (CA.certificate,), local_id, remote_id)
    return connection(certified=theirs, **changes)  # type: ignore[arg-type]


def comes_up(site: Site, *, we_start: bool) -> bool:
    if we_start:
        return settles(site.host_reaches_peer)
    return site.charon.initiate()


starters = pytest.mark.parametrize("we_start", [True, False], ids=["we start", "charon starts"])
modes = pytest.mark.parametrize("aggressive", [False, True], ids=["main", "aggressive"])


@starters
@modes
def test_modes(start: Start, aggressive: bool, we_start: bool) -> None:
    mode = "yes" if aggressive else "no"
    with start(signing(aggressive=aggressive), certified(aggressive=mode)) as site:
        assert comes_up(site, we_start=we_start), site.failure()
        assert settles(lambda: site.pings() == [3, 3]), site.failure()
        assert "rsig" in site.console("show crypto isakmp sa detail")


@pytest.mark.parametrize(
    ("line", "ours", "theirs"),
    [
        ("crypto isakmp identity hostname", "GW.lab.com", "charon.lab.com"),
        ("crypto isakmp identity dn", "O=lab, CN=GW", "O=lab, CN=charon"),
        ("crypto isakmp profile sig\n self-identity user-fqdn gw@lab.com", "gw@lab.com", "charon.lab.com"),
    ],
    ids=["fqdn", "dn", "user-fqdn"],
)
@starters
def test_identities(start: Start, line: str, ours: str, theirs: str, we_start: bool) -> None:
    peer = certified(local_id=theirs, remote_id=ours)
    with start(signing(OWN, CA.certificate, line), peer) as site:
        assert comes_up(site, we_start=we_start), site.failure()
        assert settles(lambda: site.pings() == [3, 3]), site.failure()


@starters
def test_an_authority_below_the_root(start: Start, we_start: bool) -> None:
    """Charon has the root only; we send what stands between, and trust what charon sends under the root."""
    own = BELOW.issue("CN=GW,O=lab", key("gw"), address=OURS)
    lines = ["crypto pki certificate chain lab", *block("ca ", BELOW.certificate)]
    with start(signing(own, CA.certificate, *lines), certified()) as site:
        assert comes_up(site, we_start=we_start), site.failure()
        assert settles(lambda: site.pings() == [3, 3]), site.failure()


@modes
def test_a_certificate_that_we_do_not_trust(start: Start, aggressive: bool) -> None:
    stranger = Authority("CN=peer test CA,O=lab", pair=key("stranger"), now=NOW)
    theirs = stranger.issue("CN=charon,O=lab", key("charon"), address=PEER)
    mode = "yes" if aggressive else "no"
    with start(signing(aggressive=aggressive), certified(theirs, aggressive=mode)) as site:
        assert not site.charon.initiate(timeout=5)
        assert not site.host_reaches_peer()
        log = site.console("show logging")
        assert f"%CRYPTO-5-IKMP_INVAL_CERT: Certificate received from {PEER} is bad" in log
        assert site.our_isakmp_sas() == site.our_pairs() == 0


@starters
def test_a_certificate_that_charon_does_not_trust(start: Start, we_start: bool) -> None:
    """Charon does not take ours: no SAs with it are left."""
    stranger = Authority("CN=peer test CA,O=lab", pair=key("stranger"), now=NOW)
    own = stranger.issue("CN=GW,O=lab", key("gw"), address=OURS)
    with start(signing(own, CA.certificate), certified()) as site:
        up = site.host_reaches_peer() if we_start else site.charon.initiate(timeout=5)
        assert not up
        assert "no trusted RSA public key found" in site.charon.log()
        assert settles(lambda: site.our_pairs() == 0)


def test_a_certificate_that_has_expired(start: Start) -> None:
    """Ours has: we do not offer to sign, and say why."""
    own = CA.issue("CN=GW,O=lab", key("gw"), address=OURS, begins=NOW - 3 * DAY, ends=NOW - DAY / 2)
    with start(signing(own), certified()) as site:
        site.console("debug crypto isakmp")
        assert not site.host_reaches_peer()
        assert "no trustpoint has a certificate for an RSA key of ours" in site.console("show logging")
