"""`hostname`, `ip domain name` and `service show-format`."""

from collections.abc import Iterable
from dataclasses import replace
from re import fullmatch

from cryptomap.config.command import Command, RefusedError, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import Personality, RouterConfig


class Hostname(Command):
    mode, order, fields = GLOBAL, 110, ("hostname",)
    grammar = "hostname ![WORD$name]"
    help = texts({"hostname": "Set system's network name", "$name": "This system's network name"})

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        if fullmatch(r"[\w.@/:-]{1,63}", name) is None:
            raise RefusedError(
                "% Hostname contains one or more illegal characters:"
                " letters, digits and . - _ @ / : only, at most 63."
            )
        return replace(config, hostname=name)

    def render(self, config: RouterConfig) -> Iterable[str]:
        yield f"hostname {config.hostname}"


class DomainName(Command):
    mode, order, fields = GLOBAL, 150, ("domain_name",)
    grammar = "ip domain name ![WORD$name]"
    help = texts(
        {
            "domain": "IP DNS Resolver",
            "name": "Define the default domain name",
            "$name": "Default domain name",
        }
    )

    def apply(self, config: RouterConfig, name: str) -> RouterConfig:
        return replace(config, domain_name=name)

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.domain_name is not None:
            yield f"ip domain name {config.domain_name}"


class DomainNameAsBefore(DomainName):
    """The spelling of older releases; printed in the newer one."""

    grammar = "ip domain-name ![WORD$name]"
    help = texts({"domain-name": "Define the default domain name", "$name": "Default domain name"})

    def render(self, config: RouterConfig) -> Iterable[str]:
        return ()


class ShowFormat(Command):
    mode, order, fields = GLOBAL, 20, ("personality",)
    grammar = "service show-format ![<12.3|15>$release]"
    help = texts(
        {
            "service": "Modify use of network based services",
            "show-format": "Which release's text the show and debug commands print",
            "12.3": "The text of release 12.3",
            "15": "The text of releases 15.x",
        }
    )

    def apply(self, config: RouterConfig, release: str) -> RouterConfig:
        return replace(config, personality=Personality(release))

    def render(self, config: RouterConfig) -> Iterable[str]:
        if config.personality is not Personality.IOS_15:
            yield f"service show-format {config.personality}"
