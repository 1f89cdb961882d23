"""What must not come up with strongSwan does not, both sides say why, and the next good attempt works."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from tests.peers.site import Settings, Site, connection, settles
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]

# strongSwan's proposal is strict: with a group it wants PFS, without one it refuses PFS.
WITHOUT_PFS, WITH_PFS = "aes256-sha256", "aes256-sha256-modp2048"


def we_initiate(site: Site) -> None:
    """Packets of our host make us try, and none gets through."""
    for _ in range(2):
        assert not site.host_reaches_peer()


def nothing_is_up(site: Site) -> None:
    assert site.our_pairs() == 0, site.failure()
    assert site.charon.installed() == 0, site.failure()


def a_good_attempt_works(site: Site, **changes: str) -> None:
    """With what both agree on, strongSwan's next attempt brings the tunnel up."""
    site.charon.load(connection(**changes))
    assert site.charon.initiate(), site.failure()
    assert site.pings() == [3, 3], site.failure()


def test_wrong_key_when_strongswan_initiates(start: Start) -> None:
    with start(Settings(psk="wolf"), connection(psk="lamb")) as site:
        assert not site.charon.initiate(timeout=3)
        nothing_is_up(site)
        assert site.our_isakmp_sas() == 0
        assert "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 192.0.2.1" in site.console("show logging")
        site.charon.terminate()
        a_good_attempt_works(site, psk="wolf")


def test_wrong_key_when_we_initiate(start: Start) -> None:
    with start(Settings(psk="wolf"), connection(psk="lamb")) as site:
        we_initiate(site)
        nothing_is_up(site)
        assert site.our_isakmp_sas() == 0
        assert settles(lambda: "could not decrypt payloads" in site.charon.log()), site.failure()
        a_good_attempt_works(site, psk="wolf")


@pytest.mark.parametrize("ike", ["aes128-sha256-modp2048", "aes256-sha1-modp2048", "aes256-sha256-modp1024"])
def test_no_common_phase_1_proposal(start: Start, ike: str) -> None:
    with start(Settings(), connection(ike=ike)) as site:
        assert not site.charon.initiate(timeout=3)
        assert "received NO_PROPOSAL_CHOSEN error notify" in site.charon.log(), site.failure()
        we_initiate(site)
        nothing_is_up(site)
        assert settles(lambda: "no proposal found" in site.charon.log()), site.failure()
        a_good_attempt_works(site)


@pytest.mark.parametrize("esp", ["aes128-sha256", "aes256-sha1", "aes256gcm16"])
def test_no_common_phase_2_proposal(start: Start, esp: str) -> None:
    with start(Settings(), connection(esp=esp)) as site:
        assert not site.charon.initiate(timeout=3)
        assert "received NO_PROPOSAL_CHOSEN error notify" in site.charon.log(), site.failure()
        site.charon.terminate()
        we_initiate(site)
        nothing_is_up(site)
        assert "no matching proposal found, sending NO_PROPOSAL_CHOSEN" in site.charon.log(), site.failure()
        site.charon.terminate()
        a_good_attempt_works(site)


def test_pfs_on_our_side_only(start: Start) -> None:
    """We demand the group as responder; strongSwan does not take it from us as initiator."""
    with start(Settings(pfs=14), connection(esp=WITHOUT_PFS)) as site:
        assert not site.charon.initiate(timeout=3)
        assert "received NO_PROPOSAL_CHOSEN error notify" in site.charon.log(), site.failure()
        site.charon.terminate()
        we_initiate(site)
        nothing_is_up(site)
        assert "no matching proposal found, sending NO_PROPOSAL_CHOSEN" in site.charon.log(), site.failure()
        site.charon.terminate()
        a_good_attempt_works(site, esp=WITH_PFS)


def test_pfs_on_their_side_only_when_strongswan_initiates(start: Start) -> None:
    """Without `set pfs` we take any group that a peer offers."""
    with start(Settings(), connection(esp=WITH_PFS)) as site:
        assert site.charon.initiate(), site.failure()
        assert "MODP_2048" in site.charon.list_sas().partition("ESP:")[2]
        assert site.pings() == [3, 3], site.failure()


def test_pfs_on_their_side_only_when_we_initiate(start: Start) -> None:
    with start(Settings(), connection(esp=WITH_PFS)) as site:
        we_initiate(site)
        nothing_is_up(site)
        assert "no matching proposal found, sending NO_PROPOSAL_CHOSEN" in site.charon.log(), site.failure()


@pytest.mark.parametrize(
    "changes",
    [
        {"local_net": "10.1.0.0/16"},  # wider than our list
        {"remote_net": "10.2.0.0/16"},
        {"local_net": "10.1.0.1/32", "remote_net": "10.3.0.0/24"},  # somewhere else
    ],
    ids=lambda changes: ",".join(changes.values()),
)
def test_identities_that_do_not_mirror_our_list(start: Start, changes: dict[str, str]) -> None:
    with start(Settings(), connection(**changes)) as site:
        assert not site.charon.initiate(timeout=3)
        assert "error notify" in site.charon.log(), site.failure()
        nothing_is_up(site)
        site.charon.terminate()
        a_good_attempt_works(site)


def test_identities_within_our_list(start: Start) -> None:
    """An initiator may ask for a part of what a permit line covers."""
    with start(Settings(), connection(local_net="10.1.0.0/28", remote_net="10.2.0.0/28")) as site:
        assert site.charon.initiate(), site.failure()
        assert site.pings() == [3, 3], site.failure()
        assert "10.1.0.0/255.255.255.240" in site.console("show crypto ipsec sa")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        # strongSwan answers with its own narrower network, which we do not take.
        ({"local_net": "10.1.0.0/28"}, r"parsed INFORMATIONAL_V1 request \d+ \[ HASH N\(INVAL_ID\) \]"),
        (
            {"local_net": "10.1.0.1/32", "remote_net": "10.3.0.0/24"},
            r"generating INFORMATIONAL_V1 request \d+ \[ HASH N\(INVAL_ID\) \]",
        ),
    ],
    ids=["narrower", "elsewhere"],
)
def test_our_list_is_not_mirrored_when_we_initiate(
    start: Start, changes: dict[str, str], refusal: str
) -> None:
    with start(Settings(), connection(**changes)) as site:
        we_initiate(site)
        nothing_is_up(site)
        assert re.search(refusal, site.charon.log()), site.failure()
        a_good_attempt_works(site)
