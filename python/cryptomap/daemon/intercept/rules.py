"""The policy routing half: one `ip rule` a line, swapped in whole.

Rules cannot be replaced in one transaction, so there are two banks of priorities. A new set is built
in the idle bank, and one rule in front, which leads to the bank in use, is what changes:

    ENTRY        goto bank
    bank + 0     own mark: goto END
    bank + ...   marks of rerouted packets, then the lines: permit is a lookup, deny is a goto
    bank + n     goto END
    END          nop; after it come the system's own rules, main among them
"""

from collections.abc import Iterable, Sequence
from typing import Any

from cryptomap.daemon.intercept.plan import OWN_MARK, Protected
from cryptomap.daemon.netlink import Netlink
from cryptomap.model.error import ConfigurationError
from cryptomap.model.sa import PolicyAction, PolicySpec
from cryptomap.model.selector import Selector

ENTRIES = (100, 101)
BANKS = (1000, 15500)
BANK_SIZE = 14000
END = 30000

Rule = dict[str, Any]


def plan_rules(protected: Sequence[Protected], bank: int) -> list[Rule]:
    """The rules of a bank, in order of priority, in pyroute2's words."""
    rules: list[Rule] = [{"priority": bank, "action": "goto", "goto": END, "fwmark": OWN_MARK}]
    for item in protected:
        rules.append({"priority": bank + len(rules), "fwmark": item.reroute_mark, "table": item.table})
    for item in protected:
        start = bank + len(rules)
        rules += [_rule(item, line, start, position) for position, line in enumerate(item.policies)]
        rules += _translated(item, start + len(item.policies))
    rules.append({"priority": bank + len(rules), "action": "goto", "goto": END})
    if len(rules) > BANK_SIZE:
        raise ConfigurationError(
            f"the access lists of the crypto maps have {len(rules)} lines together; {BANK_SIZE} can be used"
        )
    return rules


def _rule(item: Protected, line: PolicySpec, start: int, position: int) -> Rule:
    rule: Rule = {"priority": start + position, **_line_matches(line)}
    if line.action is PolicyAction.PROTECT:
        return {**rule, "table": item.table}
    if line.action is PolicyAction.DYNAMIC:
        return {**rule, "action": "nop"}  # The guard steers by marks what comes and goes.
    # Past the last line stands the next interface's first one, or the bank's end.
    return {**rule, "action": "goto", "goto": start + min(line.jump_to, len(item.policies))}


def _translated(item: Protected, start: int) -> list[Rule]:
    """Those of hosts that have another address in the tunnel, behind the lines."""
    return [
        {"priority": priority, **_matches(Selector(one.source, one.destination)), "table": item.table}
        for priority, one in enumerate(item.translations, start)
    ]


def _line_matches(line: PolicySpec) -> Rule:
    rule = _matches(line.selector)
    ports = {"sport_range": line.source_ports, "dport_range": line.destination_ports}
    for word, (low, high) in ports.items():
        if (low, high) != (0, 65535):
            rule[word] = f"{low}:{high}"
    return rule


def _matches(selector: Selector) -> Rule:
    rule: Rule = {}
    if selector.source.prefixlen:
        rule["src"] = str(selector.source)
    if selector.destination.prefixlen:
        rule["dst"] = str(selector.destination)
    if selector.protocol:
        rule["ip_proto"] = selector.protocol
    return rule


class PolicyRules:
    """Our rules in the kernel. What an earlier run left is taken over."""

    def __init__(self, netlink: Netlink) -> None:
        self._netlink = netlink

    def replace(self, protected: Sequence[Protected]) -> None:
        """Put the rules for these interfaces in place of whatever ours are there, in one step."""
        present = set(self._netlink.rules())
        entry = next((priority for priority in ENTRIES if priority in present), None)
        # The lower entry wins while both exist, and each entry has a bank of its own.
        number = 1 if entry == ENTRIES[0] else 0
        self._clear(priority for priority in present if _bank_of(priority) == number)
        if END not in present:
            self._netlink.add_rule(priority=END, action="nop")
        rules = plan_rules(protected, BANKS[number])
        for rule in reversed(rules):  # A goto needs its target to be there.
            self._netlink.add_rule(**rule)
        self._netlink.add_rule(priority=ENTRIES[number], action="goto", goto=BANKS[number])
        if entry is not None:
            self._netlink.delete_rule(entry)
        self._clear(p for p in present if p not in (END, *ENTRIES) and _bank_of(p) != number)

    def remove(self) -> None:
        """Take every rule of ours away, the one that leads to them first."""
        self._clear(sorted(self._netlink.rules()))

    def _clear(self, priorities: Iterable[int]) -> None:
        for priority in priorities:
            self._netlink.delete_rule(priority)


def _bank_of(priority: int) -> int | None:
    return next((n for n, bank in enumerate(BANKS) if bank <= priority < bank + BANK_SIZE), None)
