"""The guard's lines that come and go (`PolicyAction.DYNAMIC`): one costs the same, however many there are.

A DYNAMIC line is a jump to a chain. All lines of one `Shape` are elements of one set, and the chain has one
rule for each shape: it masks a packet's addresses with the shape's prefixes and looks the rest up.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address

from cryptomap.daemon.intercept import icmp_errors
from cryptomap.daemon.intercept.plan import TABLE, Protected, has_ports
from cryptomap.model.sa import PolicySpec

HOOKS = ("out", "again", "local", "quoted_local", "quoted_out", "steer", "in")
"""The walks of the guard that a DYNAMIC line has a chain for."""


class View(StrEnum):
    """What of a packet is looked at."""

    PACKET = "packet"
    FRAGMENT = "fragment"
    """A later fragment, which shows no ports."""
    QUOTED = "quoted"
    """The packet that an ICMP error is about, in clear or on its way to the line's far end."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What lines have in common: prefix lengths, and what else they look at."""

    source: int
    destination: int
    protocol: bool
    source_port: bool = False
    destination_port: bool = False
    view: View = View.PACKET

    @property
    def name(self) -> str:
        flags = (self.protocol, self.source_port, self.destination_port)
        return f"{self.view}_{self.source}_{self.destination}_{''.join('ny'[flag] for flag in flags)}"

    @property
    def parts(self) -> list[str]:
        """The fields that a set of this shape is keyed by, of a packet on its way out."""
        if self.view is View.QUOTED:
            return [*icmp_errors.QUOTED_ENDS, *[icmp_errors.QUOTED_PROTOCOL] * self.protocol]
        return [
            "ip saddr",
            "ip daddr",
            *["ip protocol"] * self.protocol,
            *["th sport"] * self.source_port,
            *["th dport"] * self.destination_port,
        ]

    def match(self, set_name: str, *, reverse: bool) -> str:
        """The words that look a packet up; `reverse` is for packets that come in."""
        source, destination, *rest = [_mirrored(part) if reverse else part for part in self.parts]
        masked = [f"{source} & {_mask(self.source)}", f"{destination} & {_mask(self.destination)}"]
        return f"{_ABOUT[self.view]} {' . '.join([*masked, *rest])} @{set_name}"


_ABOUT = {
    View.PACKET: "meta nfproto ipv4",
    View.FRAGMENT: "meta nfproto ipv4 ip frag-off & 0x1fff != 0",
    View.QUOTED: icmp_errors.ERRORS,
}
_HOOKS_OF = {
    View.PACKET: ("out", "again", "local", "steer", "in"),
    View.FRAGMENT: ("out", "again", "local"),  # Where packets come in they have been made whole.
    View.QUOTED: ("quoted_local", "quoted_out"),
}
_MIRROR = {"saddr": "daddr", "daddr": "saddr", "sport": "dport", "dport": "sport"}
_Key = tuple[int, ...]
_Place = tuple[int, int]
"""An interface's number in the plan, and the id of its DYNAMIC line."""


def elements(line: PolicySpec) -> Iterator[tuple[Shape, _Key]]:
    """What stands for a line in sets: one element for each view."""
    source, destination = line.selector.source, line.selector.destination
    shape = Shape(source.prefixlen, destination.prefixlen, bool(line.selector.protocol))
    key: _Key = (int(source.network_address), int(destination.network_address))
    key += (line.selector.protocol,) * shape.protocol
    yield replace(shape, view=View.QUOTED), key
    if has_ports(line):
        yield replace(shape, view=View.FRAGMENT), key
    ports = [None if each == (0, 65535) else each[0] for each in (line.source_ports, line.destination_ports)]
    there = [port is not None for port in ports]
    shape = replace(shape, source_port=there[0], destination_port=there[1])
    yield shape, key + tuple(port for port in ports if port is not None)


