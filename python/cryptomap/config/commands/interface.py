"""`interface NAME` and the lines below it."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

from cryptomap.config.command import Command, ModeCommand, RefusedError, texts
from cryptomap.config.mode import GLOBAL, INTERFACE, with_entry, without_entry
from cryptomap.model.config import Interface, InterfaceName, RouterConfig


class InterfaceCommand(ModeCommand):
    mode, enters, order = GLOBAL, INTERFACE, 500
    grammar = "interface INTERFACE$name"
    help = texts({"interface": "Select an interface to configure"})

    def key(self, name: InterfaceName) -> InterfaceName:
        return name

    def apply(self, config: RouterConfig, name: InterfaceName) -> RouterConfig:
        interface = config.interfaces.get(name, Interface(name))
        return replace(config, interfaces=with_entry(config.interfaces, name, interface))

    def negate(self, config: RouterConfig, name: InterfaceName) -> RouterConfig:
        return replace(config, interfaces=without_entry(config.interfaces, name))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, InterfaceName]]:
        return ((f"interface {name}", name) for name in config.interfaces)


class InterfaceDescription(Command):
    mode, order, fields = INTERFACE, 1, ("description",)
    grammar = "description ![LINE$text]"
    help = texts({"description": "Interface specific description", "$text": "Up to 240 characters"})

    def apply(self, interface: Interface, text: str) -> Interface:
        return replace(interface, description=text)

    def render(self, interface: Interface) -> Iterable[str]:
        if interface.description is not None:
            yield f"description {interface.description}"


class InterfaceMtu(Command):
    mode, order, fields = INTERFACE, 2, ("mtu",)
    grammar = "mtu ![(64-9216)$octets]"
    help = texts({"mtu": "Set the interface Maximum Transmission Unit (MTU)", "$octets": "MTU size in bytes"})

    def apply(self, interface: Interface, octets: int) -> Interface:
        return replace(interface, mtu=octets)

    def render(self, interface: Interface) -> Iterable[str]:
        if interface.mtu is not None:
            yield f"mtu {interface.mtu}"


class IpAddress(Command):
    mode, order = INTERFACE, 3
    grammar = "ip address ![A.B.C.D$address MASK$mask [secondary$secondary]]"
    help = texts(
        {
            "ip": "Interface Internet Protocol config commands",
            "address": "Set the IP address of an interface",
            "$address": "IP address",
            "$mask": "IP subnet mask",
            "secondary": "Make this IP address a secondary address",
        }
    )

    def apply(
        self, interface: Interface, address: IPv4Address, mask: IPv4Address, secondary: str | None = None
    ) -> Interface:
        value = _usable(address, mask)
        others = tuple(each for each in interface.secondary if each.ip != address)
        if secondary is None:
            return replace(interface, address=value, secondary=others)
        if interface.address is not None and interface.address.ip == address:
            raise RefusedError("% Secondary can't be same as primary: it is the primary address.")
        return replace(interface, secondary=(*others, value))

    def negate(
        self,
        interface: Interface,
        address: IPv4Address | None = None,
        mask: IPv4Address | None = None,
        secondary: str | None = None,
    ) -> Interface:
        if address is None:
            return replace(interface, address=None, secondary=())
        value = IPv4Interface((address, str(mask)))
        if secondary is not None or value in interface.secondary:
            return replace(interface, secondary=tuple(each for each in interface.secondary if each != value))
        if interface.address != value:
            raise RefusedError("Invalid address: it is not set on this interface.")
        if interface.secondary:
            raise RefusedError("Must delete secondary before deleting primary")
        return replace(interface, address=None)

    def render(self, interface: Interface) -> Iterable[str]:
        """The secondary addresses first, as IOS has it: they may be set before the primary one."""
        for each in interface.secondary:
            yield f"ip address {each.ip} {each.netmask} secondary"
        if interface.address is not None:
            yield f"ip address {interface.address.ip} {interface.address.netmask}"


def _usable(address: IPv4Address, mask: IPv4Address) -> IPv4Interface:
    """The address with its mask, if a host can have it."""
    value = IPv4Interface((address, str(mask)))
    network = value.network
    ends = (network.network_address, network.broadcast_address) if network.prefixlen < 31 else ()
    if address in ends or network.prefixlen == 0:
        raise RefusedError(f"Bad mask /{network.prefixlen} for address {address}")
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        raise RefusedError(f"Not a valid host address - {address}")
    return value


class IpMtu(Command):
    mode, order, fields = INTERFACE, 4, ("ip_mtu",)
    grammar = "ip mtu ![(68-9216)$octets]"
    help = texts(
        {
            "ip": "Interface Internet Protocol config commands",
            "mtu": "Set IP Maximum Transmission Unit",
            "$octets": "MTU (bytes)",
        }
    )

    def apply(self, interface: Interface, octets: int) -> Interface:
        return replace(interface, ip_mtu=octets)

    def render(self, interface: Interface) -> Iterable[str]:
        if interface.ip_mtu is not None:
            yield f"ip mtu {interface.ip_mtu}"


class Shutdown(Command):
    mode, order, fields = INTERFACE, 5, ("shutdown",)
    grammar = "shutdown"
    help = texts({"shutdown": "Shutdown the selected interface"})

    def apply(self, interface: Interface) -> Interface:
        return replace(interface, shutdown=True)

    def render(self, interface: Interface) -> Iterable[str]:
        if interface.shutdown:
            yield "shutdown"


class InterfaceCryptoMap(Command):
    mode, order, fields = INTERFACE, 9, ("crypto_map",)
    grammar = "crypto map ![WORD$name]"
    help = texts(
        {
            "crypto": "Encryption/Decryption commands",
            "map": "Assign a Crypto Map",
            "$name": "Crypto Map tag",
        }
    )

    def apply(self, interface: Interface, name: str) -> Interface:
        return replace(interface, crypto_map=name)

    def render(self, interface: Interface) -> Iterable[str]:
        if interface.crypto_map is not None:
            yield f"crypto map {interface.crypto_map}"
