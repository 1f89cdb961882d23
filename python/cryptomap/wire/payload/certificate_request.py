"""Certificate request payload (RFC 2408 section 3.10).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| Cert. Encoding|             Certificate Authority             |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import Payload


@dataclass(frozen=True, slots=True)
class CertRequestPayload(Payload):
    """Asks for a certificate under an authority, named by its DER distinguished name (empty: any)."""

    NUMBER: ClassVar[PayloadType] = PayloadType.CERTIFICATE_REQUEST
    encoding: int
    data: bytes

    @classmethod
    def decode(cls, reader: Reader) -> "CertRequestPayload":
        return cls(reader.u8(), reader.rest())

    def encode(self) -> bytes:
        return bytes([self.encoding]) + self.data
