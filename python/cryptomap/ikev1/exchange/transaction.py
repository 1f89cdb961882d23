"""Transaction exchanges under an ISAKMP SA (draft-dukes-ike-mode-cfg-02 section 3).

    HDR*, HASH, ATTR(REQUEST)  -->
                               <--     HDR*, HASH, ATTR(REPLY)

    HDR*, HASH, ATTR(SET)      -->
                               <--     HDR*, HASH, ATTR(ACK)

Either side may begin one, whoever began phase 1. HASH = prf(SKEYID_a, M-ID | ATTR) in all four. The payload's
identifier ties several exchanges together; an answer has that of its question. Peers that leave it 0 are
served as well, since the message id says which answer it is.
"""

from collections.abc import Iterable

from cryptomap.crypto.keys import hash_1
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import Message, Rules, first_iv, header, protect, protection_of
from cryptomap.ikev1.message import chain as covered
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.timers import TRANSACTION_DELAYS, Transmission
from cryptomap.model import event as ev
from cryptomap.wire.config_numbers import ConfigMessage
from cryptomap.wire.numbers import ExchangeType
from cryptomap.wire.payload import Attribute, AttributesPayload, HashPayload

TRANSACTION = ExchangeType.TRANSACTION
LONGEST_TEXT = 1024
"""Octets of a name, a banner and the like that are looked at."""
RULES = Rules({HashPayload: (1, 1), AttributesPayload: (1, 1)}, encrypted=True)


def expected_hash(sa: IsakmpSa, message: Message, rest: bytes) -> bytes:
    """The HASH that proves a message; `rest` is what follows it."""
    protection = protection_of(sa)
    return hash_1(protection.hash, protection.keys.skeyid_a, message.header.message_id, rest)


def node_of(sa: IsakmpSa, message_id: int) -> Node:
    """An exchange before its first message."""
    return Node(message_id, first_iv(sa, message_id), transmission=Transmission(delays=TRANSACTION_DELAYS))


def new_node(ctx: Context, sa: IsakmpSa) -> Node:
    """An exchange that we begin."""
    message_id = ctx.new_message_id(sa)
    node = node_of(sa, message_id)
    sa.nodes[message_id] = node
    ctx.remember_id(sa, message_id)
    ctx.emit(ev.NodeCreated(sa.ref, message_id))
    return node


def compose(
    sa: IsakmpSa, node: Node, kind: ConfigMessage, identifier: int, attributes: Iterable[Attribute]
) -> bytes:
    """The next message of the exchange."""
    payload = AttributesPayload(kind, identifier, tuple(attributes))
    protection = protection_of(sa)
    skeyid_a = protection.keys.skeyid_a
    proof = hash_1(protection.hash, skeyid_a, node.message_id, covered([payload]))
    head = header(sa, TRANSACTION, node.message_id, encrypted=True)
    data, node.iv = protect(sa, head, [HashPayload(proof), payload], node.iv)
    return data


def octets(attribute: Attribute) -> bytes:
    """A string attribute as it is: one of two octets may come in the basic form, and some end in a zero."""
    value = attribute.value
    return (value.to_bytes(2, "big") if isinstance(value, int) else value).rstrip(b"\x00")


def text(attribute: Attribute) -> str:
    """A string attribute for people and logs: nothing in it but what can be printed, and not too much."""
    decoded = octets(attribute)[:LONGEST_TEXT].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in decoded)
