//! Dynamic lines: policies that are added and taken away, and many SAs of one policy.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::sync::Arc;

use cryptomap_esp::{
    AddedPolicies, Database, Event, PolicyAction, PolicyId, PolicyLine, RandomIvs, SaSpec, SealOutcome, Spd,
};
use cryptomap_packet::{FiveTuple, Selector, five_tuple};

use crate::fixture::{AES_SHA256, FAR_HOST, HOST, Recorder, SECOND, network, site_to_site, spec, udp_packet};

const WAN: &str = "Ethernet0/0";
const ANY: RangeInclusive<u16> = 0..=65_535;
const SLOT: PolicyId = 100;
const OTHER_SLOT: PolicyId = 200;

fn line(id: PolicyId, action: PolicyAction, selector: Selector) -> PolicyLine {
    PolicyLine { id, action, selector, source_ports: ANY, destination_ports: ANY, per_host: false }
}

fn everything() -> Selector {
    let all = network(Ipv4Addr::UNSPECIFIED, 0);
    Selector { source: all, destination: all, protocol: 0, source_port: 0, destination_port: 0 }
}

fn dynamic(slot: PolicyId) -> PolicyLine {
    line(slot, PolicyAction::Dynamic, everything())
}

fn packet(destination: [u8; 4]) -> FiveTuple {
    FiveTuple {
        source: HOST.into(),
        destination: Ipv4Addr::from(destination).into(),
        protocol: 17,
        source_port: 5000,
        destination_port: 53,
        later_fragment: false,
        fragment_of: None,
    }
}

fn towards(destination: [u8; 4], prefix_len: u8) -> Selector {
    Selector { destination: network(destination.into(), prefix_len), ..everything() }
}

#[test]
fn what_no_added_policy_takes_goes_on() {
    let spd = Spd::new(vec![dynamic(SLOT), line(1, PolicyAction::Protect, towards([10, 0, 0, 0], 8))]);
    let mut added = AddedPolicies::default();
    assert_eq!(spd.lookup(&packet([10, 2, 2, 9]), &added), Some(1));
    assert_eq!(spd.lookup(&packet([11, 0, 0, 1]), &added), None);
    added.add(SLOT, 7, towards([10, 2, 2, 0], 24));
    assert_eq!(spd.lookup(&packet([10, 2, 2, 9]), &added), Some(7));
    assert_eq!(spd.lookup(&packet([10, 2, 3, 9]), &added), Some(1));
    added.remove(SLOT, 7, &towards([10, 2, 2, 0], 24));
    assert_eq!(spd.lookup(&packet([10, 2, 2, 9]), &added), Some(1));
}

#[test]
fn lines_before_a_dynamic_one_come_first() {
    let deny = line(1, PolicyAction::Jump { to: 2 }, towards([10, 2, 2, 9], 32));
    let permit = line(2, PolicyAction::Protect, towards([10, 2, 0, 0], 16));
    let spd = Spd::new(vec![deny, permit, dynamic(SLOT)]);
    let mut added = AddedPolicies::default();
    added.add(SLOT, 7, everything());
    added.add(OTHER_SLOT, 8, everything());
    let found = [[10, 2, 2, 8], [10, 2, 2, 9], [9, 9, 9, 9]].map(|to| spd.lookup(&packet(to), &added));
    assert_eq!(found, [Some(2), Some(7), Some(7)]);
}

#[test]
fn added_policies_are_there_for_every_interface_with_their_line() {
    let (database, events) = database(vec![dynamic(SLOT)]);
    assert!(database.add_policy(SLOT, 7, site_to_site()));
    let inner = udp_packet(HOST, FAR_HOST, 60);
    for lines in [vec![], vec![dynamic(OTHER_SLOT)], vec![dynamic(OTHER_SLOT), dynamic(SLOT)]] {
        database.set_policies("Ethernet0/1", lines.clone());
        let outcome = database.seal("Ethernet0/1", &inner, 0, &mut RandomIvs::new(), &mut Vec::new());
        assert!(matches!(outcome, SealOutcome::Dropped));
        assert_eq!(events.take().len(), usize::from(lines.len() == 2), "asks where it is protected");
    }
}

