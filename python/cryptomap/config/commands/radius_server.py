"""`radius server NAME` with the lines below it, and the older `radius-server host` with all in one line."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.mode import GLOBAL, RADIUS_SERVER, with_entry, without_entry
from cryptomap.crypto.passwords import well_formed
from cryptomap.model.config import RouterConfig, Secret
from cryptomap.model.remote_access import RadiusServer

DEFAULT = RadiusServer("")
PORTS = "[auth-port (0-65535)$auth_port] [acct-port (0-65535)$acct_port]"
KEY = "[<0|6|7>$kind] LINE$key"
TIMES = "[timeout (1-1000)$timeout] [retransmit (0-100)$retransmit]"
HELP = {
    "auth-port": "UDP port for RADIUS authentication server (default is 1645)",
    "acct-port": "UDP port for RADIUS accounting server (default is 1646)",
    "$auth_port": "Port number",
    "$acct_port": "Port number",
    "key": "Per-server encryption key",
    "0": "Specifies an UNENCRYPTED key will follow",
    "6": "Specifies ENCRYPTED key will follow",
    "7": "Specifies HIDDEN key will follow",
    "$key": "The UNENCRYPTED (cleartext) shared key, or what follows its type",
    "timeout": "Time to wait for a RADIUS server to reply",
    "$timeout": "Timeout value in seconds to wait for server to reply",
    "retransmit": "Number of retries to active server",
    "$retransmit": "Number of retries for a transaction",
}


class RadiusServerCommand(ModeCommand):
    mode, enters, order = GLOBAL, RADIUS_SERVER, 650
    grammar = "radius server WORD$name"
    help = texts(
        {"radius": "RADIUS server configuration command", "server": "Name of the server", "$name": "Name"}
    )

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        server = config.radius_servers.get(name, RadiusServer(name))
        return replace(config, radius_servers=with_entry(config.radius_servers, name, server))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        return replace(config, radius_servers=without_entry(config.radius_servers, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"radius server {each.name}", each.name) for each in _servers(config, in_one_line=False))


class RadiusAddress(Command):
    mode, order, fields = RADIUS_SERVER, 1, ("address", "auth_port", "acct_port")
    grammar = f"address ipv4 ![A.B.C.D$address {PORTS}]"
    help = texts(
        {
            **HELP,
            "address": "Specify the radius server address",
            "ipv4": "IPv4 Address",
            "$address": "IPv4 Address of the server",
        }
    )

    def apply(
        self,
        server: RadiusServer,
        address: IPv4Address,
        auth_port: int = DEFAULT.auth_port,
        acct_port: int = DEFAULT.acct_port,
    ) -> RadiusServer:
        return replace(server, address=address, auth_port=auth_port, acct_port=acct_port)

    def render(self, server: RadiusServer) -> Iterable[str]:
        if server.address is not None:
            yield f"address ipv4 {server.address} {_ports(server)}"


class RadiusTimeout(Command):
    mode, order, fields = RADIUS_SERVER, 2, ("timeout",)
    grammar = "timeout ![(1-1000)$timeout]"
    help = texts(HELP)

    def apply(self, server: RadiusServer, timeout: int) -> RadiusServer:
        return replace(server, timeout=timeout)

    def render(self, server: RadiusServer) -> Iterable[str]:
        if server.timeout != DEFAULT.timeout:
            yield f"timeout {server.timeout}"


class RadiusRetransmit(Command):
    mode, order, fields = RADIUS_SERVER, 3, ("retransmit",)
    grammar = "retransmit ![(0-100)$retransmit]"
    help = texts(HELP)

    def apply(self, server: RadiusServer, retransmit: int) -> RadiusServer:
        return replace(server, retransmit=retransmit)

    def render(self, server: RadiusServer) -> Iterable[str]:
        if server.retransmit != DEFAULT.retransmit:
            yield f"retransmit {server.retransmit}"


class RadiusKey(Command):
    mode, order, fields = RADIUS_SERVER, 4, ("key",)
    grammar = f"key ![{KEY}]"
    help = texts(HELP)

    def apply(self, server: RadiusServer, key: str, kind: str = "0") -> RadiusServer:
        return replace(server, key=_key(kind, key))

    def render(self, server: RadiusServer) -> Iterable[str]:
        if server.key is not None:
            yield f"key {_key_words(server.key)}"


class RadiusServerHost(Command):
    mode, order = GLOBAL, 651
    grammar = f"radius-server host A.B.C.D$address {PORTS} {TIMES} [key {KEY}]"
    help = texts(
        {
            **HELP,
            "radius-server": "Modify RADIUS query parameters",
            "host": "Specify a RADIUS server",
            "$address": "IP address of RADIUS server",
        }
    )

    def apply(
        self,
        config: RouterConfig,
        address: IPv4Address,
        key: str | None = None,
        kind: str = "0",
        **numbers: Any,
    ) -> RouterConfig:
        secret = None if key is None else _key(kind, key)
        server = RadiusServer(str(address), address, key=secret, **numbers)
        return replace(config, radius_servers=with_entry(config.radius_servers, server.name, server))

    def negate(self, config: RouterConfig, address: IPv4Address, **_: object) -> RouterConfig:
        return replace(config, radius_servers=without_entry(config.radius_servers, str(address)))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for server in _servers(config, in_one_line=True):
            words = [f"radius-server host {server.address} {_ports(server)}"]
            for name in ("timeout", "retransmit"):
                if getattr(server, name) != getattr(DEFAULT, name):
                    words.append(f"{name} {getattr(server, name)}")
            if server.key is not None:
                words.append(f"key {_key_words(server.key)}")
            yield " ".join(words)


def _servers(config: RouterConfig, in_one_line: bool) -> Iterable[RadiusServer]:
    """The servers that are said in one line, or the others: a server named by its address is."""
    for server in config.radius_servers.values():
        if (server.name == str(server.address)) is in_one_line:
            yield server


def _ports(server: RadiusServer) -> str:
    return f"auth-port {server.auth_port} acct-port {server.acct_port}"


def _key(kind: str, key: str) -> Secret:
    secret = Secret(key, int(kind))
    if secret.kind == 7 and not well_formed(secret):
        raise RefusedError('% This is no type 7 key. To say the key itself, leave "7" out.')
    return secret


def _key_words(key: Secret) -> str:
    """A key that begins like a type is preceded by its own."""
    if key.kind or key.value.split()[0] in ("0", "6", "7"):
        return f"{key.kind} {key.value}"
    return key.value
