"""`debug crypto isakmp`: the ISAKMP SA's life, its packets and states."""

from ipaddress import IPv4Address

from cryptomap.cli.debug.dialect import Dialect, Form, padded, pointer, renders
from cryptomap.model import event as e


@renders(e.SaRequest)
def _sa_request(d: Dialect, ev: e.SaRequest) -> list[str]:
    profile = ev.profile or "(NULL)"
    ports = _ports(ev.sa)
    if d.old:
        return ["ISAKMP: received ke message (1/1)", f"ISAKMP (0:0): SA request profile is {profile}", ports]
    return [f"ISAKMP:(0): SA request profile is {profile}", ports]


def _ports(sa: e.SaRef) -> str:
    return f"ISAKMP: local port {sa.local.port}, remote port {sa.remote.port}"


@renders(e.PeerCreated)
def _peer_created(d: Dialect, ev: e.PeerCreated) -> list[str]:
    if d.old:
        return []
    return [f"ISAKMP: Created a peer struct for {ev.sa.remote.address}, peer port {ev.sa.remote.port}"]


@renders(e.NodeCreated)
def _node_created(d: Dialect, ev: e.NodeCreated) -> list[str]:
    lines = [f"ISAKMP: set new node {d.node(ev.message_id)} to {padded('QM_IDLE')}"]
    if ev.message_id == 0:
        lines.append(_inserted(d, ev.sa, ev.duplicate_sa))
    return lines


def _inserted(d: Dialect, sa: e.SaRef, duplicate: bool) -> str:
    if duplicate:
        text = f"Find a dup sa in the avl tree during calling isadb_insert sa = {pointer(sa)}"
    else:
        text = f"insert sa successfully sa = {pointer(sa)}"
    return f"ISAKMP: {text}" if d.old else f"ISAKMP:(0):{text}"


@renders(e.NodeDeleted)
def _node_deleted(d: Dialect, ev: e.NodeDeleted) -> list[str]:
    error = "TRUE" if ev.error else "FALSE"
    text = f'deleting node {d.node(ev.message_id)} error {error} reason "{ev.reason}"'
    return [d.about(ev.sa, text, Form.TIGHT)]


@renders(e.NodePurged)
def _node_purged(d: Dialect, ev: e.NodePurged) -> list[str]:
    return [d.about(ev.sa, f"purging node {d.node(ev.message_id)}", Form.TIGHT)]


@renders(e.SaPurged)
def _sa_purged(d: Dialect, ev: e.SaPurged) -> list[str]:
    sa = pointer(ev.sa)
    return [d.about(ev.sa, f"purging SA., sa={sa}, delme={sa}", Form.TIGHT)]


@renders(e.SaDeleted)
def _sa_deleted(d: Dialect, ev: e.SaDeleted) -> list[str]:
    sa = ev.sa
    text = f'deleting SA reason "{ev.reason}" state ({sa.role}) {padded(sa.state)} (peer {sa.remote.address})'
    return [d.about(sa, f"{text} input queue 0" if d.old else text, Form.TIGHT)]


@renders(e.TryingMainMode)
def _trying_main_mode(d: Dialect, ev: e.TryingMainMode) -> list[str]:
    return [d.about(ev.sa, "Can not start Aggressive mode, trying Main mode.", Form.TIGHT)]


@renders(e.KeyLookup)
def _key_lookup(d: Dialect, ev: e.KeyLookup) -> list[str]:
    looking = f"ISAKMP: Looking for a matching key for {ev.peer} in {ev.keyring}"
    if not ev.found:
        return [looking, d.about(ev.sa, f"No pre-shared key with {ev.peer}!", Form.TIGHT)]
    lines = [f"{looking} : success"] if d.old else []
    if d.old or ev.keyring == "default":
        lines.append(d.about(ev.sa, f"found peer pre-shared key matching {ev.peer}", Form.TIGHT))
    else:
        lines.append(d.about(ev.sa, f"Found ADDRESS key in keyring {ev.keyring}", Form.TIGHT))
    if ev.local:
        local = "local preshared key found"
        lines.append(f"ISAKMP (0:{ev.sa.handle}) {local}" if d.old else d.about(ev.sa, local))
    return lines


@renders(e.StateChange)
def _state_change(d: Dialect, ev: e.StateChange) -> list[str]:
    inputs = f"Input = {ev.inputs[0]}, {ev.inputs[1]}"
    states = f"Old State = {ev.old}  New State = {ev.new}"
    if ev.message_id is None:
        return [d.about(ev.sa, inputs, Form.TIGHT), d.about(ev.sa, f"{states} \n", Form.TIGHT)]
    node = f"Node {d.node(ev.message_id)}, {inputs}"
    return [d.about(ev.sa, node, Form.TIGHT), d.about(ev.sa, states, Form.TIGHT)]


