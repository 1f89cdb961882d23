"""Vendor ids: which we send, and what a received one says.

NAT-T ids are the MD5 of the document's name (RFC 3947 section 3.1); the draft 02 in use by peers has a
newline behind its name. Unity and DPD end in a major and a minor version. IOS marks its
own kind with an id of the session; ours is derived from both cookies, so that two of us know each other.
"""

from collections.abc import Iterable, Mapping
from hashlib import md5

from cryptomap.crypto.keys import Cookies
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.config import Personality
from cryptomap.wire.payload import VendorPayload

_UNITY = bytes.fromhex("12f5f28c457168a9702d9fe274cc")
_DPD = bytes.fromhex("afcad71368a1f1c96b8696fc7757")
_VERSION_1_0 = b"\x01\x00"
_XAUTH = bytes.fromhex("09002689dfd6b712")
_FRAGMENTATION = md5(b"FRAGMENTATION", usedforsecurity=False).digest()
_BOTH_MODES = b"\xc0\x00\x00\x00"
"""Fragments are taken in main and in aggressive mode."""
OWN_KIND = "IOS"
_MAJOR, _MINOR = 14, 15
"""Where a Unity or DPD id has its version; IOS looks there first, whatever the id is."""


def _document(name: bytes) -> bytes:
    return md5(name, usedforsecurity=False).digest()


RFC_3947 = _document(b"RFC 3947")
NAT_T_07 = _document(b"draft-ietf-ipsec-nat-t-ike-07")
NAT_T_03 = _document(b"draft-ietf-ipsec-nat-t-ike-03")
NAT_T_02 = _document(b"draft-ietf-ipsec-nat-t-ike-02\n")

NAT_T_SENT: Mapping[bytes, str] = {RFC_3947: "rfc3947", NAT_T_07: "07", NAT_T_03: "03", NAT_T_02: "02"}
"""Best first, with the word that debug prints when one is sent."""
_NAT_T_SEEN: Mapping[bytes, str] = {RFC_3947: "RFC 3947", NAT_T_07: "v7", NAT_T_03: "v3", NAT_T_02: "v2"}
DRAFTS = frozenset({NAT_T_03, NAT_T_02})
"""Those with private numbers for NAT-D and the encapsulation modes."""


def nat_t_ids(personality: Personality) -> tuple[bytes, ...]:
    """Those we know and send, best first. Release 12.3 is older than RFC 3947."""
    old = personality is Personality.IOS_12_3
    return tuple(octets for octets in NAT_T_SENT if not (old and octets == RFC_3947))


def common_nat_t(ours: Iterable[bytes], seen: Iterable[VendorPayload]) -> bytes | None:
    """The best NAT-T id that the peer has too."""
    theirs = {payload.data for payload in seen}
    return next((known for known in ours if known in theirs), None)


def session_ids(cookies: Cookies) -> tuple[VendorPayload, ...]:
    """What goes with messages 3 and 4 of main mode."""
    return (*capabilities(), VendorPayload(_own_kind(cookies)))


def fragmentation() -> VendorPayload:
    """Says that we take fragments."""
    return VendorPayload(_FRAGMENTATION + _BOTH_MODES)


def capabilities() -> tuple[VendorPayload, ...]:
    """What we can do besides: Unity and dead peer detection."""
    return VendorPayload(_UNITY + _VERSION_1_0), VendorPayload(_DPD + _VERSION_1_0)


def xauth() -> VendorPayload:
    """We speak Xauth (draft-beaulieu-ike-xauth-02 section 4)."""
    return VendorPayload(_XAUTH)


def recognise(ctx: Context, sa: IsakmpSa, payloads: Iterable[VendorPayload]) -> None:
    """Tells of each id in turn, and notes what the peer can do."""
    own_kind = _own_kind(sa.cookies)
    for payload in payloads:
        data = payload.data
        sa.peer_takes_fragments |= data.startswith(_FRAGMENTATION)
        sa.peer_answers_dpd |= data.startswith(_DPD)
        name = _name(data, own_kind)
        sa.same_kind |= name == OWN_KIND
        ctx.emit(ev.PayloadProcessed(sa.ref, "vendor id", 0))
        if ctx.tells(ev.VendorIdSeen):
            major, minor = (data[_MAJOR], data[_MINOR]) if len(data) > _MINOR else (None, None)
            ctx.emit(ev.VendorIdSeen(sa.ref, name, major, minor))


def _name(data: bytes, own_kind: bytes) -> str | None:
    if data in _NAT_T_SEEN:
        return _NAT_T_SEEN[data]
    if data.startswith(_UNITY):
        return "Unity"
    if data.startswith(_DPD):
        return "DPD"
    if data == _XAUTH:
        return "XAUTH"
    if data.startswith(_FRAGMENTATION):
        return "FRAGMENTATION"
    return OWN_KIND if data == own_kind else None


def _own_kind(cookies: Cookies) -> bytes:
    return md5(b"cryptomap" + cookies.initiator + cookies.responder, usedforsecurity=False).digest()
