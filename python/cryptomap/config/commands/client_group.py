"""`crypto isakmp client configuration group NAME` and the lines below it.

Most of them are one of four kinds, so a table at the end makes them; `banner` has a file of its own.
"""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from cryptomap.config.command import Command, ModeCommand, RefusedError, reset, texts
from cryptomap.config.commands._keys import key_words, typed_key
from cryptomap.config.mode import CLIENT_GROUP, GLOBAL, with_entry, without_entry
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import ClientGroup

MAXIMUM_NAMES = 10
"""Backup gateways, and domains of split DNS, as in IOS."""


class ClientGroupCommand(ModeCommand):
    mode, enters, order = GLOBAL, CLIENT_GROUP, 340
    grammar = "crypto isakmp client configuration group WORD$name"
    help = texts(
        {
            "client": "Set client configuration policy",
            "configuration": "Set client configuration policy",
            "group": "Set group policy",
            "$name": "Name of the group, or default",
        }
    )

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        group = config.client_groups.get(name, ClientGroup(name))
        return replace(config, client_groups=with_entry(config.client_groups, name, group))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        return replace(config, client_groups=without_entry(config.client_groups, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"crypto isakmp client configuration group {name}", name) for name in config.client_groups)


class GroupKey(Command):
    mode, order, fields = CLIENT_GROUP, 1, ("key",)
    grammar = "key ![[<0|6>$kind] WORD$key]"
    help = texts(
        {
            "key": "pre-shared key/IKE password",
            "0": "Specifies an UNENCRYPTED password will follow",
            "6": "Specifies an ENCRYPTED password will follow",
            "$key": "The UNENCRYPTED (cleartext) password, or the stored one after 6",
        }
    )

    def apply(self, group: ClientGroup, key: str, kind: str = "0") -> ClientGroup:
        return replace(group, key=typed_key(kind, key))

    def render(self, group: ClientGroup) -> Iterable[str]:
        if group.key is not None:
            yield f"key {key_words(group.key)}"


class GroupServers(Command):
    """`dns` and `wins`: one server or two."""

    mode = CLIENT_GROUP

    def __init__(self, word: str, order: int, help: str) -> None:
        self.word, self.order, self.fields = word, order, (word,)
        self.grammar = f"{word} ![A.B.C.D$first [A.B.C.D$second]]"
        self.help = {word: help, "$first": "Server's IP address", "$second": "Second server's IP address"}

    def apply(self, group: ClientGroup, first: IPv4Address, second: IPv4Address | None = None) -> ClientGroup:
        return _changed(group, self.word, (first,) if second is None else (first, second))

    def render(self, group: ClientGroup) -> Iterable[str]:
        servers = getattr(group, self.word)
        if servers:
            yield f"{self.word} {' '.join(str(each) for each in servers)}"


class GroupValue(Command):
    """A line with one value."""

    mode = CLIENT_GROUP

    def __init__(self, word: str, order: int, token: str, help: str, value_help: str) -> None:
        self.word, self.order, self.field = word, order, word.replace("-", "_")
        self.fields = (self.field,)
        self.grammar = f"{word} ![{token}$value]"
        self.help = {word: help, "$value": value_help}

    def apply(self, group: ClientGroup, value: object) -> ClientGroup:
        return _changed(group, self.field, value)

    def render(self, group: ClientGroup) -> Iterable[str]:
        value = getattr(group, self.field)
        if value is not None:
            yield f"{self.word} {value}"


class GroupNames(Command):
    """A line that may be said several times."""

    mode = CLIENT_GROUP

    def __init__(self, word: str, order: int, field: str, help: str, value_help: str) -> None:
        self.word, self.order, self.field = word, order, field
        self.grammar = f"{word} ![WORD$name]"
        self.help = {word: help, "$name": value_help}

    def apply(self, group: ClientGroup, name: str) -> ClientGroup:
        names = tuple(dict.fromkeys((*getattr(group, self.field), name)))
        if len(names) > MAXIMUM_NAMES:
            raise RefusedError(f"% A group has at most {MAXIMUM_NAMES} {self.word} lines.")
        return _changed(group, self.field, names)

    def negate(self, group: ClientGroup, name: str | None = None) -> ClientGroup:
        left = tuple(each for each in getattr(group, self.field) if name is not None and each != name)
        return _changed(group, self.field, left)

    def render(self, group: ClientGroup) -> Iterable[str]:
        return (f"{self.word} {name}" for name in getattr(group, self.field))


class GroupFlag(Command):
    """A line that is there or not."""

    mode = CLIENT_GROUP

    def __init__(self, word: str, order: int, help: str) -> None:
        self.grammar, self.order, self.field = word, order, word.replace("-", "_")
        self.help = {word: help}

    def apply(self, group: ClientGroup) -> ClientGroup:
        return _changed(group, self.field, True)

    def negate(self, group: ClientGroup) -> ClientGroup:
        return reset(group, self.field)  # type: ignore[no-any-return]

    def render(self, group: ClientGroup) -> Iterable[str]:
        if getattr(group, self.field):
            yield self.grammar


def _changed(group: ClientGroup, field: str, value: object) -> ClientGroup:
    changes: dict[str, Any] = {field: value}
    return replace(group, **changes)


COMMANDS: tuple[Command, ...] = (
    ClientGroupCommand(),
    GroupKey(),
    GroupServers("dns", 2, "Specify DNS Addresses"),
    GroupServers("wins", 3, "Specify WINS Addresses"),
    GroupValue("domain", 4, "WORD", "Set default domain name to send to client", "Default domain name"),
    GroupValue("pool", 5, "WORD", "Set name of address pool", "Name of the address pool"),
    GroupValue("acl", 6, "WORD", "Specify split tunneling inclusion access-list number", "Access list"),
    GroupNames("split-dns", 7, "split_dns", "DNS name to append for resolution", "Domain name"),
    GroupFlag("save-password", 8, "Allows remote client to save XAUTH password"),
    GroupFlag("include-local-lan", 9, "Enable Local LAN Access with no split tunnel"),
    GroupFlag("group-lock", 10, "Enforce group lock feature"),
    GroupFlag("pfs", 11, "The client should propose PFS"),
    GroupNames("backup-gateway", 12, "backup_gateways", "Specify backup gateway", "Address or host name"),
    GroupValue("max-users", 13, "(1-5000)", "Set maximum number of users for this group", "Users"),
    GroupValue(
        "max-logins", 14, "(1-10)", "Set maximum simultaneous logins for users in this group", "Logins"
    ),
    GroupValue("netmask", 15, "MASK", "netmask used by the client for local connectivity", "Subnet mask"),
)
