"""The real vpnc as a client of ours: Xauth, mode config, raw ESP and ESP in UDP."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from tests.peers.remote import FIRST, Hub, Served, serving
from tests.peers.site import OUR_NET, OURS, settles
from tests.peers.vpnc import Vpnc

from cryptomap.lab.namespace import Namespace

Serve = Callable[[Served], AbstractContextManager[Hub]]


@pytest.fixture
def serve(nodes: dict[str, Namespace]) -> Serve:
    return lambda served: serving(nodes, served)


@pytest.fixture
def hub(serve: Serve) -> Iterator[Hub]:
    with serve(Served()) as made:
        yield made


@contextmanager
def client(hub: Hub, **changes: object) -> Iterator[Vpnc]:
    """It is stopped at the end of the block, if it has not ended."""
    vpnc = Vpnc(hub.client, hub.folder / "vpnc", OURS, OUR_NET, **changes)  # type: ignore[arg-type]
    try:
        yield vpnc
    finally:
        vpnc.stop()


@dataclass(frozen=True, slots=True)
class Suite:
    """Our policy and transform set, and how `show` names what was agreed on."""

    name: str
    encryption: str
    hash: str
    transforms: str
    shown: tuple[str, str]


SUITES = (
    Suite("des-md5", "des", "md5", "esp-des esp-md5-hmac", ("des", "md5")),
    Suite("3des-sha1", "3des", "sha", "esp-3des esp-sha-hmac", ("3des", "sha")),
    Suite("aes128-sha1", "aes", "sha", "esp-aes esp-sha-hmac", ("aes", "sha")),
    Suite("aes256-sha1", "aes 256", "sha", "esp-aes 256 esp-sha-hmac", ("aes", "sha")),
)
NATTS = ("none", "natt", "force-natt")
CASES = [
    (suite, group, NATTS[(row + column) % 3], (row + column) % 2 == 1)
    for row, suite in enumerate(SUITES)
    for column, group in enumerate((1, 2, 5))
]
"""Every suite with every group; each with each way through NATs, half of them with PFS."""


@pytest.mark.parametrize(
    ("suite", "group", "natt", "pfs"),
    CASES,
    ids=[f"{suite.name}-dh{group}-{natt}{'-pfs' if pfs else ''}" for suite, group, natt, pfs in CASES],
)
def test_suite(serve: Serve, suite: Suite, group: int, natt: str, pfs: bool) -> None:
    policy = (f"encr {suite.encryption}", f"hash {suite.hash}", f"group {group}")
    served = Served(policy, suite.transforms, pfs=group if pfs else None)
    pfs_word = f"dh{group}" if pfs else "nopfs"
    with serve(served) as hub, client(hub, dh=f"dh{group}", pfs=pfs_word, natt=natt) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        assert settles(lambda: hub.pings() == [3, 3]), hub.failure(vpnc.log())
        detail = hub.console("show crypto isakmp sa detail")
        encryption, digest = suite.shown
        assert re.search(rf"ACTIVE {encryption} +{digest} +psk +{group} ", detail), detail
        ipsec = hub.console("show crypto ipsec sa")
        assert f"transform: {suite.transforms.replace('aes 256', '256-aes')} ," in ipsec, ipsec
        assert ("UDP-Encaps" in ipsec) is (natt == "force-natt"), ipsec
        assert f"PFS (Y/N): {'Y' if pfs else 'N'}, DH group: {f'group{group}' if pfs else 'none'}" in ipsec


def test_what_the_client_is_told(hub: Hub) -> None:
    with client(hub) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        told = vpnc.told()
        assert told["INTERNAL_IP4_ADDRESS"] == FIRST
        assert told["INTERNAL_IP4_DNS"] == "10.2.0.53"
        assert told["CISCO_DEF_DOMAIN"] == "lab.example"
        assert told["CISCO_BANNER"] == "Welcome"
        assert told["CISCO_SPLIT_INC"] == "1"
        assert (told["CISCO_SPLIT_INC_0_ADDR"], told["CISCO_SPLIT_INC_0_MASKLEN"]) == ("10.2.0.0", "24")


def test_what_the_gateway_shows(hub: Hub) -> None:
    with client(hub) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        assert settles(lambda: hub.pairs() == 1)
        session = hub.console("show crypto session detail")
        for words in ("Username: alice", "Group: VPNG", f"Assigned address: {FIRST}", "Capabilities:CX "):
            assert words in session, session
        assert f"permit ip 0.0.0.0/0.0.0.0 host {FIRST}" in session, session
        assert f" {FIRST}/32 " in hub.console("show ip route"), "the reverse route"


def test_a_disconnected_client_is_gone_at_once(hub: Hub) -> None:
    """And its address and its route with it."""
    with client(hub) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        assert settles(lambda: hub.pairs() == 1)
        assert hub.in_use() == 1
        vpnc.stop()
        assert settles(lambda: hub.pairs() == 0 and hub.isakmp_sas() == 0, 1.0), hub.failure(vpnc.log())
        assert hub.in_use() == 0
        assert FIRST not in hub.console("show ip route")


def test_the_same_client_gets_its_address_again(hub: Hub) -> None:
    addresses = []
    for user, password in (("alice", "alicepw"), ("bob", "bobpw"), ("alice", "alicepw")):
        with client(hub, user=user, password=password) as vpnc:
            assert vpnc.start(), hub.failure(vpnc.log())
            addresses.append(vpnc.told()["INTERNAL_IP4_ADDRESS"])
        assert settles(lambda: hub.in_use() == 0)
    assert addresses == [FIRST, "10.9.9.2", FIRST]


def test_a_wrong_password(hub: Hub) -> None:
    """The gateway asks again, which vpnc without a person cannot answer."""
    with client(hub, password="guess") as vpnc:
        assert not vpnc.start()
        assert "Login failed, please try again" in vpnc.log(), vpnc.log()
        assert "Authentication REJECTED User=alice Group=VPNG" in hub.console("show logging")
        assert hub.isakmp_sas() == hub.pairs() == hub.in_use() == 0


def test_a_wrong_group_key(hub: Hub) -> None:
    with client(hub, secret="guess") as vpnc:
        assert not vpnc.start()
        assert hub.isakmp_sas() == 0


def test_the_administrator_ends_a_session(hub: Hub) -> None:
    """vpnc ends when its ISAKMP SA is deleted."""
    with client(hub) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        assert settles(lambda: hub.pairs() == 1)
        hub.console("clear crypto session username alice")
        assert settles(lambda: not vpnc.running(), 2.0), vpnc.log()
        assert hub.in_use() == 0
