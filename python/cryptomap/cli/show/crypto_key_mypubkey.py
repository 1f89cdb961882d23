"""`show crypto key mypubkey rsa [LABEL]`: the public halves of our key pairs."""

from cryptomap.cli.action.key_generate import PURPOSE
from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block, hex_words
from cryptomap.model.config import Personality
from cryptomap.policy.own_keys import OwnKey


def collect(router: Router, label: str | None) -> tuple[OwnKey, ...]:
    return router.keys.labelled(label) if label else router.keys.keys


def render(keys: tuple[OwnKey, ...], personality: Personality) -> str:
    return "".join(_render(key, personality) for key in keys)


def _render(key: OwnKey, personality: Personality) -> str:
    made = key.created
    when = f"{made:%H:%M:%S} {made.tzname() or 'UTC'} {made:%b} {made.day} {made.year}"
    lines = [
        f"% Key pair was generated at: {when}",
        f"Key name: {key.label}",
    ]
    if personality is Personality.IOS_15:
        lines += ["Key type: RSA KEYS", " Storage Device: private-config"]
    able = "is" if key.exportable else "is not"
    lines += [f" Usage: {PURPOSE[key.usage]} Key", f" Key {able} exportable.", " Key Data:"]
    return block([*lines, *(f"  {line}" for line in hex_words(key.pair.public.spki))])


COMMANDS = [
    show(
        "show crypto key mypubkey rsa [WORD$label]",
        {
            "key": "Show long term public keys",
            "mypubkey": "Show public keys associated with this router",
            "rsa": "Show RSA public keys",
            "$label": "RSA keypair label",
        },
        lambda router, personality, args: render(collect(router, args.get("label")), personality),
    )
]
