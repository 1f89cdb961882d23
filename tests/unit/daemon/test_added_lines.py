"""The guard's sets of lines that come and go: what is in them is what was added and not taken away."""

import re
from ipaddress import IPv4Network
from random import Random

from cryptomap.daemon.intercept.added import AddedLines, View, elements
from cryptomap.daemon.intercept.plan import Protected
from cryptomap.model.config import InterfaceName
from cryptomap.model.sa import PolicyAction, PolicySpec
from cryptomap.model.selector import Selector

EVERYTHING = Selector(IPv4Network("0.0.0.0/0"), IPv4Network("0.0.0.0/0"))
SLOT = 100
PLACE = PolicySpec(SLOT, PolicyAction.DYNAMIC, EVERYTHING)
ONE = Protected(InterfaceName("Ethernet0/0"), "eth0", 2, (PLACE,))
OTHER = Protected(InterfaceName("Ethernet0/2"), "eth2", 4, (PLACE,))


class Kernel:
    """Sets by name, as commands leave them. A command that does not fit is an error, as nft has it."""

    def __init__(self) -> None:
        self.sets: dict[str, set[str]] = {}
        self.rules = 0

    def run(self, commands: list[str]) -> None:
        for command in commands:
            made = re.fullmatch(r"add set (.+?) \{ .* \}", command)
            added = re.fullmatch(r"(add|delete) element (.+?) \{ (.+) \}", command)
            if made:
                assert made[1] not in self.sets
                self.sets[made[1]] = set()
            elif added:
                there = self.sets[added[2]]
                assert (added[3] in there) is (added[1] == "delete"), command
                (there.remove if added[1] == "delete" else there.add)(added[3])
            else:
                self.rules += 1

    def full(self) -> dict[str, set[str]]:
        return {name: there for name, there in self.sets.items() if there}


def line(number: int, destination: str, protocol: int = 0, port: int | None = None) -> PolicySpec:
    selector = Selector(IPv4Network("2.2.2.0/24"), IPv4Network(destination), protocol)
    ports = (0, 65535) if port is None else (port, port)
    return PolicySpec(number, PolicyAction.PROTECT, selector, destination_ports=ports)


def test_a_line_is_looked_for_in_packets_and_in_what_errors_quote() -> None:
    assert [shape.view for shape, _ in elements(line(1, "3.3.3.0/24"))] == [View.QUOTED, View.PACKET]
    assert [shape.view for shape, _ in elements(line(1, "3.3.3.0/24", 17, 53))] == [
        View.QUOTED,
        View.FRAGMENT,
        View.PACKET,
    ]


def test_lines_of_one_shape_share_their_rules() -> None:
    added, kernel = AddedLines(), Kernel()
    kernel.run(added.restart([ONE]))
    kernel.run(added.add(SLOT, line(1, "3.3.1.0/24")))
    rules = kernel.rules
    for number in range(2, 100):
        commands = added.add(SLOT, line(number, f"3.3.{number}.0/24"))
        assert len(commands) == 2, "an element for packets, and one for what is quoted"
        kernel.run(commands)
    assert kernel.rules == rules
    assert added.add(SLOT, line(5, "3.3.5.0/24")) == [], "it is there"


def test_what_two_lines_share_stays_until_both_are_gone() -> None:
    added, kernel = AddedLines(), Kernel()
    kernel.run(added.restart([ONE]))
    dns, web = line(1, "3.3.3.0/24", 17, 53), line(2, "3.3.3.0/24", 17, 80)
    for one in (dns, web):
        kernel.run(added.add(SLOT, one))
    kernel.run(added.remove(SLOT, dns))
    assert sorted(len(there) for there in kernel.full().values()) == [1, 1, 1]
    kernel.run(added.remove(SLOT, web))
    assert kernel.full() == {}
    assert added.remove(SLOT, web) == []


def test_lines_stand_on_every_interface_with_their_place() -> None:
    added, kernel = AddedLines(), Kernel()
    kernel.run(added.restart([ONE, OTHER]))
    kernel.run(added.add(SLOT, line(1, "3.3.3.0/24")))
    assert len(kernel.full()) == 4
    kernel.run(added.remove(SLOT, line(1, "3.3.3.0/24")))
    assert kernel.full() == {}


def test_a_table_made_anew_has_the_lines_whose_place_it_has() -> None:
    added = AddedLines()
    added.restart([])
    added.add(SLOT, line(1, "3.3.3.0/24"))
    for protected, sets in (([ONE], 2), ([], 0), ([OTHER, ONE], 4)):
        kernel = Kernel()
        kernel.run(added.restart(protected))
        assert len(kernel.full()) == sets


def test_whatever_comes_and_goes_nothing_is_left() -> None:
    random = Random(1)
    added, kernel = AddedLines(), Kernel()
    kernel.run(added.restart([ONE]))
    there: dict[int, PolicySpec] = {}
    for number in range(500):
        if there and random.random() < 0.5:
            kernel.run(added.remove(SLOT, there.pop(random.choice(list(there)))))
        else:
            net = IPv4Network((random.randrange(4) << 24, random.choice([0, 8, 24, 32])), strict=False)
            port = random.choice([None, 53, 80])
            there[number] = line(number, str(net), 17 if port else random.choice([0, 6]), port)
            kernel.run(added.add(SLOT, there[number]))
    for one in there.values():
        kernel.run(added.remove(SLOT, one))
    assert kernel.full() == {}
