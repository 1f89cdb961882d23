"""Both halves of interception together, in the order that never leaves a gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from cryptomap.daemon.intercept import guard
from cryptomap.daemon.intercept.added import AddedLines
from cryptomap.daemon.intercept.mirror import RouteMirror
from cryptomap.daemon.intercept.plan import TABLE, Protected, is_tun_name
from cryptomap.daemon.intercept.rules import PolicyRules
from cryptomap.daemon.netlink import Netlink, Route
from cryptomap.daemon.nft import Nftables, NftError
from cryptomap.daemon.sysctl import Sysctl
from cryptomap.model.sa import PolicySpec


@dataclass(frozen=True, slots=True)
class RefusedPacket:
    """Cleartext that arrived and should have been protected; each is told once a minute."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int


class Interception:
    """What is intercepted now. The TUN devices are the engine's; here they are only set up.

    Methods raise `HostError` or `NftError`; the guard is put in place first and taken away last, so
    that a failure between leaves packets dropped, never in clear.
    """

    def __init__(self, netlink: Netlink, quiet: Netlink, nft: Nftables, sysctl: Sysctl) -> None:
        """What is changed through `quiet` is no reason to `follow_routes`."""
        self._netlink = netlink
        self._nft = nft
        self._sysctl = sysctl
        self._rules = PolicyRules(netlink)
        self._mirror = RouteMirror(netlink, quiet)
        self._protected: tuple[Protected, ...] = ()
        self._added = AddedLines()
        self._told: set[RefusedPacket] = set()

    def guard(self, protected: Sequence[Protected]) -> None:
        """Drop in both directions what these lines protect. In place of any earlier guard, at once."""
        added = self._added.restart(protected)
        self._nft.run("\n".join([guard.ruleset(protected), *added]))
        self._protected = tuple(protected)
        self._told.clear()

    def is_guarded(self) -> bool:
        """Whether a guard stands, be it ours or one that an earlier run left."""
        tables = [item["table"] for item in self._nft.query("list tables inet") if "table" in item]
        return any(table["name"] == TABLE for table in tables)

    def renew_guard(self) -> None:
        """Put the same guard in place again, because someone took it away."""
        self.guard(self._protected)

    def add_policy(self, slot: int, line: PolicySpec) -> None:
        """Drop and steer what one more line protects. It stands at the DYNAMIC lines with the id `slot`."""
        try:
            self._run(self._added.add(slot, line))
        except NftError:
            self.remove_policy(slot, line)
            raise

    def remove_policy(self, slot: int, line: PolicySpec) -> None:
        """Take an added line away; an unknown one is ignored."""
        try:
            self._run(self._added.remove(slot, line))
        except NftError:
            # What is in the kernel is not what we thought: make it anew.
            self.guard(self._protected)

    def steer(self, protected: Sequence[Protected], mtu: Mapping[str, int]) -> None:
        """Lead what these lines protect to the TUN devices, which exist. `mtu` is by TUN name."""
        for item in protected:
            self._set_up_tun(item, mtu[item.tun])
        self._mirror.sync(protected)
        self._rules.replace(protected)
        self._mirror.remove(keep=protected)
        self._drop_stray_tuns({item.tun for item in protected})

    def resize(self, mtu: Mapping[str, int]) -> None:
        """Set the MTUs of the TUN devices, where they are different."""
        for link in self._netlink.links():
            if mtu.get(link.name, link.mtu) != link.mtu:
                self._netlink.set_link(link.index, mtu=mtu[link.name])

    def follow_routes(self) -> None:
        """Bring the mirror tables in step after a change of routes, addresses or links."""
        self._mirror.sync(self._protected)

    def route_added(self, route: Route) -> None:
        """One more route is in the main table, and nothing else is different."""
        self._mirror.add(self._protected, route)

    def route_removed(self, route: Route) -> None:
        """One route is no longer in the main table."""
        self._mirror.drop(self._protected, route)

    def lift(self) -> None:
        """Stop steering: packets take their ordinary way again, on which the guard still stands."""
        self._rules.remove()
        self._mirror.remove()

    def remove(self) -> None:
        """Let everything pass again, and leave nothing of ours behind: the clean stop."""
        self.lift()
        self._drop_stray_tuns(set())
        self._nft.run(guard.removal())
        self._protected = ()

    def new_refusals(self) -> list[RefusedPacket]:
        """Cleartext refused since the last call, each source, destination and protocol once a minute."""
        found = {
            RefusedPacket(IPv4Address(source), IPv4Address(destination), int(protocol))
            for source, destination, protocol in self._refused_elements()
        }
        new = found - self._told
        self._told = found
        return sorted(new, key=lambda packet: (packet.source, packet.destination, packet.protocol))

    def hits(self) -> dict[tuple[str, int], int]:
        """Packets each line matched on the way out, by interface name and policy id."""
        counts = {}
        for item in self._nft.query(f"list counters table inet {TABLE}"):
            if "counter" in item:
                counts[item["counter"]["name"]] = int(item["counter"]["packets"])
        return {
            (protected.interface, line.policy_id): counts.get(guard.counter_name(number, line.policy_id), 0)
            for number, protected in enumerate(self._protected)
            for line in protected.policies
        }

    def _run(self, commands: Sequence[str]) -> None:
        if commands:
            self._nft.run("\n".join(commands))

    def _refused_elements(self) -> list[list[str]]:
        for item in self._nft.query(f"list set inet {TABLE} {guard.REFUSED_SET}"):
            elements = item.get("set", {}).get("elem", [])
            return [element["elem"]["val"]["concat"] for element in elements]
        return []

    def _set_up_tun(self, item: Protected, mtu: int) -> None:
        link = self._netlink.link(item.tun)
        if link is None:
            return
        self._loosen_path_filter(item)
        # From one tunnel into the next is in and out by one device, and yet there is no shorter way.
        self._leave_to_devices("send_redirects")
        self._sysctl.set(f"ipv4/conf/{item.tun}/send_redirects", "0")
        self._sysctl_quietly(f"ipv6/conf/{item.tun}/disable_ipv6", "1")
        self._netlink.set_link(link.index, up=True, mtu=mtu)

    def _loosen_path_filter(self, item: Protected) -> None:
        """The reverse path filter asks for the route back, which for a protected packet is the TUN
        device and for an ESP packet may be, too."""
        self._leave_to_devices("rp_filter")
        self._sysctl.set(f"ipv4/conf/{item.tun}/rp_filter", "0")
        if self._sysctl.read(f"ipv4/conf/{item.device}/rp_filter") == "1":
            self._sysctl.set(f"ipv4/conf/{item.device}/rp_filter", "2")

    def _leave_to_devices(self, setting: str) -> None:
        """The value for `all` would overrule a device's own where it is higher: move it to the devices."""
        everywhere = self._sysctl.read(f"ipv4/conf/all/{setting}")
        if everywhere == "0":
            return
        for link in self._netlink.links():
            own = self._sysctl.read(f"ipv4/conf/{link.name}/{setting}")
            self._sysctl.set(f"ipv4/conf/{link.name}/{setting}", max(own, everywhere))
        self._sysctl.set(f"ipv4/conf/all/{setting}", "0")

    def _sysctl_quietly(self, name: str, value: str) -> None:
        if self._sysctl.exists(name):
            self._sysctl.set(name, value)

    def _drop_stray_tuns(self, wanted: set[str]) -> None:
        for link in self._netlink.links():
            if is_tun_name(link.name) and link.name not in wanted:
                self._netlink.delete_link(link.index)
