"""Certificate payload (RFC 2408 section 3.9).

                     1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| Cert. Encoding|                Certificate Data               |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
"""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.cursor import Reader
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import Payload


@dataclass(frozen=True, slots=True)
class CertPayload(Payload):
    """One certificate or CRL; `encoding` is 4 for an X.509 signature certificate."""

    NUMBER: ClassVar[PayloadType] = PayloadType.CERTIFICATE
    encoding: int
    data: bytes

    @classmethod
    def decode(cls, reader: Reader) -> "CertPayload":
        return cls(reader.u8(), reader.rest())

    def encode(self) -> bytes:
        return bytes([self.encoding]) + self.data
