"""The security policy database that crypto maps and their access lists amount to (RFC 4301 section 4.4.1).

A map's entries are searched by sequence number, each by its access list: a `permit` line protects, a
`deny` line skips the rest of its own entry (IOS `ipv4-deny jump`). Incomplete entries do nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Network

from cryptomap.model.access_list import Ace, Action, Ports, WildcardNetwork
from cryptomap.model.address import Address
from cryptomap.model.config import CryptoMapEntry, InterfaceName, RouterConfig
from cryptomap.model.error import ConfigurationError
from cryptomap.model.sa import PolicyAction, PolicySpec
from cryptomap.model.selector import ANY_PORT, Selector

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One access list line of one map entry on one interface.

    `proxy` is what a quick mode offers for it, in outbound direction: one port or any, so a port
    range widens to any.
    """

    policy_id: int
    spec: PolicySpec
    interface: InterfaceName
    map_name: str
    entry: CryptoMapEntry
    ace: Ace
    local_address: Address
    proxy: Selector

    @property
    def protects(self) -> bool:
        return self.spec.action is PolicyAction.PROTECT

    def covers(self, proxies: Selector) -> bool:
        """Whether the line speaks for all traffic of `proxies`.

        A `permit` with a port range covers what it would offer itself (any port), since a mirrored
        list at the far end offers just that. A `deny` covers only what it names.
        """
        if not self.proxy.contains(proxies):
            return False
        return self.protects or (
            _covers_port(self.ace.source_ports, proxies.source_port)
            and _covers_port(self.ace.destination_ports, proxies.destination_port)
        )


class Spd:
    """All lines of all protected interfaces, in order."""

    def __init__(
        self,
        lines: Mapping[InterfaceName, tuple[PolicyLine, ...]],
        maps: Mapping[Address, tuple[str, ...]] | None = None,
        outsides: Mapping[str, Address] | None = None,
    ) -> None:
        """`maps` are the crypto maps that peers come to at each of our addresses, `outsides` the addresses
        that our `crypto ipsec client ezvpn` call from."""
        self._lines = lines
        self._maps = maps or {}
        self._outsides = outsides or {}
        self._by_id = {line.policy_id: line for part in lines.values() for line in part}

    @property
    def interfaces(self) -> tuple[InterfaceName, ...]:
        """The interfaces with a crypto map and an address, those without a complete entry included."""
        return tuple(self._lines)

    def lines(self, interface: InterfaceName) -> tuple[PolicyLine, ...]:
        """The interface's lines in the order they are searched; none for an unprotected one."""
        return self._lines.get(interface, ())

    def specs(self, interface: InterfaceName) -> list[PolicySpec]:
        """The same for an engine."""
        return [line.spec for line in self.lines(interface)]

    def maps(self, local: Address) -> tuple[str, ...]:
        """The names of the crypto maps that peers come to at this address of ours."""
        return self._maps.get(local, ())

    def outside(self, client: str) -> Address | None:
        """The address that one of our `crypto ipsec client ezvpn` calls from."""
        return self._outsides.get(client)

    def client_lines(self) -> tuple[PolicyLine, ...]:
        """The lines of all tunnels of our `crypto ipsec client ezvpn`."""
        return tuple(line for line in self._by_id.values() if line.entry.ezvpn is not None and line.protects)

    def line(self, policy_id: int) -> PolicyLine | None:
        return self._by_id.get(policy_id)

    def line_with_peer(self, local: Address, peer: Address) -> PolicyLine | None:
        """The first `permit` line between the two."""
        for lines in self._lines.values():
            for line in lines:
                if line.protects and line.local_address == local and peer in line.entry.peers:
                    return line
        return None

    def find_for_peer(
        self, local: Address, peer: Address, proxies: Selector, profile: str | None = None
    ) -> PolicyLine | None:
        """The `permit` line that lets `peer` have `proxies` (outbound direction), or None.

        The first entry with that peer whose list permits all of them: a mirrored list or a part of
        it passes, more than the list permits does not. An entry bound to an ISAKMP profile
        serves only SAs of that profile.
        """
        for lines in self._lines.values():
            denied: set[int] = set()
            for line in lines:
                sequence = line.entry.sequence
                if sequence in denied or line.local_address != local or peer not in line.entry.peers:
                    continue
                if line.entry.isakmp_profile not in (None, profile) or not line.covers(proxies):
                    continue
                if line.protects:
                    return line
                denied.add(sequence)
        return None


