"""The header and the payload chain, against octets written out by hand."""

import pytest

from cryptomap.wire.error import MalformedError
from cryptomap.wire.isakmp import Header, decode_payloads, encode_message, encode_payloads, split
from cryptomap.wire.numbers import ExchangeType, Flag, PayloadType
from cryptomap.wire.payload import HashPayload, NoncePayload, UnknownPayload, VendorPayload


def test_header_fields(messages: dict[str, bytes]) -> None:
    header = Header.decode(messages["quick-mode-1"])
    assert header.initiator_cookie == bytes.fromhex("1122334455667788")
    assert header.responder_cookie == bytes.fromhex("99aabbccddeeff00")
    assert header.next_payload is PayloadType.HASH
    assert header.version == 0x10
    assert header.exchange is ExchangeType.QUICK_MODE
    assert header.flags == Flag(0)
    assert header.message_id == 0xA1B2C3D4
    assert header.length == 164


def test_payload_order(messages: dict[str, bytes]) -> None:
    orders = {}
    for name, message in messages.items():
        header, body = split(message)
        orders[name] = [payload.number for payload in decode_payloads(header.next_payload, body)]
    assert orders == {
        "main-mode-1": [1, 13, 13],
        "main-mode-3": [4, 10, 20, 20],
        "quick-mode-1": [8, 1, 10, 5, 5],
        "informational": [8, 11, 12, 11],
    }


def test_messages_survive(messages: dict[str, bytes]) -> None:
    for message in messages.values():
        header, body = split(message)
        payloads = decode_payloads(header.next_payload, body)
        assert encode_message(header, payloads) == message
        assert all(payload.encode() == payload.raw for payload in payloads)


def test_octets_behind_the_hash(messages: dict[str, bytes]) -> None:
    """A HASH covers what follows its payload, generic headers included: octets 28 + 24 and on here."""
    header, body = split(messages["quick-mode-1"])
    payloads = decode_payloads(header.next_payload, body)
    assert encode_payloads(payloads[1:]) == (PayloadType.SA, messages["quick-mode-1"][52:])


@pytest.mark.parametrize("padding", ["", "00", "00000000", "aabbccddeeff07"])
def test_padding_behind_the_last_payload(padding: str) -> None:
    chain = bytes.fromhex("0a00 0006 11110000 0008 22222222")
    padded = decode_payloads(PayloadType.HASH, chain + bytes.fromhex(padding), padded=True)
    assert padded == (HashPayload(b"\x11\x11"), NoncePayload(b"\x22" * 4))


def test_padding_only_where_it_may_be() -> None:
    chain = bytes.fromhex("0000 0006 111100")
    with pytest.raises(MalformedError, match="1 octets too many"):
        decode_payloads(PayloadType.HASH, chain)


def test_unknown_payload_is_kept() -> None:
    (payload,) = decode_payloads(200, bytes.fromhex("0000 0007 010203"))
    assert payload == UnknownPayload(PayloadType(200), b"\x01\x02\x03")
    assert payload.number == 200
    assert encode_payloads([payload]) == (200, bytes.fromhex("0000 0007 010203"))


def test_no_payloads() -> None:
    assert decode_payloads(PayloadType.NONE, b"") == ()
    assert encode_payloads([]) == (PayloadType.NONE, b"")


@pytest.mark.parametrize("count", [49, 50])
def test_many_payloads(count: int) -> None:
    first, chain = encode_payloads([VendorPayload(b"x")] * count)
    assert len(decode_payloads(first, chain)) == count


def test_too_many_payloads() -> None:
    first, chain = encode_payloads([VendorPayload(b"x")] * 51)
    with pytest.raises(MalformedError, match="more than 50"):
        decode_payloads(first, chain)


@pytest.mark.parametrize("length", [0, 1, 3])
def test_payload_length_below_its_header(length: int) -> None:
    with pytest.raises(MalformedError):
        decode_payloads(PayloadType.VENDOR_ID, bytes([13, 0, 0, length]) * 4)


def test_reserved_octet() -> None:
    with pytest.raises(MalformedError, match="RESERVED"):
        decode_payloads(PayloadType.NONCE, bytes.fromhex("0080 0006 1111"))


@pytest.mark.parametrize("version", [0x00, 0x20, 0xF0])
def test_major_version(messages: dict[str, bytes], version: int) -> None:
    message = messages["main-mode-1"]
    with pytest.raises(MalformedError, match="version"):
        split(message[:17] + bytes([version]) + message[18:])


def test_minor_version_is_not_looked_at(messages: dict[str, bytes]) -> None:
    message = messages["main-mode-1"]
    assert split(message[:17] + b"\x1f" + message[18:])[0].version == 0x1F


def test_length_field(messages: dict[str, bytes]) -> None:
    message = messages["main-mode-1"]
    for wrong in (message[:-1], message + b"\x00", message[:28], message[:27], b""):
        with pytest.raises(MalformedError):
            split(wrong)


def test_unassigned_numbers_show_as_numbers() -> None:
    assert repr(PayloadType(99)) == "<PayloadType.99: 99>"
    assert PayloadType(99) == 99
    assert ExchangeType(77).name == "77"
    assert Flag(0xF1) & Flag.E
