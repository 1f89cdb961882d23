//! The door that threads share: which SA a packet takes, and what is told when there is none.

use std::net::IpAddr;
use std::sync::Arc;

use cryptomap_esp::{
    Arrival, Bounds, Database, Endpoint, Event, ExpiryReason, Limits, PolicyAction, PolicyLine, RandomIvs,
    SaKey, SaSpec, SealOutcome, SpecError, UdpEncapsulation,
};
use cryptomap_packet::five_tuple;
use proptest::prelude::*;

use crate::fixture::{
    AES_SHA256, FAR_HOST, FixedIv, HOST, LOCAL, REMOTE, Recorder, SECOND, inner, mirror, network,
    site_to_site, spec, udp_packet,
};

const WAN: &str = "Ethernet0/0";

fn database() -> (Database, Arc<Recorder>) {
    let events = Arc::new(Recorder::default());
    (Database::new(Arc::<Recorder>::clone(&events)), events)
}

fn protecting() -> (Database, Arc<Recorder>) {
    let (database, events) = database();
    database.set_policies(WAN, vec![protect(1)]);
    (database, events)
}

fn protect(id: u64) -> PolicyLine {
    PolicyLine {
        id,
        action: PolicyAction::Protect,
        selector: site_to_site(),
        source_ports: 0..=65_535,
        destination_ports: 0..=65_535,
        per_host: false,
    }
}

fn with_spi(spi: u32) -> SaSpec {
    SaSpec { spi, ..spec(AES_SHA256) }
}

/// The SPI that the packet went out under.
fn seal(database: &Database, inner: &[u8], now: u64) -> Option<u32> {
    let mut out = Vec::new();
    match database.seal(WAN, inner, now, &mut RandomIvs::new(), &mut out) {
        SealOutcome::Sealed { sa, .. } => {
            assert_eq!(out[..4], sa.key().spi.to_be_bytes());
            Some(sa.key().spi)
        }
        SealOutcome::Dropped => {
            assert_eq!(out, []);
            None
        }
    }
}

fn arrival(now: u64) -> Arrival {
    Arrival { source: LOCAL, source_port: None, destination: REMOTE, interface: Some(7), now }
}

fn acquire(policy_id: u64) -> Event {
    Event::Acquire { policy_id, packet: five_tuple(&inner()).expect("packet") }
}

#[test]
fn a_policy_without_sa_asks_once_a_second_and_drops() {
    let (database, events) = protecting();
    for now in [0, 1, SECOND / 2, SECOND - 1] {
        assert_eq!(seal(&database, &inner(), now), None);
    }
    assert_eq!(events.take(), [acquire(1)]);
    assert_eq!(seal(&database, &inner(), SECOND), None);
    assert_eq!(events.take(), [acquire(1)]);
    assert_eq!(database.policy_drops(WAN), 5);
    assert_eq!(database.unserved(), [(1, 5)].into());
}

#[test]
fn a_policy_asks_at_once_when_its_sa_goes() {
    let (database, events) = protecting();
    assert_eq!(seal(&database, &inner(), 0), None);
    database.add_sa(&with_spi(0x1000), 1).expect("SA");
    assert_eq!(seal(&database, &inner(), 2), Some(0x1000));
    database.delete_sa(&with_spi(0x1000).key());
    assert_eq!(seal(&database, &inner(), 3), None);
    assert_eq!(events.take(), [acquire(1), acquire(1)]);
}

#[test]
fn the_newest_sa_that_takes_the_packet_is_used() {
    let (database, _) = protecting();
    database.add_sa(&with_spi(0x1000), 0).expect("SA");
    assert_eq!(seal(&database, &inner(), 0), Some(0x1000));
    database.add_sa(&with_spi(0x2000), 0).expect("SA");
    assert_eq!(seal(&database, &inner(), 0), Some(0x2000));
    let mut narrow = with_spi(0x3000);
    narrow.selector.source = network([10, 1, 1, 99].into(), 32);
    database.add_sa(&narrow, 0).expect("SA");
    assert_eq!(seal(&database, &inner(), 0), Some(0x2000));
    assert_eq!(seal(&database, &udp_packet([10, 1, 1, 99].into(), FAR_HOST, 60), 0), Some(0x3000));
    database.delete_sa(&with_spi(0x2000).key());
    assert_eq!(seal(&database, &inner(), 0), Some(0x1000));
}

