//! UDP header (RFC 768), and the markers of ESP in UDP (RFC 3948 section 2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-------------------------------+-------------------------------+
//! |          Source port          |       Destination port        |
//! +-------------------------------+-------------------------------+
//! |            Length             |           Checksum            |
//! +-------------------------------+-------------------------------+
//! ```

use crate::Error;

/// Octets of the header.
pub const HEADER_LEN: usize = 8;

/// First payload octets of an IKE message on the encapsulation port (RFC 3948 section 2.2).
pub const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// The whole payload of a NAT keepalive (RFC 3948 section 2.3).
pub const NAT_KEEPALIVE: [u8; 1] = [0xff];

mod field {
    use core::ops::Range;

    pub(super) const SOURCE_PORT: Range<usize> = 0..2;
    pub(super) const DESTINATION_PORT: Range<usize> = 2..4;
    pub(super) const LENGTH: Range<usize> = 4..6;
    pub(super) const CHECKSUM: Range<usize> = 6..8;
}

/// A view of one UDP datagram; what follows its length in the buffer is not part of it.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    octets: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks the length field against the header and the buffer.
    pub fn new_checked(buffer: &'a [u8]) -> Result<Self, Error> {
        if buffer.len() < HEADER_LEN {
            return Err(Error::Truncated);
        }
        let length = usize::from(read_u16(buffer, field::LENGTH));
        if length < HEADER_LEN {
            return Err(Error::TotalLength);
        }
        let octets = buffer.get(..length).ok_or(Error::Truncated)?;
        Ok(Self { octets })
    }

    /// Sender's port.
    pub fn source_port(&self) -> u16 {
        read_u16(self.octets, field::SOURCE_PORT)
    }

    /// Receiver's port.
    pub fn destination_port(&self) -> u16 {
        read_u16(self.octets, field::DESTINATION_PORT)
    }

    /// What follows the header.
    pub fn payload(&self) -> &'a [u8] {
        &self.octets[HEADER_LEN..]
    }
}

/// A header with checksum 0, as RFC 3948 section 2.1 asks of ESP in UDP over IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Octets after the header.
    pub payload_len: usize,
}

impl Repr {
    /// Reads a datagram's header.
    pub fn parse(packet: &Packet<'_>) -> Self {
        Self {
            source_port: packet.source_port(),
            destination_port: packet.destination_port(),
            payload_len: packet.payload().len(),
        }
    }

    /// Octets that `emit` writes.
    pub const fn buffer_len(&self) -> usize {
        HEADER_LEN
    }

    /// Writes the header to the start of `buffer`.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<(), Error> {
        let header = buffer.get_mut(..HEADER_LEN).ok_or(Error::Capacity)?;
        let length = HEADER_LEN.checked_add(self.payload_len).ok_or(Error::Capacity)?;
        let length = u16::try_from(length).map_err(|_| Error::Capacity)?;
        header[field::SOURCE_PORT].copy_from_slice(&self.source_port.to_be_bytes());
        header[field::DESTINATION_PORT].copy_from_slice(&self.destination_port.to_be_bytes());
        header[field::LENGTH].copy_from_slice(&length.to_be_bytes());
        header[field::CHECKSUM].fill(0);
        Ok(())
    }
}

fn read_u16(octets: &[u8], at: core::ops::Range<usize>) -> u16 {
    u16::from_be_bytes([octets[at.start], octets[at.start + 1]])
}
