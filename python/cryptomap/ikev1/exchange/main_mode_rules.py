"""What the messages of main mode hold, and the payloads that messages 3 and 4 share."""

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.identity import own_identity, show_identity
from cryptomap.ikev1.message import MANY, Rules
from cryptomap.ikev1.method import Method, Transcript
from cryptomap.ikev1.method.base import Counts
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.config import IsakmpPolicy
from cryptomap.wire.numbers import ExchangeType
from cryptomap.wire.payload import IdPayload, KePayload, NatDDraftPayload, NatDPayload, Payload, SaPayload

MAIN = ExchangeType.IDENTITY_PROTECTION
SA_RULES = Rules({SaPayload: (1, 1)}, encrypted=False)
_KE_COUNTS: Counts = {KePayload: (1, 1), NatDPayload: (0, MANY), NatDDraftPayload: (0, MANY)}


def ke_rules(how: Method) -> Rules:
    """Messages 3 and 4."""
    return Rules({**_KE_COUNTS, **how.KE_COUNTS}, encrypted=False)


def auth_rules(how: Method) -> Rules:
    """Messages 5 and 6."""
    return Rules(how.AUTH_COUNTS, encrypted=True)


def prove(ctx: Context, sa: IsakmpSa, transcript: Transcript, how: Method) -> list[Payload]:
    """Our proof in messages 5 and 6, behind our identity where it has not gone before."""
    identity = how.own_identity(ctx, sa, own_identity(ctx, sa))
    front: list[Payload] = [identity] if IdPayload in how.AUTH_COUNTS else []
    if front:
        show_identity(ctx, sa, identity, sent=True, behind=how.BEHIND_ID)
    return front + how.prove(ctx, sa, transcript, identity)


def ke_payloads(
    ctx: Context,
    sa: IsakmpSa,
    policy: IsakmpPolicy,
    how: Method,
    own: tuple[bytes, bytes],
    natt_id: bytes | None,
) -> list[Payload]:
    """Messages 3 and 4; `own` is our public value and our nonce."""
    public, nonce = own
    return [
        KePayload(public),
        *how.nonce_payloads(ctx, sa, nonce),
        *vendor_ids.session_ids(sa.cookies),
        *natt.nat_d(sa, policy.hash, natt_id),
    ]
