"""`crypto ipsec client ezvpn NAME` and the lines below it: us as the Easy VPN client of a gateway."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from cryptomap.config.command import Command, ModeCommand, RefusedError, Surroundings, texts
from cryptomap.config.commands._keys import key_words, typed_key
from cryptomap.config.commands._peers import peer_words, with_peer, without_peer
from cryptomap.config.commands.ip_host import resolved
from cryptomap.config.mode import EZVPN_CLIENT, GLOBAL, with_entry, without_entry
from cryptomap.model.config import InterfaceName, RouterConfig
from cryptomap.model.remote_access import EzvpnClient, EzvpnMode, XauthMode

MAXIMUM_PEERS = 10
_STORED = {
    "0": "Specifies an UNENCRYPTED password will follow",
    "6": "Specifies an ENCRYPTED password will follow",
}


class EzvpnClientCommand(ModeCommand):
    mode, enters, order = GLOBAL, EZVPN_CLIENT, 430
    grammar = "crypto ipsec client ezvpn WORD$name"
    help = texts(
        {
            "client": "Configure a client",
            "ezvpn": "Easy VPN (EzVPN) client",
            "$name": "Name of the Easy VPN client",
        }
    )

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        client = config.ezvpn_clients.get(name, EzvpnClient(name))
        return replace(config, ezvpn_clients=with_entry(config.ezvpn_clients, name, client))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        """Raises `RefusedError` while interfaces have it: their traffic would go in clear."""
        users = [
            each.name
            for each in config.interfaces.values()
            if name in (each.ezvpn_outside, each.ezvpn_inside)
        ]
        if users and name in config.ezvpn_clients:
            said = f'Say "no crypto ipsec client ezvpn {name}" there first.'
            raise RefusedError(f"% Easy VPN client {name} is in use by interface {', '.join(users)}. {said}")
        return replace(config, ezvpn_clients=without_entry(config.ezvpn_clients, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"crypto ipsec client ezvpn {name}", name) for name in config.ezvpn_clients)


class EzvpnConnect(Command):
    mode, order, fields = EZVPN_CLIENT, 1, ("automatic",)
    grammar = "connect ![<auto|manual|acl WORD$list>$how]"
    help = texts(
        {
            "connect": "Select method of connection",
            "auto": "Connect to the peer automatically",
            "manual": "Connect only when told to",
            "acl": "Connect when there is traffic of an access list",
            "$list": "Access list",
        }
    )

    def apply(self, client: EzvpnClient, how: str, list: str | None = None) -> EzvpnClient:
        if list is not None:
            raise RefusedError("% Traffic does not make this client connect: say connect auto, or manual.")
        return replace(client, automatic=how == "auto")

    def render(self, client: EzvpnClient) -> Iterable[str]:
        yield f"connect {'auto' if client.automatic else 'manual'}"


class EzvpnGroup(Command):
    mode, order, fields = EZVPN_CLIENT, 2, ("group", "key")
    grammar = "group ![WORD$group key [<0|6>$kind] WORD$key]"
    help = texts(
        {
            "group": "Set group name and key for the peer",
            "$group": "Group name",
            "key": "The group's pre-shared key",
            "$key": "The UNENCRYPTED (cleartext) key, or the stored one after 6",
            **_STORED,
        }
    )

    def apply(self, client: EzvpnClient, group: str, key: str, kind: str = "0") -> EzvpnClient:
        return replace(client, group=group, key=typed_key(kind, key))

    def render(self, client: EzvpnClient) -> Iterable[str]:
        if client.group is not None and client.key is not None:
            yield f"group {client.group} key {key_words(client.key)}"


class EzvpnLocalAddress(Command):
    mode, order, fields = EZVPN_CLIENT, 3, ("local_address",)
    grammar = "local-address ![INTERFACE$name]"
    help = texts({"local-address": "Interface whose address is used for the tunnel"})

    def apply(self, client: EzvpnClient, name: InterfaceName) -> EzvpnClient:
        return replace(client, local_address=name)

    def render(self, client: EzvpnClient) -> Iterable[str]:
        if client.local_address is not None:
            yield f"local-address {client.local_address}"


class EzvpnModeLine(Command):
    mode, order, fields = EZVPN_CLIENT, 4, ("mode",)
    grammar = "mode ![<client|network-extension|network-plus>$mode]"
    help = texts(
        {
            "mode": "Mode of the tunnel",
            "client": "Inside hosts share the address that the gateway gives",
            "network-extension": "Inside networks are reached by their own addresses",
            "network-plus": "Network extension, with an address from the gateway too",
        }
    )

    def apply(self, client: EzvpnClient, mode: str) -> EzvpnClient:
        return replace(client, mode=EzvpnMode(mode))

    def render(self, client: EzvpnClient) -> Iterable[str]:
        yield f"mode {client.mode}"


class EzvpnPeer(Command):
    """A host name is looked up once, when the line is taken."""

    mode, order = EZVPN_CLIENT, 5
    grammar = "peer <A.B.C.D$peer|HOSTNAME$host> [default$default]"
    help = texts(
        {
            "peer": "Gateway to call; the next one where this is silent",
            "$peer": "IP address of the gateway",
            "$host": "Host name of the gateway",
            "default": "This gateway is gone back to",
        }
    )

    def prepare(self, around: Surroundings, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        said = dict(arguments)
        host = said.pop("host", None)
        return said if host is None else {**said, "peer": resolved(around.config, host)}

    def apply(self, client: EzvpnClient, peer: IPv4Address, default: str | None = None) -> EzvpnClient:
        peers, kept = with_peer(client.peers, client.default_peer, peer, default=default is not None)
        if len(peers) > MAXIMUM_PEERS:
            raise RefusedError(f"% A client has at most {MAXIMUM_PEERS} peers.")
        return replace(client, peers=peers, default_peer=kept)

    def negate(self, client: EzvpnClient, peer: IPv4Address, **_: object) -> EzvpnClient:
        peers, kept = without_peer(client.peers, client.default_peer, peer)
        return replace(client, peers=peers, default_peer=kept)

    def render(self, client: EzvpnClient) -> Iterable[str]:
        return (f"peer {words}" for words in peer_words(client.peers, client.default_peer))


class EzvpnAcl(Command):
    mode, order, fields = EZVPN_CLIENT, 6, ("acl",)
    grammar = "acl ![WORD$acl]"
    help = texts(
        {
            "acl": "Further networks of ours for the tunnel: the sources of an access list",
            "$acl": "Access list",
        }
    )

    def apply(self, client: EzvpnClient, acl: str) -> EzvpnClient:
        return replace(client, acl=acl)

    def render(self, client: EzvpnClient) -> Iterable[str]:
        if client.acl is not None:
            yield f"acl {client.acl}"


class EzvpnVirtualInterface(Command):
    """There are no tunnel interfaces."""

    mode, order, negatable = EZVPN_CLIENT, 7, True
    grammar = "virtual-interface [(1-200)$number]"
    help = texts(
        {
            "virtual-interface": "Use a virtual tunnel interface",
            "$number": "Virtual-Template interface number",
        }
    )

    def apply(self, client: EzvpnClient, number: int | None = None) -> EzvpnClient:
        raise RefusedError(
            "% There are no virtual tunnel interfaces here: leave the line out, and the tunnel is a crypto"
            " map of the outside interface."
        )

    def negate(self, client: EzvpnClient, **_: object) -> EzvpnClient:
        return client


class EzvpnUser(Command):
    mode, order, fields = EZVPN_CLIENT, 8, ("username", "password")
    grammar = "username ![WORD$username password [<0|6>$kind] WORD$password]"
    help = texts(
        {
            "username": "Extended Authentication user name",
            "$username": "User name",
            "password": "Extended Authentication password",
            "$password": "The UNENCRYPTED (cleartext) password, or the stored one after 6",
            **_STORED,
        }
    )

    def apply(self, client: EzvpnClient, username: str, password: str, kind: str = "0") -> EzvpnClient:
        return replace(client, username=username, password=typed_key(kind, password))

    def render(self, client: EzvpnClient) -> Iterable[str]:
        if client.username is not None and client.password is not None:
            yield f"username {client.username} password {key_words(client.password)}"


class EzvpnXauth(Command):
    mode, order, fields = EZVPN_CLIENT, 9, ("xauth",)
    grammar = "xauth userid mode ![<interactive|local>$xauth]"
    help = texts(
        {
            "xauth": "Extended Authentication",
            "userid": "User of Extended Authentication",
            "mode": "How the user is known",
            "interactive": "A person is asked",
            "local": "The user name and password of the configuration are sent",
        }
    )

    def apply(self, client: EzvpnClient, xauth: str) -> EzvpnClient:
        return replace(client, xauth=XauthMode(xauth))

    def render(self, client: EzvpnClient) -> Iterable[str]:
        if client.xauth is not None:
            yield f"xauth userid mode {client.xauth}"
