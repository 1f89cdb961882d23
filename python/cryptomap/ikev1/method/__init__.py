"""The ways to prove oneself in phase 1, one a file, and the table that finds them (RFC 2409 section 5).

A method is asked by main and by aggressive mode at the same four points; it must not send, and must not
know which of the two asks, beyond what its arguments say."""

from collections.abc import Mapping

from cryptomap.ikev1.context import Context
from cryptomap.ikev1.method.base import Method as Method
from cryptomap.ikev1.method.base import Transcript as Transcript
from cryptomap.ikev1.method.base import Whom as Whom
from cryptomap.ikev1.method.hybrid import HybridClient, HybridGateway
from cryptomap.ikev1.method.preshared import PreSharedKey
from cryptomap.ikev1.method.rsa_encryption import RsaEncryption
from cryptomap.ikev1.method.signature import RsaSignature
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model.algorithm import AuthMethod, Extended
from cryptomap.model.config import IsakmpPolicy
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.model.status import Role

_METHODS: Mapping[AuthMethod, type[Method]] = {
    AuthMethod.PRE_SHARE: PreSharedKey,
    AuthMethod.RSA_SIG: RsaSignature,
    AuthMethod.RSA_ENCR: RsaEncryption,
}


def begin(ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, whom: Whom) -> Method:
    """The policy's method, ready for this peer. Raises `PeerIncompatibleError` when it lacks something."""
    kind = _METHODS.get(policy.authentication)
    if policy.extended == (Extended.HYBRID,):
        kind = HybridGateway if sa.role is Role.RESPONDER else HybridClient
    if kind is None:
        raise PeerIncompatibleError(f"authentication {policy.authentication} is not spoken here")
    return kind.begin(ctx, sa, whom)


def usable(ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, whom: Whom) -> bool:
    """Whether `begin` would succeed."""
    try:
        begin(ctx, sa, policy, whom)
    except PeerIncompatibleError:
        return False
    return True
