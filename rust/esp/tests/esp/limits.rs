//! Lifetimes are exact: nothing passes beyond a hard limit, and each limit speaks once.

use cryptomap_esp::{Bounds, Event, ExpiryReason, Limits, OpenError, SaSpec, SealError};

use crate::fixture::{self, AES_SHA256, FixedIv, SECOND, inner, mirror, spec};

fn limited(soft: Bounds, hard: Bounds) -> SaSpec {
    SaSpec { limits: Limits { soft, hard }, ..spec(AES_SHA256) }
}

fn expired(spec: &SaSpec, hard: bool, reason: ExpiryReason) -> Event {
    Event::Expired { key: spec.key(), hard, reason }
}

fn try_seal(sa: &cryptomap_esp::OutboundSa, now: u64) -> Result<(), SealError> {
    sa.seal(&inner(), now, &mut FixedIv::any(), &mut Vec::new())
}

#[test]
fn outbound_packets() {
    let spec = limited(
        Bounds { packets: Some(3), ..Bounds::default() },
        Bounds { packets: Some(5), ..Bounds::default() },
    );
    let (sa, events) = fixture::outbound(&spec);
    let mut seen = Vec::new();
    for number in 1..=7 {
        let sealed = try_seal(&sa, 0);
        assert_eq!(sealed.is_ok(), number <= 5, "packet {number}");
        seen.extend(events.take().into_iter().map(|event| (number, event)));
    }
    let soft = expired(&spec, false, ExpiryReason::Packets);
    let hard = expired(&spec, true, ExpiryReason::Packets);
    assert_eq!(seen, [(3, soft), (5, hard)]);
    let counters = sa.counters();
    assert_eq!((counters.packets, counters.sequence, counters.send_errors), (5, 5, 2));
}

#[test]
fn outbound_octets_never_pass_the_limit() {
    // Room for three packets of 84 octets, and not for a fourth.
    let spec = limited(
        Bounds { bytes: Some(168), ..Bounds::default() },
        Bounds { bytes: Some(84 * 4 - 1), ..Bounds::default() },
    );
    let (sa, events) = fixture::outbound(&spec);
    let sealed = (0..5).map(|_| try_seal(&sa, 0).is_ok()).collect::<Vec<_>>();
    assert_eq!(sealed, [true, true, true, false, false]);
    assert_eq!(sa.counters().bytes, 252);
    let told = [expired(&spec, false, ExpiryReason::Bytes), expired(&spec, true, ExpiryReason::Bytes)];
    assert_eq!(events.take(), told);
}

#[test]
fn outbound_seconds() {
    let spec = limited(
        Bounds { age: Some(50 * SECOND), ..Bounds::default() },
        Bounds { age: Some(60 * SECOND), ..Bounds::default() },
    );
    let (sa, events) = fixture::outbound(&spec);
    assert_eq!(try_seal(&sa, 50 * SECOND - 1), Ok(()));
    assert_eq!(events.take(), []);
    assert_eq!(try_seal(&sa, 50 * SECOND), Ok(()));
    assert_eq!(events.take(), [expired(&spec, false, ExpiryReason::Seconds)]);
    assert_eq!(try_seal(&sa, 60 * SECOND - 1), Ok(()));
    assert_eq!(try_seal(&sa, 60 * SECOND), Err(SealError::Expired));
    assert_eq!(events.take(), [expired(&spec, true, ExpiryReason::Seconds)]);
    assert_eq!(try_seal(&sa, 61 * SECOND), Err(SealError::Expired));
    assert_eq!(events.take(), []);
}

#[test]
fn inbound_limits_are_as_exact() {
    let packets = |hard| limited(Bounds::default(), Bounds { packets: Some(hard), ..Bounds::default() });
    let bytes = |hard| limited(Bounds::default(), Bounds { bytes: Some(hard), ..Bounds::default() });
    for (spec, allowed, reason) in [
        (packets(3), 3, ExpiryReason::Packets),
        (bytes(84 * 3), 3, ExpiryReason::Bytes),
        (bytes(84 * 3 - 1), 2, ExpiryReason::Bytes),
    ] {
        let (sender, _) = fixture::outbound(&fixture::spec(AES_SHA256));
        let spec = mirror(spec);
        let (receiver, events) = fixture::inbound(&spec);
        for number in 1..=5 {
            let mut sealed = fixture::seal(&sender, &inner());
            let opened = receiver.open(&mut sealed, None, 0).map(|_| ());
            let expected = if number <= allowed { Ok(()) } else { Err(OpenError::Expired) };
            assert_eq!(opened, expected, "packet {number}");
        }
        assert_eq!(events.take(), [expired(&spec, true, reason)]);
        let counters = receiver.counters();
        assert_eq!((counters.packets, counters.expired_dropped), (allowed, 5 - allowed));
    }
}

#[test]
fn inbound_seconds() {
    let spec = mirror(limited(Bounds::default(), Bounds { age: Some(60 * SECOND), ..Bounds::default() }));
    let (sender, _) = fixture::outbound(&fixture::spec(AES_SHA256));
    let (receiver, events) = fixture::inbound(&spec);
    assert!(receiver.open(&mut fixture::seal(&sender, &inner()), None, 60 * SECOND - 1).is_ok());
    let mut late = fixture::seal(&sender, &inner());
    assert_eq!(receiver.open(&mut late, None, 60 * SECOND), Err(OpenError::Expired));
    assert_eq!(events.take(), [expired(&spec, true, ExpiryReason::Seconds)]);
}

#[test]
fn a_refused_packet_leaves_the_buffer_as_it_was() {
    let spec = limited(Bounds::default(), Bounds { packets: Some(0), ..Bounds::default() });
    let (sa, _) = fixture::outbound(&spec);
    let mut out = b"before".to_vec();
    assert_eq!(sa.seal(&inner(), 0, &mut FixedIv::any(), &mut out), Err(SealError::Expired));
    assert_eq!(sa.seal(&vec![0; 65_536], 0, &mut FixedIv::any(), &mut out), Err(SealError::TooLong));
    assert_eq!(out, b"before");
}
