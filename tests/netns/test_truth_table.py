"""What a crypto map does with a packet: every case, with real packets.

In or out, clear or encrypted, matching the access list or not (or a `deny` line), by an interface with a map
or without, with an SA or without.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Packet, Raw
from tests.netns.wires import MAP, SECOND_UPLINK, Wires, eventually, shown, typed

from cryptomap.daemon.key_log import VARIABLE
from cryptomap.lab.capture import Capture
from cryptomap.lab.gateway import Gateway

UNKNOWN_SPI = 0xDEAD0001
NUMBERS = itertools.count(1000)


class Fate(Enum):
    OPEN = "passes as it is"
    SEALED = "goes out as ESP, and comes out at the far host"
    OPENED = "is decrypted and delivered"
    SHUT = "is dropped"


OPEN, SEALED, OPENED, SHUT = Fate
SITUATIONS = {
    "map, SA": (True, True),
    "map, no SA": (True, False),
    "no map, SA": (False, True),
    "no map, no SA": (False, False),
}
"""Of Ethernet0/0 of R2. In `no map, SA` the map and its SA are those of the second uplink."""


@dataclass(frozen=True)
class Situation:
    name: str
    wires: Wires
    r2: Gateway

    @property
    def address(self) -> str:
        """The address of R2 that R3's SA is for."""
        return "22.1.1.2" if self.name == "no map, SA" else "12.1.1.2"

    def encrypt(self, inner: Packet, spi: int | None = None) -> Packet:
        """What R3 sends by the SA that it has, or by one that nobody has."""
        key, auth_key, known_spi = self._keys() if spi is None else (bytes(16), bytes(32), spi)
        sa = SecurityAssociation(
            ESP,
            spi=known_spi,
            crypt_algo="AES-CBC",
            crypt_key=key,
            auth_algo="SHA2-256-128",
            auth_key=auth_key,
            tunnel_header=IP(src="13.1.1.3", dst=self.address),
        )
        return sa.encrypt(inner, seq_num=next(NUMBERS))

    def has_sa(self) -> bool:
        return "Status: ACTIVE" in typed(self.r2, "show crypto ipsec sa")

    def _keys(self) -> tuple[bytes, bytes, int]:
        lines = (self.wires.folder / "keys/esp_sa").read_text().splitlines()
        entries = [[field.strip('"') for field in line.split(",")] for line in lines]
        entry = [entry for entry in entries if entry[1:3] == ["13.1.1.3", self.address]][-1]
        return bytes.fromhex(entry[5][2:]), bytes.fromhex(entry[7][2:]), int(entry[3], 16)


@pytest.fixture(scope="module", params=SITUATIONS)
def situation(request: pytest.FixtureRequest, wires: Wires) -> Iterator[Situation]:
    has_map, has_sa = SITUATIONS[request.param]
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv(VARIABLE, str(wires.folder / "keys"))
        elsewhere = (*SECOND_UPLINK, " crypto map VPN") if has_sa else ("!",)
        r2 = wires.router("R2", more=MAP if has_map else elsewhere)
        stack.callback(r2.stop)
        made = Situation(request.param, wires, r2)
        if has_sa:
            r3 = wires.router("R3", peer=made.address)
            stack.callback(r3.stop)
            wires.ping("PC3", "2.2.2.10")
            assert eventually(made.has_sa)
        if not has_map:
            # What is for the second uplink comes in by the first one.
            isp = wires.nodes["ISP"]
            isp.run("ip", "route", "add", "22.1.1.2", "via", "12.1.1.2")
            stack.callback(isp.run, "ip", "route", "del", "22.1.1.2")
        yield made


def clear(source: str, destination: str) -> Callable[[Raw], Packet]:
    return lambda token: IP(src=source, dst=destination) / UDP(sport=4000, dport=9) / token


def transit_esp(source: str, destination: str) -> Callable[[Raw], Packet]:
    """ESP of others: its contents are not ours to know."""
    return lambda token: IP(src=source, dst=destination) / ESP(spi=0x1234, seq=1, data=bytes(token))


# In each row: situations in the order of SITUATIONS.
OUTBOUND = {
    "clear, matching": (clear("2.2.2.10", "3.3.3.10"), (SEALED, SHUT, OPEN, OPEN)),
    "clear, not matching": (clear("2.2.2.10", "4.4.4.4"), (OPEN, OPEN, OPEN, OPEN)),
    "clear, deny line": (clear("2.2.2.10", "3.3.3.200"), (OPEN, OPEN, OPEN, OPEN)),
    "encrypted, matching": (transit_esp("2.2.2.10", "3.3.3.10"), (SEALED, SHUT, OPEN, OPEN)),
    "encrypted, not matching": (transit_esp("2.2.2.10", "4.4.4.4"), (OPEN, OPEN, OPEN, OPEN)),
    "encrypted, deny line": (transit_esp("2.2.2.10", "3.3.3.200"), (OPEN, OPEN, OPEN, OPEN)),
}
INBOUND = {
    "clear, matching": (clear("3.3.3.77", "2.2.2.10"), (SHUT, SHUT, OPEN, OPEN)),
    "clear, not matching": (clear("4.4.4.4", "2.2.2.10"), (OPEN, OPEN, OPEN, OPEN)),
    "clear, deny line": (clear("3.3.3.200", "2.2.2.10"), (OPEN, OPEN, OPEN, OPEN)),
    "encrypted for others, matching": (transit_esp("3.3.3.77", "2.2.2.10"), (SHUT, SHUT, OPEN, OPEN)),
    "encrypted for others, not matching": (transit_esp("4.4.4.4", "2.2.2.10"), (OPEN, OPEN, OPEN, OPEN)),
    "encrypted for others, deny line": (transit_esp("3.3.3.200", "2.2.2.10"), (OPEN, OPEN, OPEN, OPEN)),
}
ENCRYPTED_FOR_US = {
    "matching": (clear("3.3.3.10", "2.2.2.10"), (OPENED, SHUT, OPENED, SHUT)),
    "not matching": (clear("4.4.4.4", "2.2.2.10"), (SHUT, SHUT, SHUT, SHUT)),
    "the other way round": (clear("2.2.2.10", "3.3.3.10"), (SHUT, SHUT, SHUT, SHUT)),
}


