"""A packet that a crypto map protects never leaves in clear, whatever happens to the gateway meanwhile."""

import re
import time
from collections.abc import Iterator

import pytest
from tests.netns.load import load
from tests.netns.wires import MAP, Wires, eventually, typed

from cryptomap.lab.gateway import Gateway
from cryptomap.lab.namespace import connect
from cryptomap.lab.table import LabError

SHORT_LIFE = ("crypto ipsec security-association lifetime kilobytes 2560", *MAP)


@pytest.fixture(autouse=True)
def address(wires: Wires) -> None:
    """R2 keeps the address that its own traffic comes from, whether the gateway runs or not."""
    wires.nodes["R2"].run("ip", "address", "replace", "2.2.2.1/24", "dev", "eth1")


@pytest.fixture
def r2(wires: Wires) -> Iterator[Gateway]:
    """With a tunnel to R3."""
    with wires.running("R2", "R3") as (gateway, _):
        wires.tunnel()
        yield gateway


def outbound_spi(gateway: Gateway) -> str:
    found = re.findall(r"current outbound spi: (0x[0-9A-F]+)", typed(gateway, "show crypto ipsec sa"))
    return str(next((spi for spi in found if spi != "0x0"), ""))


def test_before_there_is_an_sa(wires: Wires) -> None:
    with wires.running("R2"), wires.outside() as outside, load(wires) as traffic:
        assert eventually(lambda: outside.kinds()["UDP 500"] >= 1)
        assert (traffic.leaks(2), traffic.clear, traffic.sealed) == (0, 0, 0)


def test_while_the_sa_is_replaced(wires: Wires) -> None:
    with wires.running("R2", "R3", more=SHORT_LIFE) as (r2, _):
        wires.tunnel()
        spis = {outbound_spi(r2)}
        with load(wires, size=1200) as traffic:
            assert eventually(lambda: len(spis.union([outbound_spi(r2)])) > len(spis), 20)
            spis.add(outbound_spi(r2))
            assert eventually(lambda: outbound_spi(r2) not in spis, 20)
            assert traffic.flows_sealed()
            assert traffic.clear == 0


@pytest.mark.parametrize("command", ["clear crypto sa", "clear crypto isakmp"])
def test_after_the_sas_are_cleared(wires: Wires, r2: Gateway, command: str) -> None:
    with load(wires) as traffic:
        for _ in range(3):
            before = outbound_spi(r2)
            typed(r2, command)
            if command == "clear crypto sa":
                assert eventually(lambda before=before: outbound_spi(r2) not in ("", before), 20)
            assert traffic.flows_sealed()
        assert traffic.clear == 0


def test_after_the_gateway_is_killed_and_while_its_successor_starts(wires: Wires) -> None:
    with wires.running("R3"), load(wires) as traffic:
        r2 = wires.router("R2")
        assert traffic.flows_sealed()
        r2.kill()
        sealed = traffic.sealed
        assert traffic.leaks() == 0
        assert traffic.sealed == sealed
        with wires.running("R2"):
            assert traffic.flows_sealed()
            assert traffic.clear == 0


def test_wherever_in_its_start_the_gateway_is_killed(wires: Wires) -> None:
    with wires.running("R3"), load(wires) as traffic:
        wires.router("R2").kill()
        for moment in (0.3, 0.45, 0.6, 0.75, 0.9, 1.1):
            started = wires.launch("R2")
            time.sleep(moment)
            started.kill()
        assert traffic.leaks() == 0
        with wires.running("R2"):
            assert traffic.flows_sealed()
            assert traffic.clear == 0


def test_after_a_start_that_fails(wires: Wires) -> None:
    """What a killed gateway left stays until one stops in good order."""
    node = wires.nodes["R2"]
    with wires.running("R3"), load(wires) as traffic:
        wires.router("R2").kill()
        found = re.search(r"crypto\d+", node.run("ip", "link").stdout)
        assert found
        node.run("ip", "link", "delete", "dev", found[0])
        node.run("ip", "link", "add", "dev", found[0], "type", "veth")
        with pytest.raises(LabError, match=f"cannot open the TUN device {found[0]}"):
            wires.launch("R2").wait_ready()
        assert traffic.leaks() == 0
        node.run("ip", "link", "delete", "dev", found[0])
        with wires.running("R2"):
            assert traffic.flows_sealed()
            assert traffic.clear == 0


def test_only_while_the_map_is_on_the_interface(wires: Wires, r2: Gateway) -> None:
    with load(wires) as traffic:
        for _ in range(2):
            assert traffic.flows_sealed()
            assert traffic.leaks(0.3) == 0
            wires.configure("R2", "interface Ethernet0/0", "no crypto map VPN")
            assert traffic.flows_clear()
            wires.configure("R2", "interface Ethernet0/0", "crypto map VPN")
            assert traffic.leaks() == 0


