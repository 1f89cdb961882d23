"""What the commands on trustpoints share: finding one, and the words that go with its certificates."""

from collections.abc import Mapping

from cryptomap.cli.command import Console, RefusedError
from cryptomap.model.pki import Trustpoint
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.paste import fingerprint

PKI_HELP: Mapping[str, str] = {
    "pki": "Public Key components",
    "ca": "Certification authority",
    "$name": "CA Server Name",
    "$trustpoint": "Trustpoint Name",
    "terminal": "Cut-and-paste at the terminal",
    "pem": "PEM files",
    "pkcs12": "A PKCS #12 bundle",
    "$passphrase": "Passphrase that protects the private key",
}
PASTE_END = 'End with a blank line or the word "quit" on a line by itself\n\n'


def find_trustpoint(console: Console, name: str) -> Trustpoint:
    """Raises `RefusedError` when there is none of that name."""
    found = console.router.config.trustpoints.get(name)
    if found is None:
        raise RefusedError(f"% Trustpoint {name} is not defined: say `crypto pki trustpoint {name}` first\n")
    return found


def attributes(certificate: Certificate) -> str:
    """What a person compares before trusting an authority."""
    return (
        "Certificate has the following attributes:\n"
        f"       Fingerprint MD5: {fingerprint(certificate.der, 'md5')} \n"
        f"      Fingerprint SHA1: {fingerprint(certificate.der, 'sha1')} \n\n"
    )
