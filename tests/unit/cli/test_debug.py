"""Every event has a text in both dialects; prefixes, signs and stamps are as IOS writes them."""

import inspect
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from cryptomap.cli.debug import console_lines, debug_flag, render_event, unseen
from cryptomap.cli.router import DebugFlag
from cryptomap.model import event as e
from cryptomap.model.address import Endpoint
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.config import Personality, TransformSet
from cryptomap.model.remote_access import Assignment
from cryptomap.model.sa import Direction, SaKey
from cryptomap.model.selector import Selector

LOCAL, REMOTE = IPv4Address("12.1.1.2"), IPv4Address("13.1.1.3")
NOW = datetime(1993, 3, 1, 0, 55, 40, 767999)
REF = e.SaRef(2, 1001, Endpoint(LOCAL, 500), Endpoint(REMOTE, 500), "R", "QM_IDLE")
CISCO = TransformSet("cisco", EspCipher.AES, 256, EspAuth.SHA)
SELECTOR = Selector(IPv4Network("2.2.2.2/32"), IPv4Network("3.3.3.0/24"), 6, 0, 80)
MESSAGE = e.KeyMessage(Direction.OUTBOUND, LOCAL, REMOTE, SELECTOR, CISCO, True, 600, 4608000, 0x10, 3, 0)
ASSIGNMENT = Assignment(
    REMOTE,
    IPv4Address("255.255.255.0"),
    dns=(LOCAL,),
    banner="Welcome",
    split_include=(IPv4Network("2.2.2.0/24"),),
    save_password=False,
)

SAMPLES: dict[Any, Any] = {
    int: 7,
    str: "word",
    bool: True,
    bytes: b"\x01\x02",
    e.SaRef: REF,
    e.KeyMessage: MESSAGE,
    SaKey: SaKey(REMOTE, 50, 0xABCDEF01),
    Selector: SELECTOR,
    TransformSet: CISCO,
    Assignment: ASSIGNMENT,
}

CLASSES = [
    item
    for _, item in inspect.getmembers(e, inspect.isclass)
    if item.__module__.startswith(f"{e.__name__}.")
    and item not in (e.SaRef, e.IsakmpEvent, e.IpsecEvent, e.Attribute, e.KeyMessage)
]
SILENT = {(e.KeyLog, Personality.IOS_15), (e.KeyLog, Personality.IOS_12_3)} | {
    (e.PeerCreated, Personality.IOS_12_3),
    (e.LifetimeAgreed, Personality.IOS_12_3),
}


def sample(kind: Any) -> Any:
    """Some value of a field's type."""
    if isinstance(kind, UnionType):
        return REMOTE if IPv4Address in get_args(kind) else sample(get_args(kind)[0])
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        if inner is e.Attribute:
            return (e.Attribute("life duration", "9", b"\0\1"), e.Attribute("x", "y"))
        return (sample(inner), sample(inner))
    return SAMPLES[kind]


@pytest.mark.parametrize("personality", list(Personality))
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_event_has_a_text(kind: Any, personality: Personality) -> None:
    event = kind(**{name: sample(of) for name, of in get_type_hints(kind).items()})
    assert bool(render_event(event, personality)) != ((kind, personality) in SILENT)


@pytest.mark.parametrize("debugging", [(), (DebugFlag.ISAKMP,), (DebugFlag.IPSEC,), tuple(DebugFlag)])
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_what_nobody_sees_is_what_prints_nothing(kind: Any, debugging: tuple[DebugFlag, ...]) -> None:
    event = kind(**{name: sample(of) for name, of in get_type_hints(kind).items()})
    shown = console_lines(event, Personality.IOS_15, debugging, NOW)
    assert (kind in unseen(debugging)) == (not shown and kind is not e.KeyLog)


