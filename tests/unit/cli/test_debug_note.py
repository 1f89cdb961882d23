"""The initiator's debug of the study note's lab 1, event by event, in the 12.3 dialect.

`debug_12_3_initiator.log` is the note's text without its remarks. `|` stands for the time stamp;
lines without it continue the message above. Holes: the addresses of IOS's SA structures.
"""

import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from cryptomap.cli.debug import render_event
from cryptomap.model import event as e
from cryptomap.model.address import Endpoint
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.config import Personality, TransformSet
from cryptomap.model.sa import Direction, SaKey
from cryptomap.model.selector import Selector

NOTE = Path(__file__).parents[2] / "golden" / "cli" / "debug_12_3_initiator.log"
LOCAL, REMOTE = IPv4Address("12.1.1.2"), IPv4Address("13.1.1.3")
IN_SPI, OUT_SPI = 0x5E39E570, 0xE06FF44
INFORMATIONAL, QUICK = (-1323939639) % 2**32, (-426260398) % 2**32
SELECTOR = Selector(IPv4Network("2.2.2.0/24"), IPv4Network("3.3.3.0/24"))
CISCO = TransformSet("cisco", EspCipher.DES, None, EspAuth.SHA)
PEER, INTERNAL = "IKE_MESG_FROM_PEER", "IKE_MESG_INTERNAL"


def sa(state: str, handle: int = 2) -> e.SaRef:
    return e.SaRef(handle, 1000 + handle, Endpoint(LOCAL, 500), Endpoint(REMOTE, 500), "I", state)


NO_STATE, SETUP, KEY_EXCH, IDLE = map(sa, ("MM_NO_STATE", "MM_SA_SETUP", "MM_KEY_EXCH", "QM_IDLE"))
OLD = sa("QM_IDLE", 1)


def message(
    direction: Direction, spi: int, connection: int, flags: int, seconds: int = 3600, kilobytes: int = 4608000
) -> e.KeyMessage:
    return e.KeyMessage(
        direction, LOCAL, REMOTE, SELECTOR, CISCO, False, seconds, kilobytes, spi, connection, flags
    )


def key_lookup(local: bool = False) -> e.KeyLookup:
    return e.KeyLookup(NO_STATE, REMOTE, "default", True, local)


def state(ref: e.SaRef, source: str, cause: str, old: str, new: str) -> e.StateChange:
    return e.StateChange(ref, (source, cause), f"IKE_{old}", f"IKE_{new}")


def payload(ref: e.SaRef, name: str, node: int = 0) -> e.PayloadProcessed:
    return e.PayloadProcessed(ref, name, node)


def vendor(ref: e.SaRef, name: str, major: int) -> list[e.Event]:
    return [payload(ref, "vendor id"), e.VendorIdSeen(ref, name, major)]


def identity(sent: bool, address: IPv4Address) -> e.IdentityShown:
    return e.IdentityShown(KEY_EXCH, sent, 8, 1, str(address), 17, 500, 12)


