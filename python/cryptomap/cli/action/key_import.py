"""`crypto key import rsa LABEL pem ... terminal PASSPHRASE`: a key pair out of two pasted blocks."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cryptomap.cli.action.key_generate import PURPOSE
from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.dialogue import collect
from cryptomap.crypto.rsa import RsaPublicKey, load_pem
from cryptomap.model.pki import KeyUsage
from cryptomap.policy.own_keys import OwnKey

FAILED = "% Key pair import failed: "
_USAGES = {
    "general-purpose": KeyUsage.GENERAL,
    "signature": KeyUsage.SIGNATURE,
    "encryption": KeyUsage.ENCRYPTION,
}


def _run(console: Console, args: Arguments) -> Output:
    label, passphrase = args["label"], args["passphrase"]
    usage = _USAGES[args.get("usage", "general-purpose")]
    if any(key.usage is usage for key in console.router.keys.labelled(label)):
        raise RefusedError(
            f"% RSA keys named {label} exist already: remove them with `crypto key zeroize rsa {label}`\n"
        )

    def take_public(text: str) -> Output:
        public = _public_key(text)
        collect(console, lambda private: take_private(public, private))
        return (
            f"% Enter PEM-formatted encrypted private {PURPOSE[usage]} key.\n"
            '% End with "quit" on a line by itself.\n'
        )

    def take_private(public: RsaPublicKey, text: str) -> Output:
        pair = load_pem(text, passphrase if "ENCRYPTED" in text else None)
        if pair.public != public:
            raise RefusedError(f"{FAILED}the private key does not belong to the public one.\n")
        router = console.router
        key = OwnKey(label, usage, pair, router.clock(), "exportable" in args)
        router.store_keys(router.keys.with_keys(key))
        return "% Key pair import succeeded.\n"

    collect(console, take_public, blank_ends=True)
    return (
        f"% Enter PEM-formatted public {PURPOSE[usage]} key or certificate.\n"
        '% End with a blank line or "quit" on a line by itself.\n'
    )


def _public_key(text: str) -> RsaPublicKey:
    octets = text.encode()
    key: object
    try:
        if "BEGIN CERTIFICATE" in text:
            key = x509.load_pem_x509_certificate(octets).public_key()
        else:
            key = load_pem_public_key(octets)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RefusedError(f"{FAILED}this is neither a public key nor a certificate.\n") from error
    if not isinstance(key, RSAPublicKey):
        raise RefusedError(f"{FAILED}this key is not of RSA.\n")
    return RsaPublicKey.of(key)


COMMANDS = [
    Command(
        "crypto key import rsa WORD$label pem [<general-purpose|signature|encryption>$usage]"
        " [exportable$exportable] terminal WORD$passphrase",
        {
            "key": "Long term key operations",
            "import": "Import keys",
            "rsa": "Import RSA keys",
            "pem": "Import from PEM files",
            "general-purpose": "A key pair for signing and encryption",
            "signature": "A key pair for signing",
            "encryption": "A key pair for encryption",
            "exportable": "Allow the key to be exported",
            "terminal": "Paste at the terminal",
            "$label": "RSA keypair label",
            "$passphrase": "Passphrase that protects the private key",
        },
        _run,
    )
]
