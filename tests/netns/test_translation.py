"""A gateway that also hides its network behind its outside address."""

from collections.abc import Iterator

import pytest
from tests.netns.wires import FIRST, Wires, between_networks, eventually

MASQUERADE = """
table ip nat {
  chain out { type nat hook postrouting priority srcnat; policy accept; oifname "eth0" masquerade; }
}
"""
TRANSLATED_ONLY = (*FIRST, "permit ip host 12.1.1.2 host 4.4.4.4")


@pytest.fixture(autouse=True)
def translation(wires: Wires) -> Iterator[None]:
    wires.nodes["R2"].run("nft", "-f", "-", input=MASQUERADE)
    yield
    wires.nodes["R2"].run("nft", "delete", "table", "ip", "nat")


def test_what_is_protected_is_not_translated(wires: Wires) -> None:
    with wires.running("R2", "R3"), wires.outside() as outside:
        wires.tunnel()
        assert wires.ping("PC3", "2.2.2.10", 3)
        assert wires.ping("PC2", "4.4.4.4")
        outside.stop()
        assert between_networks(outside) == []
        assert ("12.1.1.2", "4.4.4.4") in [packet.addresses for packet in outside.packets]


def test_what_is_protected_once_translated_is_dropped(wires: Wires) -> None:
    with wires.running("R2", first=TRANSLATED_ONLY), wires.outside() as outside:
        assert not wires.ping("PC2", "4.4.4.4")
        assert wires.ping("PC2", "12.1.1.1")
        assert eventually(lambda: ("12.1.1.2", "12.1.1.1") in [p.addresses for p in outside.packets])
        outside.stop()
        assert "4.4.4.4" not in [packet.addresses[1] for packet in outside.packets]
