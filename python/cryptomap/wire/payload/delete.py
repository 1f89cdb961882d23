"""Delete payload (RFC 2408 section 3.15).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|              Domain of Interpretation  (DOI)                  |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|  Protocol-Id  |   SPI Size    |           # of SPIs           |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                      SPIs, end to end                         |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.error import MalformedError
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import Payload

_FIXED = Struct("!IBBH")


@dataclass(frozen=True, slots=True)
class DeletePayload(Payload):
    """SAs of one protocol that the sender has deleted, by its own inbound SPIs (cookie pairs for ISAKMP).

    All SPIs are of one size, and there is at least one.
    """

    NUMBER: ClassVar[PayloadType] = PayloadType.DELETE
    doi: int
    protocol: int
    spis: tuple[bytes, ...]

    @classmethod
    def decode(cls, reader: Reader) -> "DeletePayload":
        doi, protocol, spi_size, count = reader.fixed(_FIXED)
        if not spi_size or not count:
            raise MalformedError(f"Delete payload: {count} SPIs of {spi_size} octets name no SA")
        spis = tuple(reader.take(spi_size) for _ in range(count))
        reader.end()
        return cls(doi, protocol, spis)

    def encode(self) -> bytes:
        head = _FIXED.pack(self.doi, self.protocol, len(self.spis[0]), len(self.spis))
        return head + b"".join(self.spis)
