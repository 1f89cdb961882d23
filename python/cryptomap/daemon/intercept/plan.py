"""What has to be intercepted, and the names and numbers that are ours in the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.model.config import InterfaceName
from cryptomap.model.error import MisuseError
from cryptomap.model.remote_access import Translation
from cryptomap.model.sa import PolicyAction, PolicySpec

TABLE = "cryptomap"
"""The nftables table of the guard."""
OWN_MARK = 0x63720001
"""Firewall mark of the gateway's own packets (IKE and ESP): never intercepted, never guarded."""
_REROUTE_MARK = 0x63720100
_TABLE = 0x63720000
_TUN_PREFIX = "crypto"


@dataclass(frozen=True, slots=True)
class Protected:
    """An interface with a crypto map: its Linux device, and its outbound lines in order.

    `index` is the device's; the names below come from it, so a later run finds what an earlier left.
    """

    interface: InterfaceName
    device: str
    index: int
    policies: tuple[PolicySpec, ...] = ()
    translations: tuple[Translation, ...] = ()
    """Of hosts whose packets go into the TUN device under another address, which the lines protect."""

    @property
    def tun(self) -> str:
        """The TUN device that stands in for the interface's outbound side."""
        return tun_name(self.index)

    @property
    def table(self) -> int:
        """The routing table that sends what leaves by the interface to the TUN device."""
        return _TABLE + self.index

    @property
    def reroute_mark(self) -> int:
        """Mark of locally made packets that got their source address after the policy rules."""
        return _REROUTE_MARK + self.index

    @property
    def slots(self) -> tuple[int, ...]:
        """Ids of the lines where others come and go."""
        return tuple(line.policy_id for line in self.policies if line.action is PolicyAction.DYNAMIC)

    def blocks(self) -> list[tuple[int, int]]:
        """The lines as `(start, end)` ranges such that every jump leads to the next range's start.

        A jump goes to the next map entry, so jump targets are boundaries and none lies between.
        """
        count = len(self.policies)
        targets = {min(line.jump_to, count) for line in self.policies if line.action is PolicyAction.JUMP}
        starts = sorted({0} | targets - {count})
        blocks = list(zip(starts, [*starts[1:], count], strict=True))
        for start, end in blocks:
            for line in self.policies[start:end]:
                if line.action is PolicyAction.JUMP and min(line.jump_to, count) != end:
                    raise MisuseError(f"line {line.policy_id} jumps over a map entry")
        return blocks


def tun_name(index: int) -> str:
    """The TUN device for the network device with this index."""
    return f"{_TUN_PREFIX}{index}"


def is_tun_name(name: str) -> bool:
    """Whether a device of this name is one of ours."""
    return name.startswith(_TUN_PREFIX) and name[len(_TUN_PREFIX) :].isdigit()


def is_our_table(table: int) -> bool:
    """Whether this is the number of one of our routing tables."""
    return _TABLE < table < _TABLE + 0x10000


def has_ports(line: PolicySpec) -> bool:
    """Whether the line looks at ports, which fragments after the first do not carry."""
    return line.source_ports != (0, 65535) or line.destination_ports != (0, 65535)


def any_ports(protected: Sequence[Protected]) -> bool:
    """Whether any line of any interface looks at ports."""
    return any(has_ports(line) for item in protected for line in item.policies)
