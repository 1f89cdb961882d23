"""`crypto pki export TRUSTPOINT ...`: its certificates, and with a passphrase the key."""

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from cryptomap.cli.action.key_export import SHORTEST_PASSPHRASE
from cryptomap.cli.action.key_generate import PURPOSE
from cryptomap.cli.command import Arguments, Command, Console, RefusedError
from cryptomap.cli.trustpoints import PKI_HELP, find_trustpoint
from cryptomap.crypto.pem import encrypted_pem
from cryptomap.model.pki import CertificateKind, KeyUsage
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.paste import base64_lines, pem_of
from cryptomap.pki.stored import authorities, kept
from cryptomap.policy.own_keys import OwnKey


def _pem(console: Console, args: Arguments) -> str:
    name = find_trustpoint(console, args["trustpoint"]).name
    config = console.router.config
    text = "".join(f"% CA certificate:\n{pem_of(each.der)}\n" for each in authorities(config, name))
    own = _own(console, name)
    if "passphrase" in args:
        key = _key(console, own, args["passphrase"])
        text += f"% Key name: {key.label}\n   Usage: {PURPOSE[key.usage]} Key\n"
        text += f"{encrypted_pem(key.pair, args['passphrase'], console.router.random)}\n"
    if own is not None:
        text += f"% {PURPOSE[KeyUsage.GENERAL]} Certificate:\n{pem_of(own.der)}\n"
    return text


def _pkcs12(console: Console, args: Arguments) -> str:
    name = find_trustpoint(console, args["trustpoint"]).name
    own = _own(console, name)
    key = _key(console, own, args["passphrase"])
    above = [each.parsed for each in authorities(console.router.config, name)]
    bundle = pkcs12.serialize_key_and_certificates(
        name.encode(),
        key.pair.private,
        own.parsed if own else None,
        above,
        BestAvailableEncryption(args["passphrase"].encode()),
    )
    end = "---End - This line not part of the pkcs12---"
    return f"Exported pkcs12 follows:\n\n{base64_lines(bundle)}\n{end}\n\n"


def _own(console: Console, name: str) -> Certificate | None:
    found = (each for each in kept(console.router.config, name) if each.kind is not CertificateKind.CA)
    return next((each.certificate for each in found), None)


def _key(console: Console, own: Certificate | None, passphrase: str) -> OwnKey:
    if own is None:
        raise RefusedError("% The trustpoint has no certificate of this router\n")
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise RefusedError(f"% The passphrase must have at least {SHORTEST_PASSPHRASE} characters.\n")
    found = next((key for key in console.router.keys.keys if key.pair.public == own.key), None)
    if found is None or not found.exportable:
        raise RefusedError("% The RSA keypair of the trustpoint is not exportable.\n")
    return found


_HELP = {
    **PKI_HELP,
    "export": "Export certificates and keys",
    "3des": "With the private key, encrypted with 3DES",
    "password": "Encrypt the bundle",
}
COMMANDS = [
    Command("crypto <pki|ca> export WORD$trustpoint pem terminal [3des WORD$passphrase]", _HELP, _pem),
    Command(
        "crypto <pki|ca> export WORD$trustpoint pkcs12 terminal password WORD$passphrase", _HELP, _pkcs12
    ),
]
