"""What the messages of main mode hold, and the payloads that messages 3 and 4 share."""

from cryptomap.crypto.groups import DhKeyPair
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.message import MANY, Rules
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.config import IsakmpPolicy
from cryptomap.wire.numbers import ExchangeType
from cryptomap.wire.payload import (
    CertRequestPayload,
    HashPayload,
    IdPayload,
    KePayload,
    NatDDraftPayload,
    NatDPayload,
    NoncePayload,
    Payload,
    SaPayload,
)

MAIN = ExchangeType.IDENTITY_PROTECTION
SA_RULES = Rules({SaPayload: (1, 1)}, encrypted=False)
KE_RULES = Rules(
    {
        KePayload: (1, 1),
        NoncePayload: (1, 1),
        NatDPayload: (0, MANY),
        NatDDraftPayload: (0, MANY),
        CertRequestPayload: (0, MANY),
    },
    encrypted=False,
)
AUTH_RULES = Rules({IdPayload: (1, 1), HashPayload: (1, 1)}, encrypted=True)


def ke_payloads(
    sa: IsakmpSa, policy: IsakmpPolicy, pair: DhKeyPair, nonce: bytes, natt_id: bytes | None
) -> list[Payload]:
    """Messages 3 and 4."""
    return [
        KePayload(pair.public),
        NoncePayload(nonce),
        *vendor_ids.session_ids(sa.cookies),
        *natt.nat_d(sa, policy.hash, natt_id),
    ]
