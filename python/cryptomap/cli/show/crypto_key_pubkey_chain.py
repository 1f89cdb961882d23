"""`show crypto key pubkey-chain rsa [name NAME | address ADDRESS]`: the public keys of peers."""

from collections.abc import Iterator, Sequence

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block, hex_words
from cryptomap.model.config import Personality
from cryptomap.model.pki import KeyUsage, PeerPublicKey

SHORT = {KeyUsage.GENERAL: "General", KeyUsage.ENCRYPTION: "Encrypt", KeyUsage.SIGNATURE: "Signing"}
LONG = {
    KeyUsage.GENERAL: "General Purpose Key",
    KeyUsage.ENCRYPTION: "Encryption Key",
    KeyUsage.SIGNATURE: "Signature Key",
}


def collect(router: Router, name: str | None = None, address: object = None) -> Sequence[PeerPublicKey]:
    return [
        key
        for key in router.config.public_keys
        if (name is None or key.name == name) and (address is None or key.address == address)
    ]


def render_table(keys: Sequence[PeerPublicKey], personality: Personality) -> str:
    lines = ["Codes: M - Manually configured, C - Extracted from certificate", ""]
    lines.append("Code Usage    IP-Address       Name")
    for key in keys:
        lines.append(f"M    {SHORT[key.usage]:8} {key.address or ''!s:15}  {key.name or ''}".rstrip())
    return block(lines)


def render_keys(keys: Sequence[PeerPublicKey], personality: Personality) -> str:
    return block(line for key in keys for line in _key(key))


def _key(key: PeerPublicKey) -> Iterator[str]:
    yield f"Key name: {key.name or ''}".rstrip()
    if key.address is not None:
        yield f"Key address: {key.address}"
    if key.serial_number is not None:
        yield f"Serial number: {key.serial_number}"
    yield f" Usage: {LONG[key.usage]}"
    yield " Source: Manually entered"
    yield " Data:"
    yield from (f"  {line}" for line in hex_words(key.spki or b""))


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    keys = collect(router, args.get("name"), args.get("address"))
    return (render_keys if args else render_table)(keys, personality)


COMMANDS = [
    show(
        "show crypto key pubkey-chain rsa [<name WORD$name|address A.B.C.D$address>]",
        {
            "key": "Show long term public keys",
            "pubkey-chain": "Show peer public keys",
            "rsa": "Show peer RSA public keys",
            "name": "Show the key of a name",
            "address": "Show the key of an address",
            "$name": "Name of the peer",
            "$address": "IP address of the peer",
        },
        _text,
    )
]