#[test]
fn an_sa_that_has_ended_makes_room_for_an_older_one_and_then_an_acquire() {
    let (database, events) = protecting();
    let short = Limits { hard: Bounds { packets: Some(1), ..Bounds::default() }, ..Limits::default() };
    database.add_sa(&SaSpec { limits: short, ..with_spi(0x1000) }, 0).expect("SA");
    database.add_sa(&SaSpec { limits: short, ..with_spi(0x2000) }, 0).expect("SA");
    let used = (0..4).map(|_| seal(&database, &inner(), 0)).collect::<Vec<_>>();
    assert_eq!(used, [Some(0x2000), Some(0x1000), None, None]);
    let ended = |spi| Event::Expired { key: with_spi(spi).key(), hard: true, reason: ExpiryReason::Packets };
    assert_eq!(events.take(), [ended(0x2000), ended(0x1000), acquire(1)]);
}

#[test]
fn policies_are_replaced_in_one_step_and_keep_their_sas() {
    let (database, _) = protecting();
    database.add_sa(&with_spi(0x1000), 0).expect("SA");
    database.set_policies(WAN, vec![protect(2), protect(1)]);
    assert_eq!(seal(&database, &inner(), 0), None);
    database.set_policies(WAN, vec![protect(1)]);
    assert_eq!(seal(&database, &inner(), 0), Some(0x1000));
    database.set_policies(WAN, Vec::new());
    assert_eq!(seal(&database, &inner(), 0), None);
    assert_eq!(database.policy_drops(WAN), 2);
}

#[test]
fn packets_that_nothing_protects_are_dropped_and_counted() {
    let (database, events) = protecting();
    database.add_sa(&with_spi(0x1000), 0).expect("SA");
    for packet in [udp_packet(FAR_HOST, HOST, 60), vec![0x60; 60], vec![], inner()[..40].to_vec()] {
        assert_eq!(seal(&database, &packet, 0), None);
    }
    assert_eq!((database.policy_drops(WAN), events.take()), (4, vec![]));
    let mut out = Vec::new();
    let elsewhere = database.seal("Ethernet0/1", &inner(), 0, &mut FixedIv::any(), &mut out);
    assert!(matches!(elsewhere, SealOutcome::Dropped));
}

#[test]
fn arriving_packets_find_their_sa_by_destination_and_spi() {
    let (sender, _) = protecting();
    let (receiver, events) = database();
    sender.add_sa(&spec(AES_SHA256), 0).expect("SA");
    receiver.add_sa(&mirror(spec(AES_SHA256)), 0).expect("SA");
    let mut sealed = Vec::new();
    let sent = sender.seal(WAN, &inner(), 0, &mut RandomIvs::new(), &mut sealed);
    let SealOutcome::Sealed { endpoint, .. } = sent else { panic!("dropped") };
    assert_eq!(endpoint, Endpoint { local: LOCAL, remote: REMOTE, encapsulation: None });

    let elsewhere = Arrival { destination: [198, 51, 100, 2].into(), ..arrival(0) };
    assert_eq!(receiver.open(&elsewhere, &mut sealed.clone()), None);
    let key = SaKey { destination: elsewhere.destination, ..spec(AES_SHA256).key() };
    assert_eq!(events.take(), [Event::InvalidSpi { source: LOCAL, key, interface: Some(7) }]);

    assert_eq!(receiver.open(&arrival(9), &mut sealed), Some(&inner()[..]));
    let counters = receiver.counters(&spec(AES_SHA256).key()).expect("counters");
    assert_eq!((counters.packets, counters.bytes, counters.last_used), (1, 84, Some(9)));
    assert_eq!(events.take(), []);
}

#[test]
fn unknown_spis_are_told_ten_times_a_second_at_most() {
    let (database, events) = database();
    for spi in 0x1000..0x2000u32 {
        let mut packet = [&spi.to_be_bytes()[..], &[0; 60]].concat();
        assert_eq!(database.open(&arrival(5), &mut packet), None);
    }
    assert_eq!(events.take().len(), 10);
    let mut packet = vec![0x33; 60];
    assert_eq!(database.open(&arrival(5 + SECOND), &mut packet), None);
    assert_eq!(events.take().len(), 1);
    // Reserved SPIs and packets without one are nobody's.
    for mut packet in [vec![0; 60], [&255u32.to_be_bytes()[..], &[0; 60]].concat(), vec![0x33; 7], vec![]] {
        assert_eq!(database.open(&arrival(10 * SECOND), &mut packet), None);
    }
    assert_eq!(events.take(), []);
}

