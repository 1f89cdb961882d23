"""IPsec SAs: what `debug crypto ipsec` shows, and what IKE says of them."""

from dataclasses import dataclass

from cryptomap.model.address import Address
from cryptomap.model.config import TransformSet
from cryptomap.model.event.base import IpsecEvent, IsakmpEvent
from cryptomap.model.sa import Direction, SaKey
from cryptomap.model.selector import Selector


@dataclass(frozen=True, slots=True)
class KeyMessage:
    """The block IOS prints as `(key eng. msg.)`. Selector is in outbound direction."""

    direction: Direction
    local: Address
    remote: Address
    selector: Selector
    transform_set: TransformSet
    encapsulated: bool
    seconds: int
    kilobytes: int
    spi: int
    connection_id: int
    flags: int


@dataclass(frozen=True, slots=True)
class IpsecSaRequested(IpsecEvent):
    """`IPSEC(sa_request)`."""

    message: KeyMessage


@dataclass(frozen=True, slots=True)
class IpsecProposalValidated(IpsecEvent):
    """`IPSEC(validate_proposal_request): proposal part #1`. `map_name` for the kei_proxy line."""

    message: KeyMessage
    map_name: str


@dataclass(frozen=True, slots=True)
class IpsecProposalInvalid(IpsecEvent):
    """`IPSEC(ipsec_process_proposal)` refusals; `reason` is `proxy`, `transform` or `pfs`."""

    local: Address
    remote: Address
    selector: Selector
    reason: str


@dataclass(frozen=True, slots=True)
class IpsecSasCreated(IsakmpEvent):
    """`Creating IPSec SAs`: both directions, with selectors seen from here."""

    inbound: SaKey
    outbound: SaKey
    selector: Selector
    """Outbound direction."""
    inbound_connection_id: int
    outbound_connection_id: int
    seconds: int
    kilobytes: int
    pfs: bool = False


@dataclass(frozen=True, slots=True)
class IpsecSaInitialized(IpsecEvent):
    """`IPSEC(initialize_sas)`, one a direction."""

    message: KeyMessage
    map_name: str


@dataclass(frozen=True, slots=True)
class IpsecSaCreated(IpsecEvent):
    """`IPSEC(create_sa): sa created`."""

    key: SaKey
    transform_set: TransformSet
    connection_id: int


@dataclass(frozen=True, slots=True)
class IpsecSaDeleted(IpsecEvent):
    """`IPSEC(delete_sa): deleting SA`."""

    key: SaKey
    transform_set: TransformSet
    connection_id: int


@dataclass(frozen=True, slots=True)
class KeyEngineDelete(IpsecEvent):
    """`IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP`."""


@dataclass(frozen=True, slots=True)
class DeleteNotSent:
    """An IPsec SA is deleted, and there is no ISAKMP SA to tell the peer under. `debug crypto isakmp`."""

    local: Address
    remote: Address
    spi: int
    """Of the inbound SA, which the delete would have named."""
