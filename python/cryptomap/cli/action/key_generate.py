"""`crypto key generate rsa`: a new key pair, or one for signatures and one for encryption."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.dialogue import confirm
from cryptomap.crypto.rsa import FEWEST_BITS, MOST_BITS
from cryptomap.model.pki import KeyUsage
from cryptomap.policy.own_keys import DEFAULT_HOSTNAME, OwnKey, default_label

DEFAULT_BITS = 2048
FEWEST_UNDER_SHIELD = 2048
PURPOSE = {
    KeyUsage.GENERAL: "General Purpose",
    KeyUsage.SIGNATURE: "Signature",
    KeyUsage.ENCRYPTION: "Encryption",
}
_USAGES = {
    "general-keys": (KeyUsage.GENERAL,),
    "usage-keys": (KeyUsage.SIGNATURE, KeyUsage.ENCRYPTION),
    "signature": (KeyUsage.SIGNATURE,),
    "encryption": (KeyUsage.ENCRYPTION,),
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was typed; `usages` are the keys still to be made."""

    label: str
    usages: tuple[KeyUsage, ...]
    exportable: bool


def _run(console: Console, args: Arguments) -> Output:
    options = {branch.word: branch.arguments for branch in args.get("options", ())}
    label = options["label"]["label"] if "label" in options else _own_name(console)
    wish = _Wish(label, _USAGES[args.get("kind", "general-keys")], "exportable" in options)
    text = f"The name for the keys will be: {label}\n"
    existing = console.router.keys.labelled(label)
    if "modulus" in options:
        bits = options["modulus"]["bits"]
        _check(console, bits)
        if existing:
            text += f"% You already have RSA keys defined named {label}.\n% They will be replaced.\n"
        return _make(console, wish, bits, f"{text}\n% The key modulus size is {bits} bits\n")
    if not existing:
        return text + _ask_size(console, wish)
    confirm(
        console,
        "% Do you really want to replace them?",
        lambda: _ask_size(console, wish),
        lambda: "",
    )
    return f"{text}% You already have RSA keys defined named {label}.\n"


def _own_name(console: Console) -> str:
    config = console.router.config
    if config.hostname == DEFAULT_HOSTNAME:
        raise RefusedError("% Please define a hostname other than Router.\n")
    if config.domain_name is None:
        raise RefusedError("% Please define a domain-name first.\n")
    return default_label(config)


def _check(console: Console, bits: int) -> None:
    if console.router.config.compliance_shield and bits < FEWEST_UNDER_SHIELD:
        raise RefusedError(
            f"% RSA keys of less than {FEWEST_UNDER_SHIELD} bits are not allowed under the compliance "
            "shield; say `crypto engine compliance shield disable` first if you need one\n"
        )


def _ask_size(console: Console, wish: _Wish) -> str:
    """Ask how long the first of the wished keys is to be."""

    def take(answer: str) -> Output:
        bits = int(answer or DEFAULT_BITS) if (answer or "0").isdecimal() else 0
        if not FEWEST_BITS <= bits <= MOST_BITS:
            _ask_again()
            return f"% A decimal number between {FEWEST_BITS} and {MOST_BITS}.\n"
        _check(console, bits)
        return _make(console, wish, bits)

    def _ask_again() -> None:
        console.ask(f"How many bits in the modulus [{DEFAULT_BITS}]: ", take)

    _ask_again()
    return (
        f"Choose the size of the key modulus in the range of {FEWEST_BITS} to {MOST_BITS} for your\n"
        f"  {PURPOSE[wish.usages[0]]} Keys. Choosing a key modulus greater than 512 may take\n"
        "  a few minutes.\n\n"
    )


async def _make(console: Console, wish: _Wish, bits: int, text: str = "") -> AsyncIterator[str]:
    """Make the first of the wished keys; the others of the same length, or ask."""
    router = console.router
    usages = wish.usages if text else wish.usages[:1]
    kind = "exportable" if wish.exportable else "non-exportable"
    for usage in usages:
        yield f"{text}% Generating {bits} bit RSA keys, keys will be {kind}...\n"
        text = ""
        begun = router.uptime()
        pair = await router.generate_key(bits)
        key = OwnKey(wish.label, usage, pair, router.clock(), wish.exportable)
        router.store_keys(router.keys.with_keys(key))
        yield f"[OK] (elapsed time was {router.uptime() - begun:.0f} seconds)\n\n"
    left = wish.usages[len(usages) :]
    if left:
        yield _ask_size(console, _Wish(wish.label, left, wish.exportable))


COMMANDS = [
    Command(
        "crypto key generate rsa [<general-keys|usage-keys|signature|encryption>$kind]"
        f" [{{label WORD$label|exportable|modulus ({FEWEST_BITS}-{MOST_BITS})$bits}}$options]",
        {
            "key": "Long term key operations",
            "generate": "Generate new keys",
            "rsa": "Generate RSA keys",
            "general-keys": "Generate a general purpose RSA key pair for signing and encryption",
            "usage-keys": "Generate separate RSA key pairs for signing and encryption",
            "signature": "Generate a general purpose RSA key pair for signing",
            "encryption": "Generate a general purpose RSA key pair for encryption",
            "label": "Provide a label",
            "exportable": "Allow the key to be exported",
            "modulus": "Provide number of modulus bits on the command line",
            "$label": "RSA keypair label",
            "$bits": "Size of the key modulus",
        },
        _run,
    )
]
