"""Xauth and mode configuration."""

from dataclasses import dataclass

from cryptomap.model.address import Address
from cryptomap.model.event.base import IsakmpEvent
from cryptomap.model.remote_access import Assignment


@dataclass(frozen=True, slots=True)
class ConfigBegun(IsakmpEvent):
    """`initiating peer config to PEER. ID = N`."""

    message_id: int


@dataclass(frozen=True, slots=True)
class ConfigReceived(IsakmpEvent):
    """`processing transaction payload from PEER. message ID = N`, `Config payload KIND`; `kind` is `REQUEST`,
    `REPLY`, `SET` or `ACK`."""

    message_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class XauthAttributes(IsakmpEvent):
    """`ISAKMP/xauth: request attribute XAUTH_USER_NAME_V2`, without values; `direction` is `request` or
    `reply`."""

    direction: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class XauthAcknowledged(IsakmpEvent):
    """`XAUTH ACK Processed`."""


@dataclass(frozen=True, slots=True)
class ConfigChecked(IsakmpEvent):
    """`checking request:` and the attributes that the client asked for."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddressAllocated(IsakmpEvent):
    """`allocating address A`, or that there is none (`pool` is exhausted)."""

    address: Address | None
    pool: str


@dataclass(frozen=True, slots=True)
class ConfigSent(IsakmpEvent):
    """What a client is told, such as `Sending private address: 10.9.9.1`."""

    told: Assignment


@dataclass(frozen=True, slots=True)
class ConfigTaken(IsakmpEvent):
    """What a gateway told us."""

    told: Assignment
