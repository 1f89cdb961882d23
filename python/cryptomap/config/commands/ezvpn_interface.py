"""`crypto ipsec client ezvpn NAME [outside|inside]` on an interface."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, texts
from cryptomap.config.mode import INTERFACE
from cryptomap.model.config import Interface


class InterfaceEzvpn(Command):
    """An interface may be inside for one client and outside for another."""

    mode, order = INTERFACE, 9
    grammar = "crypto ipsec client ezvpn ![WORD$name [<outside|inside>$side]]"
    help = texts(
        {
            "crypto": "Encryption/Decryption commands",
            "client": "Configure a client",
            "ezvpn": "Easy VPN (EzVPN) client",
            "$name": "Name of the Easy VPN client",
            "outside": "The client calls from this interface; said or not, it is so",
            "inside": "The networks of this interface are for the tunnel",
        }
    )

    def apply(self, interface: Interface, name: str, side: str = "outside") -> Interface:
        if side == "inside":
            return replace(interface, ezvpn_inside=name)
        return replace(interface, ezvpn_outside=name)

    def negate(self, interface: Interface, name: str | None = None, side: str | None = None) -> Interface:
        """Without a name everything; with one both sides, or the one that is said."""
        outside, inside = interface.ezvpn_outside, interface.ezvpn_inside
        if side != "inside" and name in (None, outside):
            outside = None
        if side != "outside" and name in (None, inside):
            inside = None
        return replace(interface, ezvpn_outside=outside, ezvpn_inside=inside)

    def render(self, interface: Interface) -> Iterable[str]:
        if interface.ezvpn_outside is not None:
            yield f"crypto ipsec client ezvpn {interface.ezvpn_outside}"
        if interface.ezvpn_inside is not None:
            yield f"crypto ipsec client ezvpn {interface.ezvpn_inside} inside"
