"""What is done with octets that nobody has looked at. The first one says which of these is meant.

Decoding ends in a value, which encodes to the same octets, or in `MalformedError`; all else is a finding.
"""

from contextlib import suppress

from cryptomap.ikev1.reassembly import MOST_OCTETS, Reassembly
from cryptomap.model.error import PeerMisbehavedError
from cryptomap.wire.attribute import encode_attributes
from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.isakmp import decode_payloads, encode_message, encode_payloads, split
from cryptomap.wire.payload import FragmentPayload, decode_attributes


def message(data: bytes) -> None:
    header, body = split(data)
    payloads = decode_payloads(header.next_payload, body)
    repr(payloads)
    assert encode_message(header, payloads) == data


def decrypted(data: bytes) -> None:
    first, body = data[0], data[1:]
    payloads = decode_payloads(first, body, padded=True)
    repr(payloads)
    number, octets = encode_payloads(payloads)
    assert number == first
    assert body.startswith(octets)


def attributes(data: bytes) -> None:
    assert encode_attributes(decode_attributes(Reader(data))) == data


def fragments(data: bytes) -> None:
    """Three octets say number, last and length of each piece."""
    reassembly = Reassembly()
    while len(data) > 3:
        number, last, size, data = data[0], data[1] & 1, data[2], data[3:]
        reassembly.add(1, FragmentPayload(1, number, last, data[:size]), 0.0)
        data = data[size:]
        assert 0 <= reassembly.octets <= MOST_OCTETS


TARGETS = (message, decrypted, attributes, fragments)


def run(data: bytes) -> None:
    if len(data) < 2:
        return
    with suppress(MalformedError, PeerMisbehavedError):
        TARGETS[data[0] % len(TARGETS)](data[1:])