#[test]
fn the_peer_can_be_redirected_and_the_key_stays() {
    let (database, _) = protecting();
    let spec = spec(AES_SHA256);
    database.add_sa(&spec, 0).expect("SA");
    let remote = IpAddr::from([203, 0, 113, 9]);
    let udp = Some(UdpEncapsulation { local_port: 4500, remote_port: 31_000 });
    assert!(database.redirect_sa(&spec.key(), remote, udp));
    let sent = database.seal(WAN, &inner(), 0, &mut RandomIvs::new(), &mut Vec::new());
    let SealOutcome::Sealed { endpoint, sa } = sent else { panic!("dropped") };
    assert_eq!(endpoint, Endpoint { local: LOCAL, remote, encapsulation: udp });
    sa.count_send_error();
    assert_eq!(database.counters(&spec.key()).map(|counters| counters.send_errors), Some(1));
    database.delete_sa(&spec.key());
    assert!(!database.redirect_sa(&spec.key(), remote, udp));
    assert_eq!(database.counters(&spec.key()), None);
}

#[test]
fn packets_too_long_for_their_path_are_counted_and_told_once_a_second() {
    let (sa, events) = crate::fixture::outbound(&spec(AES_SHA256));
    for now in [0, 1, SECOND - 1, SECOND] {
        sa.count_too_big(now);
    }
    let told = Event::TooBig { key: sa.key() };
    assert_eq!((sa.counters().send_errors, events.take()), (4, vec![told; 2]));
}

#[test]
fn time_limits_are_told_without_any_packet() {
    let (database, events) = database();
    let limits = Limits {
        soft: Bounds { age: Some(SECOND), ..Bounds::default() },
        hard: Bounds { age: Some(2 * SECOND), ..Bounds::default() },
    };
    database.add_sa(&mirror(SaSpec { limits, ..spec(AES_SHA256) }), 0).expect("SA");
    let mut told = Vec::new();
    for tenth in 0..40 {
        database.expire(tenth * SECOND / 10);
        told.extend(events.take().into_iter().map(|event| (tenth, event)));
    }
    let key = spec(AES_SHA256).key();
    let reason = ExpiryReason::Seconds;
    assert_eq!(
        told,
        [(10, Event::Expired { key, hard: false, reason }), (20, Event::Expired { key, hard: true, reason })]
    );
}

#[test]
fn sas_that_cannot_be_are_refused() {
    let (database, _) = database();
    database.add_sa(&spec(AES_SHA256), 0).expect("SA");
    assert_eq!(database.add_sa(&spec(AES_SHA256), 0), Err(SpecError::Exists));
    for spi in [0, 1, 255] {
        assert_eq!(database.add_sa(&with_spi(spi), 0), Err(SpecError::ReservedSpi));
    }
    for replay_window in [1, 31, 1025] {
        let refused = database.add_sa(&SaSpec { replay_window, ..with_spi(0x5000) }, 0);
        assert_eq!(refused, Err(SpecError::ReplayWindow));
    }
    database.clear();
    database.add_sa(&spec(AES_SHA256), 0).expect("SA");
}

#[test]
fn threads_never_share_a_sequence_number() {
    let (database, _) = protecting();
    database.add_sa(&spec(AES_SHA256), 0).expect("SA");
    let seal_many = || {
        let mut sequences = Vec::new();
        for _ in 0..2000 {
            let mut out = Vec::new();
            database.seal(WAN, &inner(), 0, &mut RandomIvs::new(), &mut out);
            sequences.push(out[4..8].to_vec());
        }
        sequences
    };
    let mut sequences = std::thread::scope(|scope| {
        let other = scope.spawn(seal_many);
        [seal_many(), other.join().expect("thread")].concat()
    });
    sequences.sort();
    sequences.dedup();
    assert_eq!(sequences.len(), 4000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a device hands over: it arrives as it was, or it goes nowhere and is counted.
    #[test]
    fn any_octets_of_a_device_arrive_whole_or_not_at_all(
        patches in proptest::collection::vec((0..84usize, any::<u8>()), 0..4),
        len in 0..=84usize,
    ) {
        let (sender, _) = protecting();
        let (receiver, _) = database();
        sender.add_sa(&spec(AES_SHA256), 0).expect("SA");
        receiver.add_sa(&mirror(spec(AES_SHA256)), 0).expect("SA");
        let mut packet = inner();
        patches.iter().for_each(|(at, value)| packet[*at] = *value);
        packet.truncate(len);
        let mut out = Vec::new();
        match sender.seal(WAN, &packet, 0, &mut RandomIvs::new(), &mut out) {
            SealOutcome::Sealed { .. } => {
                let opened = receiver.open(&arrival(0), &mut out).expect("opened");
                // A device that hands over more than the packet's own length says nothing with the rest.
                prop_assert!(packet.starts_with(opened));
                prop_assert_eq!(sender.policy_drops(WAN), 0);
            }
            SealOutcome::Dropped => prop_assert_eq!((out.len(), sender.policy_drops(WAN)), (0, 1)),
        }
    }
}
