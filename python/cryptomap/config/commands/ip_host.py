"""`ip host NAME ADDRESS ...`: names that need no name server."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from cryptomap.config.command import Command, RefusedError, texts
from cryptomap.config.mode import GLOBAL
from cryptomap.model.config import RouterConfig


class IpHost(Command):
    mode, order = GLOBAL, 151
    grammar = "ip host HOSTNAME$name ![A.B.C.D$addresses...]"
    help = texts(
        {
            "host": "Add an entry to the ip hostname table",
            "$name": "Name of host",
            "$addresses": "Host IP address",
        }
    )

    def apply(self, config: RouterConfig, name: str, addresses: tuple[IPv4Address, ...]) -> RouterConfig:
        return _put(config, name, tuple(dict.fromkeys(addresses)))

    def negate(
        self, config: RouterConfig, name: str, addresses: tuple[IPv4Address, ...] = ()
    ) -> RouterConfig:
        known = host_addresses(config, name)
        return _put(config, name, tuple(each for each in known if addresses and each not in addresses))

    def render(self, config: RouterConfig) -> Iterable[str]:
        for name, addresses in config.hosts.items():
            yield f"ip host {name} {' '.join(str(each) for each in addresses)}"


def host_addresses(config: RouterConfig, name: str) -> tuple[IPv4Address, ...]:
    """The addresses that an `ip host` line gives the name; none without one."""
    return next((found for each, found in config.hosts.items() if each.lower() == name.lower()), ())


def resolved(config: RouterConfig, name: str) -> IPv4Address:
    """The first of them. Raises `RefusedError` where there is none."""
    addresses = host_addresses(config, name)
    if not addresses:
        raise RefusedError(
            f'% Unrecognized host or address: there is no "ip host {name}" line. Say one first,'
            " or the peer's address."
        )
    return addresses[0]


def _put(config: RouterConfig, name: str, addresses: tuple[IPv4Address, ...]) -> RouterConfig:
    hosts = {each: known for each, known in config.hosts.items() if each.lower() != name.lower()}
    return replace(config, hosts={**hosts, name: addresses} if addresses else hosts)