class AddedLines:
    """What was added, and the commands that bring it into the guard's table or take it out."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, PolicySpec]] = {}
        """By their ids, under that of their DYNAMIC lines."""
        self._places: dict[int, list[tuple[_Place, Protected]]] = {}
        """The DYNAMIC lines of an id."""
        self._elements: Counter[tuple[_Place, Shape, _Key]] = Counter()
        self._shapes: set[tuple[_Place, Shape]] = set()

    def restart(self, protected: Sequence[Protected]) -> list[str]:
        """Commands for a table that was made anew."""
        self._places = {}
        for number, item in enumerate(protected):
            for slot in item.slots:
                self._places.setdefault(slot, []).append(((number, slot), item))
        self._elements.clear()
        self._shapes.clear()
        lines = ((slot, line) for slot, there in self._lines.items() for line in there.values())
        return [command for slot, line in lines for command in self._put(slot, line)]

    def add(self, slot: int, line: PolicySpec) -> list[str]:
        """Commands that add a line; none when it is there."""
        lines = self._lines.setdefault(slot, {})
        if line.policy_id in lines:
            return []
        lines[line.policy_id] = line
        return list(self._put(slot, line))

    def remove(self, slot: int, line: PolicySpec) -> list[str]:
        """Commands that take a line out; none when it is not there."""
        lines = self._lines.get(slot, {})
        if lines.pop(line.policy_id, None) is None:
            return []
        if not lines:
            del self._lines[slot]
        commands = []
        for place, _ in self._places.get(slot, ()):
            for shape, key in elements(line):
                self._elements[place, shape, key] -= 1
                if not self._elements[place, shape, key]:
                    del self._elements[place, shape, key]
                    commands.append(f"delete element {_set(place, shape)} {{ {_text(shape, key)} }}")
        return commands

    def _put(self, slot: int, line: PolicySpec) -> Iterator[str]:
        for place, item in self._places.get(slot, ()):
            for shape, key in elements(line):
                if (place, shape) not in self._shapes:
                    self._shapes.add((place, shape))
                    yield from _new_shape(item, place, shape)
                self._elements[place, shape, key] += 1
                if self._elements[place, shape, key] == 1:
                    yield f"add element {_set(place, shape)} {{ {_text(shape, key)} }}"


def chain_name(hook: str, number: int, slot: int) -> str:
    """The chain of a DYNAMIC line in one of `HOOKS`; `number` is its interface's position in the plan."""
    return f"{hook}_{number}_slot_{slot}"


def steering(protected: Iterable[tuple[int, Protected]]) -> list[str]:
    """Rules at the head of routing that lead forwarded packets to the chains of DYNAMIC lines."""
    return [f"jump {chain_name('steer', number, slot)}" for number, item in protected for slot in item.slots]


def _new_shape(item: Protected, place: _Place, shape: Shape) -> Iterator[str]:
    number, slot = place
    yield f"add set {_set(place, shape)} {{ typeof {' . '.join(shape.parts)}; }}"
    # A packet is steered if the route is by the map's own interface: the route comes first.
    leaving = f'fib daddr oifname {{ "{item.device}", "{item.tun}" }}'
    verdicts = {
        "out": f"goto protect_{number}",
        "again": f"goto protect_{number}",
        "local": f"goto reroute_{number}",
        "quoted_local": f"goto answer_{number}",
        "quoted_out": "goto quoted",
        "steer": f"{leaving} goto reroute_{number}",
        "in": "goto refuse",
    }
    for hook in _HOOKS_OF[shape.view]:
        match = shape.match(_set_name(place, shape), reverse=hook == "in")
        yield f"add rule inet {TABLE} {chain_name(hook, number, slot)} {match} {verdicts[hook]}"
    if shape.view is View.FRAGMENT:
        # Connection tracking makes datagrams whole before they are routed, so that ports can be seen.
        chain = f"inet {TABLE} whole_datagrams"
        yield f"add chain {chain} {{ type filter hook prerouting priority -190; policy accept; }}"
        yield f"add rule {chain} ct state invalid accept"


def _set_name(place: _Place, shape: Shape) -> str:
    return f"slot_{place[0]}_{place[1]}_{shape.name}"


def _set(place: _Place, shape: Shape) -> str:
    return f"inet {TABLE} {_set_name(place, shape)}"


def _text(shape: Shape, key: _Key) -> str:
    """An element. Raw fields are written as numbers, known ones as what they are."""
    if shape.view is View.QUOTED:
        return " . ".join(map(str, key))
    return " . ".join([str(IPv4Address(key[0])), str(IPv4Address(key[1])), *map(str, key[2:])])


def _mirrored(part: str) -> str:
    word, _, field = part.rpartition(" ")
    return f"{word} {_MIRROR.get(field, field)}"


def _mask(length: int) -> str:
    return f"0x{(1 << 32) - (1 << 32 - length):x}"