def expected(fates: tuple[Fate, ...], situation: Situation) -> Fate:
    return fates[list(SITUATIONS).index(situation.name)]


def token() -> Raw:
    return Raw(f"token {next(NUMBERS)}, and then some".encode())


def heard(capture: Capture, sent: Packet) -> int:
    """How often the listener read the packet. (Errors that hosts send about it do not count.)"""
    return sum(
        packet.addresses == (sent.src, sent.dst) and bytes(sent.lastlayer()) in packet.data
        for packet in capture.packets
    )


@pytest.mark.parametrize("row", OUTBOUND)
def test_out(situation: Situation, row: str) -> None:
    make, fates = OUTBOUND[row]
    wires, sent, marker = situation.wires, make(token()), clear("2.2.2.10", "4.4.4.4")(token())
    with wires.outside() as outside, Capture(wires.nodes["PC3"], "eth0") as far:
        wires.send("PC2", sent)
        wires.send("PC2", marker)
        assert eventually(lambda: heard(outside, marker) == 1)
        match expected(fates, situation):
            case Fate.OPEN:
                assert eventually(lambda: heard(outside, sent) == 1)
                assert outside.kinds()["IP protocol 50"] == row.startswith("encrypted")
            case Fate.SEALED:
                assert eventually(lambda: heard(far, sent) == 1)
                assert outside.kinds()["IP protocol 50"] >= 1
                assert heard(outside, sent) == 0
            case Fate.SHUT:
                assert eventually(lambda: outside.kinds()["UDP 500"] >= 1)
                assert heard(outside, sent) == 0


@pytest.mark.parametrize("row", INBOUND)
def test_in(situation: Situation, row: str) -> None:
    make, fates = INBOUND[row]
    wires, sent, marker = situation.wires, make(token()), clear("4.4.4.4", "2.2.2.10")(token())
    with Capture(wires.nodes["PC2"], "eth0") as behind:
        wires.send("ISP", sent)
        wires.send("ISP", marker)
        assert eventually(lambda: heard(behind, marker) == 1)
        if expected(fates, situation) is Fate.OPEN:
            assert eventually(lambda: heard(behind, sent) == 1)
        else:
            assert heard(behind, sent) == 0
            line = f"vrf/dest_addr= /{sent.dst}, src_addr= {sent.src}, prot= {sent.proto}"
            assert eventually(lambda: line in typed(situation.r2, "show logging"))


def test_in_clear_for_the_router_itself(situation: Situation) -> None:
    """A map guards the router's own addresses, too."""
    wires = situation.wires
    assert wires.ping("ISP", "2.2.2.1", 1, "4.4.4.4")
    has_map, _ = SITUATIONS[situation.name]
    assert wires.ping("ISP", "2.2.2.1", 1, "3.3.3.77") is not has_map


@pytest.mark.parametrize("row", ENCRYPTED_FOR_US)
def test_in_encrypted_for_us(situation: Situation, row: str) -> None:
    make, fates = ENCRYPTED_FOR_US[row]
    wires, sent, marker = situation.wires, make(token()), clear("4.4.4.4", "2.2.2.10")(token())
    _, has_sa = SITUATIONS[situation.name]
    with Capture(wires.nodes["PC2"], "eth0") as behind, wires.outside() as outside:
        errors = receive_errors(situation)
        wires.send("ISP", situation.encrypt(sent, None if has_sa else UNKNOWN_SPI))
        wires.send("ISP", marker)
        assert eventually(lambda: heard(behind, marker) == 1)
        if expected(fates, situation) is Fate.OPENED:
            assert eventually(lambda: heard(behind, sent) == 1)
            return
        if has_sa:
            assert eventually(lambda: receive_errors(situation) == errors + 1)
        assert heard(behind, sent) == 0
        # Whatever was wrong, the sender hears nothing of it.
        assert [packet for packet in outside.packets if situation.address in packet.addresses[:1]] == []


def receive_errors(situation: Situation) -> int:
    return sum(shown(typed(situation.r2, "show crypto ipsec sa"), "#recv errors"))


def test_in_encrypted_for_us_by_an_unknown_sa(situation: Situation) -> None:
    wires, sent = situation.wires, clear("3.3.3.10", "2.2.2.10")(token())
    with Capture(wires.nodes["PC2"], "eth0") as behind:
        wires.send("ISP", situation.encrypt(sent, UNKNOWN_SPI))
        line = (
            f"%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr="
            f"{situation.address}, prot=50, spi=0xDEAD0001(3735879681), srcaddr=13.1.1.3, "
            "input interface=Ethernet0/0"
        )
        assert eventually(lambda: line in typed(situation.r2, "show logging"))
        assert heard(behind, sent) == 0