REQUEST = [
    e.IpsecSaRequested(message(Direction.OUTBOUND, IN_SPI, 0, 0x400B)),
    e.SaRequest(NO_STATE, None),
    e.NodeCreated(NO_STATE, 0, duplicate_sa=True),
    e.TryingMainMode(NO_STATE),
    key_lookup(),
    *(e.VendorIdSent(NO_STATE, name) for name in ("07", "03", "02")),
    state(NO_STATE, "IKE_MESG_FROM_IPSEC", "IKE_SA_REQ_MM", "READY", "I_MM1"),
    e.ExchangeBegun(NO_STATE, "Main Mode"),
    e.PacketSent(NO_STATE),
]
POLICY = [
    e.Attribute("encryption", "3DES-CBC"),
    e.Attribute("hash", "MD5"),
    e.Attribute("group", "2"),
    e.Attribute("auth", "pre-share"),
    e.Attribute("life type", "seconds"),
    e.Attribute("life duration", "60"),
]
MESSAGE_2 = [
    e.PacketReceived(NO_STATE),
    state(NO_STATE, PEER, "IKE_MM_EXCH", "I_MM1", "I_MM2"),
    payload(NO_STATE, "SA"),
    *vendor(NO_STATE, "v7", 245),
    key_lookup(local=True),
    e.ScanningProfiles(NO_STATE, ()),
    e.PolicyChecked(NO_STATE, 1, 2, tuple(POLICY), None, 0),
    *vendor(NO_STATE, "v7", 245),
    state(NO_STATE, INTERNAL, "IKE_PROCESS_MAIN_MODE", "I_MM2", "I_MM2"),
    e.PacketSent(SETUP),
    state(SETUP, INTERNAL, "IKE_PROCESS_COMPLETE", "I_MM2", "I_MM3"),
    e.NodePurged(OLD, (-1572961127) % 2**32),
]
MESSAGE_4 = [
    e.PacketReceived(SETUP),
    state(SETUP, PEER, "IKE_MM_EXCH", "I_MM3", "I_MM4"),
    payload(SETUP, "KE"),
    payload(SETUP, "NONCE"),
    key_lookup(),
    e.KeysGenerated(SETUP),
    *vendor(SETUP, "Unity", 0),
    *vendor(SETUP, "DPD", 1),
    *vendor(SETUP, "IOS", 0),
    state(SETUP, INTERNAL, "IKE_PROCESS_MAIN_MODE", "I_MM4", "I_MM4"),
    e.InitialContactSent(SETUP),
    identity(True, LOCAL),
    e.PacketSent(KEY_EXCH),
    state(KEY_EXCH, INTERNAL, "IKE_PROCESS_COMPLETE", "I_MM4", "I_MM5"),
]
MESSAGE_6 = [
    e.PacketReceived(KEY_EXCH),
    payload(KEY_EXCH, "ID"),
    identity(False, REMOTE),
    payload(KEY_EXCH, "HASH"),
    e.Authenticated(KEY_EXCH),
    e.ProfileMatched(KEY_EXCH, None),
    state(KEY_EXCH, PEER, "IKE_MM_EXCH", "I_MM5", "I_MM6"),
    state(KEY_EXCH, INTERNAL, "IKE_PROCESS_MAIN_MODE", "I_MM6", "I_MM6"),
    state(KEY_EXCH, INTERNAL, "IKE_PROCESS_COMPLETE", "I_MM6", "P1_COMPLETE"),
]
QUICK_MODE_1 = [
    e.PacketReceived(KEY_EXCH),
    e.NodeCreated(IDLE, INFORMATIONAL),
    payload(IDLE, "HASH", INFORMATIONAL),
    payload(IDLE, "DELETE", INFORMATIONAL),
    e.NodeDeleted(IDLE, INFORMATIONAL, False, "informational (in) state 1"),
    e.ExchangeBegun(IDLE, "Quick Mode", QUICK),
    e.KeyEngineDelete(),
    e.PacketSent(IDLE),
    e.StateChange(IDLE, (INTERNAL, "IKE_INIT_QM"), "IKE_QM_READY", "IKE_QM_I_QM1", QUICK),
    state(IDLE, INTERNAL, "IKE_PHASE1_COMPLETE", "P1_COMPLETE", "P1_COMPLETE"),
]
PROPOSAL = [
    e.Attribute("encaps", "1 (Tunnel)"),
    e.Attribute("life type", "seconds"),
    e.Attribute("life duration", "3600"),
    e.Attribute("life type", "kilobytes"),
    e.Attribute("life duration", "4608000", bytes.fromhex("00465000")),
    e.Attribute("authenticator", "HMAC-SHA"),
    e.Attribute("group", "1"),
]
QUICK_MODE_2 = [
    e.PacketReceived(IDLE),
    payload(IDLE, "HASH", QUICK),
    payload(IDLE, "SA", QUICK),
    e.IpsecProposalChecked(IDLE, 1, 1, "ESP_DES", tuple(PROPOSAL), None),
    e.IpsecProposalValidated(message(Direction.INBOUND, 0, 0, 0x12, 0, 0), "huawei"),
    *(payload(IDLE, name, QUICK) for name in ("NONCE", "KE", "ID", "ID")),
    e.IpsecSasCreated(
        IDLE, SaKey(LOCAL, 50, IN_SPI), SaKey(REMOTE, 50, OUT_SPI), SELECTOR, 2000, 2001, 3600, 4608000, True
    ),
    e.PacketSent(IDLE),
    e.NodeDeleted(IDLE, QUICK, False, ""),
    e.StateChange(IDLE, (PEER, "IKE_QM_EXCH"), "IKE_QM_I_QM1", "IKE_QM_PHASE2_COMPLETE", QUICK),
    e.IpsecSaInitialized(message(Direction.INBOUND, IN_SPI, 2000, 0x13), "huawei"),
    e.IpsecSaInitialized(message(Direction.OUTBOUND, OUT_SPI, 2001, 0x1B), "huawei"),
    e.IpsecSaCreated(SaKey(LOCAL, 50, IN_SPI), CISCO, 2000),
    e.IpsecSaCreated(SaKey(REMOTE, 50, OUT_SPI), CISCO, 2001),
    e.SaPurged(OLD),
]


def plain(text: str) -> list[str]:
    """Lines without trailing blanks and without the addresses of structures."""
    text = re.sub(r"\b(sa ?= ?|delme=)[0-9A-F]{8}\b", r"\1POINTER", text)
    return [line.rstrip() for line in text.rstrip().split("\n")]


def test_lab_1_initiator() -> None:
    events = [*REQUEST, *MESSAGE_2, *MESSAGE_4, *MESSAGE_6, *QUICK_MODE_1, *QUICK_MODE_2]
    printed = "\n".join(f"|{text}" for event in events for text in render_event(event, Personality.IOS_12_3))
    assert plain(printed) == plain(NOTE.read_text())
