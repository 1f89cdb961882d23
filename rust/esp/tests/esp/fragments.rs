//! Fragments of one datagram take one way, though only the first of them shows ports.

use std::sync::Arc;

use cryptomap_esp::{Database, Event, PolicyAction, PolicyLine, RandomIvs, SaSpec, SealOutcome};

use crate::fixture::{AES_SHA256, FAR_HOST, HOST, Recorder, site_to_site, spec, udp_packet};

const WAN: &str = "Ethernet0/0";
const MORE: u8 = 0x20;

/// Policy 1 protects UDP port 80 with SPI 0x1000, policy 2 protects UDP port 53 with SPI 0x2000.
fn two_services() -> (Database, Arc<Recorder>) {
    let events = Arc::new(Recorder::default());
    let database = Database::new(Arc::<Recorder>::clone(&events));
    database.set_policies(WAN, lines());
    for (policy_id, spi) in [(1, 0x1000), (2, 0x2000)] {
        database.add_sa(&SaSpec { policy_id, spi, ..spec(AES_SHA256) }, 0).expect("SA");
    }
    (database, events)
}

fn lines() -> Vec<PolicyLine> {
    let line = |id, port| PolicyLine {
        id,
        action: PolicyAction::Protect,
        selector: site_to_site(),
        source_ports: 0..=65_535,
        destination_ports: port..=port,
        per_host: false,
    };
    vec![line(1, 80), line(2, 53)]
}

/// A fragment of a datagram to port 53, in units of eight octets.
fn fragment(identification: u8, flags: u8, offset: u8) -> Vec<u8> {
    let mut packet = udp_packet(HOST, FAR_HOST, 60);
    packet[4..8].copy_from_slice(&[0, identification, flags, offset]);
    if offset > 0 {
        // What would be read as port 80, if anyone did.
        packet[20..24].copy_from_slice(&[0, 80, 0, 80]);
    }
    packet
}

fn spi(database: &Database, packet: &[u8]) -> Option<u32> {
    match database.seal(WAN, packet, 0, &mut RandomIvs::new(), &mut Vec::new()) {
        SealOutcome::Sealed { sa, .. } => Some(sa.key().spi),
        SealOutcome::Dropped => None,
    }
}

#[test]
fn later_fragments_follow_the_first() {
    let (database, _) = two_services();
    assert_eq!(spi(&database, &fragment(1, MORE, 0)), Some(0x2000));
    assert_eq!(spi(&database, &fragment(1, MORE, 5)), Some(0x2000));
    assert_eq!(spi(&database, &fragment(1, 0, 10)), Some(0x2000));
}

#[test]
fn a_later_fragment_without_its_first_is_dropped_in_silence() {
    let (database, events) = two_services();
    assert_eq!(spi(&database, &fragment(1, MORE, 0)), Some(0x2000));
    assert_eq!(spi(&database, &fragment(2, 0, 5)), None);
    let mut other_host = fragment(1, 0, 5);
    other_host[15] += 1;
    assert_eq!(spi(&database, &other_host), None);
    assert_eq!((database.policy_drops(WAN), events.take()), (2, vec![]));
}

#[test]
fn an_identification_that_comes_again_is_of_the_newer_datagram() {
    let (database, _) = two_services();
    assert_eq!(spi(&database, &fragment(1, MORE, 0)), Some(0x2000));
    let mut elsewhere = fragment(1, MORE, 0);
    elsewhere[22..24].copy_from_slice(&[0, 99]);
    assert_eq!(spi(&database, &elsewhere), None);
    assert_eq!(spi(&database, &fragment(1, 0, 5)), None);
}

#[test]
fn only_the_latest_datagrams_are_remembered() {
    let (database, _) = two_services();
    for identification in 0..=64 {
        assert_eq!(spi(&database, &fragment(identification, MORE, 0)), Some(0x2000));
    }
    assert_eq!(spi(&database, &fragment(0, 0, 5)), None);
    assert_eq!(spi(&database, &fragment(1, 0, 5)), Some(0x2000));
}

#[test]
fn a_change_of_policies_forgets_them() {
    let (database, _) = two_services();
    assert_eq!(spi(&database, &fragment(1, MORE, 0)), Some(0x2000));
    database.set_policies(WAN, lines());
    assert_eq!(spi(&database, &fragment(1, 0, 5)), None);
}

#[test]
fn without_ports_in_the_lines_every_fragment_speaks_for_itself() {
    let (database, events) = two_services();
    let any = PolicyLine { destination_ports: 0..=65_535, ..lines().remove(0) };
    database.set_policies(WAN, vec![any]);
    assert_eq!(spi(&database, &fragment(1, 0, 5)), Some(0x1000));
    assert_eq!(events.take(), Vec::<Event>::new());
}
