"""One line of an extended access list: its grammar, its value, its text.

permit tcp 10.0.0.0 0.0.0.255 gt 1023 host 10.1.1.1 eq www log
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from cryptomap.config.service_names import ICMP_MESSAGES, PROTOCOLS, TCP_PORTS, UDP_PORTS
from cryptomap.model.access_list import (
    ANY,
    ANY_PORTS,
    AccessList,
    Ace,
    Action,
    Ports,
    Remark,
    WildcardNetwork,
    host,
)

STEP = 10
"""Between the sequence numbers that lines get by themselves."""
LAST_SEQUENCE = 2147483647

TCP, UDP, ICMP = PROTOCOLS["tcp"], PROTOCOLS["udp"], PROTOCOLS["icmp"]


def _side(name: str) -> str:
    return f"<any$any_{name}|host A.B.C.D$host_{name}|A.B.C.D${name} WILDCARD$wildcard_{name}>"


def _ports(name: str, table: Mapping[str, int]) -> str:
    port = f"<(0-65535)|{'|'.join(table)}>"
    return (
        f"[<eq {port}$eq_{name}|gt {port}$gt_{name}|lt {port}$lt_{name}"
        f"|range {port}$low_{name} {port}$high_{name}>]"
    )


def _with_ports(protocol: str, table: Mapping[str, int]) -> str:
    ends = [f"{_side(name)} {_ports(name, table)}" for name in ("source", "destination")]
    return f"{protocol}$protocol {' '.join(ends)}"


_PLAIN = "|".join(word for word in PROTOCOLS if word not in ("tcp", "udp", "icmp"))

ACE_GRAMMAR = (
    f"<permit|deny>$action <<{_PLAIN}|(0-255)>$protocol {_side('source')} {_side('destination')}"
    f"|{_with_ports('tcp', TCP_PORTS)}|{_with_ports('udp', UDP_PORTS)}"
    f"|icmp$protocol {_side('source')} {_side('destination')}"
    f" [<(0-255)$icmp_type [(0-255)$icmp_code]|<{'|'.join(ICMP_MESSAGES)}>$icmp_message>]>"
    " [log$log]"
)
"""What follows the list's number, or the line's sequence number."""

_SIDE_HELP = {
    f"${prefix}{name}": text
    for name, what in (("source", "Source"), ("destination", "Destination"))
    for prefix, text in (
        ("", f"{what} address"),
        ("host_", f"{what} address"),
        ("wildcard_", f"{what} wildcard bits"),
        ("eq_", "Port number"),
        ("gt_", "Port number"),
        ("lt_", "Port number"),
        ("low_", "Lowest port number"),
        ("high_", "Highest port number"),
    )
}

ACE_HELP: dict[str, str] = {
    "permit": "Specify packets to forward",
    "deny": "Specify packets to reject",
    "any": "Any host",
    "host": "A single host",
    "eq": "Match only packets on a given port number",
    "gt": "Match only packets with a greater port number",
    "lt": "Match only packets with a lower port number",
    "range": "Match only packets in the range of port numbers",
    "log": "Log matches against this entry",
    "remark": "Access list entry comment",
    "$protocol": "An IP protocol number",
    "$icmp_type": "ICMP message type",
    "$icmp_code": "ICMP message code",
    **{name: f"Port {number}" for name, number in {**TCP_PORTS, **UDP_PORTS}.items()},
    **{name: f"ICMP {name.replace('-', ' ')} message" for name in ICMP_MESSAGES},
    **{name: f"IP protocol {number}" for name, number in PROTOCOLS.items()},
    "ip": "Any Internet Protocol",
    **_SIDE_HELP,
}


def ace_from(arguments: Mapping[str, Any]) -> Ace:
    """The line that the arguments of `ACE_GRAMMAR` say; its sequence number is 0."""
    word = arguments["protocol"]
    protocol = PROTOCOLS[word] if isinstance(word, str) else word
    kind, code = ICMP_MESSAGES.get(arguments.get("icmp_message", ""), (None, None))
    return Ace(
        Action(arguments["action"]),
        _network(arguments, "source"),
        _network(arguments, "destination"),
        protocol,
        _port_range(arguments, "source", protocol),
        _port_range(arguments, "destination", protocol),
        arguments.get("icmp_type", kind),
        arguments.get("icmp_code", code),
        "log" in arguments,
    )


def _network(arguments: Mapping[str, Any], name: str) -> WildcardNetwork:
    if f"any_{name}" in arguments:
        return ANY
    if f"host_{name}" in arguments:
        return host(arguments[f"host_{name}"])
    address, wildcard = int(arguments[name]), arguments[f"wildcard_{name}"]
    return WildcardNetwork(IPv4Address(address & ~int(wildcard)), wildcard)


def _port_range(arguments: Mapping[str, Any], name: str, protocol: int) -> Ports:
    table = TCP_PORTS if protocol == TCP else UDP_PORTS

    def port(key: str) -> int | None:
        value = arguments.get(f"{key}_{name}")
        return table[value] if isinstance(value, str) else value

    equal, above, below, low, high = (port(key) for key in ("eq", "gt", "lt", "low", "high"))
    if equal is not None:
        return Ports(equal, equal)
    if above is not None:
        return Ports(above + 1, 65535)
    if below is not None:
        return Ports(0, below - 1)
    if low is None or high is None:
        return ANY_PORTS
    return Ports(min(low, high), max(low, high))


def render_ace(line: Ace | Remark) -> str:
    """The line as the running configuration and `show access-lists` print it, without its number."""
    if isinstance(line, Remark):
        return f"remark {line.text}"
    words = [line.action.value, _protocol_word(line.protocol)]
    words += [_side_text(line.source), _ports_text(line.source_ports, line.protocol)]
    words += [_side_text(line.destination), _ports_text(line.destination_ports, line.protocol)]
    words += [_icmp_text(line), "log" if line.log else ""]
    return " ".join(word for word in words if word)


def _protocol_word(number: int) -> str:
    return _name_of(PROTOCOLS, number) or str(number)


def _side_text(side: WildcardNetwork) -> str:
    if side == ANY:
        return "any"
    if int(side.wildcard) == 0:
        return f"host {side.address}"
    return f"{side.address} {side.wildcard}"


def _ports_text(ports: Ports, protocol: int) -> str:
    if ports == ANY_PORTS:
        return ""
    table = TCP_PORTS if protocol == TCP else UDP_PORTS

    def text(port: int) -> str:
        return _name_of(table, port) or str(port)

    if ports.low == ports.high:
        return f"eq {text(ports.low)}"
    if ports.high == 65535:
        return f"gt {text(ports.low - 1)}"
    if ports.low == 0:
        return f"lt {text(ports.high + 1)}"
    return f"range {text(ports.low)} {text(ports.high)}"


def _icmp_text(line: Ace) -> str:
    if line.icmp_type is None:
        return ""
    named = _name_of(ICMP_MESSAGES, (line.icmp_type, line.icmp_code))
    numbers = f"{line.icmp_type}" if line.icmp_code is None else f"{line.icmp_type} {line.icmp_code}"
    return named or numbers


def _name_of(table: Mapping[str, Any], value: Any) -> str | None:
    return next((name for name, number in table.items() if number == value), None)


def with_line(acl: AccessList, line: Ace | Remark, sequence: int | None = None) -> AccessList | str:
    """The list with one more line, at its end or at `sequence`.

    An access line that is there already changes nothing. A text says why it cannot be added.
    """
    if sequence is None:
        if isinstance(line, Ace) and any(_same(line, each) for each in acl.aces):
            return acl
        sequence = next_sequence(acl)
        if sequence > LAST_SEQUENCE:
            return f"% Access list {acl.name} is full: renumber its lines."
    taken = next((each for each in acl.lines if each.sequence == sequence), None)
    numbered = replace(line, sequence=sequence)
    if taken is not None:
        return acl if taken == numbered else f"% Duplicate sequence number: line {sequence} is another one."
    lines = tuple(sorted((*acl.lines, numbered), key=_sequence))
    return replace(acl, lines=lines)


def next_sequence(acl: AccessList) -> int:
    """The number a line added at the end gets."""
    return (acl.lines[-1].sequence if acl.lines else 0) + STEP


def without_line(acl: AccessList, matches: Callable[[Ace | Remark], bool]) -> AccessList:
    """The list without the lines that `matches` says."""
    return replace(acl, lines=tuple(each for each in acl.lines if not matches(each)))


def automatic(acl: AccessList) -> bool:
    """Whether every line has the number it would get by itself, so that none need be written."""
    return all(line.sequence == STEP * (index + 1) for index, line in enumerate(acl.lines))


def _sequence(line: Ace | Remark) -> int:
    return line.sequence


def _same(line: Ace, other: Ace) -> bool:
    """Equal but for the number. The addresses come first: they differ most often, and lists are long."""
    return (
        line.source == other.source
        and line.destination == other.destination
        and replace(line, sequence=other.sequence) == other
    )
