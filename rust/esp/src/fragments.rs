//! Which policy the first fragment of a datagram took, so that the later ones follow it.
//!
//! Only a first fragment shows ports (RFC 4301 section 7.3, stateful fragment checking). It has to come first, and
//! does where the system cuts datagrams to the size of the device. One whose first is not known goes nowhere.

use core::net::IpAddr;
use std::collections::VecDeque;

use cryptomap_packet::FiveTuple;

use crate::spd::PolicyId;

/// Datagrams remembered. Fragments of one follow each other closely.
const MOST: usize = 64;

/// What fragments of one datagram have in common (RFC 791 section 3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Datagram {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    identification: u16,
}

/// The latest datagrams that came in fragments, oldest first.
#[derive(Default)]
pub(crate) struct Fragments(VecDeque<(Datagram, Option<PolicyId>)>);

impl Fragments {
    /// The policy of a fragment: `look_up` gives that of a first one.
    pub(crate) fn policy(
        &mut self,
        packet: &FiveTuple,
        identification: u16,
        look_up: impl FnOnce() -> Option<PolicyId>,
    ) -> Option<PolicyId> {
        let FiveTuple { source, destination, protocol, .. } = *packet;
        let datagram = Datagram { source, destination, protocol, identification };
        if packet.later_fragment {
            let known = self.0.iter().rev().find(|(other, _)| *other == datagram);
            return known.and_then(|(_, policy)| *policy);
        }
        let policy = look_up();
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((datagram, policy));
        policy
    }
}
