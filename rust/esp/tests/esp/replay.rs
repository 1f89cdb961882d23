//! The window against the rule of RFC 4303 section 3.4.3, written down as a set.

use std::collections::BTreeSet;

use cryptomap_esp::ReplayWindow;
use proptest::prelude::*;

/// Takes a number when it is above zero, inside the window and not in the set.
struct Model {
    size: u64,
    seen: BTreeSet<u64>,
}

impl Model {
    fn accept(&mut self, sequence: u64) -> bool {
        let highest = self.seen.last().copied().unwrap_or(0);
        let inside = sequence + self.size > highest;
        sequence > 0 && inside && self.seen.insert(sequence)
    }
}

fn check(size: u32, sequences: impl IntoIterator<Item = u64>) {
    let mut window = ReplayWindow::new(size);
    let mut model = Model { size: size.into(), seen: BTreeSet::new() };
    for sequence in sequences {
        let fresh = window.is_fresh(sequence);
        assert_eq!(window.accept(sequence), fresh, "{sequence}");
        assert_eq!(fresh, model.accept(sequence), "size {size}, sequence {sequence}");
        assert_eq!(window.highest(), model.seen.last().copied().unwrap_or(0));
    }
}

#[test]
fn edges_of_every_size() {
    for size in [32, 33, 63, 64, 65, 96, 128, 1000, 1023, 1024] {
        let top = 5000;
        let width = u64::from(size);
        let edges = [top, top, top - width + 1, top - width + 1, top - width, top - width - 1, 0, top - 1];
        check(size, edges);
        // One step on lets exactly one number fall out.
        check(size, [top, top + 1, top - width + 1, top - width + 2, top + 2, top - width + 3]);
    }
}

#[test]
fn jumps_of_every_distance() {
    for size in [32, 64, 1024] {
        for jump in (1..200).chain([1023, 1024, 1025, 2048, 100_000, u64::from(u32::MAX) - 100]) {
            let from = 100;
            let around = (0..70).flat_map(|step| [from + jump - step.min(from + jump), from + jump + step]);
            check(size, (90..=from).chain(around));
        }
    }
}

#[test]
fn the_last_sequence_number_is_taken() {
    check(64, [u64::from(u32::MAX), u64::from(u32::MAX), u64::from(u32::MAX) - 63, 1]);
}

#[test]
fn no_window_takes_everything() {
    let mut window = ReplayWindow::new(0);
    assert!([0, 7, 7, 1, u64::from(u32::MAX), 3].into_iter().all(|sequence| window.accept(sequence)));
    assert_eq!(window.highest(), u64::from(u32::MAX));
}

#[test]
fn sizes_that_can_be_had() {
    for size in [0, 32, 64, 1024] {
        assert!(ReplayWindow::is_valid_size(size));
    }
    for size in [1, 31, 1025, u32::MAX] {
        assert!(!ReplayWindow::is_valid_size(size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order(
        size in 32..=1024u32,
        sequences in proptest::collection::vec(prop_oneof![0..300u64, 0..3000u64, any::<u32>().prop_map(u64::from)], 0..400),
    ) {
        check(size, sequences);
    }
}
