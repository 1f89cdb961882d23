"""The nftables half: the ruleset that drops what must be protected and is in clear.

`postrouting` is looked at before and after source NAT, so that an address translation cannot hide a
packet from its line. A packet in the TUN device passes the same lines only to be counted. An ICMP error
is looked at twice: for what it is, and for what it quotes. Hosts that share an Easy VPN client's address
get it on the way into the TUN device, before the engine looks for their policy.
"""

from collections.abc import Callable, Iterator, Sequence

from cryptomap.daemon.intercept.added import HOOKS, chain_name, steering
from cryptomap.daemon.intercept.icmp_errors import SPEAK_FOR_DESTINATION, quoting
from cryptomap.daemon.intercept.plan import OWN_MARK, TABLE, Protected, any_ports, has_ports
from cryptomap.model.sa import PolicyAction, PolicySpec
from cryptomap.model.selector import Selector

REFUSED_SET = "refused"
REFUSED_SECONDS = 60
"""One log line a minute for each source, destination and protocol, as IOS does."""

_REFUSED_SIZE = 1024


def ruleset(protected: Sequence[Protected]) -> str:
    """One transaction that puts the guard for these interfaces in place of whatever was there."""
    lines = [f"add table inet {TABLE}", f"delete table inet {TABLE}", f"table inet {TABLE} {{"]
    lines += _shared()
    for number, item in enumerate(protected):
        lines += _interface(number, item)
    lines += _hooks(protected)
    return "\n".join([*lines, "}", ""])


def removal() -> str:
    """The transaction that takes the guard away, whether it is there or not."""
    return f"add table inet {TABLE}\ndelete table inet {TABLE}\n"


def counter_name(number: int, policy_id: int) -> str:
    """The named counter of a line; `number` is its interface's position in the plan."""
    return f"line_{number}_{policy_id}"


def _shared() -> list[str]:
    return [
        f"set {REFUSED_SET} {{",
        "type ipv4_addr . ipv4_addr . inet_proto",
        f"size {_REFUSED_SIZE}",
        "flags dynamic,timeout",
        f"timeout {REFUSED_SECONDS}s",
        "}",
        *_chain("quoted", ["counter drop"]),
        *_chain("refuse", [f"add @{REFUSED_SET} {{ ip saddr . ip daddr . ip protocol }}", "counter drop"]),
    ]


def _interface(number: int, item: Protected) -> list[str]:
    counters = {line.policy_id for line in item.policies} - {*item.slots}
    lines = [f"counter {counter_name(number, policy)} {{ }}" for policy in sorted(counters)]
    lines += _chain(f"protect_{number}", [f'oifname "{item.tun}" accept', "counter drop"])
    reroute = [f"meta mark set {item.reroute_mark:#x}", "accept"]
    lines += _chain(f"reroute_{number}", reroute)
    lines += _chain(f"answer_{number}", [SPEAK_FOR_DESTINATION, *reroute])
    for hook in HOOKS:
        lines += [line for slot in item.slots for line in _chain(chain_name(hook, number, slot), [])]
    protect, again = f"protect_{number}", f"reroute_{number}"
    lines += _walk("out", number, item, lambda line: _outbound(number, line, protect, True), protect)
    lines += _walk("again", number, item, lambda line: _outbound(number, line, protect, False), protect)
    lines += _walk("local", number, item, lambda line: _outbound(number, line, again, False), again)
    lines += _walk("quoted_local", number, item, lambda line: quoting(line, f"answer_{number}"))
    lines += _walk("quoted_out", number, item, lambda line: quoting(line, "quoted"))
    lines += _walk("in", number, item, _inbound)
    return lines


def _walk(
    hook: str,
    number: int,
    item: Protected,
    rules: Callable[[PolicySpec], Iterator[str]],
    translated: str | None = None,
) -> list[str]:
    """An interface's chain for a hook, which looks at one block of lines after the other. Packets that would
    have another address in the tunnel then go to the chain `translated`."""
    name = f"{hook}_{number}"
    lines: list[str] = []
    blocks = item.blocks()
    for position, (start, end) in enumerate(blocks):
        body: list[str] = []
        for line in item.policies[start:end]:
            dynamic = line.action is PolicyAction.DYNAMIC
            body += [f"jump {chain_name(hook, number, line.policy_id)}"] if dynamic else rules(line)
        lines += _chain(f"{name}_{position}", body)
    jumps = [f"jump {name}_{position}" for position in range(len(blocks))]
    hidden = [f"{_matches(one)} goto {translated}" for one in _hidden(item)] if translated else []
    return lines + _chain(name, [*jumps, *hidden])


