"""`debug crypto isakmp`: payloads, offers and what became of them."""

from cryptomap.cli.debug.dialect import Dialect, Form, pointer, renders
from cryptomap.model import event as e
from cryptomap.model.config import IsakmpPolicy

POLICY_MISMATCH = {
    "encryption": "Encryption algorithm offered does not match policy!",
    "key length": "Proposed key length does not match policy",
    "hash": "Hash algorithm offered does not match policy!",
    "group": "Diffie-Hellman group offered does not match policy!",
    "authentication": "Authentication method offered does not match policy!",
    "xauth": "Xauth authentication offered but does not match policy!",
    "lifetime": "Lifetime offered is longer than that of the policy (lifetime-check)",
}
DEFAULT_LIFETIME = IsakmpPolicy(1).lifetime
BASIC_MOST = 0xFFFF
"""The largest number of a basic attribute (RFC 2408 section 3.3)."""
POLICY_WORDS = {
    "encryption": "encryption",
    "keylength": "keylength of",
    "hash": "hash",
    "group": "default group",
    "auth": "auth",
    "life type": "life type in",
}
PROPOSAL_WORDS = {
    "encaps": "encaps is",
    "life type": "SA life type in",
    "authenticator": "authenticator is",
    "group": "group is",
    "key length": "key length is",
}


@renders(e.PayloadProcessed)
def _payload_processed(d: Dialect, ev: e.PayloadProcessed) -> list[str]:
    node = d.node(ev.message_id)
    if ev.name == "vendor id":
        return [d.about(ev.sa, "processing vendor id payload")]
    if ev.name.startswith("NOTIFY "):
        return [_notify(d, ev.sa, ev.name, 1, 0, ev.message_id)]
    if ev.name != "DELETE":
        return [d.about(ev.sa, f"processing {ev.name} payload. message ID = {node}")]
    where = "" if d.old else f", sa = 0x{pointer(ev.sa)}"
    return [
        d.about(ev.sa, f"processing DELETE payload. message ID = {node}{where}"),
        d.about(ev.sa, "peer does not do paranoid keepalives.\n", Form.TIGHT),
    ]


def _notify(d: Dialect, sa: e.SaRef, name: str, protocol: int, spi: int, message_id: int) -> str:
    node = d.node(message_id)
    details = f"protocol {protocol}\n        spi {spi}, message ID = {node}, sa = {pointer(sa)}"
    return d.about(sa, f"processing {name} {details}")


@renders(e.NotifyReceived)
def _notify_received(d: Dialect, ev: e.NotifyReceived) -> list[str]:
    lines = [_notify(d, ev.sa, f"NOTIFY {_notify_name(ev.name)}", ev.protocol, ev.spi, ev.message_id)]
    if not ev.trusted:
        lines.append(d.about(ev.sa, "Notify has no hash. Rejected.", Form.OPEN))
    return lines


@renders(e.NotifySent)
def _notify_sent(d: Dialect, ev: e.NotifySent) -> list[str]:
    details = f"protocol {ev.protocol}\n        spi {ev.spi}, message ID = {d.node(ev.message_id)}"
    return [d.about(ev.sa, f"Sending NOTIFY {_notify_name(ev.name)} {details}", Form.TIGHT)]


def _notify_name(name: str) -> str:
    return {"NO_PROPOSAL_CHOSEN": "PROPOSAL_NOT_CHOSEN"}.get(name.replace("-", "_"), name.replace("-", "_"))


@renders(e.PolicyChecked)
def _policy_checked(d: Dialect, ev: e.PolicyChecked) -> list[str]:
    against = f"Checking ISAKMP transform {ev.transform} against priority {ev.priority} policy"
    lines = [d.about(ev.sa, against, Form.TIGHT)]
    lines += [f"ISAKMP:      {_attribute(item, POLICY_WORDS, 'life')}" for item in ev.attributes]
    if ev.mismatch:
        lines.append(d.about(ev.sa, POLICY_MISMATCH.get(ev.mismatch, f"{ev.mismatch} mismatch"), Form.TIGHT))
    verdict = "atts are not acceptable" if ev.mismatch else "atts are acceptable"
    lines.append(d.about(ev.sa, f"{verdict}. Next payload is {ev.next_payload}", Form.TIGHT))
    return lines


