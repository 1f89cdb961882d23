"""The initiator of the note's lab 1 tells what happens in the order in which the note's debug shows it."""

from tests.sim.configs import R2_LAN, R3_LAN, lab1
from tests.sim.harness import Site

from cryptomap.model import event as ev

INTERNAL, PEER, IPSEC = "IKE_MESG_INTERNAL", "IKE_MESG_FROM_PEER", "IKE_MESG_FROM_IPSEC"
NOTE_STATES = [
    ((IPSEC, "IKE_SA_REQ_MM"), "IKE_READY", "IKE_I_MM1"),
    ((PEER, "IKE_MM_EXCH"), "IKE_I_MM1", "IKE_I_MM2"),
    ((INTERNAL, "IKE_PROCESS_MAIN_MODE"), "IKE_I_MM2", "IKE_I_MM2"),
    ((INTERNAL, "IKE_PROCESS_COMPLETE"), "IKE_I_MM2", "IKE_I_MM3"),
    ((PEER, "IKE_MM_EXCH"), "IKE_I_MM3", "IKE_I_MM4"),
    ((INTERNAL, "IKE_PROCESS_MAIN_MODE"), "IKE_I_MM4", "IKE_I_MM4"),
    ((INTERNAL, "IKE_PROCESS_COMPLETE"), "IKE_I_MM4", "IKE_I_MM5"),
    ((PEER, "IKE_MM_EXCH"), "IKE_I_MM5", "IKE_I_MM6"),
    ((INTERNAL, "IKE_PROCESS_MAIN_MODE"), "IKE_I_MM6", "IKE_I_MM6"),
    ((INTERNAL, "IKE_PROCESS_COMPLETE"), "IKE_I_MM6", "IKE_P1_COMPLETE"),
    ((INTERNAL, "IKE_INIT_QM"), "IKE_QM_READY", "IKE_QM_I_QM1"),
    ((INTERNAL, "IKE_PHASE1_COMPLETE"), "IKE_P1_COMPLETE", "IKE_P1_COMPLETE"),
    ((PEER, "IKE_QM_EXCH"), "IKE_QM_I_QM1", "IKE_QM_PHASE2_COMPLETE"),
]
NOTE_PACKETS = [
    (ev.PacketSent, "MM_NO_STATE"),
    (ev.PacketReceived, "MM_NO_STATE"),
    (ev.PacketSent, "MM_SA_SETUP"),
    (ev.PacketReceived, "MM_SA_SETUP"),
    (ev.PacketSent, "MM_KEY_EXCH"),
    (ev.PacketReceived, "MM_KEY_EXCH"),
    (ev.PacketSent, "QM_IDLE"),
    (ev.PacketReceived, "QM_IDLE"),
    (ev.PacketSent, "QM_IDLE"),
]
NOTE_ORDER = [
    ev.IpsecSaRequested,
    ev.SaRequest,
    ev.NodeCreated,
    ev.TryingMainMode,
    ev.KeyLookup,
    ev.VendorIdSent,
    ev.ExchangeBegun,
    ev.PacketSent,
    # message 2
    ev.PacketReceived,
    ev.PayloadProcessed,
    ev.VendorIdSeen,
    ev.KeyLookup,
    ev.ScanningProfiles,
    ev.PolicyChecked,
    ev.PayloadProcessed,
    ev.VendorIdSeen,
    ev.PacketSent,
    # message 4
    ev.PacketReceived,
    ev.PayloadProcessed,
    ev.KeyLookup,
    ev.KeysGenerated,
    ev.PayloadProcessed,
    ev.VendorIdSeen,
    ev.InitialContactSent,
    ev.IdentityShown,
    ev.PacketSent,
    # message 6
    ev.PacketReceived,
    ev.PayloadProcessed,
    ev.IdentityShown,
    ev.PayloadProcessed,
    ev.Authenticated,
    ev.ProfileMatched,
    # quick mode
    ev.ExchangeBegun,
    ev.PacketSent,
    ev.PacketReceived,
    ev.PayloadProcessed,
    ev.IpsecProposalChecked,
    ev.IpsecProposalValidated,
    ev.PayloadProcessed,
    ev.IpsecSasCreated,
    ev.PacketSent,
    ev.NodeDeleted,
    ev.IpsecSaInitialized,
    ev.IpsecSaCreated,
]
"""Repeated neighbours are given once."""
AFTER_THE_NOTE = (ev.PeerCreated, ev.NatDetected, ev.LifetimeAgreed)
"""What later releases tell besides, and state changes, which have a test of their own."""


def events() -> list[object]:
    site = Site(*lab1())
    site.bring_up()
    return list(site.left.events)


def test_states() -> None:
    changes = [(e.inputs, e.old, e.new) for e in events() if isinstance(e, ev.StateChange)]
    assert changes == NOTE_STATES


def test_packets() -> None:
    packets = [(type(e), e.sa.state) for e in events() if isinstance(e, ev.PacketSent | ev.PacketReceived)]
    assert packets == NOTE_PACKETS


def test_order() -> None:
    order: list[type] = []
    told = [e for e in events() if not isinstance(e, (ev.StateChange, *AFTER_THE_NOTE))]
    for one in told:
        kind = type(one)
        # A vendor id is announced and named: the pair counts as one.
        if order[-2:] == [ev.PayloadProcessed, ev.VendorIdSeen] and kind is ev.PayloadProcessed:
            order.pop()
            continue
        if not order or order[-1] is not kind:
            order.append(kind)
    assert order == NOTE_ORDER


def test_what_the_phase_2_events_say() -> None:
    told = events()
    (request,) = [e for e in told if isinstance(e, ev.IpsecSaRequested)]
    initialized = [e for e in told if isinstance(e, ev.IpsecSaInitialized)]
    message = request.message
    assert (message.selector.source, message.selector.destination) == (R2_LAN, R3_LAN)
    assert (message.seconds, message.kilobytes, message.flags) == (3600, 4608000, 0x400B)
    assert message.spi == initialized[0].message.spi, "the SPI is chosen with the request"
    assert [one.message.flags for one in initialized] == [0x13, 0x1B]
    assert [one.message.connection_id for one in initialized] == [2000, 2001]
    (checked,) = [e for e in told if isinstance(e, ev.IpsecProposalChecked)]
    assert [(a.name, a.text) for a in checked.attributes] == [
        ("encaps", "1 (Tunnel)"),
        ("life type", "seconds"),
        ("life duration", "3600"),
        ("life type", "kilobytes"),
        ("life duration", "4608000"),
        ("authenticator", "HMAC-SHA"),
        ("group", "1"),
    ]
    assert checked.attributes[4].octets == bytes.fromhex("00465000")
    (policy,) = [e for e in told if isinstance(e, ev.PolicyChecked)]
    assert [(a.name, a.text) for a in policy.attributes] == [
        ("encryption", "3DES-CBC"),
        ("hash", "MD5"),
        ("group", "2"),
        ("auth", "pre-share"),
        ("life type", "seconds"),
        ("life duration", "60"),
    ]
