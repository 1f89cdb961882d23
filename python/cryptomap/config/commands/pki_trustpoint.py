"""`crypto pki trustpoint NAME` and the lines below it (`crypto ca` is the old spelling)."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, ModeCommand, texts
from cryptomap.config.mode import GLOBAL, TRUSTPOINT, with_entry, without_entry
from cryptomap.config.tree import Branch
from cryptomap.model.config import InterfaceName, RouterConfig
from cryptomap.model.pki import Enrollment, Revocation, Trustpoint

PKI_HELP = {"pki": "Public Key components", "ca": "Certification authority (now pki)"}


class TrustpointCommand(ModeCommand):
    mode, enters, order = GLOBAL, TRUSTPOINT, 190
    grammar = "crypto <pki|ca> trustpoint WORD$name"
    help = texts({**PKI_HELP, "trustpoint": "Define a CA trustpoint", "$name": "CA Server Name"})

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        trustpoint = config.trustpoints.get(name, Trustpoint(name))
        return replace(config, trustpoints=with_entry(config.trustpoints, name, trustpoint))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        """Its certificates go with it."""
        return replace(
            config,
            trustpoints=without_entry(config.trustpoints, name),
            certificates=without_entry(config.certificates, name),
        )

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"crypto pki trustpoint {name}", name) for name in config.trustpoints)


class EnrollmentLine(Command):
    """One way to enrol; the last one said holds."""

    mode, order = TRUSTPOINT, 1

    def __init__(self, way: Enrollment, rest: str, help: dict[str, str]) -> None:
        self.way = way
        self.grammar = f"enrollment {way}{rest}"
        self.help = {"enrollment": "Enrollment parameters", **help}

    def apply(self, trustpoint: Trustpoint, url: str | None = None, pem: str | None = None) -> Trustpoint:
        return replace(trustpoint, enrollment=self.way, url=url, pem=pem is not None)

    def negate(self, trustpoint: Trustpoint, **_: object) -> Trustpoint:
        return self._without(trustpoint) if trustpoint.enrollment is self.way else trustpoint

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.enrollment is self.way:
            url = f" {trustpoint.url}" if trustpoint.url is not None else ""
            yield f"enrollment {self.way}{url}{' pem' * trustpoint.pem}"

    @staticmethod
    def _without(trustpoint: Trustpoint) -> Trustpoint:
        return replace(trustpoint, enrollment=None, url=None, pem=False)


class SerialNumber(Command):
    mode, order, fields = TRUSTPOINT, 2, ("serial_number",)
    grammar = "serial-number [none$none]"
    help = texts(
        {
            "serial-number": "include router serial number",
            "none": "Do not include the serial number",
        }
    )

    def apply(self, trustpoint: Trustpoint, none: str | None = None) -> Trustpoint:
        return replace(trustpoint, serial_number=none is None)

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.serial_number:
            yield "serial-number"


class Fqdn(Command):
    mode, order, fields = TRUSTPOINT, 3, ("fqdn",)
    grammar = "fqdn ![WORD$name]"
    help = texts(
        {"fqdn": "include fully-qualified domain name", "$name": "Fully-qualified domain name, or none"}
    )

    def apply(self, trustpoint: Trustpoint, name: str) -> Trustpoint:
        return replace(trustpoint, fqdn=name)

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.fqdn is not None:
            yield f"fqdn {trustpoint.fqdn}"


class IpAddress(Command):
    mode, order, fields = TRUSTPOINT, 4, ("ip_address",)
    grammar = "ip-address ![<A.B.C.D$address|none$none|INTERFACE$interface>]"
    help = texts(
        {
            "ip-address": "include ip address",
            "none": "Do not include an address",
            "$address": "IP address to include",
            "$interface": "Interface whose address to include",
        }
    )

    def apply(
        self,
        trustpoint: Trustpoint,
        address: IPv4Address | None = None,
        none: str | None = None,
        interface: InterfaceName | None = None,
    ) -> Trustpoint:
        return replace(trustpoint, ip_address=str(address or none or interface))

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.ip_address is not None:
            yield f"ip-address {trustpoint.ip_address}"


class SubjectName(Command):
    mode, order, fields = TRUSTPOINT, 5, ("subject_name",)
    grammar = "subject-name ![LINE$name]"
    help = texts({"subject-name": "Subject Name", "$name": "Subject Name, such as CN=R2, O=lab"})

    def apply(self, trustpoint: Trustpoint, name: str) -> Trustpoint:
        return replace(trustpoint, subject_name=name)

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.subject_name is not None:
            yield f"subject-name {trustpoint.subject_name}"


class MatchCertificate(Command):
    mode, order, fields = TRUSTPOINT, 6, ("match_certificate",)
    grammar = "match certificate ![WORD$name]"
    help = texts(
        {
            "match": "Match certificate attributes",
            "certificate": "Use a certificate map",
            "$name": "Name of a certificate map",
        }
    )

    def apply(self, trustpoint: Trustpoint, name: str) -> Trustpoint:
        return replace(trustpoint, match_certificate=name)

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.match_certificate is not None:
            yield f"match certificate {trustpoint.match_certificate}"


class OcspUrl(Command):
    mode, order, fields = TRUSTPOINT, 7, ("ocsp_url",)
    grammar = "ocsp url ![WORD$url]"
    help = texts({"ocsp": "OCSP parameters", "url": "OCSP server URL", "$url": "HTTP URL of the server"})

    def apply(self, trustpoint: Trustpoint, url: str) -> Trustpoint:
        return replace(trustpoint, ocsp_url=url)

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.ocsp_url is not None:
            yield f"ocsp url {trustpoint.ocsp_url}"


class RevocationCheck(Command):
    """Always shown, as IOS does."""

    mode, order, fields = TRUSTPOINT, 8, ("revocation",)
    grammar = "revocation-check ![{crl|none|ocsp}$methods]"
    help = texts(
        {
            "revocation-check": "Revocation checking options",
            "crl": "Revocation check by CRL",
            "none": "Ignore revocation check",
            "ocsp": "Revocation check by OCSP",
        }
    )

    def apply(self, trustpoint: Trustpoint, methods: tuple[Branch, ...]) -> Trustpoint:
        return replace(trustpoint, revocation=tuple(Revocation(each.word) for each in methods))

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        yield f"revocation-check {' '.join(trustpoint.revocation)}"


class RsaKeypair(Command):
    mode, order, fields = TRUSTPOINT, 9, ("rsakeypair", "rsakeypair_bits")
    grammar = "rsakeypair ![WORD$label [(360-4096)$bits]]"
    help = texts(
        {
            "rsakeypair": "Specify rsakeypair for this identity",
            "$label": "RSA keypair label",
            "$bits": "RSA key modulus size, of one that is made when it is needed",
        }
    )

    def apply(self, trustpoint: Trustpoint, label: str, bits: int | None = None) -> Trustpoint:
        return replace(trustpoint, rsakeypair=label, rsakeypair_bits=bits)

    def render(self, trustpoint: Trustpoint) -> Iterable[str]:
        if trustpoint.rsakeypair is not None:
            bits = f" {trustpoint.rsakeypair_bits}" if trustpoint.rsakeypair_bits is not None else ""
            yield f"rsakeypair {trustpoint.rsakeypair}{bits}"


COMMANDS: tuple[Command, ...] = (
    TrustpointCommand(),
    EnrollmentLine(
        Enrollment.URL, " ![WORD$url]", {"url": "CA server enrollment URL", "$url": "URL of the CA"}
    ),
    EnrollmentLine(
        Enrollment.TERMINAL,
        " [pem$pem]",
        {
            "terminal": "Enroll via the terminal (cut-and-paste)",
            "pem": "Generate certificate request with PEM boundaries",
        },
    ),
    EnrollmentLine(Enrollment.SELF_SIGNED, "", {"selfsigned": "Generate a self-signed certificate"}),
    EnrollmentLine(Enrollment.PKCS12, "", {"pkcs12": "Certificate and keys come from a PKCS12 file"}),
    SerialNumber(),
    Fqdn(),
    IpAddress(),
    SubjectName(),
    MatchCertificate(),
    OcspUrl(),
    RevocationCheck(),
    RsaKeypair(),
)
