"""What every payload is: a value with a number, a body, and the octets it was received as."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import PayloadType


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload's body: what follows the generic payload header (RFC 2408 section 3.2).

    `raw` is the body as received, or as `encode` gives it for a payload of our own; IKEv1 hashes
    cover those octets. Two payloads are equal when their fields are.
    """

    NUMBER: ClassVar[PayloadType]
    _raw: bytes | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def raw(self) -> bytes:
        octets = self._raw
        if octets is None:
            octets = self.encode()
            self.received_as(octets)
        return octets

    def received_as(self, octets: bytes) -> None:
        """These are the body's octets."""
        object.__setattr__(self, "_raw", octets)

    @property
    def number(self) -> PayloadType:
        """The payload type that announces this payload."""
        return self.NUMBER

    @classmethod
    def decode(cls, reader: Reader) -> Self:
        """Reads a body, all of it. Raises `MalformedError`."""
        raise NotImplementedError

    def encode(self) -> bytes:
        """The body's octets."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class OpaquePayload(Payload):
    """A payload whose body is nothing but its data."""

    data: bytes

    @classmethod
    def decode(cls, reader: Reader) -> Self:
        return cls(reader.rest())

    def encode(self) -> bytes:
        return self.data
