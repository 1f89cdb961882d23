"""`crypto pki certificate chain NAME` with the certificates in it, each as lines of hexadecimal."""

from collections.abc import Iterable

from cryptomap.config import hexadecimal
from cryptomap.config.command import ModeCommand, Piece, RefusedError, TextCommand, texts
from cryptomap.config.commands.pki_trustpoint import PKI_HELP
from cryptomap.config.mode import CERTIFICATE_CHAIN, GLOBAL
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import MalformedError
from cryptomap.model.pki import CertificateKind, StoredCertificate
from cryptomap.pki.certificate import Certificate

Chain = tuple[StoredCertificate, ...]


class CertificateChain(ModeCommand):
    mode, enters, order = GLOBAL, CERTIFICATE_CHAIN, 210
    grammar = "crypto <pki|ca> certificate chain WORD$name"
    help = texts(
        {
            **PKI_HELP,
            "certificate": "Actions on certificates",
            "chain": "Identify certificate chain",
            "$name": "CA Server Name",
        }
    )

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        if name not in config.trustpoints:
            raise RefusedError(
                f'% CA trustpoint for cert chain not known: say "crypto pki trustpoint {name}" first.'
            )
        return config

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        return CERTIFICATE_CHAIN.put(config, name, ())

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"crypto pki certificate chain {name}", name) for name in config.certificates)


class CertificateText(TextCommand):
    mode, order, prompt = CERTIFICATE_CHAIN, 1, hexadecimal.PROMPT
    grammar = "certificate [<ca|self-signed>$kind] SERIAL$serial [WORD$file]"
    help = texts(
        {
            "certificate": "Enter a certificate",
            "ca": "Enter a CA certificate",
            "self-signed": "Enter a self-signed certificate",
            "$serial": "Certificate serial number (hexadecimal)",
            "$file": "A file of that router: not to be had here",
        }
    )

    def first(self, file: str | None = None, **_: object) -> Piece:
        if file is not None:
            raise RefusedError(
                f"% The certificate is in a file of its router ({file}): leave the line out, or give its"
                ' hexadecimal, which "show running-config all" there shows.'
            )
        return Piece()

    def more(self, line: str, **_: object) -> Piece:
        return hexadecimal.more(line)

    def apply(self, chain: Chain, lines: tuple[str, ...], serial: int, kind: str = "", **_: object) -> Chain:
        der = hexadecimal.octets(lines)
        new = StoredCertificate(CertificateKind(kind), der)
        found = _serial(new)
        if found is None:
            raise RefusedError("% This is no certificate with an RSA key: see whether all of it is there.")
        if found != serial:
            raise RefusedError(f"% The serial number of this certificate is {found:X}, not {serial:X}.")
        return (*_without(chain, new.kind, serial), new)

    def notices(self, chain: Chain, **_: object) -> Iterable[str]:
        yield "Enter the certificate in hexidecimal representation...."

    def negate(self, chain: Chain, serial: int, kind: str = "", **_: object) -> Chain:
        return _without(chain, CertificateKind(kind), serial)

    def render(self, chain: Chain) -> Iterable[str]:
        for stored in chain:
            kind = f"{stored.kind} " if stored.kind else ""
            digits = f"{_serial(stored) or 0:X}"
            yield f"certificate {kind}{digits.zfill(len(digits) + len(digits) % 2)}"
            yield from hexadecimal.render(stored.der)


def _without(chain: Chain, kind: CertificateKind, serial: int) -> Chain:
    return tuple(each for each in chain if (each.kind, _serial(each)) != (kind, serial))


def _serial(stored: StoredCertificate) -> int | None:
    """None for what is no certificate."""
    try:
        return Certificate.from_der(stored.der).parsed.serial_number
    except MalformedError:
        return None
