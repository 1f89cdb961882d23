"""The real vpnc as a client of ours: Xauth, mode config, raw ESP and ESP in UDP."""

import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

import pytest
from tests.peers.remote import FIRST, Hub, Served, serving
from tests.peers.site import HOST, OUR_NET, OURS, PEER, settles
from tests.peers.test_nat import KEEP, MOVE, translated
from tests.peers.vpnc import Vpnc

from cryptomap.lab.namespace import Namespace

ECHOES = 2500
LOST_AT_MOST = 30
"""For each replacement, of echoes that are sent every 3 ms: while a quick mode is answered. One was seen."""

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


@pytest.mark.parametrize("natt", ["natt", "force-natt"])
def test_rekey_during_a_transfer(serve: Serve, natt: str) -> None:
    """By volume, several times, started by our gateway: vpnc begins none itself. It has room for one pair, so
    what is on its way to it by the old one when it answers is lost, and nothing after that."""
    served = Served(extra="crypto ipsec security-association lifetime kilobytes 2560")
    with serve(served) as hub, client(hub, natt=natt) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        assert settles(lambda: hub.pings() == [3, 3]), hub.failure(vpnc.log())
        words = ("ping", "-n", "-q", "-W", "1", "-c", str(ECHOES), "-i", "0.003", "-s", "1300")
        out = hub.client.start(*words, "-I", FIRST, HOST, output=subprocess.PIPE)
        back = hub.host.start(*words, FIRST, output=subprocess.PIPE)
        seen: set[str] = set()
        while out.poll() is None or back.poll() is None:
            seen |= inbound_spis(hub)
        replaced = len(seen) - 1
        assert replaced >= 2, hub.failure(vpnc.log())
        for answered in map(received, (out, back)):
            assert answered >= ECHOES - LOST_AT_MOST * replaced, f"{answered}, {replaced} replacements"
        assert hub.pings() == [3, 3], hub.failure(vpnc.log())


def inbound_spis(hub: Hub) -> set[str]:
    shown = hub.console("show crypto ipsec sa")
    blocks = re.findall(r"inbound esp sas:(.*?)inbound ah sas:", shown, re.S)
    return {spi for block in blocks for spi in re.findall(r"spi: (0x[0-9A-F]+)", block)}


def received(ping: "subprocess.Popen[str]") -> int:
    """How many echoes were answered."""
    text, _ = ping.communicate()
    found = re.search(r"(\d+) received", text)
    assert found, text
    return int(found[1])


@pytest.mark.parametrize("rule", [KEEP, MOVE], ids=["ports kept", "ports moved"])
def test_behind_a_translator(rule: str) -> None:
    """The gateway sees the translator's address, ESP goes in UDP, both ways."""
    with translated("peer", rule) as nodes, serving(nodes, Served()) as hub, client(hub) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        assert settles(lambda: hub.pings() == [3, 3]), hub.failure(vpnc.log())
        shown = hub.console("show crypto ipsec sa")
        assert "UDP-Encaps" in shown, shown
        found = re.search(rf"current_peer {PEER} port (\d+)", shown)
        assert found, shown
        assert (found[1] == "4500") is (rule == KEEP), shown


@pytest.mark.parametrize("natt", ["natt", "force-natt"])
@pytest.mark.parametrize("towards", ["client", "host"])
def test_a_stream_as_fast_as_it_goes(serve: Serve, towards: str, natt: str) -> None:
    """SAs may come to their end before their successors are there: TCP goes on within a moment."""
    served = Served(extra="crypto ipsec security-association lifetime kilobytes 10240")
    with serve(served) as hub, client(hub, natt=natt) as vpnc:
        assert vpnc.start(), hub.failure(vpnc.log())
        with connected(hub) as (at_client, at_host):
            ends = (at_host, at_client) if towards == "client" else (at_client, at_host)
            assert streamed(*ends) == PIECES * len(PIECE), hub.failure(vpnc.log())
        assert settles(lambda: hub.pings() == [3, 3]), hub.failure(vpnc.log())


PIECE, PIECES = bytes(1_000_000), 40
"""More than three times what an SA is good for."""
MOMENT_SECONDS = 10.0


@contextmanager
def connected(hub: Hub) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A TCP connection through the tunnel: the client's end, and the host's."""
    with (
        hub.host.open_socket(socket.AF_INET, socket.SOCK_STREAM) as listening,
        hub.client.open_socket(socket.AF_INET, socket.SOCK_STREAM) as at_client,
    ):
        listening.bind((HOST, 0))
        listening.listen(1)
        at_client.settimeout(MOMENT_SECONDS)
        at_client.connect(listening.getsockname())
        at_host, _ = listening.accept()
        with at_host:
            at_host.settimeout(MOMENT_SECONDS)
            yield at_client, at_host


def streamed(source: socket.socket, sink: socket.socket) -> int:
    """How many octets arrive until none does for a while."""

    def send() -> None:
        with suppress(OSError):
            for _ in range(PIECES):
                source.sendall(PIECE)

    sending = threading.Thread(target=send)
    sending.start()
    count = 0
    with suppress(TimeoutError):
        while count < PIECES * len(PIECE):
            count += len(sink.recv(1 << 20))
    sending.join()
    return count
