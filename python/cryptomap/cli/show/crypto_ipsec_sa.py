"""`show crypto ipsec sa [detail | peer A.B.C.D | map NAME | interface NAME]`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block, mask, transform_words
from cryptomap.model.config import Personality
from cryptomap.model.status import IpsecFlowStatus, IpsecSaStatus


@dataclass(frozen=True, slots=True)
class Flows:
    """The ident blocks to print; `detail` splits the error counters up."""

    flows: Sequence[IpsecFlowStatus]
    detail: bool = False


def collect(
    router: Router,
    peer: IPv4Address | None = None,
    map_name: str | None = None,
    interface: str | None = None,
    detail: bool = False,
) -> Flows:
    flows = [
        flow
        for flow in router.ipsec_flows()
        if (peer is None or flow.peer == peer)
        and (map_name is None or flow.map_name == map_name)
        and (interface is None or flow.interface == interface)
    ]
    return Flows(tuple(flows), detail)


def render(data: Flows, personality: Personality) -> str:
    if not data.flows:
        return "No SAs found\n"
    return block(_lines(data, personality is Personality.IOS_12_3))


def _lines(data: Flows, old: bool) -> Iterator[str]:
    interface = None
    for flow in data.flows:
        if flow.interface != interface:
            interface = flow.interface
            yield from [] if old else [""]
            yield f"interface: {interface}"
            yield f"    Crypto map tag: {flow.map_name}, local addr {flow.local_address}"
        yield from [] if old else [""]
        yield from _ident(flow)
        yield from _counters(flow)
        yield from _errors(flow) if data.detail and not old else _error_sums(flow)
        yield from [] if old else [""]
        yield from _path(flow, old)
        yield from _sas("inbound", flow.inbound, flow.map_name, data.detail, old)
        yield from _sas("outbound", flow.outbound, flow.map_name, data.detail, old)


def _ident(flow: IpsecFlowStatus) -> Iterator[str]:
    selector = flow.selector
    local = f"{mask(selector.source)}/{selector.protocol}/{selector.source_port}"
    remote = f"{mask(selector.destination)}/{selector.protocol}/{selector.destination_port}"
    yield "   protected vrf: (none)"
    yield f"   local  ident (addr/mask/prot/port): ({local})"
    yield f"   remote ident (addr/mask/prot/port): ({remote})"
    yield f"   current_peer {_peer(flow)} port {flow.peer_port}"
    yield "     PERMIT, flags={origin_is_acl,}"


def _peer(flow: IpsecFlowStatus) -> str:
    return str(flow.peer) if flow.peer is not None else "0.0.0.0"


def _counters(flow: IpsecFlowStatus) -> Iterator[str]:
    out, back = flow.encapsulated, flow.decapsulated
    yield f"    #pkts encaps: {out}, #pkts encrypt: {out}, #pkts digest: {out}"
    yield f"    #pkts decaps: {back}, #pkts decrypt: {back}, #pkts verify: {back}"
    yield "    #pkts compressed: 0, #pkts decompressed: 0"
    yield "    #pkts not compressed: 0, #pkts compr. failed: 0"
    yield "    #pkts not decompressed: 0, #pkts decompress failed: 0"


def _error_sums(flow: IpsecFlowStatus) -> Iterator[str]:
    yield f"    #send errors {flow.send_errors}, #recv errors {flow.receive_errors}"


def _errors(flow: IpsecFlowStatus) -> Iterator[str]:
    counters = [sa.counters for sa in flow.inbound]
    verify, replay = sum(c.auth_failed for c in counters), sum(c.replay_dropped for c in counters)
    identity, length = sum(c.selector_failed for c in counters), sum(c.malformed for c in counters)
    failed = sum(sa.counters.send_errors for sa in flow.outbound)
    yield f"    #pkts no sa (send) {max(flow.send_errors - failed, 0)}, #pkts invalid sa (rcv) 0"
    yield f"    #pkts encaps failed (send) {failed}, #pkts decaps failed (rcv) 0"
    yield f"    #pkts invalid prot (recv) 0, #pkts verify failed: {verify}"
    yield f"    #pkts invalid identity (recv) {identity}, #pkts invalid len (rcv) {length}"
    yield "    #pkts replay rollover (send): 0, #pkts replay rollover (rcv) 0"
    yield f"    ##pkts replay failed (rcv): {replay}"
    yield "    #pkts tagged (send): 0, #pkts untagged (rcv): 0"
    yield "    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0"
    yield "    #pkts internal err (send): 0, #pkts internal err (recv) 0"


def _path(flow: IpsecFlowStatus, old: bool) -> Iterator[str]:
    spi = flow.outbound[-1].spi if flow.outbound else 0
    mtus = f"path mtu {flow.path_mtu}, ip mtu {flow.path_mtu}"
    yield f"     local crypto endpt.: {flow.local_address}, remote crypto endpt.: {_peer(flow)}"
    if old:
        yield f"     {mtus}"
        yield f"     current outbound spi: {_spi(spi)}"
        return
    yield f"     plaintext mtu {flow.plaintext_mtu}, {mtus}, ip mtu idb {flow.interface}"
    yield f"     current outbound spi: {_spi(spi)}"
    group = f"group{int(flow.pfs_group)}" if flow.pfs_group else "none"
    yield f"     PFS (Y/N): {'Y' if flow.pfs_group else 'N'}, DH group: {group}"


def _spi(spi: int) -> str:
    return f"0x{spi:X}({spi})"


def _sas(
    direction: str, sas: Sequence[IpsecSaStatus], map_name: str, detail: bool, old: bool
) -> Iterator[str]:
    blank = [] if old else [""]
    yield from blank
    yield f"     {direction} esp sas:"
    for sa in sas:
        yield from _sa(sa, map_name, detail, old)
    for protocol in ("ah", "pcp"):
        yield from blank
        yield f"     {direction} {protocol} sas:"


def _sa(sa: IpsecSaStatus, map_name: str, detail: bool, old: bool) -> Iterator[str]:
    mode = sa.mode.name.capitalize() + (" UDP-Encaps" if sa.udp_encapsulated else "")
    flow = f"{sa.flow_id}" if old else f"SW:{sa.flow_id}, sibling_flags 80000040"
    status = "ACTIVE" if sa.active else "INACTIVE"
    window = f"  replay window size: {sa.replay_window}" if detail and not old else ""
    yield f"      spi: {_spi(sa.spi)}"
    yield f"        transform: {transform_words(sa.cipher, sa.key_bits, sa.auth)} ,"
    yield f"        in use settings ={{{mode}, }}"
    yield f"        conn id: {sa.connection_id}, flow_id: {flow}, crypto map: {map_name}"
    yield f"        sa timing: remaining key lifetime (k/sec): ({sa.kilobytes_left}/{sa.seconds_left})"
    yield f"        IV size: {sa.iv_size} bytes"
    yield f"        replay detection support: {'Y' if sa.replay_window else 'N'}{window}"
    yield f"        Status: {status if old else f'{status}({status})'}"


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    data = collect(
        router, args.get("peer"), args.get("map_name"), args.get("interface"), args.get("detail") is not None
    )
    return render(data, personality)


COMMANDS = [
    show(
        "show crypto ipsec sa [<peer A.B.C.D$peer|map WORD$map_name|interface INTERFACE$interface>]"
        " [detail$detail]",
        {
            "sa": "IPSEC SA table",
            "peer": "Show IPSec SAs for a given peer",
            "map": "Show IPSec SAs for a given crypto map",
            "interface": "Show info for specific interface",
            "detail": "Show counter detail",
        },
        _text,
    )
]