def compile_spd(config: RouterConfig, local_addresses: Mapping[InterfaceName, Address]) -> Spd:
    """The SPD of every interface that has a crypto map and an address in `local_addresses`.

    Raises `ConfigurationError` for an access list that cannot be expressed as networks.
    """
    taken: set[int] = set()
    compiled = {}
    maps: dict[Address, tuple[str, ...]] = {}
    outsides: dict[str, Address] = {}
    for interface in config.interfaces.values():
        own = local_addresses.get(interface.name)
        if interface.ezvpn_outside is not None and own is not None:
            outsides[interface.ezvpn_outside] = own
        crypto_map = config.crypto_maps.get(interface.crypto_map or "")
        if crypto_map is None or interface.shutdown:
            continue
        local = local_addresses.get(crypto_map.local_address or interface.name)
        if local is not None:
            lines = _compile_map(config, interface.name, crypto_map.name, local, taken)
            compiled[interface.name] = tuple(lines)
            maps[local] = (*maps.get(local, ()), crypto_map.name)
    return Spd(compiled, maps, outsides)


def _compile_map(
    config: RouterConfig, interface: InterfaceName, name: str, local: Address, taken: set[int]
) -> Iterator[PolicyLine]:
    position = 0
    for entry in config.crypto_maps[name].ordered:
        access_list = config.access_lists.get(entry.match_address or "")
        if not entry.complete or access_list is None:
            continue
        after = position + len(access_list.aces)
        for ace in access_list.aces:
            _check_icmp(ace, access_list.name)
            proxy = _selector(ace, access_list.name)
            policy_id = _identify((interface, name, entry.sequence, _essence(ace)), taken)
            spec = _spec(policy_id, ace, proxy, after)
            yield PolicyLine(policy_id, spec, interface, name, entry, ace, local, proxy)
        position = after


def _spec(policy_id: int, ace: Ace, proxy: Selector, after: int) -> PolicySpec:
    permit = ace.action is Action.PERMIT
    return PolicySpec(
        policy_id,
        PolicyAction.PROTECT if permit else PolicyAction.JUMP,
        Selector(proxy.source, proxy.destination, proxy.protocol),
        0 if permit else after,
        (ace.source_ports.low, ace.source_ports.high),
        (ace.destination_ports.low, ace.destination_ports.high),
    )


def _selector(ace: Ace, name: str) -> Selector:
    return Selector(
        _network(ace.source, name),
        _network(ace.destination, name),
        ace.protocol,
        _port(ace.source_ports),
        _port(ace.destination_ports),
    )


def _check_icmp(ace: Ace, name: str) -> None:
    """A `permit` for one ICMP type protects them all, which is safe; a `deny` would let them all out."""
    if ace.icmp_type is not None and ace.action is Action.DENY:
        raise ConfigurationError(
            f"access list {name}: a deny line for one ICMP type cannot be used in a crypto map, since IKE "
            "and routing tell no ICMP types apart. Deny all of icmp, or leave the line out."
        )


def _network(part: WildcardNetwork, name: str) -> IPv4Network:
    wildcard = int(part.wildcard)
    if wildcard & (wildcard + 1):
        raise ConfigurationError(
            f"access list {name}: {part.address} {part.wildcard} is no prefix, and IKE can offer only "
            "prefixes to a peer. Use a wildcard such as 0.0.0.255, or one line for each network."
        )
    return IPv4Network((int(part.address) & ~wildcard, 32 - wildcard.bit_length()))


def _port(ports: Ports) -> int:
    return ports.low if ports.low == ports.high else ANY_PORT


def _covers_port(ports: Ports, port: int) -> bool:
    return ports == Ports() if port == ANY_PORT else ports.matches(port)


def _essence(ace: Ace) -> tuple[object, ...]:
    """What an access list line matches, without its place in the list."""
    return (
        ace.action.value,
        str(ace.source),
        str(ace.destination),
        ace.protocol,
        str(ace.source_ports),
        str(ace.destination_ports),
        ace.icmp_type,
        ace.icmp_code,
    )


def _identify(what: tuple[object, ...], taken: set[int]) -> int:
    """A number from 1 to 2**31 - 1 that stays the same as long as the line does."""
    digest = blake2b(repr(what).encode(), digest_size=8).digest()
    number = int.from_bytes(digest, "big") % _LARGEST_ID + 1
    while number in taken:
        number = number % _LARGEST_ID + 1
    taken.add(number)
    return number
