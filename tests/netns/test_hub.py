"""From one branch to another by way of a hub: out of one tunnel and into the next, by one interface.

PC3 - R3 13.1.1.3 - ISP - 14.1.1.4 R4 - PC4 4.4.4.10
                    |
                R2 12.1.1.2, with no network of its own
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.netns.conftest import NODES
from tests.netns.wires import ANYBODY, HEAD, Wires, eventually, lay

from cryptomap.lab.namespace import connect, namespaces

ENTRY = """access-list {number} permit ip {near}.0 0.0.0.255 {far}.0 0.0.0.255
crypto map VPN {number} ipsec-isakmp
 set peer {peer}
 set transform-set TS
 match address {number}
"""
FOOT = """interface Ethernet0/0
 ip address {outside} 255.255.255.0
 crypto map VPN
{inside}
ip route 0.0.0.0 0.0.0.0 {isp}
end
"""


def configuration(name: str, outside: str, inside: str, *entries: tuple[str, str, str]) -> str:
    numbered = enumerate(entries, start=101)
    lines = [ENTRY.format(number=n, near=near, far=far, peer=peer) for n, (near, far, peer) in numbered]
    lan = f"interface Ethernet0/1\n ip address {inside} 255.255.255.0" if inside else "!"
    isp = outside.rsplit(".", 1)[0] + ".1"
    return (
        HEAD.format(name=name, peer=ANYBODY)
        + "".join(lines)
        + FOOT.format(outside=outside, inside=lan, isp=isp)
    )


@pytest.fixture
def branches() -> Iterator[Wires]:
    with (
        namespaces((*NODES, "R4", "PC4")) as nodes,
        tempfile.TemporaryDirectory() as name,
        ExitStack() as stack,
    ):
        lay(nodes)
        nodes["ISP"].run("ip", "address", "del", "4.4.4.4/32", "dev", "lo")
        connect(nodes["R4"], "eth0", nodes["ISP"], "eth3")
        connect(nodes["R4"], "eth1", nodes["PC4"], "eth0")
        nodes["ISP"].address("eth3", "14.1.1.1/24")
        nodes["PC4"].address("eth0", "4.4.4.10/24")
        nodes["PC4"].route("default", "4.4.4.1")
        wires = Wires(nodes, Path(name))
        hub = ("4.4.4", "3.3.3", "13.1.1.3"), ("3.3.3", "4.4.4", "14.1.1.4")
        for text in (
            configuration("R2", "12.1.1.2", "", *hub),
            configuration("R3", "13.1.1.3", "3.3.3.1", ("3.3.3", "4.4.4", "12.1.1.2")),
            configuration("R4", "14.1.1.4", "4.4.4.1", ("4.4.4", "3.3.3", "12.1.1.2")),
        ):
            stack.callback(wires.start(text.split()[1], text).stop)
        yield wires


def test_branches_reach_each_other_through_the_hub(branches: Wires) -> None:
    with branches.outside() as outside:
        assert eventually(lambda: branches.ping("PC3", "4.4.4.10"), 15)
        assert branches.ping("PC3", "4.4.4.10", 3)
        assert branches.ping("PC4", "3.3.3.10", 3)
        assert set(outside.kinds()) <= {"IP protocol 50", "UDP 500", "ARP", "IPv6 neighbour discovery"}
        # Nobody is told of a shorter way, for there is none.
        told = branches.nodes["R2"].run("nstat", "-asz", "IcmpOutRedirects").stdout
        assert re.search(r"IcmpOutRedirects +0 ", told)


def test_an_error_of_the_hub_reaches_the_branch(branches: Wires) -> None:
    assert eventually(lambda: branches.ping("PC3", "4.4.4.10"), 15)
    with branches.outside() as outside:
        told = branches.nodes["PC3"].run("ping", "-n", "-c1", "-W2", "-t2", "4.4.4.10", check=False).stdout
        assert "Time to live exceeded" in told
        assert set(outside.kinds()) <= {"IP protocol 50", "UDP 500", "ARP", "IPv6 neighbour discovery"}
