"""tshark opens a recorded run of the lab `lan-to-lan` with the keys that the test-only switch writes."""

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from cryptomap.lab.capture import ETH_P_IPV4, Capture, Packet
from cryptomap.lab.description import find_lab, load_lab
from cryptomap.lab.gateway import Gateway
from cryptomap.lab.network import build_network

KEY_LOG = "CRYPTOMAP_KEY_LOG"
LINKTYPE_RAW = 101
MAIN_MODE, QUICK_MODE = "2", "32"
SA, KE, ID, HASH, NONCE, NOTIFICATION = "1", "4", "5", "8", "10", "11"
ECHO_REQUEST, ECHO_REPLY = "8", "0"
FIELDS = (
    "isakmp.exchangetype",
    "isakmp.flag_e",
    "isakmp.typepayload",
    "esp.spi",
    "esp.icv_good",
    "icmp.type",
)


def write_pcap(path: Path, packets: Sequence[Packet]) -> None:
    """The IPv4 packets of a capture in the format of pcap-savefile(5), without times."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_RAW))
        for packet in packets:
            if packet.ethertype == ETH_P_IPV4:
                file.write(struct.pack("<IIII", 0, 0, len(packet.data), len(packet.data)) + packet.data)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `run.pcap`, and R2's keys in `wireshark`, the tables' place in a configuration folder."""
    folder = tmp_path_factory.mktemp("tshark")
    lab = load_lab(find_lab("lan-to-lan"))
    with pytest.MonkeyPatch.context() as patch, build_network(lab) as nodes:
        capture = Capture(nodes["ISP"], "eth0")
        gateways = []
        for router in lab.routers:
            patch.setenv(KEY_LOG, str(folder / ("wireshark" if router.name == "R2" else "other")))
            gateways.append(Gateway(router, nodes[router.name], folder, folder))
        for gateway in gateways:
            gateway.wait_ready()
        for _ in range(2):
            code, text = gateways[0].type("ping 3.3.3.3 source 2.2.2.2", lambda _: None)
            assert code == 0, text
        for gateway in gateways:
            gateway.stop()
        write_pcap(folder / "run.pcap", capture.stop())
    return folder


def dissect(folder: Path) -> list[dict[str, str]]:
    """Every packet of the recording as a row of `FIELDS`, as tshark sees it with the keys."""
    words = ["tshark", "-n", "-r", str(folder / "run.pcap"), "-T", "fields", "-E", "occurrence=a"]
    for preference in ("esp.enable_encryption_decode", "esp.enable_authentication_check"):
        words += ["-o", f"{preference}:TRUE"]
    for field in FIELDS:
        words += ["-e", field]
    done = subprocess.run(
        words,
        env={"XDG_CONFIG_HOME": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]


def payloads(rows: list[dict[str, str]], exchange: str) -> list[list[str]]:
    """The payload types of each encrypted message of an exchange, in order; empty where it stayed closed."""
    found = [row for row in rows if row["isakmp.exchangetype"] == exchange and row["isakmp.flag_e"] == "1"]
    return [[kind for kind in row["isakmp.typepayload"].split(",") if kind] for row in found]


def test_main_mode_opens(recording: Path) -> None:
    """Messages 5 and 6 hold an identity and a HASH, the first of them the initial contact too."""
    opened = payloads(dissect(recording), MAIN_MODE)
    assert opened == [[ID, HASH, NOTIFICATION], [ID, HASH]]


def test_quick_mode_opens(recording: Path) -> None:
    """Three messages; the first two carry the SA, a nonce, the key exchange of PFS, and two identities."""
    opened = [
        [kind for kind in kinds if kind not in ("2", "3")]
        for kinds in payloads(dissect(recording), QUICK_MODE)
    ]
    assert opened[0] == [HASH, SA, NONCE, KE, ID, ID]
    assert opened[1][:6] == [HASH, SA, NONCE, KE, ID, ID]
    assert opened[2] == [HASH]
    assert len(opened) == 3


def test_esp_opens(recording: Path) -> None:
    """All nine echoes that crossed, and their replies; every ICV is right."""
    esp = [row for row in dissect(recording) if row["esp.spi"]]
    assert len({row["esp.spi"] for row in esp}) == 2
    assert [row["esp.icv_good"] for row in esp] == ["1"] * len(esp)
    kinds = [row["icmp.type"] for row in esp]
    assert kinds.count(ECHO_REQUEST) == kinds.count(ECHO_REPLY) == 9
    assert len(kinds) == 18
