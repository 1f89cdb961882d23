"""What both sides of quick mode do alike: identities of traffic, offers, and what they come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.attributes import ipsec_offer, ipsec_words, transform_name
from cryptomap.ikev1.feature import natt
from cryptomap.ikev1.sa import IsakmpSa, Request
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Endpoint, Network
from cryptomap.model.algorithm import Mode
from cryptomap.model.config import TransformSet
from cryptomap.model.error import PeerIncompatibleError, PeerMisbehavedError
from cryptomap.model.sa import ESP_PROTOCOL, Direction, SaKey
from cryptomap.model.selector import Selector
from cryptomap.policy.ipsec import IpsecOffer, mismatch, own_lifetime, own_sets, pfs_fits
from cryptomap.policy.spd import PolicyLine, Template
from cryptomap.wire.numbers import NotifyType, Protocol
from cryptomap.wire.payload import IdPayload, Proposal, SaPayload, Transform

SPI_SIZE = 4
SMALLEST_SPI = 256
_FLAGS_REQUEST, _FLAGS_PROPOSAL, _FLAG_PFS = 0x400B, 0x2, 0x10
"""As IOS prints them in its key engine messages."""


def identity(network: Network, protocol: int, port: int) -> IdPayload:
    """One end's traffic: a host as an address, everything else as a subnet."""
    if network.prefixlen == network.max_prefixlen:
        return IdPayload.for_address(network.network_address, protocol, port)
    return IdPayload.for_subnet(network, protocol, port)


def identities(selector: Selector) -> tuple[IdPayload, IdPayload]:
    """IDci and IDcr of an initiator whose outbound traffic is `selector`."""
    return (
        identity(selector.source, selector.protocol, selector.source_port),
        identity(selector.destination, selector.protocol, selector.destination_port),
    )


def selector_of(sa: IsakmpSa, ids: Sequence[IdPayload]) -> Selector:
    """The responder's outbound traffic out of (IDci, IDcr); without them it is that between the two peers.

    Raises `PeerIncompatibleError` for what no selector can say.
    """
    if not ids:
        initiator, responder = identity_of(sa.remote), identity_of(sa.local)
    else:
        initiator, responder = ids
    source, destination = responder.network, initiator.network
    if source is None or destination is None or initiator.protocol != responder.protocol:
        raise PeerIncompatibleError(
            f"proxy identities {initiator.text()} and {responder.text()} are no pair of networks",
            NotifyType.INVALID_ID_INFORMATION,
        )
    return Selector(source, destination, responder.protocol, responder.port, initiator.port)


def identity_of(end: Endpoint) -> IdPayload:
    return IdPayload.for_address(end.address)


def offers(sa: IsakmpSa, payload: SaPayload) -> Iterator[tuple[Proposal, Transform, IpsecOffer]]:
    """Every ESP transform that stands alone: proposals of one number are a bundle, which is not for us.

    A group that new group mode named is that group.
    """
    numbers = [proposal.number for proposal in payload.proposals]
    for proposal in payload.proposals:
        usable = proposal.protocol == Protocol.ESP and len(proposal.spi) == SPI_SIZE
        if usable and numbers.count(proposal.number) == 1:
            for transform in proposal.transforms:
                offer = ipsec_offer(proposal, transform)
                named = sa.groups.get(offer.group or 0)
                yield proposal, transform, replace(offer, group=int(named)) if named else offer


def check_offer(
    ctx: Context, sa: IsakmpSa, transform: Transform, offer: IpsecOffer, sets: Sequence[TransformSet]
) -> TransformSet | None:
    """The first of our sets that the offer fits; tells of the comparison."""
    encapsulated = sa.nat is not None and sa.nat.found
    verdicts = [(one, mismatch(offer, one, encapsulated=encapsulated)) for one in sets]
    fit = next((one for one, differs in verdicts if differs is None), None)
    differs = None if fit else next((text for _, text in verdicts), "transform")
    if ctx.tells(ev.IpsecProposalChecked):
        name, words = transform_name(transform), ipsec_words(transform)
        ctx.emit(ev.IpsecProposalChecked(sa.ref, offer.proposal, offer.number, name, words, differs))
    return fit


@dataclass(frozen=True, slots=True)
class Choice:
    """What a responder takes, and which of its own sets that is."""

    proposal: Proposal
    transform: Transform
    offer: IpsecOffer
    own: TransformSet


def choose(
    ctx: Context, sa: IsakmpSa, payload: SaPayload, line: PolicyLine | Template, selector: Selector
) -> Choice:
    """The first offer that one of our sets and our PFS setting fit: the initiator's order decides.

    Raises `PeerIncompatibleError` when none does.
    """
    reason = "transform"
    sets = own_sets(ctx.config, line.entry)
    for proposal, transform, offer in offers(sa, payload):
        one = check_offer(ctx, sa, transform, offer, sets)
        if one is None:
            continue
        if pfs_fits(line.entry, offer.group):
            message = proposal_message(sa, selector, one, pfs=offer.group is not None)
            ctx.emit(ev.IpsecProposalValidated(message, line.map_name))
            return Choice(proposal, transform, offer, one)
        reason = "pfs"
    ctx.emit(ev.IpsecProposalInvalid(sa.local.address, sa.remote.address, selector, reason))
    raise PeerIncompatibleError(
        f"no offer fits crypto map {line.map_name} {line.entry.sequence} ({reason})",
        NotifyType.NO_PROPOSAL_CHOSEN,
    )


def peer_spi(ctx: Context, sa: IsakmpSa, proposal: Proposal) -> int:
    """The peer's inbound SPI, which must not be of the reserved ones (RFC 2406 section 2.1), nor of an SA
    that it has already."""
    spi = int.from_bytes(proposal.spi, "big")
    if len(proposal.spi) != SPI_SIZE or spi < SMALLEST_SPI:
        raise PeerMisbehavedError(f"SPI {proposal.spi.hex()} cannot be used")
    if ctx.children.by_key(SaKey(sa.remote.address, ESP_PROTOCOL, spi)) is not None:
        raise PeerMisbehavedError(f"SPI {proposal.spi.hex()} is in use")
    return spi


def request_message(ctx: Context, request: Request, remote: Address) -> ev.KeyMessage:
    """The block of `IPSEC(sa_request)`: the entry's first transform set stands for all."""
    line = request.line
    life = own_lifetime(ctx.config, line.entry)
    return ev.KeyMessage(
        Direction.OUTBOUND,
        line.local_address,
        remote,
        request.selector,
        in_tunnel_mode(own_sets(ctx.config, line.entry)[0]),
        False,
        life.seconds,
        life.kilobytes,
        request.spi,
        0,
        _FLAGS_REQUEST,
    )


def in_tunnel_mode(one: TransformSet) -> TransformSet:
    """The set as it is used: in tunnel mode, whatever it prefers."""
    return replace(one, mode=Mode.TUNNEL)


def proposal_message(sa: IsakmpSa, selector: Selector, one: TransformSet, *, pfs: bool) -> ev.KeyMessage:
    """The block of `IPSEC(validate_proposal_request)`."""
    return ev.KeyMessage(
        Direction.INBOUND,
        sa.local.address,
        sa.remote.address,
        selector,
        in_tunnel_mode(one),
        natt.udp_encapsulation(sa) is not None,
        0,
        0,
        0,
        0,
        _FLAGS_PROPOSAL | (_FLAG_PFS if pfs else 0),
    )
