"""Whatever happens to a message on its way, decoding it ends in a value or in `MalformedError`."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import trials

from cryptomap.wire.error import MalformedError
from cryptomap.wire.isakmp import decode_payloads, encode_message, encode_payloads, split
from cryptomap.wire.payload import IdPayload, NotifyPayload, Payload, SaPayload, decode_attributes

CORPUS = Path(__file__).parents[2] / "corpus" / "isakmp"
MUTATIONS = trials(100_000)
SEED = 20409


def corpus(kind: str) -> list[bytes]:
    return [bytes.fromhex(path.read_text()) for path in sorted((CORPUS / kind).glob("*.hex"))]


def use(payload: Payload) -> None:
    """Everything that a log line or an exchange asks of a payload it has not judged yet."""
    repr(payload)
    assert payload.number >= 0
    match payload:
        case IdPayload():
            assert payload.text().isprintable()
            assert payload.network is None or payload.network.version in (4, 6)
        case SaPayload():
            for proposal in payload.proposals:
                for transform in proposal.transforms:
                    assert all(0 <= attribute.number < 2**64 for attribute in transform.attributes)
        case NotifyPayload():
            assert payload.notify.name


def survives(message: bytes) -> bool:
    """Decodes; true when the message is well formed. It then encodes to the same octets."""
    try:
        header, body = split(message)
        payloads = decode_payloads(header.next_payload, body)
    except MalformedError:
        return False
    for payload in payloads:
        use(payload)
        assert payload.encode() == payload.raw
    assert encode_message(header, payloads) == message
    return True


def opens(message: bytes) -> bool:
    """The same for a decrypted message, whose padding is no part of it."""
    try:
        header, body = split(message)
        payloads = decode_payloads(header.next_payload, body, padded=True)
    except MalformedError:
        return False
    for payload in payloads:
        use(payload)
    number, octets = encode_payloads(payloads)
    assert number == header.next_payload
    assert body.startswith(octets)
    return True


def mutate(message: bytes, chance: random.Random) -> bytes:
    """One to four changes, most of them where they hurt: in the lengths and numbers of the first octets."""
    data = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(28, len(data)) if len(data) > 28 else 0
        match chance.randrange(6):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                data[place : place + 1] = bytes(
                    [(data[place] if place < len(data) else 0) ^ 1 << chance.randrange(8)]
                )
            case 2:
                del data[place : place + chance.randint(1, 8)]
            case 3:
                data[place:place] = data[place : place + chance.randint(1, 32)]
            case 4:
                data[place : place + 2] = chance.choice((0, 1, 3, 4, 7, 8, 0x7FFF, 0xFFFF)).to_bytes(2, "big")
            case 5:
                del data[chance.randrange(28, len(data) + 1) if len(data) >= 28 else 0 :]
    return bytes(data)


def test_mutations(messages: dict[str, bytes]) -> None:
    """Messages in clear: strongSwan's, and those of the diagrams."""
    assert 0 < mutants_that([*messages.values(), *corpus("valid")], survives) < MUTATIONS


def test_mutations_under_the_encryption() -> None:
    """strongSwan's messages 5 and 6 of main mode, quick modes, deletes and notifies, decrypted."""
    assert 0 < mutants_that(corpus("decrypted"), opens) < MUTATIONS


def mutants_that(sources: list[bytes], read: Callable[[bytes], bool]) -> int:
    """How many of 10^5 mutations of `sources` are well formed all the same."""
    chance = random.Random(SEED)
    well_formed = 0
    for _ in range(MUTATIONS):
        while (mutant := mutate(chance.choice(sources), chance)) in sources:
            pass
        if chance.random() < 0.9:
            mutant = mutant[:24] + len(mutant).to_bytes(4, "big") + mutant[28:]
        well_formed += read(mutant)
    return well_formed


def test_every_truncation(messages: dict[str, bytes]) -> None:
    for message in messages.values():
        for length in range(len(message)):
            cut = message[:length]
            assert not survives(cut)
            assert not survives(cut[:24] + length.to_bytes(4, "big") + cut[28:])


@pytest.mark.parametrize("message", corpus("valid"))
def test_corpus_of_valid_messages(message: bytes) -> None:
    assert survives(message)


@pytest.mark.parametrize("message", corpus("decrypted"))
def test_corpus_of_decrypted_messages(message: bytes) -> None:
    assert opens(message)


@pytest.mark.parametrize("message", corpus("malformed"))
def test_corpus_of_malformed_messages(message: bytes) -> None:
    assert not survives(message)


@given(first=st.integers(0, 255), body=st.binary(max_size=200))
def test_any_octets(first: int, body: bytes) -> None:
    try:
        payloads = decode_payloads(first, body, padded=True)
    except MalformedError:
        return
    number, chain = encode_payloads(payloads)
    assert body.startswith(chain)
    assert number == first


@given(st.binary(max_size=100))
def test_any_attributes(data: bytes) -> None:
    from cryptomap.wire.attribute import encode_attributes
    from cryptomap.wire.cursor import Reader

    try:
        attributes = decode_attributes(Reader(data))
    except MalformedError:
        return
    assert encode_attributes(attributes) == data