def _hidden(item: Protected) -> Iterator[Selector]:
    """The packets that get another address in the tunnel, as they are before."""
    return (Selector(one.source, one.destination) for one in item.translations)


def _outbound(number: int, line: PolicySpec, target: str, counted: bool) -> Iterator[str]:
    count = f" counter name {counter_name(number, line.policy_id)}" if counted else ""
    matches = _matches(line.selector)
    if line.action is PolicyAction.JUMP:
        yield f"{matches}{_ports(line)}{count} return"
        return
    if has_ports(line):  # A later fragment shows no ports: it could belong to the line, so it may not leave.
        yield f"{matches} ip frag-off & 0x1fff != 0{count} goto {target}"
    yield f"{matches}{_ports(line)}{count} goto {target}"


def _inbound(line: PolicySpec) -> Iterator[str]:
    verdict = "return" if line.action is PolicyAction.JUMP else "goto refuse"
    mirrored = _ports(line, reverse=True)
    yield f"{_matches(line.selector.reversed())}{mirrored} {verdict}"


def _matches(selector: Selector) -> str:
    words = ["meta nfproto ipv4"]
    if selector.source.prefixlen:
        words.append(f"ip saddr {selector.source}")
    if selector.destination.prefixlen:
        words.append(f"ip daddr {selector.destination}")
    if selector.protocol:
        words.append(f"ip protocol {selector.protocol}")
    return " ".join(words)


def _ports(line: PolicySpec, reverse: bool = False) -> str:
    source, destination = line.source_ports, line.destination_ports
    if reverse:
        source, destination = destination, source
    words = ""
    for word, (low, high) in (("sport", source), ("dport", destination)):
        if (low, high) != (0, 65535):
            words += f" th {word} {low}-{high}" if low != high else f" th {word} {low}"
    return words


def _hooks(protected: Sequence[Protected]) -> list[str]:
    ours = f"meta mark {OWN_MARK:#x} accept"
    before, after, local, inbound, translations = [ours], [ours], [ours], [], []
    for number, item in enumerate(protected):
        before.append(f'oifname {{ "{item.device}", "{item.tun}" }} jump out_{number}')
        before.append(f'oifname "{item.device}" jump quoted_out_{number}')
        after.append(f'oifname "{item.device}" jump again_{number}')
        local.append(f'oifname "{item.device}" jump local_{number}')
        local.append(f'oifname "{item.device}" jump quoted_local_{number}')
        arriving = f'iifname "{item.device}"'
        inbound += [
            f"{arriving} fib daddr type local ip protocol {{ 50, 51 }} accept",
            f"{arriving} fib daddr type local udp dport {{ 500, 4500 }} accept",
            f"{arriving} jump in_{number}",
            *(f"{arriving} {_matches(one.reversed())} goto refuse" for one in _hidden(item)),
        ]
        translations += [
            f'oifname "{item.tun}" ip saddr {one.source} ip daddr {one.destination} snat ip to {one.address}'
            for one in item.translations
        ]
    lines = _base("guard_before_nat", "filter", "postrouting", -150, before)
    lines += _base("guard_after_nat", "filter", "postrouting", 300, after)
    lines += _base("local_packets", "route", "output", -150, local)
    lines += _base("arriving", "filter", "prerouting", -300, inbound)
    if translations:
        lines += _base("translations", "nat", "postrouting", 100, translations)
    steered = steering(enumerate(protected))
    if steered:
        lines += _base("steering", "filter", "prerouting", -150, steered)
    if any_ports(protected):
        # Connection tracking makes datagrams whole before they are routed, so that ports can be seen.
        lines += _base("whole_datagrams", "filter", "prerouting", -190, ["ct state invalid accept"])
    return lines


def _base(name: str, kind: str, hook: str, priority: int, rules: Sequence[str]) -> list[str]:
    return _chain(name, [f"type {kind} hook {hook} priority {priority}; policy accept;", *rules])


def _chain(name: str, rules: Sequence[str]) -> list[str]:
    return [f"chain {name} {{", *(f"  {rule}" for rule in rules), "}"]
