"""A message in pieces, each a message of its own with one fragment payload (Cisco's IKE fragmentation)."""

from collections.abc import Iterator
from dataclasses import replace

from cryptomap.wire.cursor import Reader
from cryptomap.wire.isakmp import Header, encode_message
from cryptomap.wire.numbers import Flag
from cryptomap.wire.payload import FragmentPayload
from cryptomap.wire.payload.fragment import LAST

LARGEST_WHOLE = 508
"""Octets of a message that goes whole: with UDP and IP headers it fits 576 octets, as every path does."""
PIECE = 472
"""Octets of the message in one fragment, whose own headers take 36."""
MOST_FRAGMENTS = 255


def fragments(message: bytes, fragment_id: int) -> Iterator[bytes]:
    """The fragments of an encoded message."""
    header = Header.decode(message)
    head = replace(header, flags=Flag(0), message_id=0)
    reader = Reader(message, "own message")
    number = 0
    while reader.left:
        number += 1
        piece = reader.take(min(PIECE, reader.left))
        yield encode_message(head, [FragmentPayload(fragment_id, number, 0 if reader.left else LAST, piece)])
