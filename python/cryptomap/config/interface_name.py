"""Interface names: from what is typed (`e0/0`, `gig 0/0/1`) to the one spelling kept everywhere.

A name that is no abbreviation of an IOS type is a Linux name and stays as it is. `eth0`, which
could be either, is the Linux name: the IOS one is written `e0` or `Ethernet0`.
"""

import re

from cryptomap.model.config import InterfaceName

TYPES = (
    "BVI",
    "Dialer",
    "Ethernet",
    "FastEthernet",
    "GigabitEthernet",
    "Loopback",
    "Null",
    "Port-channel",
    "Serial",
    "TenGigabitEthernet",
    "Tunnel",
    "Virtual-Template",
    "Vlan",
)

_IOS = re.compile(r"([A-Za-z-]+)(\d+(?:/\d+){0,3}(?:\.\d+)?)")
_NUMBER = re.compile(r"\d+(?:/\d+){0,3}(?:\.\d+)?")
_LINUX = re.compile(r"[a-z][a-z0-9_.@-]{0,14}")
_LINUX_ETH = re.compile(r"eth\d+(?:\.\d+)?")


def interface_type(word: str) -> str | None:
    """The IOS type that `word` names or uniquely abbreviates, such as `Ethernet` for `eth`."""
    found = [name for name in TYPES if name.lower().startswith(word.lower())]
    exact = [name for name in found if name.lower() == word.lower()]
    if exact:
        return exact[0]
    return found[0] if len(found) == 1 else None


def is_interface_number(word: str) -> bool:
    """Whether `word` is the number part of an IOS name (`0`, `0/0`, `0/0/1.100`)."""
    return _NUMBER.fullmatch(word) is not None


def interface_name(word: str) -> InterfaceName | None:
    """The canonical name for one typed word, None if it cannot name an interface."""
    if _LINUX_ETH.fullmatch(word):
        return InterfaceName(word)
    parts = _IOS.fullmatch(word)
    kind = interface_type(parts[1]) if parts else None
    if parts and kind:
        return InterfaceName(kind + parts[2])
    return InterfaceName(word) if _LINUX.fullmatch(word) else None
