"""`show crypto session [detail]`: one block for each peer that a crypto map names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block, hms, mask
from cryptomap.model.address import Address, Endpoint, Network
from cryptomap.model.config import InterfaceName, Personality
from cryptomap.model.status import ClientStatus, IpsecFlowStatus, IpsecSaStatus, IsakmpSaStatus

PROTOCOLS = {0: "ip", 1: "icmp", 6: "tcp", 17: "udp"}
CODES = (
    "Code: C - IKE Configuration mode, D - Dead Peer Detection",
    "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation",
    "X - IKE Extended Authentication, F - IKE Fragmentation",
    "",
)


@dataclass(frozen=True, slots=True)
class PeerSession:
    interface: InterfaceName
    peer: Address
    sas: Sequence[IsakmpSaStatus]
    flows: Sequence[IpsecFlowStatus]
    client: ClientStatus | None = None

    @property
    def status(self) -> str:
        established = any(sa.state == "QM_IDLE" and not sa.deleted for sa in self.sas)
        protected = any(flow.outbound for flow in self.flows)
        if protected:
            return "UP-ACTIVE" if established else "UP-NO-IKE"
        if established:
            return "UP-IDLE"
        return "DOWN-NEGOTIATING" if any(not sa.deleted for sa in self.sas) else "DOWN"


def collect(router: Router) -> Sequence[PeerSession]:
    """Peers with something in common with us; several behind one address differ by their ports."""
    groups: dict[tuple[InterfaceName, Address, int], list[IpsecFlowStatus]] = {}
    for flow in router.ipsec_flows():
        if flow.peer is not None:
            groups.setdefault((flow.interface, flow.peer, flow.peer_port), []).append(flow)
    at_address = Counter(peer for _, peer, _ in groups)
    sas, clients = router.isakmp_sas(), router.remote_clients()
    return [
        PeerSession(
            interface,
            peer,
            [sa for sa in sas if _is(sa.remote, peer, port, at_address[peer] == 1)],
            flows,
            next((each for each in clients if _is(each.peer, peer, port, at_address[peer] == 1)), None),
        )
        for (interface, peer, port), flows in groups.items()
    ]


def _is(remote: Endpoint, peer: Address, port: int, alone: bool) -> bool:
    return remote.address == peer and (alone or remote.port == port)


def render(sessions: Sequence[PeerSession], personality: Personality, detail: bool = False) -> str:
    lines = ["Crypto session current status", "", *(CODES if detail else ())]
    for session in sessions:
        lines += _session(session, detail, personality is Personality.IOS_12_3)
    return block(lines)


def _session(session: PeerSession, detail: bool, old: bool) -> Iterator[str]:
    yield f"Interface: {session.interface}"
    if session.client is not None:
        yield from _client(session.client, detail)
    yield f"Session status: {session.status}"
    port = session.flows[0].peer_port
    yield f"Peer: {session.peer} port {port}" + (" fvrf: (none) ivrf: (none)" if detail else "")
    if detail:
        yield f"      Phase1_id: {session.peer if session.sas else '(none)'}"
        yield "      Desc: (none)"
    for sa in session.sas:
        ends = f"local {sa.local.address}/{sa.local.port} remote {sa.remote.address}/{sa.remote.port}"
        yield f"  {'IKE' if old else 'IKEv1'} SA: {ends} {'Inactive' if sa.deleted else 'Active'}"
        if detail:
            capability = sa.capabilities or "(none)"
            left = hms(sa.lifetime_left or 0)
            yield f"          Capabilities:{capability} connid:{sa.connection_id} lifetime:{left}"
    for flow in session.flows:
        yield from _flow(flow, detail)
    yield ""


def _client(client: ClientStatus, detail: bool) -> Iterator[str]:
    lines = (("Username", client.user), ("Group", client.group), ("Assigned address", client.address))
    yield from (f"{name}: {value}" for name, value in lines if value is not None)
    if detail:
        yield f"Uptime: {hms(client.seconds)}"


def _flow(flow: IpsecFlowStatus, detail: bool) -> Iterator[str]:
    selector = flow.selector
    protocol = PROTOCOLS.get(selector.protocol, str(selector.protocol))
    source, destination = _end(selector.source), _end(selector.destination)
    yield f"  IPSEC FLOW: permit {protocol} {source} {destination}"
    yield f"        Active SAs: {len(flow.inbound) + len(flow.outbound)}, origin: crypto map"
    if detail:
        inbound, outbound = _life(flow.inbound), _life(flow.outbound)
        yield f"        Inbound:  #pkts dec'ed {flow.decapsulated} drop {flow.receive_errors} {inbound}"
        yield f"        Outbound: #pkts enc'ed {flow.encapsulated} drop {flow.send_errors} {outbound}"


def _end(network: Network) -> str:
    if isinstance(network, IPv4Network) and network.prefixlen == network.max_prefixlen:
        return f"host {network.network_address}"
    return mask(network)


def _life(sas: Sequence[IpsecSaStatus]) -> str:
    kilobytes, seconds = (sas[-1].kilobytes_left, sas[-1].seconds_left) if sas else (0, 0)
    return f"life (KB/Sec) {kilobytes}/{seconds}"


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    return render(collect(router), personality, "detail" in args)


COMMANDS = [
    show(
        "show crypto session [detail$detail]",
        {"session": "Show crypto sessions (tunnels)", "detail": "Show detailed information"},
        _text,
    )
]
