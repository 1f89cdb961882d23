//! What an SA is made from.

use core::fmt;
use core::net::IpAddr;

use cryptomap_packet::{Selector, esp};
use zeroize::Zeroizing;

use crate::limits::Limits;
use crate::replay::ReplayWindow;
use crate::spd::PolicyId;
use crate::suite::{Auth, Cipher, SuiteError};

/// What names an SA on the wire (RFC 4301 section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SaKey {
    /// Where its packets go to.
    pub destination: IpAddr,
    /// 50 for ESP.
    pub protocol: u8,
    /// Chosen by the receiver.
    pub spi: u32,
}

/// Which way an SA's packets go, seen from this gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the peer to us.
    Inbound,
    /// From us to the peer.
    Outbound,
}

/// ESP inside UDP between these ports (RFC 3948).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpEncapsulation {
    /// Our port.
    pub local_port: u16,
    /// The peer's port, as we see it.
    pub remote_port: u16,
}

/// One unidirectional SA, ready to install. Keys are wiped when it is dropped and never printed.
pub struct SaSpec {
    /// Which way its packets go.
    pub direction: Direction,
    /// Our address.
    pub local: IpAddr,
    /// The peer's address.
    pub remote: IpAddr,
    /// Above 255.
    pub spi: u32,
    /// The traffic that may use the SA, in packet direction.
    pub selector: Selector,
    /// The policy that an outbound SA serves.
    pub policy_id: PolicyId,
    /// Encryption.
    pub cipher: Cipher,
    /// For GCM the last four octets are the salt (RFC 4106 section 8.1).
    pub encryption_key: Zeroizing<Vec<u8>>,
    /// Integrity; `None` with GCM only, which brings its own.
    pub auth: Option<Auth>,
    /// Empty without `auth`.
    pub auth_key: Zeroizing<Vec<u8>>,
    /// ESP travels in UDP when this is set.
    pub encapsulation: Option<UdpEncapsulation>,
    /// Packets; 0 is no replay check, else 32 to 1024.
    pub replay_window: u32,
    /// When the SA asks for its successor, and when it ends.
    pub limits: Limits,
}

impl SaSpec {
    /// What names the SA.
    pub fn key(&self) -> SaKey {
        let destination = match self.direction {
            Direction::Inbound => self.local,
            Direction::Outbound => self.remote,
        };
        SaKey { destination, protocol: cryptomap_packet::protocol::ESP, spi: self.spi }
    }

    /// Refuses values that no SA may have; the suite checks keys.
    pub(crate) fn check(&self) -> Result<(), SpecError> {
        if self.spi <= esp::LAST_RESERVED_SPI {
            return Err(SpecError::ReservedSpi);
        }
        if !ReplayWindow::is_valid_size(self.replay_window) {
            return Err(SpecError::ReplayWindow);
        }
        Ok(())
    }
}

impl fmt::Debug for SaSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaSpec")
            .field("direction", &self.direction)
            .field("local", &self.local)
            .field("remote", &self.remote)
            .field("spi", &format_args!("{:#010x}", self.spi))
            .field("selector", &self.selector)
            .field("policy_id", &self.policy_id)
            .field("cipher", &self.cipher)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

/// Why an SA cannot be installed. All of these are the caller's mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecError {
    /// An SPI of 0 to 255.
    ReservedSpi,
    /// A replay window that is neither 0 nor 32 to 1024.
    ReplayWindow,
    /// An SA of that key is there already.
    Exists,
    /// The suite refuses the algorithms or their keys.
    Suite(SuiteError),
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedSpi => f.write_str("SPI is reserved: take one above 255"),
            Self::ReplayWindow => f.write_str("replay window must be 0, or 32 to 1024 packets"),
            Self::Exists => f.write_str("an SA with this destination, protocol and SPI is installed"),
            Self::Suite(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SpecError {}

impl From<SuiteError> for SpecError {
    fn from(error: SuiteError) -> Self {
        Self::Suite(error)
    }
}