#[test]
fn there_must_be_a_line_to_add_to() {
    let (database, _) = database(Vec::new());
    assert!(!database.add_policy(SLOT, 7, everything()));
    database.set_policies(WAN, vec![line(SLOT, PolicyAction::Protect, everything())]);
    assert!(!database.add_policy(SLOT, 7, everything()), "that line is no dynamic one");
    database.set_policies(WAN, vec![dynamic(SLOT)]);
    assert!(database.add_policy(SLOT, 7, everything()));
    database.remove_policy(OTHER_SLOT, 7, &everything());
    database.remove_policy(SLOT, 9, &everything());
    database.remove_policy(SLOT, 7, &everything());
    database.remove_policy(SLOT, 7, &everything());
}

#[test]
fn the_most_specific_added_policy_takes_a_packet() {
    let dns = Selector { protocol: 17, destination_port: 53, ..towards([10, 2, 2, 9], 32) };
    let order = [
        (1, everything()),
        (2, towards([10, 2, 0, 0], 16)),
        (3, towards([10, 2, 2, 9], 32)),
        (4, Selector { protocol: 17, ..towards([10, 2, 2, 9], 32) }),
        (5, dns),
    ];
    let mut added = AddedPolicies::default();
    for (id, selector) in order {
        added.add(SLOT, id, selector);
        assert_eq!(added.find(SLOT, &packet([10, 2, 2, 9])), Some(id));
        assert_eq!(added.looks_at_ports(), id == 5);
    }
    for (id, selector) in order.into_iter().rev() {
        assert_eq!(added.find(SLOT, &packet([10, 2, 2, 9])), Some(id));
        added.remove(SLOT, id, &selector);
        assert!(!added.looks_at_ports());
    }
    assert_eq!(added.find(SLOT, &packet([10, 2, 2, 9])), None);
}

/// A small generator, so that what fails can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn address(&mut self) -> Ipv4Addr {
        Ipv4Addr::new(10, self.below(2) as u8, self.below(3) as u8, self.below(4) as u8)
    }

    fn selector(&mut self) -> Selector {
        let protocol = self.pick(&[0, 6, 17]);
        Selector {
            source: network(self.address(), self.pick(&[0, 8, 16, 24, 32])),
            destination: network(self.address(), self.pick(&[0, 16, 24, 31, 32])),
            protocol,
            source_port: if protocol == 0 { 0 } else { self.pick(&[0, 0, 53]) },
            destination_port: if protocol == 0 { 0 } else { self.pick(&[0, 53, 80]) },
        }
    }

    fn packet(&mut self) -> FiveTuple {
        FiveTuple {
            source: self.address().into(),
            destination: self.address().into(),
            protocol: self.pick(&[1, 6, 17]),
            source_port: self.pick(&[53, 5000]),
            destination_port: self.pick(&[53, 80, 81]),
            later_fragment: self.below(8) == 0,
            fragment_of: None,
        }
    }
}

/// Whatever is added and removed: a packet is protected exactly when one of the policies that are there matches it.
#[test]
fn added_policies_are_found_as_a_search_of_all_would_find_them() {
    let mut chance = Chance(1);
    for _ in 0..200 {
        let mut added = AddedPolicies::default();
        let mut there: Vec<(PolicyId, Selector)> = Vec::new();
        for id in 1..60 {
            if !there.is_empty() && chance.below(3) == 0 {
                let (gone, selector) = there.swap_remove(chance.below(there.len() as u64) as usize);
                added.remove(SLOT, gone, &selector);
            } else {
                let selector = chance.selector();
                added.add(SLOT, id, selector);
                there.push((id, selector));
            }
            let packet = chance.packet();
            let found = added.find(SLOT, &packet);
            let fit: Vec<_> = there.iter().filter(|(_, selector)| selector.matches(&packet)).collect();
            assert_eq!(found.is_some(), !fit.is_empty(), "{packet:?}");
            assert!(found.is_none_or(|id| fit.iter().any(|(other, _)| *other == id)), "{packet:?}");
        }
    }
}

fn database(lines: Vec<PolicyLine>) -> (Database, Arc<Recorder>) {
    let events = Arc::new(Recorder::default());
    let database = Database::new(Arc::<Recorder>::clone(&events));
    database.set_policies(WAN, lines);
    (database, events)
}

fn spi_used(database: &Database, inner: &[u8], now: u64) -> Option<u32> {
    match database.seal(WAN, inner, now, &mut RandomIvs::new(), &mut Vec::new()) {
        SealOutcome::Sealed { sa, .. } => Some(sa.key().spi),
        SealOutcome::Dropped => None,
    }
}

