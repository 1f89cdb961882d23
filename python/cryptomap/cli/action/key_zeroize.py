"""`crypto key zeroize rsa [LABEL]`: key pairs go, and our certificates for them."""

from cryptomap.cli.command import Arguments, Command, Console, Output, RefusedError
from cryptomap.cli.dialogue import confirm
from cryptomap.pki.stored import without_certificates_of


def _run(console: Console, args: Arguments) -> Output:
    label: str | None = args.get("label")
    keys = console.router.keys
    doomed = keys.labelled(label) if label else keys.keys
    if not doomed:
        raise RefusedError("% No Signature RSA Keys found in configuration.\n")

    def remove() -> str:
        router = console.router
        gone = {key.pair.public for key in doomed}
        router.store_keys(router.keys.without(label))
        router.commit(without_certificates_of(router.config, gone))
        return ""

    confirm(console, "Do you really want to remove these keys?", remove, lambda: "")
    what = f"% Keys to be removed are named '{label}'." if label else "% All RSA keys will be removed."
    return f"{what}\n% All router certs issued using these keys will also be removed.\n"


COMMANDS = [
    Command(
        "crypto key zeroize rsa [WORD$label]",
        {
            "key": "Long term key operations",
            "zeroize": "Remove keys",
            "rsa": "Remove RSA keys",
            "$label": "RSA keypair label",
        },
        _run,
    )
]