@pytest.mark.parametrize(
    ("event", "old", "new"),
    [
        (
            e.NodeDeleted(REF, 0xFFFFFFFF, True, "QM rejected"),
            'ISAKMP (0:2): deleting node -1 error TRUE reason "QM rejected"',
            'ISAKMP:(1001):deleting node 4294967295 error TRUE reason "QM rejected"',
        ),
        (
            e.SaDeleted(REF, "why"),
            'ISAKMP (0:2): deleting SA reason "why" state (R) QM_IDLE       (peer 13.1.1.3) input queue 0',
            'ISAKMP:(1001):deleting SA reason "why" state (R) QM_IDLE       (peer 13.1.1.3)',
        ),
        (
            e.PacketReceived(REF),
            "ISAKMP (0:2): received packet from 13.1.1.3 dport 500 sport 500 Global (R) QM_IDLE      ",
            "ISAKMP (1001): received packet from 13.1.1.3 dport 500 sport 500 Global (R) QM_IDLE      ",
        ),
        (
            e.ProfileMatched(REF, "L2L"),
            "ISAKMP (0:2): peer matches L2L profile",
            "ISAKMP:(1001):: peer matches L2L profile",
        ),
        (
            e.VendorIdSeen(REF, "FRAGMENTATION", 194),
            "ISAKMP (0:2): vendor ID seems Unity/DPD but major 194 mismatch",
            "ISAKMP:(1001): vendor ID seems Unity/DPD but major 194 mismatch",
        ),
    ],
)
def test_dialects(event: e.Event, old: str, new: str) -> None:
    assert render_event(event, Personality.IOS_12_3) == [old]
    assert render_event(event, Personality.IOS_15) == [new]


@pytest.mark.parametrize(
    ("mismatch", "text"),
    [
        ("encryption", "Encryption algorithm offered does not match policy!"),
        ("key length", "Proposed key length does not match policy"),
        ("hash", "Hash algorithm offered does not match policy!"),
        ("group", "Diffie-Hellman group offered does not match policy!"),
        ("authentication", "Authentication method offered does not match policy!"),
    ],
)
def test_policy_mismatch(mismatch: str, text: str) -> None:
    event = e.PolicyChecked(REF, 2, 3, (), mismatch, 3)
    assert render_event(event, Personality.IOS_15) == [
        "ISAKMP:(1001):Checking ISAKMP transform 2 against priority 3 policy",
        f"ISAKMP:(1001):{text}",
        "ISAKMP:(1001):atts are not acceptable. Next payload is 3",
    ]


def test_lifetime_of_a_day_is_in_variable_form() -> None:
    """86400 does not fit a basic attribute (two octets), so it comes in four."""
    attribute = e.Attribute("life duration", "86400", (86400).to_bytes(4, "big"))
    lines = render_event(e.PolicyChecked(REF, 1, 2, (attribute,), None, 0), Personality.IOS_15)
    assert lines[1].rstrip() == "ISAKMP:      life duration (VPI) of  0x0 0x1 0x51 0x80"


def test_proxies_refused() -> None:
    event = e.IpsecProposalInvalid(LOCAL, REMOTE, SELECTOR, "proxy")
    assert render_event(event, Personality.IOS_15) == [
        "map_db_find_best did not find matching map",
        "IPSEC(ipsec_process_proposal): proxy identities not supported",
    ]
    checked = e.IpsecProposalChecked(REF, 1, 1, "ESP_DES", (), "proxy")
    assert render_event(checked, Personality.IOS_15)[-1] == (
        "ISAKMP:(1001): IPSec policy invalidated proposal with error 32"
    )


def test_stamp_and_flags() -> None:
    """The stamp of the note's first debug line; continuation lines have none."""
    on = frozenset({DebugFlag.IPSEC})
    lines = console_lines(e.IpsecSaRequested(MESSAGE), Personality.IOS_12_3, on, NOW)
    assert lines[0] == "*Mar  1 00:55:40.767: IPSEC(sa_request): ,"
    assert lines[1].startswith("  (key eng. msg.) OUTBOUND")
    assert console_lines(e.IpsecSaRequested(MESSAGE), Personality.IOS_12_3, frozenset(), NOW) == []
    assert debug_flag(e.KeysGenerated) is DebugFlag.ISAKMP


def test_log_messages_need_no_debug() -> None:
    text = "Rec'd packet not an IPSEC packet. (ip) vrf/dest_addr= /2.2.2.2, src_addr= 3.3.3.3, prot= 1"
    event = e.LogMessage("CRYPTO", 4, "RECVD_PKT_NOT_IPSEC", text)
    line = f"*Mar  1 00:55:40.767: %CRYPTO-4-RECVD_PKT_NOT_IPSEC: {text}"
    assert console_lines(event, Personality.IOS_15, frozenset(), NOW) == [line]
    failed = console_lines(e.AuthenticationFailed(REF, False), Personality.IOS_15, frozenset(), NOW)
    assert failed == [
        "*Mar  1 00:55:40.767: %CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 13.1.1.3 failed its sanity check "
        "or is malformed"
    ]


