"""What both sides of phase 1 do alike: keys, identities, and whom to believe (RFC 2409 section 5)."""

from collections.abc import Sequence

from cryptomap.crypto.algorithms import ike_cipher
from cryptomap.crypto.keys import Cookies, Nonces, encryption_key, phase1_iv, phase1_keys, skeyid_psk
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import IsakmpSa, Protection
from cryptomap.model import event as ev
from cryptomap.model.address import ISAKMP_PORT
from cryptomap.model.config import IdentityKind, IsakmpPolicy
from cryptomap.model.error import (
    AuthenticationFailedError,
    MisuseError,
    PeerIncompatibleError,
    PeerMisbehavedError,
)
from cryptomap.policy.keyring import FoundKey, find_key
from cryptomap.policy.profile import Identity, allows_keyring, find_profile
from cryptomap.wire.numbers import IdType, NotifyType, PayloadType
from cryptomap.wire.payload import IdPayload, NoncePayload

NONCE_SIZE = 20
SMALLEST_NONCE, LARGEST_NONCE = 8, 256
"""RFC 2409 section 5."""
UDP = 17


def look_up_key(ctx: Context, sa: IsakmpSa, keyrings: Sequence[str], *, local: bool = False) -> FoundKey:
    """The pre-shared key for the SA's peer. Raises `PeerIncompatibleError` when there is none."""
    found = find_key(ctx.config, sa.remote.address, keyrings)
    where = found.keyring if found else ", ".join(keyrings) or "default"
    ctx.emit(ev.KeyLookup(sa.ref, sa.remote.address, where, found is not None, local))
    if found is None:
        raise PeerIncompatibleError(
            f"no pre-shared key for {sa.remote.address}", NotifyType.NO_PROPOSAL_CHOSEN
        )
    return found


def derive(
    policy: IsakmpPolicy, key: FoundKey, nonces: Nonces, shared: bytes, cookies: Cookies
) -> Protection:
    """SKEYID, its children and the key that encrypts."""
    cipher = ike_cipher(policy.encryption, policy.key_bits)
    if cipher is None:
        raise MisuseError(f"isakmp policy {policy.priority} has no such cipher")
    skeyid = skeyid_psk(policy.hash, key.octets, nonces)
    keys = phase1_keys(policy.hash, skeyid, shared, cookies)
    return Protection(policy.hash, cipher, keys, encryption_key(policy.hash, keys.skeyid_e, cipher))


def take_keys(
    ctx: Context, sa: IsakmpSa, policy: IsakmpPolicy, protection: Protection, publics: tuple[bytes, bytes]
) -> None:
    """Gives the SA its keys, its first IV and its number; `publics` is (g^xi, g^xr)."""
    sa.policy, sa.protection = policy, protection
    sa.iv = phase1_iv(protection.hash, *publics, protection.cipher)
    sa.connection_id = next(ctx.connection_ids)
    if ctx.key_log:
        ctx.emit(ev.KeyLog(sa.initiator_cookie, protection.key))
    ctx.emit(ev.KeysGenerated(sa.ref))


def check_nonce(payload: NoncePayload) -> bytes:
    """The nonce, if it is of a size that RFC 2409 allows."""
    if not SMALLEST_NONCE <= len(payload.data) <= LARGEST_NONCE:
        raise PeerMisbehavedError(
            f"nonce of {len(payload.data)} octets, not {SMALLEST_NONCE} to {LARGEST_NONCE}"
        )
    return payload.data


def own_identity(ctx: Context, sa: IsakmpSa) -> IdPayload:
    """Who we say we are: as the profile has it, else as `crypto isakmp identity` has it.

    The port is 0 once a NAT is found, as IOS does.
    """
    port = 0 if sa.nat is not None and sa.nat.found else ISAKMP_PORT
    profile = ctx.config.isakmp_profiles.get(sa.profile or "")
    words = (profile.self_identity or "").split() if profile else []
    if words[:1] == ["user-fqdn"] and len(words) > 1:
        return IdPayload(IdType.USER_FQDN, UDP, port, words[1].encode())
    if words[:1] == ["fqdn"]:
        return IdPayload.for_fqdn(words[1] if len(words) > 1 else _full_name(ctx), UDP, port)
    if not words and ctx.config.isakmp_identity is IdentityKind.HOSTNAME:
        return IdPayload.for_fqdn(_full_name(ctx), UDP, port)
    return IdPayload.for_address(sa.local.address, UDP, port)


def _full_name(ctx: Context) -> str:
    domain = ctx.config.domain_name
    return f"{ctx.config.hostname}.{domain}" if domain else ctx.config.hostname


def show_identity(ctx: Context, sa: IsakmpSa, payload: IdPayload, *, sent: bool) -> None:
    """Tells of an ID payload; the length IOS prints is with the generic header."""
    length = 4 + len(payload.raw)
    ctx.emit(
        ev.IdentityShown(
            sa.ref,
            sent,
            int(PayloadType.HASH),
            int(payload.id_type),
            payload.text(),
            payload.protocol,
            payload.port,
            length,
        )
    )


def bind_profile(ctx: Context, sa: IsakmpSa, payload: IdPayload, keyring: str) -> str | None:
    """The ISAKMP profile of an authenticated peer.

    Raises `AuthenticationFailedError` when the peer belongs to another profile than the one we
    called it for, or proved a key that its profile does not hold.
    """
    profile = find_profile(ctx.config, _identity(payload))
    name = profile.name if profile else None
    if sa.profile is not None and name != sa.profile:
        raise AuthenticationFailedError(
            f"identity {payload.text()} does not match isakmp profile {sa.profile}; "
            "correct its `match identity`"
        )
    if profile is not None and not allows_keyring(profile, keyring):
        raise AuthenticationFailedError(
            f"isakmp profile {profile.name} does not use keyring {keyring}, whose key the peer proved"
        )
    return name


def _identity(payload: IdPayload) -> Identity:
    if payload.address is not None:
        return Identity(address=payload.address)
    text = payload.text()
    match payload.id_type:
        case IdType.FQDN:
            return Identity(host=text)
        case IdType.USER_FQDN:
            return Identity(user=text)
        case IdType.KEY_ID:
            return Identity(group=text)
    return Identity()
