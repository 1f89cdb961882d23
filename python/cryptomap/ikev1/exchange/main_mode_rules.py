"""What the messages of main mode hold, and what both sides do alike with them."""

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange import phase1
from cryptomap.ikev1.exchange.step import move
from cryptomap.ikev1.feature import natt, vendor_ids
from cryptomap.ikev1.identity import own_identity, show_identity
from cryptomap.ikev1.message import MANY, Message, Rules
from cryptomap.ikev1.method import Method, Transcript
from cryptomap.ikev1.method.base import Counts
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.states import Input
from cryptomap.model import event as ev
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


def take_proof(ctx: Context, sa: IsakmpSa, transcript: Transcript, how: Method, message: Message) -> Method:
    """The peer's proof in messages 5 and 6, with its identity where that has not come before."""
    claim = message.maybe(IdPayload)
    if claim is not None:
        ctx.emit(ev.PayloadProcessed(sa.ref, "ID", 0))
        show_identity(ctx, sa, claim, sent=False, behind=how.BEHIND_ID)
    identity, how = how.verify(ctx, sa, transcript, message, claim)
    phase1.authenticated(ctx, sa, identity, how)
    move(ctx, sa, Input.MM_EXCHANGE)
    move(ctx, sa, Input.PROCESS_MAIN_MODE)
    return how


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
