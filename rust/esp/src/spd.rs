//! The ordered outbound policies of one interface (RFC 4301 section 4.4.1).

use core::ops::RangeInclusive;

use cryptomap_packet::{FiveTuple, Selector};

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

    /// The policy that protects `packet`, if any does.
    ///
    /// A jump that does not go forward goes to the next line, so that the search ends whatever the
    /// lines say.
    pub fn lookup(&self, packet: &FiveTuple) -> Option<PolicyId> {
        let mut at = 0;
        while let Some(line) = self.lines.get(at) {
            at += 1;
            if !line.matches(packet) {
                continue;
            }
            match line.action {
                PolicyAction::Protect => return Some(line.id),
                PolicyAction::Jump { to } => at = at.max(to),
            }
        }
        None
    }
}
