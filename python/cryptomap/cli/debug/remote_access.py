"""`debug crypto isakmp`: Xauth and mode config."""

from collections.abc import Iterator

from cryptomap.cli.debug.dialect import Dialect, Form, renders
from cryptomap.model import event as e
from cryptomap.model.remote_access import Assignment

REQUESTED = {
    "UNITY_BANNER": "MODECFG_BANNER",
    "UNITY_SAVE_PASSWORD": "MODECFG_SAVEPWD",
    "UNITY_DEF_DOMAIN": "DEFAULT_DOMAIN",
    "UNITY_SPLIT_INCLUDE": "SPLIT_INCLUDE",
    "UNITY_SPLIT_DNS": "SPLIT_DNS",
    "UNITY_LOCAL_LAN": "INCLUDE_LOCAL_LAN",
    "UNITY_PFS": "PFS",
    "UNITY_BACKUP_SERVERS": "BACKUP_SERVER",
    "UNITY_DDNS_HOSTNAME": "MODECFG_HOSTNAME",
}


@renders(e.ConfigBegun)
def _config_begun(d: Dialect, ev: e.ConfigBegun) -> list[str]:
    text = f"initiating peer config to {ev.sa.remote.address}. ID = {d.node(ev.message_id)}"
    return [d.about(ev.sa, text)]


@renders(e.ConfigReceived)
def _config_received(d: Dialect, ev: e.ConfigReceived) -> list[str]:
    node = d.node(ev.message_id)
    text = f"processing transaction payload from {ev.sa.remote.address}. message ID = {node}"
    return [d.about(ev.sa, text, Form.TIGHT), f"ISAKMP: Config payload {ev.kind}"]


@renders(e.XauthAttributes)
def _xauth_attributes(d: Dialect, ev: e.XauthAttributes) -> list[str]:
    return [f"ISAKMP/xauth: {ev.direction} attribute {name}_V2" for name in ev.names]


@renders(e.XauthAcknowledged)
def _xauth_acknowledged(d: Dialect, ev: e.XauthAcknowledged) -> list[str]:
    return [d.about(ev.sa, "      XAUTH ACK Processed", Form.TIGHT)]


@renders(e.ConfigChecked)
def _config_checked(d: Dialect, ev: e.ConfigChecked) -> list[str]:
    names = (REQUESTED.get(name, name) for name in ev.names)
    return [d.about(ev.sa, "checking request:", Form.TIGHT), *(f"ISAKMP:    {name}" for name in names)]


@renders(e.AddressAllocated)
def _address_allocated(d: Dialect, ev: e.AddressAllocated) -> list[str]:
    if ev.address is None:
        return [d.about(ev.sa, f"failed to allocate an address from pool {ev.pool}", Form.TIGHT)]
    return [d.about(ev.sa, f"allocating address {ev.address}", Form.TIGHT)]


@renders(e.ConfigSent)
def _config_sent(d: Dialect, ev: e.ConfigSent) -> list[str]:
    head = d.about(ev.sa, "attributes sent in message:", Form.TIGHT)
    return [head, *(f"ISAKMP: Sending {line}" for line in _told(ev.told))]


@renders(e.ConfigTaken)
def _config_taken(d: Dialect, ev: e.ConfigTaken) -> list[str]:
    head = d.about(ev.sa, "attributes received in message:", Form.TIGHT)
    return [head, *(f"ISAKMP: Received {line}" for line in _told(ev.told))]


def _told(told: Assignment) -> Iterator[str]:
    words = (
        ("private address", told.address),
        ("subnet mask", told.netmask),
        *(("IP4_DNS server address", server) for server in told.dns),
        *(("IP4_NBNS server address", server) for server in told.wins),
        ("ADDRESS_EXPIRY seconds left to use the address", told.expiry),
        ("APPLICATION_VERSION string", told.version),
        ("BANNER", told.banner),
        ("DEFAULT_DOMAIN default domain name", told.domain),
        *(("SPLIT_DNS name", name) for name in told.split_dns),
        *(("BACKUP_SERVER", name) for name in told.backup_gateways),
        ("save password reply value", None if told.save_password is None else int(told.save_password)),
        ("PFS reply value", None if told.pfs is None else int(told.pfs)),
    )
    yield from (f"{name}: {value}" for name, value in words if value is not None)
    for network in told.split_include:
        ends = f"network {network.network_address} mask {network.netmask}"
        yield f"split include {ends} protocol 0, src port 0, dst port 0"
    if told.include_local_lan:
        yield "INCLUDE_LOCAL_LAN"
