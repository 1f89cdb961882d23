"""What the messages of aggressive mode hold, and when the mode is allowed."""

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.message import MANY, Rules
from cryptomap.ikev1.method import Method
from cryptomap.ikev1.method.base import Counts
from cryptomap.model import event as ev
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.wire.numbers import ExchangeType
from cryptomap.wire.payload import (
    CertPayload,
    CertRequestPayload,
    HashPayload,
    IdPayload,
    KePayload,
    NatDDraftPayload,
    NatDPayload,
    NoncePayload,
    SaPayload,
    SignaturePayload,
)

AGGRESSIVE = ExchangeType.AGGRESSIVE
_NAT_D: Counts = {NatDPayload: (0, MANY), NatDDraftPayload: (0, MANY)}
_OFFER: Counts = {SaPayload: (1, 1), KePayload: (1, 1), NoncePayload: (1, 1), IdPayload: (1, 1)}
OFFER_RULES = Rules({**_OFFER, CertRequestPayload: (0, MANY)}, encrypted=False)
ANSWER_RULES = Rules(
    {
        **_OFFER,
        **_NAT_D,
        HashPayload: (0, 1),
        CertPayload: (0, MANY),
        CertRequestPayload: (0, MANY),
        SignaturePayload: (0, 1),
    },
    encrypted=False,
)
"""Which of the proofs must be there is known once the method is chosen."""


def proof_rules(how: Method) -> Rules:
    """Message 3, encrypted or not: RFC 2409 section 5.4 leaves it to the initiator."""
    return Rules({**how.PROOF_COUNTS, **_NAT_D}, encrypted=None)


def allowed(ctx: Context, policy: IsakmpPolicy) -> bool:
    """Whether the policy may be agreed on in aggressive mode.

    A pre-shared key is open to guessing then, which the compliance shield does not let happen; RSA encryption
    has an aggressive mode of its own that is not spoken here.
    """
    if policy.authentication is AuthMethod.PRE_SHARE:
        return not ctx.config.compliance_shield
    return policy.authentication is AuthMethod.RSA_SIG


def check_enabled(ctx: Context) -> None:
    """Raises `PeerIncompatibleError`, and logs it, where the configuration turned the mode off."""
    if not ctx.config.aggressive_mode:
        text = "Unable to initiate or respond to Aggressive Mode while disabled"
        ctx.emit(ev.LogMessage("CRYPTO", 5, "IKMP_AG_MODE_DISABLED", text))
        raise PeerIncompatibleError("aggressive mode is disabled: `no crypto isakmp aggressive-mode disable`")
