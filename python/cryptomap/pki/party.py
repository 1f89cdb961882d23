"""Whoever proves itself with a certificate: the certificate and the key for it."""

from dataclasses import dataclass, field

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.pki.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Party:
    """A side of a conversation, or an authority."""

    certificate: Certificate
    pair: RsaKeyPair = field(repr=False)
