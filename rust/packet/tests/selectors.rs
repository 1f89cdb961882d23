//! Which traffic a selector names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cryptomap_packet::{FiveTuple, Network, Selector};
use proptest::prelude::*;

const NEAR: Ipv4Addr = Ipv4Addr::new(2, 2, 2, 2);
const FAR: Ipv4Addr = Ipv4Addr::new(3, 3, 3, 3);

fn network(address: impl Into<IpAddr>, prefix_len: u8) -> Network {
    Network::new(address.into(), prefix_len).expect("prefix length")
}

fn selector() -> Selector {
    Selector {
        source: network(NEAR, 24),
        destination: network(FAR, 24),
        protocol: 0,
        source_port: 0,
        destination_port: 0,
    }
}

fn tuple() -> FiveTuple {
    FiveTuple {
        source: NEAR.into(),
        destination: FAR.into(),
        protocol: 6,
        source_port: 1025,
        destination_port: 23,
        later_fragment: false,
        fragment_of: None,
    }
}

#[test]
fn networks_have_edges() {
    let inside = |prefix_len, host: [u8; 4]| network([10, 1, 2, 3], prefix_len).contains(host.into());
    assert!(inside(0, [255, 255, 255, 255]) && inside(0, [0, 0, 0, 0]));
    assert!(inside(8, [10, 255, 0, 0]) && !inside(8, [11, 0, 0, 0]));
    assert!(inside(23, [10, 1, 3, 255]) && !inside(23, [10, 1, 4, 0]) && !inside(23, [10, 1, 1, 255]));
    assert!(inside(32, [10, 1, 2, 3]) && !inside(32, [10, 1, 2, 2]));
    assert_eq!(network([10, 1, 2, 3], 24), network([10, 1, 2, 99], 24));
}

#[test]
fn prefixes_longer_than_the_address_are_refused() {
    assert_eq!(Network::new(NEAR.into(), 33), None);
    assert_eq!(Network::new(Ipv6Addr::LOCALHOST.into(), 129), None);
    assert!(Network::new(Ipv6Addr::LOCALHOST.into(), 128).is_some());
}

#[test]
fn families_do_not_mix() {
    assert!(!network(NEAR, 0).contains(Ipv6Addr::LOCALHOST.into()));
    assert!(!network(Ipv6Addr::LOCALHOST, 0).contains(NEAR.into()));
    assert!(network(Ipv6Addr::LOCALHOST, 64).contains("::ffff".parse().unwrap()));
    assert!(!network(Ipv6Addr::LOCALHOST, 64).contains("1::1".parse().unwrap()));
}

#[test]
fn every_field_counts_and_zero_is_any() {
    assert!(selector().matches(&tuple()));
    assert!(
        Selector { protocol: 6, source_port: 1025, destination_port: 23, ..selector() }.matches(&tuple())
    );
    for other in [
        Selector { source: network([2, 2, 3, 0], 24), ..selector() },
        Selector { destination: network([3, 3, 2, 0], 24), ..selector() },
        Selector { protocol: 17, ..selector() },
        Selector { source_port: 1024, ..selector() },
        Selector { destination_port: 24, ..selector() },
    ] {
        assert!(!other.matches(&tuple()), "{other:?}");
    }
}

#[test]
fn a_later_fragment_is_told_by_addresses_and_protocol() {
    let fragment = FiveTuple { source_port: 0, destination_port: 0, later_fragment: true, ..tuple() };
    let telnet = Selector { protocol: 6, destination_port: 23, ..selector() };
    assert!(telnet.matches(&fragment));
    assert!(!telnet.matches(&FiveTuple { protocol: 17, ..fragment }));
    assert!(!telnet.matches(&FiveTuple { source: FAR.into(), ..fragment }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn containment_is_equality_of_leading_bits(address: u32, host: u32, prefix_len in 0..=32u8) {
        let leading = |bits: u32| u64::from(bits) >> (32 - prefix_len);
        let contained = network(Ipv4Addr::from(address), prefix_len).contains(Ipv4Addr::from(host).into());
        prop_assert_eq!(contained, leading(address) == leading(host));
    }
}
