"""`crypto key export rsa LABEL pem terminal 3des PASSPHRASE`: a key pair as text, its private half hidden."""

from cryptomap.cli.action.key_generate import PURPOSE
from cryptomap.cli.command import Arguments, Command, Console, RefusedError
from cryptomap.crypto.pem import armour, encrypted_pem
from cryptomap.policy.own_keys import OwnKey

SHORTEST_PASSPHRASE = 8


def _run(console: Console, args: Arguments) -> str:
    label, passphrase = args["label"], args["passphrase"]
    keys = console.router.keys.labelled(label)
    if not keys:
        raise RefusedError(f"% RSA keypair '{label}' not found.\n")
    if not all(key.exportable for key in keys):
        raise RefusedError(f"% RSA keypair '{label}' is not exportable.\n")
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise RefusedError(f"% The passphrase must have at least {SHORTEST_PASSPHRASE} characters.\n")
    return "".join(_render(console, key, passphrase) for key in keys)


def _render(console: Console, key: OwnKey, passphrase: str) -> str:
    return (
        f"% Key name: {key.label}\n"
        f"   Usage: {PURPOSE[key.usage]} Key\n"
        f"{armour('PUBLIC KEY', key.pair.public.spki)}"
        f"{encrypted_pem(key.pair, passphrase, console.router.random)}\n"
    )


COMMANDS = [
    Command(
        "crypto key export rsa WORD$label pem terminal 3des WORD$passphrase",
        {
            "key": "Long term key operations",
            "export": "Export keys",
            "rsa": "Export RSA keys",
            "pem": "Export as PEM files",
            "terminal": "Show on the terminal",
            "3des": "Encrypt the private key with 3DES",
            "$label": "RSA keypair label",
            "$passphrase": "Passphrase used to protect the private key",
        },
        _run,
    )
]
