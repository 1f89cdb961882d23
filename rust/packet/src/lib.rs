//! Headers and traffic selectors of the data plane.
//!
//! Each header has one file: an ASCII diagram, a checked view over octets (`Packet`) and a value
//! (`Repr`) with `parse` and `emit`. A view's constructor checks everything that its accessors rely
//! on, so no accessor panics. Nothing here does IO or allocates.
#![forbid(unsafe_code)]

mod error;
pub mod esp;
mod five_tuple;
pub mod ipv4;
mod selector;
pub mod udp;

pub use error::Error;
pub use five_tuple::{FiveTuple, five_tuple};
pub use selector::{Network, Selector};

/// IP protocol numbers that the data plane looks into (IANA "Assigned Internet Protocol Numbers").
pub mod protocol {
    /// RFC 792.
    pub const ICMP: u8 = 1;
    /// IPv4 in IPv4, RFC 2003; the next header of a tunnel-mode ESP packet.
    pub const IPV4: u8 = 4;
    /// RFC 9293.
    pub const TCP: u8 = 6;
    /// RFC 768.
    pub const UDP: u8 = 17;
    /// RFC 4303.
    pub const ESP: u8 = 50;
    /// RFC 4303 section 2.6: a dummy packet when it is the next header of ESP.
    pub const NO_NEXT_HEADER: u8 = 59;
    /// RFC 9260.
    pub const SCTP: u8 = 132;
    /// RFC 3828.
    pub const UDP_LITE: u8 = 136;
}
