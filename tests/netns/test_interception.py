"""Which packets a crypto map is for, beyond its access list: routes, the router's own, several interfaces."""

import time

import pytest
from tests.netns.wires import MAP, SECOND_UPLINK, Wires, between_networks, eventually, typed

from cryptomap.lab.capture import Capture

ANY_SOURCE = ("permit ip any {far}.0 0.0.0.255",)
HOST_TO_NETWORK = ("permit ip host 12.1.1.2 {far}.0 0.0.0.255",)
TWO_MAPS = (
    *MAP,
    *SECOND_UPLINK,
    " crypto map BACKUP",
    "crypto isakmp key wolf address 22.1.1.1",
    "crypto map BACKUP 10 ipsec-isakmp",
    " set peer 22.1.1.1",
    " set transform-set TS",
    " match address BACKUP",
    "ip access-list extended BACKUP",
    " deny ip 2.2.2.0 0.0.0.255 host 4.4.4.200",
    " permit ip 2.2.2.0 0.0.0.255 4.4.4.0 0.0.0.255",
    "ip route 4.4.4.0 255.255.255.0 22.1.1.1",
    "ip route 3.3.3.128 255.255.255.128 22.1.1.1",
)


def test_a_clean_stop_leaves_nothing_behind(wires: Wires) -> None:
    node = wires.nodes["R2"]
    commands = (["ip", "rule"], ["ip", "route", "show", "table", "all"], ["ip", "link"], ["ip", "address"])
    assert eventually(lambda: node.run("ip", "link").stdout.count("state UP") == 3)
    before = [_stable(node.run(*words).stdout) for words in commands]
    with wires.running("R2"):
        assert "cryptomap" in node.run("nft", "list", "ruleset").stdout
        assert _stable(node.run("ip", "rule").stdout) != before[0]
    assert [_stable(node.run(*words).stdout) for words in commands] == before
    assert "cryptomap" not in node.run("nft", "list", "ruleset").stdout


def test_the_map_follows_the_route_to_its_own_interface(wires: Wires) -> None:
    """IOS looks up the route first: what leaves by another interface is not the map's."""
    node = wires.nodes["R2"]
    with wires.running("R2"), wires.outside() as outside:
        node.run("ip", "route", "add", "3.3.3.128/25", "via", "2.2.2.10")
        time.sleep(0.5)
        wires.ping("R2", "3.3.3.130", 1, "2.2.2.1")
        assert outside.kinds()["UDP 500"] == 0
        node.run("ip", "route", "del", "3.3.3.128/25")
        time.sleep(0.5)
        wires.ping("R2", "3.3.3.130", 1, "2.2.2.1")
        assert eventually(lambda: outside.kinds()["UDP 500"] >= 1)
        outside.stop()
        assert between_networks(outside) == []


@pytest.mark.parametrize(
    ("first", "source"),
    [
        (ANY_SOURCE, None),
        (ANY_SOURCE, "2.2.2.1"),
        (ANY_SOURCE, "12.1.1.2"),
        (HOST_TO_NETWORK, None),
        (HOST_TO_NETWORK, "12.1.1.2"),
    ],
)
def test_packets_of_the_router_itself(wires: Wires, first: tuple[str, ...], source: str | None) -> None:
    """Whether they have their address before the route look-up or get it from there."""
    with wires.running("R2", first=first), wires.outside() as outside:
        wires.ping("R2", "3.3.3.10", 2, source)
        assert eventually(lambda: outside.kinds()["UDP 500"] >= 1)
        outside.stop()
        assert [pair for pair in (p.addresses for p in outside.packets) if pair[1] == "3.3.3.10"] == []


def test_the_router_itself_uses_the_tunnel(wires: Wires) -> None:
    """From whatever address, the outside one too, which is also the tunnel's own end."""
    with (
        wires.running("R2", first=ANY_SOURCE),
        wires.running("R3", first=("permit ip {lan}.0 0.0.0.255 any",)),
        wires.outside() as outside,
    ):
        for source in (None, "2.2.2.1", "12.1.1.2"):
            assert eventually(lambda source=source: wires.ping("R2", "3.3.3.10", 1, source))
            assert wires.ping("R2", "3.3.3.10", 3, source)
        assert wires.ping("PC3", "12.1.1.2", 3)
        # The ISP's own say of what an earlier test sent to R3 while nobody was there may still come.
        assert [packet for packet in outside.stop() if "3.3.3.10" in packet.addresses] == []


def test_packets_of_a_secondary_address(wires: Wires) -> None:
    secondary = (*MAP, "interface Ethernet0/1", " ip address 2.2.2.7 255.255.255.0 secondary")
    with wires.running("R2", more=secondary) as (r2,), wires.running("R3"), wires.outside() as outside:
        wires.ping("R2", "3.3.3.10", 1, "2.2.2.7")
        assert wires.ping("R2", "3.3.3.10", 3, "2.2.2.7")
        assert wires.ping("PC3", "2.2.2.7", 3)
        assert "2.2.2.7" in typed(r2, "show running-config")
        outside.stop()
        assert between_networks(outside) == []


def test_each_interface_has_a_map_of_its_own(wires: Wires) -> None:
    """The route decides which map is asked, and that one's access list alone."""
    isp = wires.nodes["ISP"]
    with wires.running("R2", more=TWO_MAPS) as (r2,), wires.outside() as first:
        with Capture(isp, "eth2") as second:
            # By the first uplink, in its list: its peer is asked for an SA.
            wires.ping("PC2", "3.3.3.10")
            assert eventually(lambda: first.kinds()["UDP 500"] >= 1)
            assert second.kinds()["UDP 500"] == 0
            # By the second uplink, in its list.
            wires.ping("PC2", "4.4.4.4")
            assert eventually(lambda: second.kinds()["UDP 500"] >= 1)
            # By the second uplink, in the list of the first only: clear.
            wires.ping("PC2", "3.3.3.130")
            assert eventually(lambda: ("2.2.2.10", "3.3.3.130") in [p.addresses for p in second.packets])
            # By the second uplink, a deny line.
            wires.ping("PC2", "4.4.4.200")
            assert eventually(lambda: ("2.2.2.10", "4.4.4.200") in [p.addresses for p in second.packets])
            readable = [*first.stop(), *second.stop()]
        assert {p.addresses[1] for p in readable if p.addresses[0].startswith("2.2.2.")} <= {
            "3.3.3.130",
            "4.4.4.200",
        }
        assert len(typed(r2, "show crypto ipsec sa").split("interface: ")) == 3


def _stable(text: str) -> list[str]:
    """The lines without link-local addresses, whose duplicate detection takes its time."""
    return [line for line in text.splitlines() if "fe80" not in line and "ff00" not in line]
