"""`debug crypto isakmp`: who the peer says it is, and whether it proved it."""

from cryptomap.cli.debug.dialect import Dialect, Form, renders
from cryptomap.model import event as e

ID_NAMES = {
    1: "ID_IPV4_ADDR",
    2: "ID_FQDN",
    3: "ID_USER_FQDN",
    4: "ID_IPV4_ADDR_SUBNET",
    9: "ID_DER_ASN1_DN",
    11: "ID_KEY_ID",
}
CERTIFICATE = 6
"""The payload behind an identity that is proved by a signature."""
ID_LABELS = {2: "FQDN name   ", 3: "USER FQDN   ", 9: "Dist. name  ", 11: "group id    "}


@renders(e.VendorIdSent)
def _vendor_id_sent(d: Dialect, ev: e.VendorIdSent) -> list[str]:
    return [d.about(ev.sa, f"constructed NAT-T vendor-{ev.name} ID")]


@renders(e.VendorIdSeen)
def _vendor_id_seen(d: Dialect, ev: e.VendorIdSeen) -> list[str]:
    if ev.name == "IOS":
        return [d.about(ev.sa, "speaking to another IOS box!")]
    if ev.name in ("Unity", "DPD", "XAUTH"):
        return [d.about(ev.sa, f"vendor ID is {ev.name}")]
    mismatch = "hash mismatch" if ev.major is None else f"major {ev.major} mismatch"
    lines = [d.about(ev.sa, f"vendor ID seems Unity/DPD but {mismatch}")]
    if ev.name in ("RFC 3947", "v7", "v3", "v2"):
        form = Form.OPEN if ev.name == "RFC 3947" else Form.SPACED
        lines.append(d.about(ev.sa, f"vendor ID is NAT-T {ev.name}", form))
    return lines


@renders(e.ScanningProfiles)
def _scanning_profiles(d: Dialect, ev: e.ScanningProfiles) -> list[str]:
    names = "".join(f" {name}" for name in ev.profiles)
    return [f"ISAKMP : Scanning profiles for xauth ...{names}"]


@renders(e.ProfileMatched)
def _profile_matched(d: Dialect, ev: e.ProfileMatched) -> list[str]:
    text = f"peer matches {ev.profile} profile" if ev.profile else "peer matches *none* of the profiles"
    return [d.about(ev.sa, text if d.old else f": {text}", Form.TIGHT)]


@renders(e.NatDetected)
def _nat_detected(d: Dialect, ev: e.NatDetected) -> list[str]:
    if d.old and not (ev.local_behind_nat or ev.remote_behind_nat):
        return []
    texts = {
        (False, False): "No NAT Found for self or peer",
        (True, True): "NAT found, both nodes inside NAT",
        (True, False): "My hash no match - this node inside NAT",
        (False, True): "His hash no match - this node outside NAT",
    }
    return [d.about(ev.sa, texts[ev.local_behind_nat, ev.remote_behind_nat], Form.OPEN)]


@renders(e.InitialContactSent)
def _initial_contact_sent(d: Dialect, ev: e.InitialContactSent) -> list[str]:
    return [d.about(ev.sa, "Send initial contact", Form.TIGHT)]


@renders(e.InitialContactReceived)
def _initial_contact_received(d: Dialect, ev: e.InitialContactReceived) -> list[str]:
    sa = ev.sa
    ends = f"local {sa.local.address} remote {sa.remote.address} remote port {sa.remote.port}"
    text = f"Process initial contact,\nbring down existing phase 1 and 2 SA's with {ends}"
    return [d.about(sa, text)]


@renders(e.IdentityShown)
def _identity_shown(d: Dialect, ev: e.IdentityShown) -> list[str]:
    label = ID_LABELS.get(ev.id_type, "address     ")
    block = (
        "ID payload \n"
        f"        next-payload : {ev.next_payload}\n"
        f"        type         : {ev.id_type} \n"
        f"        {label} : {ev.text} \n"
        f"        protocol     : {ev.protocol} \n"
        f"        port         : {ev.port} \n"
        f"        length       : {ev.length}"
    )
    shown = d.about(ev.sa, block, Form.OPEN)
    if not ev.sent:
        return [shown]
    name = ID_NAMES.get(ev.id_type, str(ev.id_type))
    signs = ev.next_payload == CERTIFICATE
    doing = (
        f"SA is doing {'RSA signature' if signs else 'pre-shared key'} authentication using id type {name}"
    )
    total = f"Total payload length: {ev.length}"
    total = f"ISAKMP ({ev.sa.handle}): {total}" if d.old else d.about(ev.sa, total, Form.TIGHT)
    return [d.about(ev.sa, doing, Form.TIGHT), shown, total]


@renders(e.Authenticated)
def _authenticated(d: Dialect, ev: e.Authenticated) -> list[str]:
    status = "SA authentication status: \n        authenticated"
    proved = f"SA has been authenticated with {ev.sa.remote.address}"
    return [d.about(ev.sa, status, Form.TIGHT), d.about(ev.sa, proved, Form.TIGHT)]


@renders(e.AuthenticationFailed)
def _authentication_failed(d: Dialect, ev: e.AuthenticationFailed) -> list[str]:
    if not ev.decrypted:
        return ["ISAKMP: reserved not zero on ID payload!"]
    return [d.about(ev.sa, f"HASH of {ev.sa.remote.address} does not match: pre-shared keys differ")]
