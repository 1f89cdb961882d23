"""`aaa new-model` and the lists of methods: who checks users, and where a group is looked up."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, RefusedError, texts
from cryptomap.config.mode import GLOBAL, with_entry, without_entry
from cryptomap.config.tree import Branch
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import AaaMethod

GROUPS = ("radius", "tacacs+")


class AaaNewModel(Command):
    mode, order, fields = GLOBAL, 130, ("aaa_new_model",)
    grammar = "aaa new-model"
    help = texts(
        {
            "aaa": "Authentication, Authorization and Accounting.",
            "new-model": "Enable NEW access control commands and functions.",
        }
    )

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, aaa_new_model=True)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.aaa_new_model:
            yield "aaa new-model"


class AaaAuthentication(Command):
    mode, order = GLOBAL, 131
    grammar = (
        "aaa authentication login WORD$name"
        " ![{enable|group WORD$group|group WORD$group|line|local|local-case|none}$methods]"
    )
    help = texts(
        {
            "aaa": "Authentication, Authorization and Accounting.",
            "authentication": "Authentication configurations parameters.",
            "login": "Set authentication lists for logins.",
            "$name": "Named authentication list, or default",
            "enable": "Use enable password for authentication.",
            "group": "Use Server-group",
            "$group": "radius, or tacacs+ (which is passed over)",
            "line": "Use line password for authentication.",
            "local": "Use local username authentication.",
            "local-case": "Use case-sensitive local username authentication.",
            "none": "NO authentication.",
        }
    )

    def apply(self, config: RouterConfig, name: str, methods: tuple[Branch, ...]) -> RouterConfig:
        lists = with_entry(config.aaa_authentication, name, _methods(methods))
        return replace(config, aaa_authentication=lists)

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return replace(config, aaa_authentication=without_entry(config.aaa_authentication, name))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for name, methods in config.aaa_authentication.items():
            yield f"aaa authentication login {name} {' '.join(methods)}"


class AaaAuthorization(Command):
    mode, order = GLOBAL, 132
    grammar = "aaa authorization network WORD$name ![{group WORD$group|group WORD$group|local|none}$methods]"
    help = texts(
        {
            "aaa": "Authentication, Authorization and Accounting.",
            "authorization": "Authorization configurations parameters.",
            "network": "For network services. (PPP, SLIP, ARAP)",
            "$name": "Named authorization list, or default",
            "group": "Use server-group.",
            "$group": "radius, or tacacs+ (which is passed over)",
            "local": "Use local database.",
            "none": "No authorization (always succeeds).",
        }
    )

    def apply(self, config: RouterConfig, name: str, methods: tuple[Branch, ...]) -> RouterConfig:
        lists = with_entry(config.aaa_authorization, name, _methods(methods))
        return replace(config, aaa_authorization=lists)

    def negate(self, config: RouterConfig, name: str, **_: object) -> RouterConfig:
        return replace(config, aaa_authorization=without_entry(config.aaa_authorization, name))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for name, methods in config.aaa_authorization.items():
            yield f"aaa authorization network {name} {' '.join(methods)}"


def _methods(said: tuple[Branch, ...]) -> tuple[AaaMethod, ...]:
    return tuple(_method(each) for each in said)


def _method(said: Branch) -> AaaMethod:
    if said.word != "group":
        return AaaMethod(said.word)
    if said.arguments["group"] not in GROUPS:
        raise RefusedError(
            f'% There is no server group "{said.arguments["group"]}": "group radius" is all RADIUS servers.'
        )
    return AaaMethod(f"group {said.arguments['group']}")
