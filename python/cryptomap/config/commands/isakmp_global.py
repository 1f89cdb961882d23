"""`crypto isakmp enable`, `identity` and `nat keepalive`, `crypto ipsec nat-transparency`."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import IdentityKind, RouterConfig


class IsakmpEnable(Command):
    mode, order, fields = GLOBAL, 300, ("isakmp_enabled",)
    grammar = "crypto isakmp enable"
    help = texts({"enable": "Enable ISAKMP"})

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, isakmp_enabled=True)

    def negate(self, config: RouterConfig) -> RouterConfig:
        return replace(config, isakmp_enabled=False)

    def restore(self, config: RouterConfig) -> RouterConfig:
        return replace(config, isakmp_enabled=True)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if not config.isakmp_enabled:
            yield "no crypto isakmp enable"


class IsakmpIdentity(Command):
    mode, order, fields = GLOBAL, 321, ("isakmp_identity",)
    grammar = "crypto isakmp identity ![<address|dn|hostname>$kind]"
    help = texts(
        {
            "identity": "Set the identity which ISAKMP will use",
            "address": "Use the IP address of the interface for the identity",
            "dn": "Use the distinguished name of the router cert for the identity",
            "hostname": "Use the hostname of the router for the identity",
        }
    )

    def apply(self, config: RouterConfig, kind: str) -> RouterConfig:
        return replace(config, isakmp_identity=IdentityKind(kind))

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.isakmp_identity is not IdentityKind.ADDRESS:
            yield f"crypto isakmp identity {config.isakmp_identity}"


class NatKeepalive(Command):
    mode, order, fields = GLOBAL, 326, ("nat_keepalive",)
    grammar = "crypto isakmp nat keepalive ![(5-3600)$seconds]"
    help = texts(
        {
            "nat": "Set a NAT keepalive interval",
            "keepalive": "Set a NAT keepalive interval for use with IOS peers",
            "$seconds": "Number of seconds between keepalives",
        }
    )

    def apply(self, config: RouterConfig, seconds: int) -> RouterConfig:
        return replace(config, nat_keepalive=seconds)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.nat_keepalive is not None:
            yield f"crypto isakmp nat keepalive {config.nat_keepalive}"


class NatTransparency(Command):
    mode, order, fields = GLOBAL, 414, ("udp_encapsulation",)
    grammar = "crypto ipsec nat-transparency udp-encapsulation"
    help = texts(
        {
            "nat-transparency": "IPsec NAT transparency model",
            "udp-encapsulation": "UDP encapsulation of ESP (port 4500)",
        }
    )

    def apply(self, config: RouterConfig) -> RouterConfig:
        return replace(config, udp_encapsulation=True)

    def negate(self, config: RouterConfig) -> RouterConfig:
        return replace(config, udp_encapsulation=False)

    def restore(self, config: RouterConfig) -> RouterConfig:
        return replace(config, udp_encapsulation=True)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if not config.udp_encapsulation:
            yield "no crypto ipsec nat-transparency udp-encapsulation"
