"""A payload of a type that this project does not know: kept whole, so that it can be named and hashed."""

from dataclasses import dataclass

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import Payload


@dataclass(frozen=True, slots=True)
class UnknownPayload(Payload):
    """`payload_type` is the number it was announced by."""

    payload_type: PayloadType
    data: bytes

    @property
    def number(self) -> PayloadType:
        return self.payload_type

    def encode(self) -> bytes:
        return self.data