def test_a_key_of_a_keyring() -> None:
    event = e.KeyLookup(REF, REMOTE, "L2LKEY", True)
    assert render_event(event, Personality.IOS_15) == ["ISAKMP:(1001):Found ADDRESS key in keyring L2LKEY"]
    assert render_event(event, Personality.IOS_12_3) == [
        "ISAKMP: Looking for a matching key for 13.1.1.3 in L2LKEY : success",
        "ISAKMP (0:2): found peer pre-shared key matching 13.1.1.3",
    ]


@pytest.mark.parametrize(
    ("personality", "prefix"), [(Personality.IOS_12_3, "ISAKMP: "), (Personality.IOS_15, "ISAKMP:(0):")]
)
def test_a_delete_that_cannot_be_sent(personality: Personality, prefix: str) -> None:
    event = e.DeleteNotSent(LOCAL, REMOTE, 0x5E39E570)
    text = (
        "ignoring request to send delete notify (no ISAKMP sa) src 12.1.1.2 dst 13.1.1.3 for SPI 0x5E39E570"
    )
    assert render_event(event, personality) == [prefix + text]
    assert debug_flag(type(event)) is DebugFlag.ISAKMP


@pytest.mark.parametrize(
    ("configured", "offered", "lines"),
    [
        (600, 1200, ["actual life: 600", "life: 0", "Basic life_in_seconds:1200", "600", "600"]),
        (6000, 6000, ["actual life: 6000", "life: 0", "Basic life_in_seconds:6000", "6000", "6000"]),
        (
            86400,
            86400,
            [
                "actual life: 0",
                "life: 0",
                "Fill atts in sa vpi_length:4",
                "Fill atts in sa life_in_seconds:86400",
                "86400",
                "86400",
            ],
        ),
    ],
)
def test_the_lifetime_of_an_isakmp_sa(configured: int, offered: int, lines: list[str]) -> None:
    """As logs of routers show it for these three pairs."""
    shown = render_event(
        e.LifetimeAgreed(REF, configured, offered, min(configured, offered)), Personality.IOS_15
    )
    words = [
        *(f"Acceptable atts:{line}" for line in lines[:2]),
        *lines[2:-2],
        f"Returning Actual lifetime: {lines[-2]}",
        f":Started lifetime timer: {lines[-1]}.\n",
    ]
    assert shown == [f"ISAKMP:(1001):{word}" for word in words]


def test_certificates() -> None:
    """The words of `debug crypto isakmp` on a router that signs."""
    events: list[e.IsakmpEvent] = [
        e.CertificateRequestSent(REF, "cn=CA,o=lab"),
        e.CertificateRequested(REF, "cn=CA,o=lab", "lab"),
        e.IdentityReplaced(REF, 1, 2),
        e.IdentityShown(REF, True, 6, 2, "R2.lab.com", 17, 500, 18),
        e.CertificateSent(REF, "hostname=R2.lab.com,cn=R2", "lab"),
        e.PayloadProcessed(REF, "CERT", 0),
        e.PayloadProcessed(REF, "SIG", 0),
    ]
    lines = [line for event in events for line in render_event(event, Personality.IOS_15)]
    assert [line.partition("\n")[0] for line in lines] == [
        "ISAKMP (1001): constructing CERT_REQ for issuer cn=CA,o=lab",
        "ISAKMP:(1001): processing CERT_REQ payload. message ID = 0",
        "ISAKMP:(1001): peer wants a CT_X509_SIGNATURE cert",
        "ISAKMP:(1001): peer wants cert issued by cn=CA,o=lab",
        " Choosing trustpoint lab as issuer",
        "ISAKMP:(1001):My ID configured as IPv4 Addr, but Addr not in Cert!",
        "ISAKMP:(1001):Using FQDN as My ID",
        "ISAKMP:(1001):SA is doing RSA signature authentication using id type ID_FQDN",
        "ISAKMP (1001): ID payload ",
        "ISAKMP:(1001):Total payload length: 18",
        "ISAKMP (1001): constructing CERT payload for hostname=R2.lab.com,cn=R2",
        "ISAKMP:(1001): using the lab trustpoint's keypair to sign",
        "ISAKMP:(1001): processing CERT payload. message ID = 0",
        "ISAKMP:(1001): processing SIG payload. message ID = 0",
    ]
