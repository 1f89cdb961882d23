"""What a crypto map lets pass, drops and protects, with real packets and a listener outside."""

import time
from collections.abc import Iterable

from tests.netns.conftest import Wires

from cryptomap.lab.capture import Capture, Packet
from cryptomap.lab.gateway import Gateway


def clear(packets: Iterable[Packet]) -> int:
    """Packets between the two protected networks that are readable outside."""
    pairs = (packet.addresses for packet in packets)
    inside = ("2.2.2.", "3.3.3.")
    return sum(source.startswith(inside) and destination.startswith(inside) for source, destination in pairs)


def quiet(gateway: Gateway) -> str:
    code, text = gateway.type("show logging", lambda _: None)
    assert code == 0
    return text


def heard(capture: Capture, kind: str) -> int:
    return capture.kinds()[kind]


def hears(capture: Capture, kind: str, count: int) -> bool:
    """Whether the listener comes to hear so many; it may lag behind the wire."""
    deadline = time.monotonic() + 3
    while heard(capture, kind) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return heard(capture, kind) >= count


def test_before_the_sa_a_matching_packet_is_dropped_and_starts_ike(wires: Wires) -> None:
    with wires.running("R2"), wires.outside() as outside:
        assert not wires.ping("PC2", "3.3.3.10", count=3)
        assert hears(outside, "UDP 500", 1)
        assert clear(outside.stop()) == 0


def test_other_traffic_is_untouched_and_starts_nothing(wires: Wires) -> None:
    with wires.running("R2"), wires.outside() as outside:
        assert wires.ping("PC2", "4.4.4.4")
        assert hears(outside, "ICMP", 2)
        assert heard(outside, "UDP 500") == 0


def test_a_deny_line_goes_out_in_clear(wires: Wires) -> None:
    with wires.running("R2"), wires.outside() as outside:
        assert wires.ping("PC2", "3.3.3.200")
        assert hears(outside, "ICMP", 2)
        assert heard(outside, "UDP 500") == 0
        assert clear(outside.stop()) == 2


def test_cleartext_that_should_be_protected_is_refused_and_logged(wires: Wires) -> None:
    with wires.running("R2") as (r2,), Capture(wires.nodes["PC2"], "eth0") as behind:
        assert not wires.ping("ISP", "2.2.2.10", source="3.3.3.77")
        assert not wires.ping("ISP", "2.2.2.1", source="3.3.3.77")
        assert heard(behind, "ICMP") == 0
        time.sleep(1.5)
        assert "%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet." in quiet(r2)


def test_other_cleartext_comes_in(wires: Wires) -> None:
    with wires.running("R2"):
        assert wires.ping("ISP", "2.2.2.10", source="4.4.4.4")


def test_without_a_map_everything_is_forwarded(wires: Wires) -> None:
    with wires.running("R2", protected=False), wires.outside() as outside:
        assert wires.ping("ISP", "2.2.2.10", source="3.3.3.77")
        assert heard(outside, "UDP 500") == 0


def test_with_an_sa_both_ways_are_encrypted_and_clearing_it_leaks_nothing(wires: Wires) -> None:
    with wires.running("R2", "R3") as (r2, _), wires.outside() as outside:
        wires.ping("PC2", "3.3.3.10")
        assert wires.ping("PC2", "3.3.3.10", count=3)
        assert wires.ping("PC3", "2.2.2.10", count=3)
        assert hears(outside, "IP protocol 50", 12)
        assert r2.type("clear crypto sa", lambda _: None)[0] == 0
        wires.ping("PC2", "3.3.3.10", count=3)
        assert wires.ping("PC2", "3.3.3.10", count=3)
        assert clear(outside.stop()) == 0


def test_a_killed_gateway_leaks_nothing_and_its_successor_takes_over(wires: Wires) -> None:
    node = wires.nodes["R2"]
    r2 = wires.router("R2")
    with wires.outside() as outside:
        r2.kill()
        assert not wires.ping("PC2", "3.3.3.10", count=3)
        assert clear(outside.packets) == 0
        with wires.running("R2", "R3"):
            wires.ping("PC2", "3.3.3.10", count=2)
            assert wires.ping("PC2", "3.3.3.10", count=3)
            assert clear(outside.stop()) == 0
    assert "crypto" not in node.run("ip", "link").stdout


def test_a_clean_stop_leaves_nothing_behind(wires: Wires) -> None:
    node = wires.nodes["R2"]
    commands = (["ip", "rule"], ["ip", "route", "show", "table", "all"], ["ip", "link"], ["ip", "address"])
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
        node.run("ping", "-c", "1", "-W", "1", "-I", "2.2.2.1", "3.3.3.130", check=False)
        assert heard(outside, "UDP 500") == 0
        node.run("ip", "route", "del", "3.3.3.128/25")
        time.sleep(0.5)
        node.run("ping", "-c", "1", "-W", "1", "-I", "2.2.2.1", "3.3.3.130", check=False)
        assert hears(outside, "UDP 500", 1)
        assert clear(outside.stop()) == 0


def _stable(text: str) -> list[str]:
    """The lines without link-local addresses, whose duplicate detection takes its time."""
    return [line for line in text.splitlines() if "fe80" not in line and "ff00" not in line]
