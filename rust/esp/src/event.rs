//! What a data plane tells its control plane.

use core::net::IpAddr;

use cryptomap_packet::FiveTuple;

use crate::limits::ExpiryReason;
use crate::spd::PolicyId;
use crate::spec::SaKey;

/// Something that the control plane should know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A packet matched a PROTECT policy that has no SA for it. At most one a second and policy until an SA is there.
    Acquire {
        /// The policy.
        policy_id: PolicyId,
        /// The packet, which was dropped.
        packet: FiveTuple,
    },
    /// A limit of the SA was reached. A hard-expired SA carries no further packet.
    Expired {
        /// The SA.
        key: SaKey,
        /// Whether it has ended.
        hard: bool,
        /// Which limit.
        reason: ExpiryReason,
    },
    /// ESP for a local address with no SA. At most ten a second.
    InvalidSpi {
        /// Who sent it, unproven.
        source: IpAddr,
        /// Local address, protocol and the unknown SPI.
        key: SaKey,
        /// Index of the network device that it came in by, where it is known.
        interface: Option<u32>,
    },
    /// The system did not send a packet of the SA, because it is longer than the path to the peer takes and may not
    /// be fragmented. At most one a second and SA.
    TooBig {
        /// The outbound SA.
        key: SaKey,
    },
    /// An authenticated packet of an encapsulated SA came from a new address or port.
    PeerMoved {
        /// The inbound SA.
        key: SaKey,
        /// The peer's address now.
        address: IpAddr,
        /// The peer's port now.
        port: u16,
    },
}

/// Where events go. Called from packet threads with no lock held: it must not block.
pub trait EventSink: Send + Sync {
    /// Takes one event.
    fn emit(&self, event: Event);
}