@renders(e.ExchangeBegun)
def _exchange_begun(d: Dialect, ev: e.ExchangeBegun) -> list[str]:
    if ev.message_id is None:
        return [d.about(ev.sa, f"beginning {ev.exchange} exchange")]
    text = f"beginning {ev.exchange} exchange, M-ID of {d.node(ev.message_id)}"
    return [d.about(ev.sa, text, Form.TIGHT)]


@renders(e.PacketSent)
def _packet_sent(d: Dialect, ev: e.PacketSent) -> list[str]:
    sa = ev.sa
    where = f"{sa.remote.address} my_port {sa.local.port} peer_port {sa.remote.port}"
    lines = [d.about(sa, f"sending packet to {where} ({sa.role}) {padded(sa.state)}")]
    if not d.old:
        version = "IPv4" if isinstance(sa.remote.address, IPv4Address) else "IPv6"
        lines.append(d.about(sa, f"Sending an IKE {version} Packet.", Form.TIGHT))
    return lines


@renders(e.PacketReceived)
def _packet_received(d: Dialect, ev: e.PacketReceived) -> list[str]:
    sa = ev.sa
    packet = f"received packet from {sa.remote.address} dport {sa.local.port} sport {sa.remote.port} Global"
    if not ev.new:
        return [d.about(sa, f"{packet} ({sa.role}) {padded(sa.state)}", Form.OPEN)]
    first = f"ISAKMP (0:0): {packet} (N) NEW SA" if d.old else f"ISAKMP (0): {packet} (N) NEW SA"
    return [first, _ports(sa), _inserted(d, sa, False)]


@renders(e.DuplicateReceived)
def _duplicate_received(d: Dialect, ev: e.DuplicateReceived) -> list[str]:
    return [
        d.about(ev.sa, f"phase {ev.phase} packet is a duplicate of a previous packet."),
        d.about(ev.sa, f"retransmitting due to retransmit phase {ev.phase}"),
    ]


@renders(e.Retransmitting)
def _retransmitting(d: Dialect, ev: e.Retransmitting) -> list[str]:
    state = padded(ev.sa.state)
    subject = f"phase 2 {state} {d.node(ev.message_id)} " if ev.phase == 2 else f"phase 1 {state}"
    counted = ["node", "sa"] if ev.phase == 2 else ["sa"]
    tries = "" if d.old else f", attempt {ev.attempt} of {ev.limit}"
    return [
        d.about(ev.sa, f"retransmitting {subject}..."),
        *(
            d.about(
                ev.sa, f"incrementing error counter on {what}{tries}: retransmit phase {ev.phase}", Form.OPEN
            )
            for what in counted
        ),
        d.about(ev.sa, f"retransmitting {subject}".rstrip()),
    ]


@renders(e.DeleteNotSent)
def _delete_not_sent(d: Dialect, ev: e.DeleteNotSent) -> list[str]:
    ends = f"src {ev.local} dst {ev.remote} for SPI 0x{ev.spi:X}"
    text = f"ignoring request to send delete notify (no ISAKMP sa) {ends}"
    return [f"ISAKMP: {text}" if d.old else f"ISAKMP:(0):{text}"]


@renders(e.KeysGenerated)
def _keys_generated(d: Dialect, ev: e.KeysGenerated) -> list[str]:
    return [d.about(ev.sa, "SKEYID state generated", Form.TIGHT)]


@renders(e.DpdUnanswered)
def _dpd_unanswered(d: Dialect, ev: e.DpdUnanswered) -> list[str]:
    return [d.about(ev.sa, f"DPD incrementing error counter ({ev.attempt}/{ev.limit})", Form.TIGHT)]


@renders(e.PeerDead)
def _peer_dead(d: Dialect, ev: e.PeerDead) -> list[str]:
    return [
        d.about(ev.sa, f"peer {ev.sa.remote.address} not responding!", Form.TIGHT),
        d.about(ev.sa, "peer does paranoid keepalives.", Form.TIGHT),
    ]


@renders(e.PeerInvalid)
def _peer_invalid(d: Dialect, ev: e.PeerInvalid) -> list[str]:
    return [d.about(ev.sa, f"packet from {ev.sa.remote.address} dropped: {ev.reason} ({ev.blame})")]