@renders(e.LifetimeAgreed)
def _lifetime_agreed(d: Dialect, ev: e.LifetimeAgreed) -> list[str]:
    if d.old:
        return []
    # 15.x calls a policy's default of a day 0, and names the offer by the form of its attribute.
    configured = ev.configured if ev.configured != DEFAULT_LIFETIME else 0
    offered = ev.offered or 0
    if offered > BASIC_MOST:
        form = ["Fill atts in sa vpi_length:4", f"Fill atts in sa life_in_seconds:{offered}"]
    else:
        form = [f"Basic life_in_seconds:{offered}"]
    texts = [f"Acceptable atts:actual life: {configured}", "Acceptable atts:life: 0", *form]
    texts += [f"Returning Actual lifetime: {ev.agreed}", f":Started lifetime timer: {ev.agreed}.\n"]
    return [d.about(ev.sa, text, Form.TIGHT) for text in texts]


def _attribute(item: e.Attribute, words: dict[str, str], life: str) -> str:
    if item.name != "life duration":
        return f"{words.get(item.name, item.name)} {item.text}"
    if item.octets is None:
        return f"{life} duration (basic) of {item.text}"
    octets = " ".join(f"0x{octet:X}" for octet in item.octets)
    return f"{life} duration (VPI) of  {octets} "


@renders(e.NoPolicyAccepted)
def _no_policy_accepted(d: Dialect, ev: e.NoPolicyAccepted) -> list[str]:
    ends = f"(local {ev.sa.local.address} remote {ev.sa.remote.address})"
    return [
        d.about(ev.sa, "no offers accepted!", Form.TIGHT),
        d.about(ev.sa, f"phase 1 SA policy not acceptable! {ends}"),
    ]


@renders(e.IpsecProposalChecked)
def _ipsec_proposal_checked(d: Dialect, ev: e.IpsecProposalChecked) -> list[str]:
    lines = [
        d.about(ev.sa, f"Checking IPSec proposal {ev.proposal}", Form.TIGHT),
        f"ISAKMP: transform {ev.transform}, {ev.name}",
        "ISAKMP:   attributes in transform:",
    ]
    lines += [f"ISAKMP:      {_attribute(item, PROPOSAL_WORDS, 'SA life')}" for item in ev.attributes]
    if ev.mismatch is None:
        lines.append(
            d.about(ev.sa, "atts are acceptable.  " if d.old else "atts are acceptable.", Form.TIGHT)
        )
        return lines
    # 32 is IOS's number for proxy identities it has no map for, 256 for a transform it does not want.
    code = 32 if ev.mismatch == "proxy" else 256
    refused = "IPSec policy invalidated proposal"
    lines.append(d.about(ev.sa, refused if d.old else f"{refused} with error {code}"))
    return lines


@renders(e.IpsecSasCreated)
def _ipsec_sas_created(d: Dialect, ev: e.IpsecSasCreated) -> list[str]:
    head = d.about(ev.sa, "Creating IPSec SAs")
    return [head, *(_created_12_3(ev) if d.old else _created_15(ev))]


def _created_12_3(ev: e.IpsecSasCreated) -> list[str]:
    local, remote = str(ev.sa.local.address), str(ev.sa.remote.address)
    source, target = str(ev.selector.source.network_address), str(ev.selector.destination.network_address)
    pfs = 0x10 if ev.pfs else 0
    life = [
        f"        lifetime of {ev.seconds} seconds",
        f"        lifetime of {ev.kilobytes} kilobytes",
        "        has client flags 0x0",
    ]
    return [
        f"        inbound SA from {remote} to {local} (f/i)  0/ 0\n        (proxy {target} to {source})",
        f"        has spi 0x{ev.inbound.spi:X} and conn_id {ev.inbound_connection_id} and flags {pfs | 3:X}",
        *life,
        f"        outbound SA from {local:15} to {remote:15} (f/i)  0/ 0 (proxy {source:15} to {target:15})",
        f"        has spi {ev.outbound.spi} and conn_id {ev.outbound_connection_id} and flags {pfs | 0xB:X}",
        *life,
    ]


def _created_15(ev: e.IpsecSasCreated) -> list[str]:
    local, remote = ev.sa.local.address, ev.sa.remote.address
    source, target = ev.selector.source.network_address, ev.selector.destination.network_address
    life = [f"        lifetime of {ev.seconds} seconds", f"        lifetime of {ev.kilobytes} kilobytes"]
    return [
        f"        inbound SA from {remote} to {local} (f/i)  0/ 0\n        (proxy {target} to {source})",
        f"        has spi 0x{ev.inbound.spi:X} and conn_id 0",
        *life,
        f"        outbound SA from {local} to {remote} (f/i) 0/0\n        (proxy {source} to {target})",
        f"        has spi  0x{ev.outbound.spi:X} and conn_id 0",
        *life,
    ]
