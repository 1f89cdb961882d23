"""`debug crypto isakmp`: certificates, and what is asked of them."""

from cryptomap.cli.debug.dialect import Dialect, Form, renders
from cryptomap.model import event as e

ID_WORDS = {1: "IPv4 Addr", 2: "FQDN", 3: "USER_FQDN", 5: "IPv6 Addr", 9: "DN", 11: "KEY_ID"}


@renders(e.CertificateRequestSent)
def _request_sent(d: Dialect, ev: e.CertificateRequestSent) -> list[str]:
    return [d.about(ev.sa, f"constructing CERT_REQ for issuer {ev.issuer}", Form.OPEN)]


@renders(e.CertificateRequested)
def _requested(d: Dialect, ev: e.CertificateRequested) -> list[str]:
    lines = [
        d.about(ev.sa, "processing CERT_REQ payload. message ID = 0"),
        d.about(ev.sa, "peer wants a CT_X509_SIGNATURE cert"),
        d.about(ev.sa, f"peer wants cert issued by {ev.issuer}"),
    ]
    return lines if ev.trustpoint is None else [*lines, f" Choosing trustpoint {ev.trustpoint} as issuer"]


@renders(e.CertificateSent)
def _sent(d: Dialect, ev: e.CertificateSent) -> list[str]:
    return [
        d.about(ev.sa, f"constructing CERT payload for {ev.subject}", Form.OPEN),
        d.about(ev.sa, f"using the {ev.trustpoint} trustpoint's keypair to sign"),
    ]


@renders(e.CertificateReceived)
def _received(d: Dialect, ev: e.CertificateReceived) -> list[str]:
    return [
        d.about(ev.sa, "processing a CT_X509_SIGNATURE cert"),
        d.about(ev.sa, f"peer's certificate is for {ev.subject}"),
    ]


@renders(e.IdentityReplaced)
def _identity_replaced(d: Dialect, ev: e.IdentityReplaced) -> list[str]:
    wanted, used = (ID_WORDS.get(kind, str(kind)) for kind in (ev.wanted, ev.used))
    return [
        d.about(ev.sa, f"My ID configured as {wanted}, but {wanted.split()[-1]} not in Cert!", Form.TIGHT),
        d.about(ev.sa, f"Using {used} as My ID", Form.TIGHT),
    ]
