//! Things by the traffic that they are for.

use core::cmp::Reverse;
use std::collections::HashMap;

use cryptomap_packet::{FiveTuple, Network, Selector};

/// Which bits of addresses and whether the protocol matter. Selectors of one shape overlap only where they are alike
/// in these, so that a packet's own bits lead to the few that can match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    destination: u8,
    source: u8,
    protocol: bool,
}

impl Shape {
    fn of(selector: &Selector) -> Self {
        Self {
            destination: selector.destination.prefix_len(),
            source: selector.source.prefix_len(),
            protocol: selector.protocol != 0,
        }
    }

    /// What all selectors of this shape that can match `packet` have in common; `None` for the other IP version.
    fn key(&self, packet: &FiveTuple) -> Option<Selector> {
        Some(Selector {
            source: Network::new(packet.source, self.source)?,
            destination: Network::new(packet.destination, self.destination)?,
            protocol: if self.protocol { packet.protocol } else { 0 },
            source_port: 0,
            destination_port: 0,
        })
    }
}

/// One shape's values, by their selectors without ports.
type ByKey<T> = HashMap<Selector, Vec<(Selector, T)>>;

/// Finds what a packet matches in a time that grows with the number of shapes, which is small, and not with that of
/// selectors.
#[derive(Debug)]
pub(crate) struct SelectorMap<T> {
    /// The most specific first.
    shapes: Vec<(Shape, ByKey<T>)>,
    /// How many selectors ask for ports.
    with_ports: usize,
}

impl<T> Default for SelectorMap<T> {
    fn default() -> Self {
        Self { shapes: Vec::new(), with_ports: 0 }
    }
}

impl<T> SelectorMap<T> {
    /// Adds a value. There may be several for one selector.
    pub(crate) fn insert(&mut self, selector: Selector, value: T) {
        let shape = Shape::of(&selector);
        let place = self.shapes.binary_search_by_key(&Reverse(shape), |(other, _)| Reverse(*other));
        let place = place.unwrap_or_else(|place| {
            self.shapes.insert(place, (shape, HashMap::new()));
            place
        });
        let key = without_ports(selector);
        let values = self.shapes[place].1.entry(key).or_default();
        if key == selector {
            values.push((selector, value));
        } else {
            self.with_ports += 1;
            values.insert(0, (selector, value));
        }
    }

    /// Removes the values of a selector that `is_it` says yes to.
    pub(crate) fn remove(&mut self, selector: &Selector, is_it: impl Fn(&T) -> bool) {
        let shape = Shape::of(selector);
        let Some(place) = self.shapes.iter().position(|(other, _)| *other == shape) else { return };
        let by_key = &mut self.shapes[place].1;
        let key = without_ports(*selector);
        let Some(values) = by_key.get_mut(&key) else { return };
        let before = values.len();
        values.retain(|(other, value)| other != selector || !is_it(value));
        if key != *selector {
            self.with_ports -= before - values.len();
        }
        if values.is_empty() {
            by_key.remove(&key);
        }
        if by_key.is_empty() {
            self.shapes.remove(place);
        }
    }

    /// The values whose selector the packet matches, those of the most specific selectors first.
    pub(crate) fn matching(&self, packet: FiveTuple) -> impl Iterator<Item = &T> {
        let candidates =
            self.shapes.iter().filter_map(move |(shape, by_key)| candidates(shape, by_key, &packet));
        candidates.flatten().filter(move |(selector, _)| selector.matches(&packet)).map(|(_, value)| value)
    }

    /// Whether any selector asks for ports.
    pub(crate) fn looks_at_ports(&self) -> bool {
        self.with_ports > 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }
}

fn candidates<'a, T>(
    shape: &Shape,
    by_key: &'a ByKey<T>,
    packet: &FiveTuple,
) -> Option<&'a Vec<(Selector, T)>> {
    // Most maps hold one selector only, for which no hash is worth its time.
    if by_key.len() == 1 { by_key.values().next() } else { by_key.get(&shape.key(packet)?) }
}

fn without_ports(selector: Selector) -> Selector {
    Selector { source_port: 0, destination_port: 0, ..selector }
}