def test_while_other_things_are_configured(wires: Wires, r2: Gateway) -> None:
    with load(wires) as traffic:
        for lines in (
            ("ip access-list extended FIRST", "5 permit tcp host 2.2.2.10 host 3.3.3.10 eq 80"),
            ("ip access-list extended FIRST", "no 5"),
            ("interface Ethernet0/0", "shutdown"),
            ("interface Ethernet0/0", "no shutdown"),
            ("no crypto map VPN 20",),
            ("interface Ethernet0/1", "ip address 2.2.2.3 255.255.255.0 secondary"),
            ("ip route 0.0.0.0 0.0.0.0 12.1.1.9", "no ip route 0.0.0.0 0.0.0.0 12.1.1.9"),
        ):
            wires.configure("R2", *lines)
        assert traffic.flows_sealed()
        assert traffic.clear == 0


def test_while_routes_and_links_come_and_go(wires: Wires, r2: Gateway) -> None:
    node = wires.nodes["R2"]
    with load(wires) as traffic:
        for _ in range(10):
            node.run("ip", "route", "add", "3.3.3.0/24", "via", "12.1.1.1")
            node.run("ip", "route", "del", "3.3.3.0/24")
        node.down("eth0")
        node.up("eth0")
        node.run("ip", "route", "replace", "3.3.3.0/24", "via", "12.1.1.1")
        assert traffic.flows_sealed()
        node.run("ip", "route", "del", "3.3.3.0/24")
        assert traffic.clear == 0


def test_when_the_guard_is_flushed(wires: Wires, r2: Gateway) -> None:
    """Steering alone keeps packets in: each half of interception is enough."""
    with load(wires) as traffic:
        wires.nodes["R2"].run("nft", "flush", "ruleset")
        assert traffic.leaks() == 0
        assert traffic.flows_sealed()
        assert traffic.clear == 0
        # The gateway notices, and puts it back.
        assert eventually(lambda: "cryptomap" in wires.nodes["R2"].run("nft", "list", "ruleset").stdout)
        assert typed(r2, "show logging").count("the nftables guard was taken away") == 1


def test_when_the_tun_device_is_deleted(wires: Wires, r2: Gateway) -> None:
    """The guard alone keeps packets in, until there is a new TUN device."""
    node = wires.nodes["R2"]
    with load(wires) as traffic:
        for _ in range(2):
            found = re.search(r"crypto\d+", node.run("ip", "link").stdout)
            assert found
            node.run("ip", "link", "delete", "dev", found[0])
            assert traffic.flows_sealed()
        assert traffic.clear == 0


def test_when_the_interface_is_made_anew(wires: Wires, r2: Gateway) -> None:
    """As a dial-up link is each time; nobody but the gateway gives it its address again."""
    with load(wires) as traffic:
        wires.nodes["R2"].run("ip", "link", "delete", "dev", "eth0")
        connect(wires.nodes["R2"], "eth0", wires.nodes["ISP"], "eth0")
        wires.nodes["ISP"].address("eth0", "12.1.1.1/24")
        wires.nodes["ISP"].route("2.2.2.0/24", "12.1.1.2")
        assert traffic.flows_sealed()
        assert traffic.clear == 0


def test_until_a_clean_stop_is_done(wires: Wires) -> None:
    """Deletes go out first, and when the last is gone traffic flows as if the gateway had never been."""
    node = wires.nodes["R2"]
    node.address("eth0", "12.1.1.2/24")
    node.route("3.3.3.0/24", "12.1.1.1")
    node.forward()
    with wires.running("R3"), load(wires, from_router=False, gap=0.002) as traffic:
        for _ in range(2):
            r2 = wires.router("R2")
            assert traffic.flows_sealed()
            with wires.outside() as outside:
                assert traffic.leaks(0.3) == 0
                r2.stop()
                assert traffic.flows_clear()
                packets = outside.stop()
            told = [packet.kind for packet in packets if packet.addresses[0] == "12.1.1.2"]
            ours = [packet for packet in packets if packet.addresses[0] in ("12.1.1.2", "2.2.2.10")]
            first_clear = [packet.addresses[0] for packet in ours].index("2.2.2.10")
            assert {"IP protocol 50", "UDP 500"} == set(told)
            assert [packet.addresses[0] for packet in ours[first_clear:]] == ["2.2.2.10"] * len(
                ours[first_clear:]
            )
