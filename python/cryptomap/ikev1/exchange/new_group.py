"""New group mode, as responder (RFC 2409 section 5.6).

initiator                    responder
HDR*, HASH(1), SA    -->
                     <--     HDR*, HASH(2), SA

A peer may give a number of the private range to a group that it spells out, and use that number for PFS under
this ISAKMP SA. Only the prime groups that are ours anyway are taken: nobody can tell whether a strange prime
was made with a trapdoor.
"""

from dataclasses import replace

from cryptomap.crypto.algorithms import GROUPS
from cryptomap.crypto.keys import hash_1
from cryptomap.crypto.primes import GENERATOR, PRIMES
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import Message, Rules, chain, check_hash_payload, front_hash, header, protect
from cryptomap.ikev1.message import protection_of as protection
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.model import event as ev
from cryptomap.model.algorithm import Group
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.policy.isakmp import WEAK_GROUPS
from cryptomap.wire.numbers import ExchangeType, NotifyType, Phase1Attribute, Protocol
from cryptomap.wire.payload import HashPayload, Proposal, SaPayload, Transform

NEW_GROUP = ExchangeType.NEW_GROUP_MODE
RULES = Rules({HashPayload: (1, 1), SaPayload: (1, 1)}, encrypted=True)
FIRST_PRIVATE = 32768
MOST_GROUPS = 8
"""Names that one ISAKMP SA remembers."""
_MODP = 1


def check(sa: IsakmpSa, message: Message) -> None:
    """Raises `AuthenticationFailedError` unless HASH(1) fits, `PeerMisbehavedError` for other payloads."""
    front, rest = front_hash(message)
    keys = protection(sa)
    expected = hash_1(keys.hash, keys.keys.skeyid_a, message.header.message_id, rest)
    check_hash_payload(front, expected)
    message.check(RULES)


def answer(ctx: Context, sa: IsakmpSa, node: Node, message: Message) -> bytes:
    """Message 2, with the proposal that was taken. Raises `PeerIncompatibleError` when none can be."""
    offered = message.one(SaPayload)
    ctx.emit(ev.PayloadProcessed(sa.ref, "SA", node.message_id))
    proposal, transform = _choose(ctx, sa, offered)
    taken = replace(proposal, transforms=(transform,))
    payload = SaPayload(offered.doi, offered.situation, (taken,))
    keys = protection(sa)
    proof = hash_1(keys.hash, keys.keys.skeyid_a, node.message_id, chain([payload]))
    head = header(sa, NEW_GROUP, node.message_id, encrypted=True)
    data, node.iv = protect(sa, head, [HashPayload(proof), payload], message.iv)
    return data


def _choose(ctx: Context, sa: IsakmpSa, payload: SaPayload) -> tuple[Proposal, Transform]:
    """The first group that we know, which has its name from now on."""
    for proposal in payload.proposals:
        for transform in proposal.transforms if proposal.protocol == Protocol.ISAKMP else ():
            number, group = _named(transform)
            weak = group in WEAK_GROUPS and ctx.config.compliance_shield
            if group is None or weak or number < FIRST_PRIVATE:
                continue
            if number in sa.groups or len(sa.groups) < MOST_GROUPS:
                sa.groups[number] = group
                return proposal, transform
    raise PeerIncompatibleError(
        "no group of new group mode is one of ours", NotifyType.ATTRIBUTES_NOT_SUPPORTED
    )


def _named(transform: Transform) -> tuple[int, Group | None]:
    """The number that the peer wants for a group, and the group of ours that has that prime."""
    kind = Phase1Attribute
    values = {attribute.type: attribute for attribute in reversed(transform.attributes)}
    number, prime = values.get(kind.GROUP), values.get(kind.GROUP_PRIME)
    shape, generator = values.get(kind.GROUP_TYPE), values.get(kind.GROUP_GENERATOR_ONE)
    if number is None or prime is None or generator is None or shape is None:
        return 0, None
    if shape.number != _MODP or generator.number != GENERATOR or not isinstance(prime.value, bytes):
        return 0, None
    wanted = int.from_bytes(prime.value, "big")
    known = (group for group in GROUPS if PRIMES.get(group) == wanted)
    return number.number, next(known, None)
