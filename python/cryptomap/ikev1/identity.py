"""Phase 1 identities: what we call ourselves, what a peer claims, and the ISAKMP profile that follows."""

from cryptomap.ikev1 import access
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.method.base import Method
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import ISAKMP_PORT
from cryptomap.model.algorithm import Extended
from cryptomap.model.config import IdentityKind
from cryptomap.model.error import AuthenticationFailedError
from cryptomap.pki.distinguished import shown
from cryptomap.pki.identity import is_for
from cryptomap.policy.profile import claimed, find_profile
from cryptomap.wire.numbers import ExchangeType, IdType, PayloadType
from cryptomap.wire.payload import IdPayload

_UDP = 17


def own_identity(ctx: Context, sa: IsakmpSa) -> IdPayload:
    """Who we say we are: as the profile has it, else as `crypto isakmp identity` has it.

    The port is 0 once a NAT is found, as IOS does.
    """
    profile = ctx.config.isakmp_profiles.get(sa.profile or "")
    words = (profile.self_identity or "") if profile else ""
    if not words and ctx.config.isakmp_identity is IdentityKind.HOSTNAME:
        words = "fqdn"
    return worded_identity(ctx, sa, words)


def worded_identity(ctx: Context, sa: IsakmpSa, words: str) -> IdPayload:
    """The identity of a configured line: `fqdn [NAME]`, `user-fqdn NAME`, `group NAME`, or else our
    address."""
    port = 0 if sa.nat is not None and sa.nat.found else ISAKMP_PORT
    kind, _, name = words.partition(" ")
    if kind == "user-fqdn" and name:
        return IdPayload(IdType.USER_FQDN, _UDP, port, name.encode())
    if kind == "group" and name:
        return IdPayload(IdType.KEY_ID, _UDP, port, name.encode())
    if kind == "fqdn":
        return IdPayload.for_fqdn(name or _full_name(ctx), _UDP, port)
    return IdPayload.for_address(sa.local.address, _UDP, port)


def _full_name(ctx: Context) -> str:
    domain = ctx.config.domain_name
    return f"{ctx.config.hostname}.{domain}" if domain else ctx.config.hostname


def show_identity(
    ctx: Context,
    sa: IsakmpSa,
    payload: IdPayload,
    *,
    sent: bool,
    behind: PayloadType = PayloadType.HASH,
) -> None:
    """Tells of an ID payload and what stands behind it; the length IOS prints is with the generic header."""
    length = 4 + len(payload.raw)
    ctx.emit(
        ev.IdentityShown(
            sa.ref,
            sent,
            int(behind),
            int(payload.id_type),
            identity_text(payload),
            payload.protocol,
            payload.port,
            length,
        )
    )


def identity_text(payload: IdPayload) -> str:
    """An identity for a person to read."""
    return shown(payload.data) if payload.id_type is IdType.DER_ASN1_DN else payload.text()


def bind_profile(ctx: Context, sa: IsakmpSa, payload: IdPayload, method: Method) -> str | None:
    """The ISAKMP profile of an authenticated peer.

    Raises `AuthenticationFailedError` when the peer belongs to another profile than the one we
    called it for, or proved itself by what its profile does not hold.
    """
    profile = find_profile(ctx.config, claimed(payload), method.certificate)
    name = profile.name if profile else None
    if sa.profile is not None and name != sa.profile:
        raise AuthenticationFailedError(
            f"identity {identity_text(payload)} does not match isakmp profile {sa.profile}; "
            "correct its `match identity`"
        )
    refusal = method.refuses(ctx, profile) if profile is not None else None
    if refusal is not None:
        raise AuthenticationFailedError(refusal)
    return name


def bind_client(ctx: Context, sa: IsakmpSa, payload: IdPayload, method: Method) -> None:
    """The client group of an authenticated peer, and the AAA list that has to know its user.

    Raises `AuthenticationFailedError` when Xauth was agreed on and nothing asks for it: the peer would wait.
    """
    profile = ctx.config.isakmp_profiles.get(sa.profile or "")
    sa.group = (profile.client_group if profile else None) or claimed(payload).group or _unit(method)
    if sa.policy is None:
        return
    claim = payload if sa.exchange is ExchangeType.AGGRESSIVE else None
    exempt = access.exempt(ctx, sa, sa.policy, claim)
    sa.xauth_list = None if exempt else access.lines(ctx, sa).authentication_list
    if sa.xauth_list is None and sa.policy.extended != (Extended.NONE,):
        raise AuthenticationFailedError(
            f"{payload.text()} wants Xauth, for which isakmp profile {sa.profile} needs "
            "`client authentication list`"
        )


def _unit(method: Method) -> str | None:
    """The OU of the peer's certificate, which stands for its client group."""
    return method.certificate.unit if method.certificate else None


def check_gateway(ctx: Context, sa: IsakmpSa, payload: IdPayload, method: Method) -> None:
    """A gateway that a client of ours called has to be the one that the configuration names: everybody in the
    group has its key, and everybody with a certificate has one of the same authority.

    It is known by the address that was called, or by a name that `ip host` has for that address. Raises
    `AuthenticationFailedError`.
    """
    address = sa.remote.address
    names = (name for name, known in ctx.config.hosts.items() if address in known)
    expected = [IdPayload.for_address(address), *(IdPayload.for_fqdn(name) for name in names)]
    certificate = method.certificate
    if certificate is not None:
        good = any(is_for(certificate, each) for each in expected)
    else:
        good = any((payload.id_type, payload.data) == (each.id_type, each.data) for each in expected)
    if not good:
        raise AuthenticationFailedError(
            f"the gateway {address} calls itself {payload.text()}; it should prove its address, or a name "
            "that `ip host` has for it"
        )
