"""`crypto pki import TRUSTPOINT ...`: certificates and keys that were made elsewhere, pasted."""

from dataclasses import dataclass, replace
from datetime import UTC

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from cryptomap.cli.action.key_generate import PURPOSE
from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.dialogue import collect
from cryptomap.cli.trustpoints import PASTE_END, PKI_HELP, find_trustpoint
from cryptomap.crypto.rsa import RsaKeyPair, load_pem
from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.model.pki import CertificateKind, Enrollment, KeyUsage, Trustpoint
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.chain import find_chain
from cryptomap.pki.paste import certificate_of, octets_of
from cryptomap.pki.stored import authorities, with_certificate
from cryptomap.policy.own_keys import OwnKey

FAILED = "% Failed to parse or verify imported certificate: "
_GENERAL = PURPOSE[KeyUsage.GENERAL]


@dataclass(frozen=True, slots=True)
class _Bundle:
    """A key pair, its certificate, and those above it."""

    pair: RsaKeyPair
    certificate: Certificate
    above: tuple[Certificate, ...]


def _certificate(console: Console, args: Arguments) -> Output:
    """The answer to a request that was shown by `crypto pki enroll`."""
    name = find_trustpoint(console, args["trustpoint"]).name

    def take(text: str) -> str:
        router, certificate = console.router, certificate_of(text)
        if not any(key.pair.public == certificate.key for key in router.keys.keys):
            raise RefusedError(f"{FAILED}it is for none of our keys.\n")
        above = authorities(router.config, name)
        _check(console, certificate, above)
        router.commit(with_certificate(router.config, name, CertificateKind.OWN, certificate.der))
        return "% Router Certificate successfully imported\n\n"

    collect(console, take, blank_ends=True)
    return f"\nEnter the base 64 encoded certificate.\n{PASTE_END}"


def _pem(console: Console, args: Arguments) -> Output:
    """The authority's certificate, our private key, our certificate."""
    name, passphrase = args["trustpoint"], args["passphrase"]

    def take_authority(authority: str) -> Output:
        collect(console, lambda private: take_private(authority, private))
        return (
            f"% Enter PEM-formatted encrypted private {_GENERAL} key.\n"
            '% End with "quit" on a line by itself.\n'
        )

    def take_private(authority: str, private: str) -> Output:
        pair = load_pem(private, passphrase if "ENCRYPTED" in private else None)
        above = (certificate_of(authority),)
        collect(console, lambda own: take_own(_Bundle(pair, certificate_of(own), above)), blank_ends=True)
        return (
            f"% Enter PEM-formatted {_GENERAL} certificate.\n"
            '% End with a blank line or "quit" on a line by itself.\n'
        )

    def take_own(bundle: _Bundle) -> Output:
        _take(console, name, bundle)
        return "% PEM files import succeeded.\n"

    collect(console, take_authority, blank_ends=True)
    return '% Enter PEM-formatted CA certificate.\n% End with a blank line or "quit" on a line by itself.\n'


def _pkcs12(console: Console, args: Arguments) -> Output:
    name, passphrase = args["trustpoint"], args["passphrase"]

    def take(text: str) -> str:
        _take(console, name, _open(octets_of(text), passphrase))
        return "CRYPTO_PKI: Imported PKCS12 file successfully.\n"

    collect(console, take, blank_ends=True)
    return f"\nEnter the base 64 encoded pkcs12.\n{PASTE_END}"


def _open(octets: bytes, passphrase: str) -> _Bundle:
    try:
        key, own, others = pkcs12.load_key_and_certificates(octets, passphrase.encode())
        ders = [each.public_bytes(Encoding.DER) for each in (*([own] if own else []), *others)]
        certificates = [Certificate.from_der(der) for der in ders]
    except (ValueError, MalformedError) as error:
        raise RefusedError(f"% This is no PKCS #12 bundle, or the passphrase is wrong: {error}\n") from error
    if not isinstance(key, RSAPrivateKey) or own is None:
        raise RefusedError("% The bundle has no RSA key with a certificate for it\n")
    return _Bundle(RsaKeyPair(key), certificates[0], tuple(certificates[1:]))


def _take(console: Console, name: str, bundle: _Bundle) -> None:
    """Key and certificates together; the trustpoint is made when it is not there."""
    router = console.router
    if bundle.pair.public != bundle.certificate.key:
        raise RefusedError(f"{FAILED}it is not for the key that came with it.\n")
    _check(console, bundle.certificate, bundle.above)
    config = router.config
    trustpoint = config.trustpoints.get(name) or Trustpoint(name, Enrollment.PKCS12)
    trustpoint = replace(trustpoint, rsakeypair=trustpoint.rsakeypair or name)
    key = OwnKey(trustpoint.rsakeypair or name, KeyUsage.GENERAL, bundle.pair, router.clock())
    config = replace(config, trustpoints={**config.trustpoints, name: trustpoint})
    config = with_certificate(config, name, CertificateKind.OWN, bundle.certificate.der)
    for each in bundle.above:
        config = with_certificate(config, name, CertificateKind.CA, each.der)
    router.store_keys(router.keys.with_keys(key))
    router.commit(config)


def _check(console: Console, certificate: Certificate, above: tuple[Certificate, ...]) -> None:
    """The certificate leads to one of those of its trustpoint, and is good now."""
    try:
        find_chain(certificate, above, above, console.router.clock().astimezone(UTC))
    except AuthenticationFailedError as error:
        raise RefusedError(f"{FAILED}{error}.\n") from error


_HELP = {**PKI_HELP, "import": "Import a certificate", "certificate": "A certificate that was requested"}
COMMANDS = [
    Command("crypto <pki|ca> import WORD$trustpoint certificate", _HELP, _certificate),
    Command("crypto <pki|ca> import WORD$trustpoint pem terminal WORD$passphrase", _HELP, _pem),
    Command("crypto <pki|ca> import WORD$trustpoint pkcs12 terminal WORD$passphrase", _HELP, _pkcs12),
]
