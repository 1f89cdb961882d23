"""`crypto isakmp peer`: with both lines below it we start aggressive mode with that peer."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, ModeCommand, texts
from cryptomap.config.commands._keys import key_words, typed_key
from cryptomap.config.mode import GLOBAL, ISAKMP_PEER
from cryptomap.model.config import IsakmpPeer, RouterConfig


class IsakmpPeerCommand(ModeCommand):
    mode, enters, order = GLOBAL, ISAKMP_PEER, 330
    grammar = "crypto isakmp peer <address A.B.C.D$address|hostname WORD$hostname>"
    help = texts(
        {
            "peer": "Set Peer Policy",
            "address": "Peer IP address",
            "hostname": "Peer hostname",
            "$address": "IP address of the peer",
            "$hostname": "Fully qualified domain name of the peer",
        }
    )

    def key(self, address: IPv4Address | None = None, hostname: str | None = None) -> IsakmpPeer:
        return IsakmpPeer(address, hostname)

    def apply(
        self, config: RouterConfig, address: IPv4Address | None = None, hostname: str | None = None
    ) -> RouterConfig:
        if any(_is(each, address, hostname) for each in config.isakmp_peers):
            return config
        return replace(config, isakmp_peers=(*config.isakmp_peers, IsakmpPeer(address, hostname)))

    def negate(
        self, config: RouterConfig, address: IPv4Address | None = None, hostname: str | None = None
    ) -> RouterConfig:
        left = tuple(each for each in config.isakmp_peers if not _is(each, address, hostname))
        return replace(config, isakmp_peers=left)

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, IsakmpPeer]]:
        for each in config.isakmp_peers:
            name = f"hostname {each.hostname}" if each.address is None else f"address {each.address}"
            yield f"crypto isakmp peer {name}", self.key(each.address, each.hostname)


def _is(peer: IsakmpPeer, address: IPv4Address | None, hostname: str | None) -> bool:
    return (peer.address, peer.hostname) == (address, hostname)


class PeerPassword(Command):
    mode, order, fields = ISAKMP_PEER, 1, ("password",)
    grammar = "set aggressive-mode password ![[<0|6>$kind] WORD$key]"
    help = texts(
        {
            "set": "Set values for aggressive mode",
            "aggressive-mode": "Set ISAKMP aggressive mode parameters",
            "password": "Set password for aggressive mode",
            "0": "Specifies an UNENCRYPTED password will follow",
            "6": "Specifies an ENCRYPTED password will follow",
            "$key": "The UNENCRYPTED (cleartext) password, or the stored one after 6",
        }
    )

    def apply(self, peer: IsakmpPeer, key: str, kind: str = "0") -> IsakmpPeer:
        return replace(peer, password=typed_key(kind, key))

    def render(self, peer: IsakmpPeer) -> Iterable[str]:
        if peer.password is not None:
            yield f"set aggressive-mode password {key_words(peer.password)}"


class PeerEndpoint(Command):
    mode, order, fields = ISAKMP_PEER, 2, ("client_endpoint",)
    grammar = (
        "set aggressive-mode client-endpoint"
        " ![<fqdn WORD$name|ipv4-address A.B.C.D$address|user-fqdn WORD$name>$kind]"
    )
    help = texts(
        {
            "set": "Set values for aggressive mode",
            "aggressive-mode": "Set ISAKMP aggressive mode parameters",
            "client-endpoint": "Set the identity of this end",
            "fqdn": "Use a fully qualified domain name as identity",
            "ipv4-address": "Use an IP address as identity",
            "user-fqdn": "Use a user name with its domain as identity",
            "$name": "The identity",
            "$address": "The identity",
        }
    )

    def apply(
        self, peer: IsakmpPeer, kind: str, name: str | None = None, address: IPv4Address | None = None
    ) -> IsakmpPeer:
        return replace(peer, client_endpoint=f"{kind} {name or address}")

    def render(self, peer: IsakmpPeer) -> Iterable[str]:
        if peer.client_endpoint is not None:
            yield f"set aggressive-mode client-endpoint {peer.client_endpoint}"
