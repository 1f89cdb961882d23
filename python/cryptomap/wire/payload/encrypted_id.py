"""Identification payload whose body is encrypted with RSA (RFC 2409 section 5.2)."""

from dataclasses import dataclass
from typing import ClassVar

from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.base import OpaquePayload


@dataclass(frozen=True, slots=True)
class EncryptedIdPayload(OpaquePayload):
    """The ciphertext of an ID payload's body. Found only where an exchange says so: its number is the plain
    one's."""

    NUMBER: ClassVar[PayloadType] = PayloadType.IDENTIFICATION
