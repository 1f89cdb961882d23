"""`username NAME [privilege N] {password | secret} ...`: local users. Secrets in clear are hashed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cryptomap.config.command import Command, RefusedError, Surroundings, texts
from cryptomap.config.mode import GLOBAL, with_entry, without_entry
from cryptomap.crypto.passwords import SALT_OCTETS, scrypt_secret, well_formed
from cryptomap.model.config import RouterConfig, Secret
from cryptomap.model.remote_access import User


class Username(Command):
    mode, order = GLOBAL, 220
    grammar = (
        "username WORD$name ![privilege (0-15)$privilege"
        " [<password [<0|7>$kind] LINE$text|secret [<0|5|8|9>$kind] LINE$text>$how]"
        "|<password [<0|7>$kind] LINE$text|secret [<0|5|8|9>$kind] LINE$text>$how]"
    )
    help = texts(
        {
            "username": "Establish User Name Authentication",
            "$name": "User name",
            "privilege": "Set user privilege level",
            "$privilege": "User privilege level",
            "password": "Specify the password for the user",
            "secret": "Specify the secret for the user",
            "0": "Specifies an UNENCRYPTED password will follow",
            "5": "Specifies a MD5 HASHED secret will follow",
            "7": "Specifies a HIDDEN password will follow",
            "8": "Specifies a PBKDF2 HASHED secret will follow",
            "9": "Specifies a SCRYPT HASHED secret will follow",
            "$text": "The UNENCRYPTED (cleartext) user password, or what follows its type",
        }
    )

    def prepare(self, around: Surroundings, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """With `secret` in place of what was typed."""
        said = dict(arguments)
        how, text = said.pop("how", None), said.pop("text", "")
        typed = Secret(text, int(said.pop("kind", "0")))
        if how is None:
            return said
        if not well_formed(typed):
            raise RefusedError(
                f"% This is no type {typed.kind} secret, which a router made."
                f' To say the password itself, leave "{typed.kind}" out.'
            )
        if how == "secret" and typed.kind == 0:
            typed = scrypt_secret(text, around.random(SALT_OCTETS))
        return {**said, "secret": typed}

    def hashed(self, kind: str = "0", how: str | None = None, **_: object) -> bool:
        return how == "secret" and int(kind) == 0

    def apply(
        self, config: RouterConfig, name: str, privilege: int | None = None, secret: Secret | None = None
    ) -> RouterConfig:
        user = config.users.get(name, User(name))
        user = replace(
            user,
            privilege=user.privilege if privilege is None else privilege,
            secret=secret or user.secret,
        )
        return replace(config, users=with_entry(config.users, name, user))

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return replace(config, users=without_entry(config.users, name))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for user in config.users.values():
            words = ["username", user.name]
            if user.privilege != 1 or user.secret is None:
                words.append(f"privilege {user.privilege}")
            if user.secret is not None:
                how = "password" if user.secret.kind in (0, 7) else "secret"
                words.append(f"{how} {user.secret.kind} {user.secret.value}")
            yield " ".join(words)