fn host_pair(near: Ipv4Addr, far: Ipv4Addr, spi: u32) -> SaSpec {
    let selector = Selector { source: network(near, 32), destination: network(far, 32), ..site_to_site() };
    SaSpec { spi, selector, ..spec(AES_SHA256) }
}

#[test]
fn each_pair_of_hosts_asks_for_itself_where_it_is_so_configured() {
    let (database, events) =
        database(vec![PolicyLine { per_host: true, ..line(1, PolicyAction::Protect, site_to_site()) }]);
    let near = [[10, 1, 1, 7], [10, 1, 1, 8]].map(|host| udp_packet(host.into(), FAR_HOST, 60));
    for now in [0, SECOND / 2] {
        for packet in &near {
            assert_eq!(spi_used(&database, packet, now), None);
        }
    }
    let asked = near.each_ref().map(|inner| {
        let packet = five_tuple(inner).expect("packet");
        Event::Acquire { policy_id: 1, packet }
    });
    assert_eq!(events.take(), asked);
    database.add_sa(&host_pair([10, 1, 1, 7].into(), FAR_HOST, 0x1000), 0).expect("SA");
    assert_eq!(spi_used(&database, &near[0], 0), Some(0x1000));
    assert_eq!(spi_used(&database, &near[1], 0), None);
}

#[test]
fn questions_of_hosts_are_bounded() {
    let (database, events) =
        database(vec![PolicyLine { per_host: true, ..line(1, PolicyAction::Protect, site_to_site()) }]);
    let mut asked = 0;
    for near in 0..=255 {
        for far in 0..20 {
            let packet = udp_packet([10, 1, 1, near].into(), [10, 2, 2, far].into(), 60);
            assert_eq!(spi_used(&database, &packet, 0), None);
            asked += events.take().len();
        }
    }
    assert_eq!(asked, 4096);
    let packet = udp_packet([10, 1, 1, 255].into(), [10, 2, 2, 200].into(), 60);
    assert_eq!(spi_used(&database, &packet, SECOND), None);
    assert_eq!(events.take().len(), 1, "a second later there is room again");
}

#[test]
fn of_many_sas_of_one_policy_the_newest_that_takes_the_packet_is_used() {
    let (database, _) = database(vec![line(1, PolicyAction::Protect, site_to_site())]);
    let hosts = || (1..=200).map(|last| Ipv4Addr::new(10, 1, 1, last));
    for (host, spi) in hosts().zip(0x1000..) {
        database.add_sa(&host_pair(host, FAR_HOST, spi), 0).expect("SA");
    }
    for (host, spi) in hosts().zip(0x1000..) {
        assert_eq!(spi_used(&database, &udp_packet(host, FAR_HOST, 60), 0), Some(spi));
    }
    database.add_sa(&SaSpec { spi: 0x9000, ..spec(AES_SHA256) }, 0).expect("SA");
    assert_eq!(spi_used(&database, &udp_packet([10, 1, 1, 5].into(), FAR_HOST, 60), 0), Some(0x9000));
    database.add_sa(&host_pair([10, 1, 1, 5].into(), FAR_HOST, 0x9001), 0).expect("SA");
    assert_eq!(spi_used(&database, &udp_packet([10, 1, 1, 5].into(), FAR_HOST, 60), 0), Some(0x9001));
    assert_eq!(spi_used(&database, &udp_packet([10, 1, 1, 6].into(), FAR_HOST, 60), 0), Some(0x9000));
}

#[test]
fn a_packet_of_an_added_policy_takes_its_sa() {
    let (database, events) = database(vec![dynamic(SLOT)]);
    assert!(database.add_policy(SLOT, 7, site_to_site()));
    let inner = udp_packet(HOST, FAR_HOST, 60);
    assert_eq!(spi_used(&database, &inner, 0), None);
    assert_eq!(events.take().len(), 1);
    database.add_sa(&SaSpec { policy_id: 7, spi: 0x1000, ..spec(AES_SHA256) }, 0).expect("SA");
    assert_eq!(spi_used(&database, &inner, 0), Some(0x1000));
    database
        .set_policies(WAN, vec![line(1, PolicyAction::Protect, towards([1, 1, 1, 1], 32)), dynamic(SLOT)]);
    assert_eq!(spi_used(&database, &inner, 0), Some(0x1000));
    database.remove_policy(SLOT, 7, &site_to_site());
    assert_eq!(spi_used(&database, &inner, 0), None);
}
