"""`crypto pki server NAME` and the lines below it: a small certification authority."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cryptomap.config.command import Command, ModeCommand, reset, texts
from cryptomap.config.commands.pki_trustpoint import PKI_HELP
from cryptomap.config.mode import GLOBAL, PKI_SERVER, with_entry, without_entry
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import PkiServer

DEFAULT = PkiServer("")
LIFETIMES = {"ca-certificate": "lifetime_ca", "certificate": "lifetime_certificate", "crl": "lifetime_crl"}


class PkiServerCommand(ModeCommand):
    mode, enters, order = GLOBAL, PKI_SERVER, 180
    grammar = "crypto <pki|ca> server WORD$name"
    help = texts({**PKI_HELP, "server": "Enable IOS Certificate server", "$name": "Certificate Server Name"})

    def key(self, name: str) -> str:
        return name

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        server = config.pki_servers.get(name, PkiServer(name))
        return replace(config, pki_servers=with_entry(config.pki_servers, name, server))

    def negate(self, config: RouterConfig, name: str) -> RouterConfig:
        return replace(config, pki_servers=without_entry(config.pki_servers, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, str]]:
        return ((f"crypto pki server {name}", name) for name in config.pki_servers)


class IssuerName(Command):
    mode, order, fields = PKI_SERVER, 1, ("issuer_name",)
    grammar = "issuer-name ![LINE$name]"
    help = texts({"issuer-name": "Issuer name", "$name": "Issuer name, such as CN=ca, O=lab"})

    def apply(self, server: PkiServer, name: str) -> PkiServer:
        return replace(server, issuer_name=name)

    def render(self, server: PkiServer) -> Iterable[str]:
        if server.issuer_name is not None:
            yield f"issuer-name {server.issuer_name}"


class Grant(Command):
    mode, order, fields = PKI_SERVER, 2, ("grant_auto",)
    grammar = "grant ![<auto|none>$how]"
    help = texts(
        {
            "grant": "Certificate granting options",
            "auto": "Automatically grant incoming enrollment requests",
            "none": "Automatically reject any incoming enrollment requests",
        }
    )

    def apply(self, server: PkiServer, how: str) -> PkiServer:
        return replace(server, grant_auto=how == "auto")

    def render(self, server: PkiServer) -> Iterable[str]:
        if server.grant_auto:
            yield "grant auto"


class Lifetimes(Command):
    mode, order = PKI_SERVER, 3
    grammar = (
        "lifetime <ca-certificate ![(1-7305)$lifetime_ca]|certificate ![(1-1825)$lifetime_certificate]"
        "|crl ![(1-336)$lifetime_crl]>$what"
    )
    help = texts(
        {
            "lifetime": "Lifetime parameters",
            "ca-certificate": "Lifetime of the Certificate Server signing certificate",
            "certificate": "Lifetime of certificates issued by this Certificate Server",
            "crl": "Lifetime of CRL's published by this Certificate Server",
            "$lifetime_ca": "Lifetime in days",
            "$lifetime_certificate": "Lifetime in days",
            "$lifetime_crl": "Lifetime in hours",
        }
    )

    def apply(self, server: PkiServer, what: str, **lifetime: Any) -> PkiServer:
        return replace(server, **lifetime)

    def negate(self, server: PkiServer, what: str, **_: int) -> PkiServer:
        return reset(server, LIFETIMES[what])  # type: ignore[no-any-return]

    def render(self, server: PkiServer) -> Iterable[str]:
        for word, name in LIFETIMES.items():
            if getattr(server, name) != getattr(DEFAULT, name):
                yield f"lifetime {word} {getattr(server, name)}"


class CdpUrl(Command):
    mode, order, fields = PKI_SERVER, 4, ("cdp_url",)
    grammar = "cdp-url ![WORD$url]"
    help = texts(
        {"cdp-url": "CRL Distribution Point to be included in the issued certs", "$url": "URL of the CRL"}
    )

    def apply(self, server: PkiServer, url: str) -> PkiServer:
        return replace(server, cdp_url=url)

    def render(self, server: PkiServer) -> Iterable[str]:
        if server.cdp_url is not None:
            yield f"cdp-url {server.cdp_url}"


class ServerShutdown(Command):
    mode, order = PKI_SERVER, 5
    grammar = "shutdown"
    help = texts({"shutdown": "Shutdown the Certificate Server"})

    def apply(self, server: PkiServer) -> PkiServer:
        return replace(server, shutdown=True)

    def negate(self, server: PkiServer) -> PkiServer:
        return replace(server, shutdown=False)

    def restore(self, server: PkiServer) -> PkiServer:
        return replace(server, shutdown=True)

    def render(self, server: PkiServer) -> Iterable[str]:
        if not server.shutdown:
            yield "no shutdown"
