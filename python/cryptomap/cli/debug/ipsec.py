"""`debug crypto ipsec`: the key engine and the SA database."""

from cryptomap.cli.debug.dialect import Dialect, renders
from cryptomap.model import event as e
from cryptomap.model.address import Network
from cryptomap.model.algorithm import EspCipher
from cryptomap.model.config import TransformSet
from cryptomap.model.sa import Direction, SaKey

ID_ADDRESS, ID_SUBNET = 1, 4


@renders(e.IpsecSaRequested)
def _requested(d: Dialect, ev: e.IpsecSaRequested) -> list[str]:
    return [f"IPSEC(sa_request): ,\n{_message(d, ev.message, 500)}\n"]


@renders(e.IpsecProposalValidated)
def _validated(d: Dialect, ev: e.IpsecProposalValidated) -> list[str]:
    block = f"IPSEC(validate_proposal_request): proposal part #1,\n{_message(d, ev.message, 0)}"
    if d.old:
        return [block, _kei_proxy(ev.map_name)]
    return ["IPSEC(validate_proposal_request): proposal part #1", block, *_mapdb(ev.message)]


@renders(e.IpsecProposalInvalid)
def _invalid(d: Dialect, ev: e.IpsecProposalInvalid) -> list[str]:
    if ev.reason == "transform":
        ends = f"{_network(ev.selector.source)} to {_network(ev.selector.destination)}"
        return [
            f"IPSEC(validate_transform_proposal): transform proposal not supported for identity: \n    {ends}"
        ]
    if ev.reason == "pfs":
        return [
            f"IPSEC(ipsec_process_proposal): PFS of the proposal of {ev.remote} does not fit the crypto map"
        ]
    lines = [] if d.old else ["map_db_find_best did not find matching map"]
    return [*lines, "IPSEC(ipsec_process_proposal): proxy identities not supported"]


@renders(e.IpsecSaInitialized)
def _initialized(d: Dialect, ev: e.IpsecSaInitialized) -> list[str]:
    message = ev.message
    block = f"IPSEC(initialize_sas): ,\n{_message(d, message, 0)}"
    if message.direction is Direction.INBOUND:
        return [_queue_event(d), block]
    peer = message.remote if d.old else f"peer {message.remote}"
    found = f"IPSEC(crypto_ipsec_sa_find_ident_head): reconnecting with the same proxies and {peer}"
    if not d.old:
        return [block, *_mapdb(message), found]
    selector = message.selector
    tree = (
        f"IPSEC(add mtree): src {selector.source.network_address}, "
        f"dest {selector.destination.network_address}, dest_port {selector.destination_port}\n"
    )
    return [block, _kei_proxy(ev.map_name), found, tree]


@renders(e.IpsecSaCreated)
def _created(d: Dialect, ev: e.IpsecSaCreated) -> list[str]:
    return [f"IPSEC(create_sa): sa created,\n{_sa(d, ev.key, ev.transform_set, ev.connection_id)}"]


@renders(e.IpsecSaDeleted)
def _deleted(d: Dialect, ev: e.IpsecSaDeleted) -> list[str]:
    return [f"IPSEC(delete_sa): deleting SA,\n{_sa(d, ev.key, ev.transform_set, ev.connection_id)}"]


@renders(e.KeyEngineDelete)
def _key_engine_delete(d: Dialect, ev: e.KeyEngineDelete) -> list[str]:
    return [_queue_event(d), "IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP"]


def _queue_event(d: Dialect) -> str:
    return "IPSEC(key_engine): got a queue event" + ("..." if d.old else " with 1 KMI message(s)")


def _kei_proxy(map_name: str) -> str:
    return f"IPSEC(kei_proxy): head = {map_name}, map->ivrf = , kei->ivrf = "


def _mapdb(message: e.KeyMessage) -> list[str]:
    selector = message.selector
    return [
        "Crypto mapdb : proxy_match\n"
        f"        src addr     : {selector.source.network_address}\n"
        f"        dst addr     : {selector.destination.network_address}\n"
        f"        protocol     : {selector.protocol}\n"
        f"        src port     : {selector.source_port}\n"
        f"        dst port     : {selector.destination_port}"
    ]


def _sa(d: Dialect, key: SaKey, transform_set: TransformSet, connection_id: int) -> str:
    protocol = "sa_prot" if d.old else "sa_proto"
    return (
        f"  (sa) sa_dest= {key.destination}, {protocol}= {key.protocol}, \n"
        f"    sa_spi= 0x{key.spi:X}({key.spi}), \n"
        f"    sa_trans= {transform_set.words} , sa_conn_id= {connection_id}"
    )


def _message(d: Dialect, message: e.KeyMessage, port: int) -> str:
    """The key engine message block. `port` is what 15.x prints behind both addresses."""
    suffix = "" if d.old else f":{port}"
    transforms = (
        f"{message.transform_set.words}  ({'Tunnel-UDP' if message.encapsulated else _mode(message)})"
    )
    if not d.old and not message.seconds and message.direction is Direction.INBOUND:
        transforms = f"NONE  ({_mode(message)})"
    selector = message.selector
    local = _proxy(d, selector.source, selector.protocol, selector.source_port)
    remote = _proxy(d, selector.destination, selector.protocol, selector.destination_port)
    return (
        f"  (key eng. msg.) {message.direction.name} local= {message.local}{suffix}, "
        f"remote= {message.remote}{suffix}, \n"
        f"    local_proxy= {local}, \n"
        f"    remote_proxy= {remote},\n"
        f"    protocol= ESP, transform= {transforms}, \n"
        f"    lifedur= {message.seconds}s and {message.kilobytes}kb, \n"
        f"    spi= 0x{message.spi:X}({message.spi}), conn_id= {message.connection_id}, "
        f"keysize= {_key_size(message.transform_set)}, flags= 0x{message.flags:X}"
    )


def _mode(message: e.KeyMessage) -> str:
    return message.transform_set.mode.name.capitalize()


def _key_size(transform_set: TransformSet) -> int:
    """IOS prints a size only for ciphers that have more than one."""
    return (transform_set.key_bits or 128) if transform_set.cipher in (EspCipher.AES, EspCipher.GCM) else 0


def _proxy(d: Dialect, network: Network, protocol: int, port: int) -> str:
    if d.old:
        kind = ID_ADDRESS if network.prefixlen == network.max_prefixlen else ID_SUBNET
        return f"{_network(network)}/{protocol}/{port} (type={kind})"
    # 15.x prints 256 where any protocol is meant.
    return f"{_network(network)}/{protocol or 256}/{port}"


def _network(network: Network) -> str:
    return f"{network.network_address}/{network.netmask}"
