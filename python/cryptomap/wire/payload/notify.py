"""Notification payload (RFC 2408 section 3.14).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|              Domain of Interpretation  (DOI)                  |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|  Protocol-ID  |   SPI Size    |      Notify Message Type      |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                 SPI, then notification data                   |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import NotifyType, PayloadType
from cryptomap.wire.payload.base import Payload

_FIXED = Struct("!IBBH")


@dataclass(frozen=True, slots=True)
class NotifyPayload(Payload):
    """`spi` is both cookies for ISAKMP, four octets for ESP and AH, or empty."""

    NUMBER: ClassVar[PayloadType] = PayloadType.NOTIFICATION
    doi: int
    protocol: int
    spi: bytes
    notify: NotifyType
    data: bytes = b""

    @classmethod
    def decode(cls, reader: Reader) -> "NotifyPayload":
        doi, protocol, spi_size, notify = reader.fixed(_FIXED)
        return cls(doi, protocol, reader.take(spi_size), NotifyType(notify), reader.rest())

    def encode(self) -> bytes:
        return _FIXED.pack(self.doi, self.protocol, len(self.spi), self.notify) + self.spi + self.data
