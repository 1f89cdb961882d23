"""A hub under a flood of messages with forged sources, as many as this machine makes: what is up goes on, and
who comes gets in.

The hub R3 lets everybody in who has the key. The ISP is where the flood comes from and where answers end.
"""

import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.netns.flood import KINDS, flooded
from tests.netns.wires import Wires, eventually, hub_config, typed

from cryptomap.lab.bench.driver import SpokesProcess
from cryptomap.lab.bench.plan import HUB as HUB_ADDRESS
from cryptomap.lab.bench.plan import SUITES, hub_configuration
from cryptomap.lab.bench.plan import wires as many_wires
from cryptomap.lab.description import Router
from cryptomap.lab.gateway import Gateway

HUB = hub_config("R3")
LOST_AT_MOST = 5
"""Of 100 pings."""
NEW_SECONDS = 110
"""A peer sends message 1 six times in 35 s, and then begins again."""
GOOD, NEW = 100, 20
SUITE = "aes128, sha1, modp2048"
KEEPALIVE = 10
"""Seconds after which each peer is asked whether it lives."""


@dataclass(frozen=True)
class Hub:
    """R3 under fire, and the peer R2."""

    wires: Wires
    gateway: Gateway
    peer: Gateway

    def reached(self) -> bool:
        return self.wires.ping("PC2", "3.3.3.10")


@pytest.fixture
def hub(wires: Wires) -> Iterator[Hub]:
    gateway = wires.start("R3", HUB)
    peer = wires.router("R2")
    yield Hub(wires, gateway, peer)
    gateway.stop()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", KINDS)
def test_half_open_flood_with_real_packets(hub: Hub, kind: str) -> None:
    #  MM1 x 50,000 a second -->  from everywhere; meanwhile ESP, QM1*..3* and MM1..6* as ever
    hub.wires.tunnel()
    nodes = hub.wires.nodes
    with flooded(nodes["ISP"], nodes["R3"], "13.1.1.3", kind):
        pinged = hub.wires.nodes["PC2"].run(
            "ping", "-n", "-q", "-c", "100", "-i", "0.02", "-W", "1", "3.3.3.10", check=False
        )
        received = re.search(r"(\d+) received", pinged.stdout)
        assert received
        assert int(received[1]) >= 100 - LOST_AT_MOST, "what is up goes on"
        typed(hub.peer, "clear crypto sa")
        assert eventually(hub.reached, 30), "an ISAKMP SA that is up makes new IPsec SAs"
        assert "13.1.1.3" in typed(hub.gateway, "show crypto isakmp sa"), "the console answers"
        hub.peer.kill()
        restarted = hub.wires.launch("R2")
        restarted.wait_ready()
        assert eventually(hub.reached, 60), "who has forgotten all gets in"
        restarted.kill()
        typed(hub.gateway, "clear crypto session")
        stranger = hub.wires.launch("R2")
        stranger.wait_ready()
        assert eventually(hub.reached, NEW_SECONDS), "who was never here gets in"
    stranger.stop()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["first messages", "later messages"])
def test_half_open_flood_on_a_hub_of_100_tunnels(kind: str) -> None:
    """None is lost, though every peer is asked twice whether it lives; and 20 come up besides."""
    #  MM1 x 50,000 a second -->  from everywhere
    #  <-- N(R-U-THERE)*  N(R-U-THERE-ACK)* -->  with 100 peers, and MM1..6* QM1*..3* with 20
    with many_wires() as (node, others), tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "HUB.cfg")
        file.write_text(hub_configuration(SUITES[SUITE], GOOD + NEW, KEEPALIVE))
        gateway = Gateway(Router("HUB", file, {"Ethernet0/0": "eth0"}), node, Path(folder), Path(folder))
        gateway.wait_ready()
        spokes = SpokesProcess(others, SUITE, GOOD + NEW)
        try:
            spokes.bring_up(GOOD, 60)
            before = peers(gateway)
            assert len(before) == GOOD
            with flooded(others, node, str(HUB_ADDRESS), kind):
                begun = time.monotonic()
                done = spokes.bring_up(NEW, 60)
                print(f"{NEW} tunnels came up in {done.seconds:.1f} s")
                time.sleep(max(0, begun + 2.5 * KEEPALIVE - time.monotonic()))
                after = peers(gateway)
            assert before < after
            assert len(after) == GOOD + NEW
        finally:
            spokes.stop()
            gateway.kill()


def peers(gateway: Gateway) -> set[tuple[str, str]]:
    """Those with an established ISAKMP SA, and its number."""
    rows = re.findall(
        r"^(\S+) +\S+ +QM_IDLE +(\d+) ACTIVE", typed(gateway, "show crypto isakmp sa"), re.MULTILINE
    )
    return {(destination, number) for destination, number in rows}
