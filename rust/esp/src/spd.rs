//! The ordered outbound policies of one interface (RFC 4301 section 4.4.1).

use core::ops::RangeInclusive;
use std::collections::HashMap;

use cryptomap_packet::{FiveTuple, Selector};

use crate::selector_map::SelectorMap;

/// Names a policy to the control plane and ties SAs to it.
pub type PolicyId = u64;

/// What a line does with a packet that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyAction {
    /// The packet travels in an SA of this policy.
    Protect,
    /// The search goes on at line `to`. One past the last line, or further: nothing protects the packet.
    Jump {
        /// Index in the list, beyond the line's own.
        to: usize,
    },
    /// Here stand the policies of [`AddedPolicies`] under the line's id: the packet travels in an SA of one that takes
    /// it, else the search goes on.
    Dynamic,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLine {
    /// The policy of a PROTECT line.
    pub id: PolicyId,
    /// What to do on a match.
    pub action: PolicyAction,
    /// Networks and protocol; its ports are 0.
    pub selector: Selector,
    /// Source ports.
    pub source_ports: RangeInclusive<u16>,
    /// Destination ports.
    pub destination_ports: RangeInclusive<u16>,
    /// Each pair of hosts has SAs of its own, and asks for them.
    pub per_host: bool,
}

impl PolicyLine {
    fn matches(&self, packet: &FiveTuple) -> bool {
        self.selector.matches(packet)
            && self.source_ports.contains(&packet.source_port)
            && self.destination_ports.contains(&packet.destination_port)
    }

    fn looks_at_ports(&self) -> bool {
        let all = 0..=u16::MAX;
        self.source_ports != all || self.destination_ports != all
    }
}

/// The lines of one interface, searched in order.
#[derive(Debug, Default)]
pub struct Spd {
    lines: Vec<PolicyLine>,
    looks_at_ports: bool,
}

impl Spd {
    /// Takes the lines in the order of search.
    pub fn new(lines: Vec<PolicyLine>) -> Self {
        let looks_at_ports = lines.iter().any(PolicyLine::looks_at_ports);
        Self { lines, looks_at_ports }
    }

    /// Whether any line asks for ports, which a later fragment does not show.
    pub fn looks_at_ports(&self) -> bool {
        self.looks_at_ports
    }

    /// Whether there is a dynamic line of that id.
    pub fn has_slot(&self, id: PolicyId) -> bool {
        self.lines.iter().any(|line| line.id == id && line.action == PolicyAction::Dynamic)
    }

    /// Whether SAs of a policy serve pairs of hosts.
    pub fn is_per_host(&self, id: PolicyId) -> bool {
        self.lines.iter().any(|line| line.id == id && line.per_host)
    }

    /// The policy that protects `packet`, if any does.
    ///
    /// A jump that does not go forward goes to the next line, so that the search ends whatever the
    /// lines say.
    pub fn lookup(&self, packet: &FiveTuple, added: &AddedPolicies) -> Option<PolicyId> {
        let mut at = 0;
        while let Some(line) = self.lines.get(at) {
            at += 1;
            if !line.matches(packet) {
                continue;
            }
            match line.action {
                PolicyAction::Protect => return Some(line.id),
                PolicyAction::Jump { to } => at = at.max(to),
                PolicyAction::Dynamic => {
                    if let Some(id) = added.find(line.id, packet) {
                        return Some(id);
                    }
                }
            }
        }
        None
    }
}

/// Policies that come and go, by the id of the dynamic line where they stand.
#[derive(Debug, Default)]
pub struct AddedPolicies(HashMap<PolicyId, SelectorMap<PolicyId>>);

impl AddedPolicies {
    /// Adds a policy for all traffic of `selector`.
    pub fn add(&mut self, slot: PolicyId, id: PolicyId, selector: Selector) {
        self.0.entry(slot).or_default().insert(selector, id);
    }

    /// Takes a policy away; an unknown one is ignored.
    pub fn remove(&mut self, slot: PolicyId, id: PolicyId, selector: &Selector) {
        let Some(policies) = self.0.get_mut(&slot) else { return };
        policies.remove(selector, |other| *other == id);
        if policies.is_empty() {
            self.0.remove(&slot);
        }
    }

    /// The policy that takes the packet. Of several the most specific one does.
    pub fn find(&self, slot: PolicyId, packet: &FiveTuple) -> Option<PolicyId> {
        self.0.get(&slot)?.matching(*packet).next().copied()
    }

    /// Whether any asks for ports.
    pub fn looks_at_ports(&self) -> bool {
        self.0.values().any(SelectorMap::looks_at_ports)
    }
}
