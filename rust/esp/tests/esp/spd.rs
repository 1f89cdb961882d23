//! Ordered policies: first PROTECT line wins, JUMP skips ahead.

use std::ops::RangeInclusive;

use cryptomap_esp::{AddedPolicies, PolicyAction, PolicyId, PolicyLine, Spd};
use cryptomap_packet::{FiveTuple, Selector};

use crate::fixture::{FAR_HOST, HOST, network};

const ANY: RangeInclusive<u16> = 0..=65_535;

fn line(id: PolicyId, action: PolicyAction, protocol: u8, ports: RangeInclusive<u16>) -> PolicyLine {
    let selector = Selector {
        source: network(HOST, 24),
        destination: network(FAR_HOST, 24),
        protocol,
        source_port: 0,
        destination_port: 0,
    };
    PolicyLine { id, action, selector, source_ports: ANY, destination_ports: ports, per_host: false }
}

fn packet(protocol: u8, destination_port: u16) -> FiveTuple {
    FiveTuple {
        source: HOST.into(),
        destination: FAR_HOST.into(),
        protocol,
        source_port: 5000,
        destination_port,
        later_fragment: false,
        fragment_of: None,
    }
}

fn none() -> AddedPolicies {
    AddedPolicies::default()
}

fn protect(id: PolicyId, protocol: u8, ports: RangeInclusive<u16>) -> PolicyLine {
    line(id, PolicyAction::Protect, protocol, ports)
}

fn jump(to: usize, protocol: u8, ports: RangeInclusive<u16>) -> PolicyLine {
    line(0, PolicyAction::Jump { to }, protocol, ports)
}

#[test]
fn the_first_line_that_matches_wins() {
    let spd = Spd::new(vec![protect(1, 17, 53..=53), protect(2, 17, 50..=60), protect(3, 0, ANY)]);
    let found = [(17, 53), (17, 50), (17, 60), (17, 61), (6, 53), (1, 0)]
        .map(|(protocol, port)| spd.lookup(&packet(protocol, port), &none()));
    assert_eq!(found, [Some(1), Some(2), Some(2), Some(3), Some(3), Some(3)]);
}

#[test]
fn traffic_of_other_networks_is_nobodys() {
    let spd = Spd::new(vec![protect(1, 0, ANY)]);
    let reversed = FiveTuple { source: FAR_HOST.into(), destination: HOST.into(), ..packet(17, 53) };
    assert_eq!(spd.lookup(&reversed, &none()), None);
    assert_eq!(Spd::default().lookup(&packet(17, 53), &none()), None);
}

/// Two map entries: the first denies DNS and protects the rest, the second protects DNS.
#[test]
fn a_jump_skips_the_rest_of_its_entry() {
    let spd = Spd::new(vec![jump(2, 17, 53..=53), protect(1, 0, ANY), protect(2, 17, ANY)]);
    assert_eq!(spd.lookup(&packet(17, 53), &none()), Some(2));
    assert_eq!(spd.lookup(&packet(17, 54), &none()), Some(1));
}

#[test]
fn a_jump_past_the_end_protects_nothing() {
    for to in [2, 3, usize::MAX] {
        let spd = Spd::new(vec![jump(to, 17, 53..=53), protect(1, 0, ANY)]);
        assert_eq!(spd.lookup(&packet(17, 53), &none()), None);
    }
}

#[test]
fn a_jump_backwards_goes_on_instead() {
    let spd = Spd::new(vec![jump(0, 0, ANY), jump(1, 0, ANY), jump(0, 0, ANY), protect(4, 0, ANY)]);
    assert_eq!(spd.lookup(&packet(6, 80), &none()), Some(4));
}

#[test]
fn lines_that_ask_for_ports_are_known() {
    assert!(!Spd::default().looks_at_ports());
    assert!(!Spd::new(vec![protect(1, 17, ANY), jump(9, 0, ANY)]).looks_at_ports());
    assert!(Spd::new(vec![protect(1, 17, ANY), jump(9, 17, 53..=53)]).looks_at_ports());
}
