//! ESP header (RFC 4303 section 2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------------------------------------------------------+
//! |               Security parameters index (SPI)                 |
//! +---------------------------------------------------------------+
//! |                       Sequence number                         |
//! +---------------------------------------------------------------+
//! |            IV, then encrypted: inner packet, padding          |
//! +                               +---------------+---------------+
//! |                               |  Pad length   |  Next header  |
//! +-------------------------------+---------------+---------------+
//! |              Integrity check value (ICV), in clear            |
//! +---------------------------------------------------------------+
//! ```

use crate::Error;

/// Octets before the IV.
pub const HEADER_LEN: usize = 8;

/// Octets of pad length and next header, the end of what is encrypted.
pub const TRAILER_LEN: usize = 2;

/// SPIs up to this one are reserved and never name an SA (RFC 4303 section 2.1).
pub const LAST_RESERVED_SPI: u32 = 255;

mod field {
    use core::ops::Range;

    pub(super) const SPI: Range<usize> = 0..4;
    pub(super) const SEQUENCE: Range<usize> = 4..8;
}

/// A view of one ESP packet. How the rest is laid out only its SA knows.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    octets: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks that the clear header is there.
    pub fn new_checked(buffer: &'a [u8]) -> Result<Self, Error> {
        if buffer.len() < HEADER_LEN {
            return Err(Error::Truncated);
        }
        Ok(Self { octets: buffer })
    }

    /// Names the SA, together with destination and protocol.
    pub fn spi(&self) -> u32 {
        read_u32(self.octets, field::SPI)
    }

    /// The low 32 bits of the sequence number.
    pub fn sequence(&self) -> u32 {
        read_u32(self.octets, field::SEQUENCE)
    }

    /// IV, encrypted part and ICV.
    pub fn payload(&self) -> &'a [u8] {
        &self.octets[HEADER_LEN..]
    }
}

/// The clear header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Names the SA.
    pub spi: u32,
    /// The low 32 bits of the sequence number.
    pub sequence: u32,
}

impl Repr {
    /// Reads a packet's header.
    pub fn parse(packet: &Packet<'_>) -> Self {
        Self { spi: packet.spi(), sequence: packet.sequence() }
    }

    /// Octets that `emit` writes.
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header to the start of `buffer`.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<(), Error> {
        let header = buffer.get_mut(..HEADER_LEN).ok_or(Error::Capacity)?;
        header[field::SPI].copy_from_slice(&self.spi.to_be_bytes());
        header[field::SEQUENCE].copy_from_slice(&self.sequence.to_be_bytes());
        Ok(())
    }
}

fn read_u32(octets: &[u8], at: core::ops::Range<usize>) -> u32 {
    u32::from_be_bytes([octets[at.start], octets[at.start + 1], octets[at.start + 2], octets[at.start + 3]])
}
