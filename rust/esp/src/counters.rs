//! What an SA counts.

/// Per SA, since it was installed. Every packet that fails adds to exactly one of the failure counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Good packets.
    pub packets: u64,
    /// Octets of their inner packets.
    pub bytes: u64,
    /// Seen before, or too old to tell.
    pub replay_dropped: u64,
    /// Integrity check failed.
    pub auth_failed: u64,
    /// Authentic, but the inner packet is not of the SA's traffic.
    pub selector_failed: u64,
    /// Too short, not of whole blocks, or contents that are no packet.
    pub malformed: u64,
    /// Outbound packets that could not be built or sent; those that came after the SA's end included.
    pub send_errors: u64,
    /// Inbound packets that came after the SA's end.
    pub expired_dropped: u64,
    /// When the last good packet passed, in nanoseconds of the caller's clock.
    pub last_used: Option<u64>,
    /// Last sequence number sent, or highest received.
    pub sequence: u64,
}
