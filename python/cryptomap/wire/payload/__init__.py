"""The payloads, one a file, and the table that finds them by number.

A payload knows its own layout and nothing of the message around it; which payloads a message may
carry is decided by the exchange."""

from collections.abc import Mapping

from cryptomap.wire.attribute import Attribute, decode_attributes, encode_attributes
from cryptomap.wire.numbers import PayloadType
from cryptomap.wire.payload.attributes import AttributesPayload
from cryptomap.wire.payload.base import Payload
from cryptomap.wire.payload.cert import CertPayload
from cryptomap.wire.payload.certificate_request import CertRequestPayload
from cryptomap.wire.payload.delete import DeletePayload
from cryptomap.wire.payload.encrypted_id import EncryptedIdPayload
from cryptomap.wire.payload.fragment import FragmentPayload
from cryptomap.wire.payload.hash import HashPayload
from cryptomap.wire.payload.id import IdPayload
from cryptomap.wire.payload.ke import KePayload
from cryptomap.wire.payload.nat_d import NatDDraftPayload, NatDPayload
from cryptomap.wire.payload.nat_oa import NatOaDraftPayload, NatOaPayload
from cryptomap.wire.payload.nonce import NoncePayload
from cryptomap.wire.payload.notify import NotifyPayload
from cryptomap.wire.payload.sa import Proposal, SaPayload, Transform
from cryptomap.wire.payload.signature import SignaturePayload
from cryptomap.wire.payload.unknown import UnknownPayload
from cryptomap.wire.payload.vendor import VendorPayload

BY_NUMBER: Mapping[PayloadType, type[Payload]] = {
    kind.NUMBER: kind
    for kind in (
        SaPayload,
        KePayload,
        IdPayload,
        CertPayload,
        CertRequestPayload,
        HashPayload,
        SignaturePayload,
        NoncePayload,
        NotifyPayload,
        DeletePayload,
        VendorPayload,
        AttributesPayload,
        NatDPayload,
        NatOaPayload,
        NatDDraftPayload,
        NatOaDraftPayload,
        FragmentPayload,
    )
}

__all__ = [
    "BY_NUMBER",
    "Attribute",
    "AttributesPayload",
    "CertPayload",
    "CertRequestPayload",
    "DeletePayload",
    "EncryptedIdPayload",
    "FragmentPayload",
    "HashPayload",
    "IdPayload",
    "KePayload",
    "NatDDraftPayload",
    "NatDPayload",
    "NatOaDraftPayload",
    "NatOaPayload",
    "NoncePayload",
    "NotifyPayload",
    "Payload",
    "Proposal",
    "SaPayload",
    "SignaturePayload",
    "Transform",
    "UnknownPayload",
    "VendorPayload",
    "decode_attributes",
    "encode_attributes",
]
