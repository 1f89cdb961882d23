"""The security policy database that crypto maps and their access lists amount to (RFC 4301 section 4.4.1).

A map's entries are searched by sequence number, each by its access list: a `permit` line protects, a
`deny` line skips the rest of its own entry (IOS `ipv4-deny jump`). Incomplete entries do nothing. An entry
that refers to a dynamic map stands for the map's templates, in their order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network

from cryptomap.model.access_list import Ace, Action, Ports, WildcardNetwork, permitting
from cryptomap.model.address import Address, host_network
from cryptomap.model.config import CryptoMap, CryptoMapEntry, InterfaceName, RouterConfig
from cryptomap.model.error import ConfigurationError, MisuseError
from cryptomap.model.sa import PolicyAction, PolicySpec
from cryptomap.model.selector import ANY_PORT, Packet, Selector

LARGEST_ID = 2**31 - 1
"""Policy ids of configured lines end here."""
_EVERYTHING = Selector(IPv4Network("0.0.0.0/0"), IPv4Network("0.0.0.0/0"))


@dataclass(frozen=True, slots=True)
class Template:
    """An entry of a dynamic map, where an entry of a crypto map refers to it.

    It begins nothing. A peer that asks gets a temporary entry made of it, which lives with its SAs.
    """

    slot: int
    """Policy id of the DYNAMIC line where the lines of its temporary entries stand: on every interface that
    has the map, if peers come to one address for all."""
    interface: InterfaceName
    map_name: str
    dynamic_map: str
    entry: CryptoMapEntry
    local_address: Address

    def line(self, policy_id: int, sequence: int, peer: Address, proxies: Selector) -> "PolicyLine":
        """The line of a temporary entry: what is agreed with `peer`, in outbound direction."""
        if not isinstance(peer, IPv4Address):
            raise MisuseError(f"crypto maps know IPv4 peers only, not {peer}")
        entry = replace(self.entry, sequence=sequence, peers=(peer,), match_address=None)
        ace = permitting(proxies)
        spec = _spec(policy_id, ace, proxies, entry, 0)
        interface, name, local = self.interface, self.map_name, self.local_address
        return PolicyLine(policy_id, spec, interface, name, entry, ace, local, proxies, self)


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
    template: Template | None = None
    """Set in the lines of templates and of their temporary entries: they begin nothing."""

    @property
    def protects(self) -> bool:
        return self.spec.action is PolicyAction.PROTECT

    def proxies_for(self, packet: Packet) -> Selector:
        """What is proposed when `packet` needs an SA: the line's traffic; with `set security-association
        level per-host` that of the packet's two hosts only."""
        if not self.entry.per_host:
            return self.proxy
        return replace(
            self.proxy, source=host_network(packet.source), destination=host_network(packet.destination)
        )

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


@dataclass(frozen=True, slots=True)
class Clause:
    """A map entry, or a template, with the lines of its access list. A template may have no list: it lets
    a peer have anything."""

    entry: CryptoMapEntry
    local_address: Address
    lines: tuple[PolicyLine, ...]
    template: Template | None = None

    @property
    def is_for_anyone(self) -> bool:
        return self.template is not None and not self.entry.peers

    def permits(self, proxies: Selector, profile: str | None) -> PolicyLine | Template | None:
        """What lets a peer of the entry have all of `proxies` (outbound direction): a mirrored list or a part
        of it passes, more than the list permits does not. An entry bound to an ISAKMP profile serves only
        SAs of that profile."""
        if self.entry.isakmp_profile not in (None, profile):
            return None
        if self.template is not None and self.entry.match_address is None:
            return self.template
        line = next((line for line in self.lines if line.covers(proxies)), None)
        if line is None or not line.protects:
            return None
        return self.template or line


class Spd:
    """All lines of all protected interfaces, in order."""

    def __init__(
        self,
        clauses: Mapping[InterfaceName, tuple[Clause, ...]],
        maps: Mapping[Address, tuple[str, ...]] | None = None,
        outsides: Mapping[str, Address] | None = None,
    ) -> None:
        """`maps` are the crypto maps that peers come to at each of our addresses, `outsides` the addresses
        that our `crypto ipsec client ezvpn` call from."""
        self._clauses = clauses
        self._maps = maps or {}
        self._outsides = outsides or {}
        self._by_id = {line.policy_id: line for name in clauses for line in self.lines(name)}
        self._in_order = tuple(clause for part in clauses.values() for clause in part)
        self._for_anyone: list[int] = []
        self._by_peer: dict[Address, list[int]] = {}
        self._by_template: dict[tuple[int, int], Clause] = {}
        for number, clause in enumerate(self._in_order):
            for peer in dict.fromkeys(clause.entry.peers):
                self._by_peer.setdefault(peer, []).append(number)
            if clause.is_for_anyone:
                self._for_anyone.append(number)
            if clause.template is not None:
                self._by_template.setdefault((clause.template.slot, clause.entry.sequence), clause)

    @property
    def interfaces(self) -> tuple[InterfaceName, ...]:
        """The interfaces with a crypto map and an address, those without a complete entry included."""
        return tuple(self._clauses)

    def lines(self, interface: InterfaceName) -> tuple[PolicyLine, ...]:
        """The configured lines in the order they are searched; none for an unprotected interface."""
        return tuple(line for clause in self._clauses.get(interface, ()) for line in clause.lines)

    def specs(self, interface: InterfaceName) -> list[PolicySpec]:
        """The same for an engine, with a DYNAMIC line before the first template of a dynamic map."""
        specs: list[PolicySpec] = []
        slot = None
        for clause in self._clauses.get(interface, ()):
            if clause.template is not None and clause.template.slot != slot:
                slot = clause.template.slot
                specs.append(PolicySpec(slot, PolicyAction.DYNAMIC, _EVERYTHING))
            specs += (line.spec for line in clause.lines)
        return specs

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
        """The first `permit` line between the two that may begin."""
        for line in self._by_id.values():
            fits = line.local_address == local and peer in line.entry.peers
            if fits and line.protects and line.template is None:
                return line
        return None

    def permitting(
        self, local: Address, peer: Address, proxies: Selector, profile: str | None = None
    ) -> Iterator[PolicyLine | Template]:
        """What lets `peer` have `proxies` (outbound direction), in the order of search."""
        for number in sorted((*self._by_peer.get(peer, ()), *self._for_anyone)):
            clause = self._in_order[number]
            found = clause.permits(proxies, profile) if clause.local_address == local else None
            if (
                isinstance(found, Template)
                and self._by_template[found.slot, found.entry.sequence] is not clause
            ):
                continue  # The same template on another interface.
            if found is not None:
                yield found

    def current(self, line: PolicyLine, local: Address, peer: Address) -> PolicyLine | None:
        """A line of earlier configurations as it is now, if it still protects traffic between these ends."""
        if line.template is None:
            now = self.line(line.policy_id)
            same = now is not None and now.protects and now.local_address == local
            return now if now is not None and same and peer in now.entry.peers else None
        clause = self._by_template.get((line.template.slot, line.template.entry.sequence))
        if clause is None or clause.template is None or clause.local_address != local:
            return None
        if not (clause.is_for_anyone or peer in clause.entry.peers):
            return None
        if clause.permits(line.proxy, line.entry.isakmp_profile) is None:
            return None
        return clause.template.line(line.policy_id, line.entry.sequence, peer, line.proxy)


def compile_spd(config: RouterConfig, local_addresses: Mapping[InterfaceName, Address]) -> Spd:
    """The SPD of every interface that has a crypto map and an address in `local_addresses`.

    Raises `ConfigurationError` for an access list that cannot be expressed as networks.
    """
    taken: set[int] = set()
    slots: dict[tuple[object, ...], int] = {}
    compiled = {}
    maps: dict[Address, tuple[str, ...]] = {}
    outsides: dict[str, Address] = {}
    for interface in config.interfaces.values():
        client = config.ezvpn_clients.get(interface.ezvpn_outside or "")
        if client is not None and not interface.shutdown:
            source = local_addresses.get(InterfaceName(client.local_address or interface.name))
            if source is not None:
                outsides.setdefault(client.name, source)
        crypto_map = config.crypto_maps.get(interface.crypto_map or "")
        if crypto_map is None or interface.shutdown:
            continue
        local = local_addresses.get(crypto_map.local_address or interface.name)
        if local is not None:
            compiler = _Compiler(config, interface.name, crypto_map, local, taken, slots)
            compiled[interface.name] = tuple(compiler.clauses())
            maps[local] = (*maps.get(local, ()), crypto_map.name)
    return Spd(compiled, maps, outsides)


@dataclass(slots=True)
class _Compiler:
    """Makes the clauses of one map on one interface. `position` counts the engine's lines so far."""

    config: RouterConfig
    interface: InterfaceName
    crypto_map: CryptoMap
    local: Address
    taken: set[int]
    slots: dict[tuple[object, ...], int]
    position: int = 0

    def clauses(self) -> Iterator[Clause]:
        for entry in self.crypto_map.ordered:
            if entry.dynamic is not None:
                yield from self._templates(entry, entry.dynamic)
            elif entry.complete and self._aces(entry):
                entry = self._with_profile(entry)
                yield Clause(entry, self.local, self._lines(entry, (), None))

    def _templates(self, entry: CryptoMapEntry, name: str) -> Iterator[Clause]:
        dynamic_map = self.config.dynamic_maps.get(name)
        usable = [one for one in dynamic_map.ordered if self._usable(one)] if dynamic_map else []
        if not usable:
            return
        place = (str(self.local), self.crypto_map.name, entry.sequence, name)
        if place not in self.slots:
            self.slots[place] = _identify(place, self.taken)
        slot = self.slots[place]
        self.position += 1
        for one in map(self._with_profile, usable):
            template = Template(slot, self.interface, self.crypto_map.name, name, one, self.local)
            yield Clause(one, self.local, self._lines(one, (name,), template), template)

    def _usable(self, template: CryptoMapEntry) -> bool:
        return bool(template.transform_sets and (template.match_address is None or self._aces(template)))

    def _with_profile(self, entry: CryptoMapEntry) -> CryptoMapEntry:
        return replace(entry, isakmp_profile=entry.isakmp_profile or self.crypto_map.isakmp_profile)

    def _aces(self, entry: CryptoMapEntry) -> tuple[Ace, ...]:
        access_list = self.config.access_lists.get(entry.match_address or "")
        return access_list.aces if access_list else ()

    def _lines(
        self, entry: CryptoMapEntry, place: tuple[str, ...], template: Template | None
    ) -> tuple[PolicyLine, ...]:
        name, aces = self.crypto_map.name, self._aces(entry)
        self.position += len(aces)
        lines = []
        for ace in aces:
            _check_icmp(ace, entry.match_address or "")
            proxy = _selector(ace, entry.match_address or "")
            essence = (self.interface, name, *place, entry.sequence, _essence(ace))
            policy_id = _identify(essence, self.taken)
            spec = _spec(policy_id, ace, proxy, entry, self.position)
            line = PolicyLine(policy_id, spec, self.interface, name, entry, ace, self.local, proxy, template)
            lines.append(line)
        return tuple(lines)


def _spec(policy_id: int, ace: Ace, proxy: Selector, entry: CryptoMapEntry, after: int) -> PolicySpec:
    permit = ace.action is Action.PERMIT
    return PolicySpec(
        policy_id,
        PolicyAction.PROTECT if permit else PolicyAction.JUMP,
        Selector(proxy.source, proxy.destination, proxy.protocol),
        0 if permit else after,
        (ace.source_ports.low, ace.source_ports.high),
        (ace.destination_ports.low, ace.destination_ports.high),
        per_host=permit and entry.per_host,
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
    number = int.from_bytes(digest, "big") % LARGEST_ID + 1
    while number in taken:
        number = number % LARGEST_ID + 1
    taken.add(number)
    return number
